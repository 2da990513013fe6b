package middleware

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"google.golang.org/grpc/codes"

	rolegate "github.com/rolegate/rolegate/client/go"
)

// The service never issues a longer one.
const maxTokenBytes = 6 * 1024

// Asker asks Rolegate about sessions that callers bring. A *rolegate.Client
// asks as whoever its connection is, a *rolegate.Session as that session: what
// rolegate.FromEnvironment gave, for instance.
type Asker interface {
	ForToken(sessionToken string) *rolegate.Session
}

// Access is what Rolegate allowed.
type Access struct {
	// Action and Resource are what was asked about.
	Action, Resource string
	// Decision is the answer.
	Decision rolegate.Decision
	// Session is the caller's, to ask further questions.
	Session *rolegate.Session
}

type accessKey struct{}

// FromContext gives what Rolegate allowed the call whose context ctx is. ok is
// false in a public call, and where no middleware stood before the handler.
func FromContext(ctx context.Context) (access Access, ok bool) {
	access, ok = ctx.Value(accessKey{}).(Access)
	return access, ok
}

// guard is what the middleware of HTTP and that of gRPC have in common.
type guard struct {
	asker  Asker
	table  []entry
	header string // that has the token; empty: authorization
	logger *slog.Logger
}

// refusal is why a call goes no further.
type refusal struct {
	kind       refusalKind
	name       string // of the error
	message    string
	decisionID string
}

type refusalKind int

const (
	noToken refusalKind = iota
	badToken
	denied
	unavailable
)

func (r *refusal) Error() string { return r.name + ": " + r.message }

var (
	errNoToken = &refusal{kind: noToken, name: "MissingAuthenticationToken",
		message: "the call brings no session token, or more than one"}
	errNoRule = &refusal{kind: denied, name: "AccessDenied",
		message: "no rule of the service covers this call"}
	errDenied = &refusal{kind: denied, name: "AccessDenied",
		message: "the session may not make this call"}
	errUnavailable = &refusal{kind: unavailable, name: "ServiceUnavailable",
		message: "the authorization service cannot be asked; try again later"}
)

// tokenIn takes the token out of the header's values.
func (g *guard) tokenIn(values []string) (string, *refusal) {
	if len(values) != 1 || values[0] == "" {
		return "", errNoToken
	}
	token := values[0]
	if g.header == "" {
		scheme, rest, _ := strings.Cut(token, " ")
		if !strings.EqualFold(scheme, "Bearer") || rest == "" || rest[0] == ' ' {
			return "", errNoToken
		}
		token = rest
	}
	if len(token) > maxTokenBytes || strings.ContainsFunc(token, isHidden) {
		return "", refusedToken(rolegate.ErrInvalidClientTokenID.Name)
	}
	return token, nil
}

// isHidden reports what no token has: all but visible ASCII.
func isHidden(r rune) bool { return r <= ' ' || r > '~' }

func refusedToken(name string) *refusal {
	message := "the session token is not valid"
	if name == rolegate.ErrExpiredToken.Name {
		message = "the session has ended, or was revoked"
	}
	return &refusal{kind: badToken, name: name, message: message}
}

// ask asks Rolegate, and gives the handler's context.
func (g *guard) ask(ctx context.Context, token string, asked question) (context.Context, *refusal) {
	session := g.asker.ForToken(token)
	// A caller that waits for long must not make this wait for long.
	limited, cancel := context.WithTimeout(ctx, session.Client().Timeout())
	defer cancel()
	decision, err := session.Authorize(limited, asked.action, asked.resource, asked.context)
	switch {
	case err != nil:
		return nil, g.refusalOf(ctx, asked, err)
	case !decision.Allowed:
		refused := *errDenied
		refused.decisionID = decision.DecisionID
		return nil, &refused
	}
	return context.WithValue(ctx, accessKey{}, Access{
		Action: asked.action, Resource: asked.resource, Decision: decision, Session: session}), nil
}

// refusalOf is what an error of Rolegate means for the caller.
func (g *guard) refusalOf(ctx context.Context, asked question, err error) *refusal {
	switch {
	case errors.Is(err, rolegate.ErrExpiredToken):
		return refusedToken(rolegate.ErrExpiredToken.Name)
	case errors.Is(err, rolegate.ErrInvalidClientTokenID):
		return refusedToken(rolegate.ErrInvalidClientTokenID.Name)
	case ctx.Err() != nil: // The caller has gone.
		return errUnavailable
	}
	refused := errUnavailable
	var failed *rolegate.Error
	if errors.As(err, &failed) && failed.Code == codes.InvalidArgument {
		refused = errDenied
	}
	g.log().LogAttrs(ctx, slog.LevelWarn, "rolegate: a call is refused without a decision",
		slog.String("action", asked.action), slog.String("resource", asked.resource), slog.Any("error", err))
	return refused
}

func (g *guard) log() *slog.Logger {
	if g.logger != nil {
		return g.logger
	}
	return slog.Default()
}
