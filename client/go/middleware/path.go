package middleware

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// segment is a part of a rule's path: a text, or a placeholder.
type segment struct {
	text string
	name string // of a placeholder; empty for a text
	rest bool   // whether it stands for the rest of the path
}

func parseHTTPEntry(e *entry) (same string, err error) {
	rule := &e.rule
	if rule.RPC != "" {
		return "", errors.New("`rpc` belongs in a table for gRPC; a rule for HTTP has `method` and `path`")
	}
	if !methodForm.MatchString(rule.Method) {
		return "", fmt.Errorf("the method is `%s`, expected one in capitals, or `*`", rule.Method)
	}
	if e.segments, err = parsePath(rule.Path); err != nil {
		return "", err
	}
	for _, name := range e.placeholders() {
		if !slices.ContainsFunc(e.segments, func(s segment) bool { return s.name == name }) {
			return "", fmt.Errorf("the path `%s` has no placeholder `%s`", rule.Path, name)
		}
	}
	same = rule.Method
	for _, each := range e.segments {
		switch {
		case each.rest:
			same += "/{...}"
		case each.name != "":
			same += "/{}"
		default:
			same += "/" + each.text
		}
	}
	return same, nil
}

func parsePath(path string) ([]segment, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("the path is `%s`, expected a `/` at its beginning", path)
	}
	parts := strings.Split(path[1:], "/")
	segments := make([]segment, len(parts))
	for i, part := range parts {
		last := i == len(parts)-1
		if part == "" && !last {
			return nil, fmt.Errorf("the path `%s` has an empty segment before its end", path)
		}
		if !strings.ContainsAny(part, "{}") {
			segments[i] = segment{text: part}
			continue
		}
		name, opened := strings.CutPrefix(part, "{")
		name, closed := strings.CutSuffix(name, "}")
		if !opened || !closed {
			return nil, fmt.Errorf("the segment `%s` is neither a text nor a placeholder `{name}`", part)
		}
		name, rest := strings.CutSuffix(name, "...")
		switch {
		case !nameForm.MatchString(name):
			return nil, fmt.Errorf("the placeholder `%s` does not have a name of letters, digits and `_`", part)
		case rest && !last:
			return nil, fmt.Errorf("the placeholder `%s` stands for the rest of the path, and must be last", part)
		case slices.ContainsFunc(segments[:i], func(s segment) bool { return s.name == name }):
			return nil, fmt.Errorf("the path `%s` has the placeholder `%s` twice", path, name)
		}
		segments[i] = segment{name: name, rest: rest}
	}
	return segments, nil
}

// splitPath gives the segments of a request's target, each decoded once. It
// fails for a target that not every server reads alike.
func splitPath(target string) ([]string, bool) {
	path, _, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		return nil, false
	}
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7F || c == '#' || c == '\\' {
			return nil, false
		}
	}
	segments := strings.Split(path[1:], "/")
	for i, raw := range segments {
		if raw == "" && i != len(segments)-1 {
			return nil, false
		}
		decoded, err := url.PathUnescape(raw)
		if err != nil || !isPlain(decoded) || strings.ContainsAny(decoded, `/\`) {
			return nil, false
		}
		// Some servers take what follows a semicolon for parameters.
		name, _, _ := strings.Cut(decoded, ";")
		if name == "." || name == ".." {
			return nil, false
		}
		segments[i] = decoded
	}
	return segments, true
}

// isPlain reports whether a text is UTF-8 without control characters.
func isPlain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// matches reports whether the rule is for the method and the path's segments.
func (e *entry) matches(method string, path []string) bool {
	if e.rule.Method != "*" && e.rule.Method != method {
		return false
	}
	for i, each := range e.segments {
		switch {
		case i >= len(path):
			return false
		case each.rest:
			return path[i] != ""
		case each.name != "" && path[i] == "":
			return false
		case each.name == "" && each.text != path[i]:
			return false
		}
	}
	return len(path) == len(e.segments)
}

// in gives the value of a placeholder of the rule in a path that it matches.
func (e *entry) in(path []string) func(name string) (string, bool) {
	return func(name string) (string, bool) {
		for i, each := range e.segments {
			if each.name == name {
				if each.rest {
					return strings.Join(path[i:], "/"), true
				}
				return path[i], true
			}
		}
		return "", false
	}
}
