package middleware

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"

	rolegate "github.com/rolegate/rolegate/client/go"
)

// HTTPOption says more about the middleware for HTTP.
type HTTPOption interface{ applyHTTP(*httpGuard) }

// GRPCOption says more about the interceptors for gRPC.
type GRPCOption interface{ applyGRPC(*Interceptors) }

// Option is for both.
type Option interface {
	HTTPOption
	GRPCOption
}

type option func(*guard)

func (o option) applyHTTP(h *httpGuard)    { o(&h.guard) }
func (o option) applyGRPC(i *Interceptors) { o(&i.guard) }

// WithHeader names the header, in gRPC the metadata, whose whole value is the
// session token, in place of "authorization" with "Bearer TOKEN".
func WithHeader(name string) Option { return option(func(g *guard) { g.header = name }) }

// WithLogger hears why calls were refused without a decision, in place of
// slog.Default.
func WithLogger(logger *slog.Logger) Option { return option(func(g *guard) { g.logger = logger }) }

type httpOption func(*httpGuard)

func (o httpOption) applyHTTP(h *httpGuard) { o(h) }

// WithRequestContext adds condition keys that no path has, such as the caller's
// address. A rule's own context stands above them. Do not take them from
// headers that callers write.
func WithRequestContext(about func(*http.Request) rolegate.Context) HTTPOption {
	return httpOption(func(h *httpGuard) { h.about = about })
}

type httpGuard struct {
	guard
	about func(*http.Request) rolegate.Context
}

// HTTP makes middleware for net/http, and for whatever else takes a
// func(http.Handler) http.Handler. It fails if the table is wrong.
//
// Rules match the target of the request as the caller sent it, also where
// http.StripPrefix or a router has changed the URL. A request that has no
// RequestURI did not come from a server, and matches no rule: tests make theirs
// by httptest.NewRequest.
func HTTP(asker Asker, rules []Rule, opts ...HTTPOption) (func(http.Handler) http.Handler, error) {
	table, err := parseTable(rules, nameForm, parseHTTPEntry)
	if err != nil {
		return nil, err
	}
	h := &httpGuard{guard: guard{asker: asker, table: table}}
	for _, each := range opts {
		each.applyHTTP(h)
	}
	if h.header != "" && !headerForm.MatchString(h.header) {
		return nil, fmt.Errorf("rolegate: `%s` is no header's name", h.header)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			allowed, refused := h.admit(r)
			if refused != nil {
				refused.write(w)
				return
			}
			next.ServeHTTP(w, allowed)
		})
	}, nil
}

var headerForm = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")

// admit gives the request that goes on to the handler.
func (h *httpGuard) admit(r *http.Request) (*http.Request, *refusal) {
	rule, path := h.find(r.Method, r.RequestURI)
	if rule == nil {
		return nil, errNoRule
	}
	if rule.rule.Public {
		return r, nil
	}
	header := h.header
	if header == "" {
		header = "Authorization"
	}
	token, refused := h.tokenIn(r.Header.Values(header))
	if refused != nil {
		return nil, refused
	}
	asked, ok := rule.asks(rule.in(path))
	if !ok {
		return nil, errNoRule
	}
	if h.about != nil {
		asked.add(h.about(r))
	}
	ctx, refused := h.ask(r.Context(), token, asked)
	if refused != nil {
		return nil, refused
	}
	return r.WithContext(ctx), nil
}

// find gives the rule that holds, and the segments that it matched.
func (g *guard) find(method, target string) (*entry, []string) {
	path, ok := splitPath(target)
	if !ok {
		return nil, nil
	}
	for i := range g.table {
		if g.table[i].matches(method, path) {
			return &g.table[i], path
		}
	}
	return nil, nil
}

// add puts keys in the context that the rule does not have.
func (q *question) add(about rolegate.Context) {
	for key, values := range about {
		if _, ok := q.context[key]; !ok {
			q.context[key] = values
		}
	}
}

func (r *refusal) write(w http.ResponseWriter) {
	status := http.StatusForbidden
	switch r.kind {
	case noToken:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	case badToken:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case unavailable:
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// Whoever hung up does not read it.
	_ = json.NewEncoder(w).Encode(struct {
		Error      string `json:"error"`
		Message    string `json:"message"`
		DecisionID string `json:"decision_id,omitempty"`
	}{r.name, r.message, r.decisionID})
}
