package middleware

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	rolegate "github.com/rolegate/rolegate/client/go"
)

// Rule maps a route of HTTP or a method of gRPC to what is asked about it. A
// rule for HTTP has Method and Path, one for gRPC has RPC. The names in JSON
// are those of all languages, so that one file can hold the table of several
// services.
type Rule struct {
	// Method is one of HTTP in capitals, or "*" for each.
	Method string `json:"method,omitempty"`
	// Path is "/orders/{id}". "{name}" stands for one segment that is not
	// empty; "{name...}" stands for the rest of the path, one segment at least.
	Path string `json:"path,omitempty"`
	// RPC is "/package.Service/Method" or "/package.Service/*".
	RPC string `json:"rpc,omitempty"`
	// Action is "service:Name" without wildcards.
	Action string `json:"action,omitempty"`
	// Resource is an ARN, or "*" for an action that has none. "{name}" is
	// replaced by what stands there in the path, or by the field of the request
	// message that has this name in its proto file ("customer.id").
	Resource string `json:"resource,omitempty"`
	// Context has condition keys and their values, in which placeholders are
	// replaced too.
	Context map[string]string `json:"context,omitempty"`
	// Public lets everybody pass, without a session.
	Public bool `json:"public,omitempty"`
}

// entry is a rule that is ready for use.
type entry struct {
	rule     Rule
	segments []segment // of Path
	resource template
	context  []contextTemplate
}

type contextTemplate struct {
	key   string
	value template
}

// question is what a rule asks about one call.
type question struct {
	action   string
	resource string
	context  rolegate.Context
}

// asks fills the rule's placeholders. It fails if a value is not to be had.
func (e *entry) asks(value func(name string) (string, bool)) (question, bool) {
	resource, ok := e.resource.fill(value)
	if !ok {
		return question{}, false
	}
	about := make(rolegate.Context, len(e.context))
	for _, each := range e.context {
		text, ok := each.value.fill(value)
		if !ok {
			return question{}, false
		}
		about[each.key] = []string{text}
	}
	return question{e.rule.Action, resource, about}, true
}

// hasPlaceholders reports whether the rule depends on what the call says.
func (e *entry) hasPlaceholders() bool {
	return e.resource.hasPlaceholders() || slices.ContainsFunc(e.context,
		func(each contextTemplate) bool { return each.value.hasPlaceholders() })
}

// template is a text with placeholders: literals[0], names[0], literals[1], and
// so on. It has one literal more than names.
type template struct {
	literals []string
	names    []string
}

func (t template) hasPlaceholders() bool { return len(t.names) > 0 }

func (t template) fill(value func(name string) (string, bool)) (string, bool) {
	if len(t.names) == 0 {
		return t.literals[0], true
	}
	var text strings.Builder
	for i, name := range t.names {
		found, ok := value(name)
		if !ok {
			return "", false
		}
		text.WriteString(t.literals[i])
		text.WriteString(found)
	}
	text.WriteString(t.literals[len(t.names)])
	return text.String(), true
}

var (
	actionForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$`)
	methodForm = regexp.MustCompile(`^(\*|[A-Z][A-Z-]*)$`)
	rpcForm    = regexp.MustCompile(`^/[A-Za-z0-9_.]+/([A-Za-z0-9_]+|\*)$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	fieldForm  = regexp.MustCompile(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$`)
)

func parseTemplate(text string, form *regexp.Regexp) (template, error) {
	var parsed template
	for {
		literal, rest, found := strings.Cut(text, "{")
		parsed.literals = append(parsed.literals, literal)
		if !found {
			return parsed, nil
		}
		name, rest, closed := strings.Cut(rest, "}")
		if !closed {
			return template{}, fmt.Errorf("the placeholder `{%s` is not closed", name)
		}
		if !form.MatchString(name) {
			return template{}, fmt.Errorf("the placeholder `{%s}` does not have a name of letters, digits and `_`", name)
		}
		parsed.names = append(parsed.names, name)
		text = rest
	}
}

// parseTable reads a table, by what is particular to the rules of HTTP or gRPC:
// form is that of placeholders' names, parse reads the rest of an entry, and
// gives what two rules have alike if they match the same calls.
func parseTable(rules []Rule, form *regexp.Regexp, parse func(*entry) (same string, err error)) ([]entry, error) {
	if len(rules) == 0 {
		return nil, errors.New("rolegate: the table has no rule, and would deny each call")
	}
	entries := make([]entry, len(rules))
	seen := map[string]int{}
	for i, rule := range rules {
		entries[i].rule = rule
		same, err := parseEntry(&entries[i], form, parse)
		if err != nil {
			return nil, fmt.Errorf("rolegate: rule %d: %w", i+1, err)
		}
		if above, ok := seen[same]; ok {
			return nil, fmt.Errorf("rolegate: rule %d: it can never hold, for rule %d matches the same calls", i+1, above)
		}
		seen[same] = i + 1
	}
	return entries, nil
}

func parseEntry(e *entry, form *regexp.Regexp, parse func(*entry) (string, error)) (same string, err error) {
	rule := &e.rule
	if rule.Public {
		if rule.Action != "" || rule.Resource != "" || len(rule.Context) > 0 {
			return "", errors.New("a public rule asks nothing, and has neither `action`, nor `resource`, nor `context`")
		}
		return parse(e)
	}
	if !actionForm.MatchString(rule.Action) {
		return "", fmt.Errorf("the action is `%s`, expected `service:Name` without wildcards", rule.Action)
	}
	if rule.Resource == "" {
		return "", errors.New("the resource is missing; `*` stands for an action that has none")
	}
	if e.resource, err = parseTemplate(rule.Resource, form); err != nil {
		return "", fmt.Errorf("the resource: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(rule.Context)) {
		value, err := parseTemplate(rule.Context[key], form)
		if err != nil {
			return "", fmt.Errorf("the context's `%s`: %w", key, err)
		}
		e.context = append(e.context, contextTemplate{key, value})
	}
	return parse(e)
}

// placeholders are the names in the resource and the context.
func (e *entry) placeholders() []string {
	names := e.resource.names
	for _, each := range e.context {
		names = append(names[:len(names):len(names)], each.value.names...)
	}
	return names
}
