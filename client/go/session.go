package rolegate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"

	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

const (
	// A session is renewed once this part of its life has passed.
	renewAt = 0.8
	// After a renewal that failed the next one is tried so much later.
	retryAfter = time.Second
)

// Credentials are what the service gave.
type Credentials struct {
	// ARN is the session's.
	ARN string
	// AccessKeyID names the session where it is revoked, and in the audit log.
	AccessKeyID string
	// SessionToken is a secret.
	SessionToken string
	// ExpiresAt is when the session ends.
	ExpiresAt time.Time
}

// SessionOptions are what all ways of assuming a role have in common.
type SessionOptions struct {
	// Duration of the session; zero: an hour.
	Duration time.Duration
	// Policy is a session policy as JSON: the session may do what both it and
	// the role's policies allow.
	Policy string
	// PolicyARNs are managed policies with the same meaning.
	PolicyARNs []string
	// RenewBefore: so much before its end the session is renewed; zero: when a
	// fifth of its life is left.
	RenewBefore time.Duration
}

// AssumeRoleInput says which role and how; see AWS's AssumeRole.
type AssumeRoleInput struct {
	// RoleARN is the role's.
	RoleARN string
	// RoleSessionName names the session in its ARN and in the audit log. It has
	// 2 to 64 characters.
	RoleSessionName string
	// Tags are read by policies as aws:PrincipalTag/KEY.
	Tags map[string]string
	// TransitiveTagKeys are those of Tags that sessions assumed by this one
	// keep.
	TransitiveTagKeys []string
	// ExternalID is what a trust policy compares as sts:ExternalId.
	ExternalID string
	// SourceIdentity is who is behind the session; sessions assumed by it keep
	// it.
	SourceIdentity string
	// SerialNumber is the MFA device, for a role that asks for one.
	SerialNumber string
	// TokenCode has the six digits that the device shows.
	TokenCode string
	SessionOptions
}

// AssumeRoleWithWebIdentityInput says which role, and by which token of an
// identity provider: the token itself, or a file, which is read again at each
// renewal, as Kubernetes writes it anew.
type AssumeRoleWithWebIdentityInput struct {
	// RoleARN is the role's.
	RoleARN string
	// RoleSessionName names the session in its ARN and in the audit log. It has
	// 2 to 64 characters.
	RoleSessionName string
	// WebIdentityToken is the token itself.
	WebIdentityToken string
	// WebIdentityTokenFile has the token, and is taken before WebIdentityToken.
	WebIdentityTokenFile string
	SessionOptions
}

// AssumeRoleWithSAMLInput says which role, and by which SAML response in
// base64. A response is good for minutes, so that such a session is used until
// it ends rather than renewed.
type AssumeRoleWithSAMLInput struct {
	// RoleARN is the role's.
	RoleARN string
	// PrincipalARN is that of the SAML provider.
	PrincipalARN string
	// SAMLAssertion is the response in base64.
	SAMLAssertion string
	SessionOptions
}

// AssumeRole gives a session of a role, which renews itself before it ends.
func (c *Client) AssumeRole(ctx context.Context, in AssumeRoleInput) (*Session, error) {
	request := &pb.AssumeRoleRequest{
		RoleArn:           in.RoleARN,
		RoleSessionName:   in.RoleSessionName,
		DurationSeconds:   seconds(in.Duration),
		Policy:            optional(in.Policy),
		PolicyArns:        in.PolicyARNs,
		TransitiveTagKeys: in.TransitiveTagKeys,
		ExternalId:        optional(in.ExternalID),
		SourceIdentity:    optional(in.SourceIdentity),
		SerialNumber:      optional(in.SerialNumber),
		TokenCode:         optional(in.TokenCode),
	}
	for key, value := range in.Tags {
		request.Tags = append(request.Tags, &pb.Tag{Key: key, Value: value})
	}
	sort.Slice(request.Tags, func(i, j int) bool {
		return request.Tags[i].Key < request.Tags[j].Key
	})
	return c.session(ctx, in.RenewBefore, func(ctx context.Context) (issued, error) {
		return c.sts.AssumeRole(c.identify(ctx, ""), request)
	})
}

// AssumeRoleWithWebIdentity gives a session to the holder of an identity
// provider's token. It needs no other caller.
func (c *Client) AssumeRoleWithWebIdentity(ctx context.Context, in AssumeRoleWithWebIdentityInput) (*Session, error) {
	return c.session(ctx, in.RenewBefore, func(ctx context.Context) (issued, error) {
		token := in.WebIdentityToken
		if in.WebIdentityTokenFile != "" {
			text, err := os.ReadFile(in.WebIdentityTokenFile)
			if err != nil {
				return nil, err
			}
			token = strings.TrimSpace(string(text))
		}
		return c.sts.AssumeRoleWithWebIdentity(ctx, &pb.AssumeRoleWithWebIdentityRequest{
			RoleArn:          in.RoleARN,
			RoleSessionName:  in.RoleSessionName,
			WebIdentityToken: token,
			DurationSeconds:  seconds(in.Duration),
			Policy:           optional(in.Policy),
			PolicyArns:       in.PolicyARNs,
		})
	})
}

// AssumeRoleWithSAML gives a session to the subject of a SAML response. It
// needs no other caller.
func (c *Client) AssumeRoleWithSAML(ctx context.Context, in AssumeRoleWithSAMLInput) (*Session, error) {
	return c.session(ctx, in.RenewBefore, func(ctx context.Context) (issued, error) {
		return c.sts.AssumeRoleWithSAML(ctx, &pb.AssumeRoleWithSAMLRequest{
			RoleArn:         in.RoleARN,
			PrincipalArn:    in.PrincipalARN,
			SamlAssertion:   in.SAMLAssertion,
			DurationSeconds: seconds(in.Duration),
			Policy:          optional(in.Policy),
			PolicyArns:      in.PolicyARNs,
		})
	})
}

// issued is what all answers of the service that give a session have.
type issued interface {
	GetCredentials() *pb.Credentials
	GetAssumedRoleUser() *pb.AssumedRoleUser
}

// Session is a role's session, or somebody's that was brought, and what it may
// do.
type Session struct {
	client *Client
	// subject is the session that is asked about; nil: the caller's own.
	subject *string
	// asker is the session that asks about subject; nil: the client's caller.
	asker *Session
	// assume has the session again; nil: there is none to renew.
	assume      func(context.Context) (issued, error)
	renewBefore time.Duration

	// renewing holds a place for whoever renews, so that the others wait and
	// may give up.
	renewing chan struct{}
	mu       sync.Mutex
	present  Credentials
	renewAt  time.Time
}

func (c *Client) session(ctx context.Context, renewBefore time.Duration, assume func(context.Context) (issued, error)) (*Session, error) {
	s := &Session{client: c, assume: assume, renewBefore: renewBefore, renewing: make(chan struct{}, 1)}
	if err := s.renew(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Credentials gives the session's present credentials, renewed if that is due.
//
// One caller renews while the others wait. A session that is still good stays
// when it cannot be renewed; the next try comes a second later.
func (s *Session) Credentials(ctx context.Context) (Credentials, error) {
	if s.assume == nil {
		return Credentials{}, errors.New("rolegate: the session was brought by somebody; it has no credentials of its own")
	}
	if present, due := s.look(); !due {
		return present, nil
	}
	ctx, cancel := s.client.limit(ctx)
	defer cancel()
	select {
	case s.renewing <- struct{}{}:
	case <-ctx.Done():
		return Credentials{}, errorOf(ctx.Err())
	}
	defer func() { <-s.renewing }()
	if present, due := s.look(); !due {
		return present, nil
	}
	if err := s.renew(ctx); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !time.Now().Before(s.present.ExpiresAt) {
			return Credentials{}, err
		}
		s.renewAt = time.Now().Add(retryAfter)
		slog.WarnContext(ctx, "rolegate: a session is not renewed", "arn", s.present.ARN, "error", err)
		return s.present, nil
	}
	present, _ := s.look()
	return present, nil
}

func (s *Session) look() (present Credentials, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present, !time.Now().Before(s.renewAt)
}

func (s *Session) renew(ctx context.Context) error {
	ctx, cancel := s.client.limit(ctx)
	defer cancel()
	response, err := s.assume(ctx)
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return fmt.Errorf("rolegate: the identity provider's token: %w", err)
	}
	if err != nil {
		return errorOf(err)
	}
	credentials := response.GetCredentials()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.present = Credentials{
		ARN:          response.GetAssumedRoleUser().GetArn(),
		AccessKeyID:  credentials.GetAccessKeyId(),
		SessionToken: credentials.GetSessionToken(),
		ExpiresAt:    credentials.GetExpiration().AsTime(),
	}
	left := time.Until(s.present.ExpiresAt)
	if s.renewBefore > 0 {
		s.renewAt = s.present.ExpiresAt.Add(-s.renewBefore)
	} else {
		s.renewAt = time.Now().Add(time.Duration(float64(left) * renewAt))
	}
	return nil
}

// ForToken is the session that somebody brought, to ask what they may do, as
// Client.ForToken is. This session is the caller.
func (s *Session) ForToken(sessionToken string) *Session {
	asker := s
	if s.subject != nil {
		asker = s.asker
	}
	return &Session{client: s.client, subject: &sessionToken, asker: asker}
}

// token is what the session's calls bring.
func (s *Session) token(ctx context.Context) (string, error) {
	if s.asker != nil {
		return s.asker.token(ctx)
	}
	if s.assume == nil {
		return "", nil
	}
	credentials, err := s.Credentials(ctx)
	return credentials.SessionToken, err
}

// AuthorizeOption says more about a question.
type AuthorizeOption func(*pb.AuthorizeRequest)

// OfAccount names the account that owns the resource, where its ARN does not.
func OfAccount(account string) AuthorizeOption {
	return func(r *pb.AuthorizeRequest) { r.ResourceAccount = account }
}

// WithExplanation asks why. It needs rolegate:Explain.
func WithExplanation() AuthorizeOption {
	return func(r *pb.AuthorizeRequest) { r.Explain = true }
}

// Authorize answers whether the session may do action on resource. A denial is
// an answer and no error. An error comes with a Decision that denies.
func (s *Session) Authorize(ctx context.Context, action, resource string, about Context, opts ...AuthorizeOption) (Decision, error) {
	ctx, cancel := s.client.limit(ctx)
	defer cancel()
	token, err := s.token(ctx)
	if err != nil {
		return Decision{}, err
	}
	request := &pb.AuthorizeRequest{Action: action, Resource: resource, Context: contextOf(about)}
	if s.subject != nil {
		request.Subject = &pb.AuthorizeRequest_SessionToken{SessionToken: *s.subject}
	}
	for _, option := range opts {
		option(request)
	}
	response, err := s.client.authorization.Authorize(s.client.identify(ctx, token), request)
	if err != nil {
		return Decision{}, errorOf(err)
	}
	decision := decisionOf(response, response.GetRegistryRevision())
	decision.CacheableFor = durationOf(response.GetCacheableFor())
	decision.ContextKeysRead = response.GetContextKeysRead()
	return decision, nil
}

// IsAllowed answers with yes or no. Errors are denials, and are logged by slog.
func (s *Session) IsAllowed(ctx context.Context, action, resource string, about Context) bool {
	decision, err := s.Authorize(ctx, action, resource, about)
	if err != nil {
		slog.WarnContext(ctx, "rolegate: denied, for the answer is not to be had",
			"action", action, "resource", resource, "error", err)
	}
	return decision.Allowed
}

func (s *Session) batch(checks []Check, about Context) *pb.BatchAuthorizeRequest {
	request := &pb.BatchAuthorizeRequest{Context: contextOf(about)}
	if s.subject != nil {
		request.Subject = &pb.BatchAuthorizeRequest_SessionToken{SessionToken: *s.subject}
	}
	for _, check := range checks {
		request.Checks = append(request.Checks, &pb.AuthorizationCheck{
			Action: check.Action, Resource: check.Resource, Context: contextOf(check.Context)})
	}
	return request
}

func decisionsOf(response *pb.BatchAuthorizeResponse) []Decision {
	decisions := make([]Decision, 0, len(response.GetResults()))
	for _, result := range response.GetResults() {
		decisions = append(decisions, decisionOf(result, response.GetRegistryRevision()))
	}
	return decisions
}

// AuthorizeMany answers many checks on one revision, in their order. It is
// refused whole if one is malformed.
func (s *Session) AuthorizeMany(ctx context.Context, checks []Check, about Context) ([]Decision, error) {
	ctx, cancel := s.client.limit(ctx)
	defer cancel()
	token, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	response, err := s.client.authorization.BatchAuthorize(
		s.client.identify(ctx, token), s.batch(checks, about))
	if err != nil {
		return nil, errorOf(err)
	}
	return decisionsOf(response), nil
}

// Stream answers batch after batch over one call. One goroutine may send while
// another receives.
type Stream struct {
	session *Session
	stream  grpc.BidiStreamingClient[pb.AuthorizeStreamRequest, pb.AuthorizeStreamResponse]
	sent    uint64
}

// AuthorizeStream opens a stream, which lasts until ctx ends.
func (s *Session) AuthorizeStream(ctx context.Context) (*Stream, error) {
	token, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	stream, err := s.client.authorization.AuthorizeStream(s.client.identify(ctx, token))
	if err != nil {
		return nil, errorOf(err)
	}
	return &Stream{session: s, stream: stream}, nil
}

// Send asks a batch of questions. io.EOF means that the call has ended; Receive
// says why.
func (s *Stream) Send(checks []Check, about Context) error {
	err := s.stream.Send(&pb.AuthorizeStreamRequest{
		CorrelationId: s.sent, Batch: s.session.batch(checks, about)})
	s.sent++
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return errorOf(err)
}

// CloseSend says that no more questions follow.
func (s *Stream) CloseSend() error { return errorOf(s.stream.CloseSend()) }

// Receive gives the answers to the next batch, in the order of the batches.
// io.EOF means that all were answered. An *Error without a Code is about that
// batch alone: the stream goes on.
func (s *Stream) Receive() ([]Decision, error) {
	response, err := s.stream.Recv()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, errorOf(err)
	}
	if refused := response.GetError(); refused != nil {
		return nil, &Error{Name: refused.GetCode(), Message: refused.GetMessage()}
	}
	return decisionsOf(response.GetBatch()), nil
}

// GetCallerIdentity says who the session is.
func (s *Session) GetCallerIdentity(ctx context.Context) (Identity, error) {
	ctx, cancel := s.client.limit(ctx)
	defer cancel()
	token, err := s.token(ctx)
	if err != nil {
		return Identity{}, err
	}
	return s.client.identity(ctx, token)
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func seconds(duration time.Duration) *int32 {
	if duration == 0 {
		return nil
	}
	value := int32(duration / time.Second)
	return &value
}
