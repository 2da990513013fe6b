// Package rolegate is the client of Rolegate: sessions of roles, and what they
// may do.
//
//	session, err := rolegate.FromEnvironment(ctx)
//	if err != nil { ... }
//	if session.IsAllowed(ctx, "s3:GetObject", "arn:aws:s3:::reports/1", nil) { ... }
//
// Every call has a deadline. Calls that found no server, and those that came
// too early, are tried again within it; nothing else is. Whatever goes wrong,
// IsAllowed says no. Nothing here is global; all types are safe for use by
// several goroutines unless they say otherwise.
package rolegate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"

	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

// The service tells gRPC not to try again what would fail again.
const serviceConfig = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 5, "initialBackoff": "0.2s", "maxBackoff": "2s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
    }
  }]
}`

// DefaultTimeout is the deadline of a call whose context has none.
const DefaultTimeout = 5 * time.Second

// Client is a connection to a server, and who calls over it.
type Client struct {
	connection    *grpc.ClientConn
	principal     string
	sessionToken  string
	timeout       time.Duration
	sts           pb.SecurityTokenServiceClient
	authorization pb.AuthorizationServiceClient
	registry      pb.RegistryServiceClient
}

// Option says how to reach a server, or who calls.
type Option func(*options)

type options struct {
	ca, cert, key string
	plaintext     *bool
	principal     string
	sessionToken  string
	timeout       time.Duration
	dial          []grpc.DialOption
}

// WithCA names a file in PEM whose certificates the server's must come from,
// in place of the system's.
func WithCA(path string) Option { return func(o *options) { o.ca = path } }

// WithCertificate names the files in PEM of a client certificate and its key.
// They are read again for each connection, so that renewed ones are used.
func WithCertificate(cert, key string) Option {
	return func(o *options) { o.cert, o.key = cert, key }
}

// WithPlaintext says whether to do without TLS. By default only Unix sockets
// and loopback are spoken to without it.
func WithPlaintext(plaintext bool) Option {
	return func(o *options) { o.plaintext = &plaintext }
}

// WithPrincipal names the caller, a user's ARN or "service:NAME", where the
// listener lets callers say who they are.
func WithPrincipal(name string) Option { return func(o *options) { o.principal = name } }

// WithSessionToken makes a session the caller, or the holder of a token of an
// issuer that the listener maps.
func WithSessionToken(token string) Option {
	return func(o *options) { o.sessionToken = token }
}

// WithTimeout is the deadline of every call whose context has none.
func WithTimeout(timeout time.Duration) Option {
	return func(o *options) { o.timeout = timeout }
}

// WithDialOptions adds options of gRPC, interceptors for instance.
func WithDialOptions(dial ...grpc.DialOption) Option {
	return func(o *options) { o.dial = append(o.dial, dial...) }
}

// New makes a client of the server at target: "HOST:PORT", "dns:///NAME:PORT",
// whose calls are spread over all its addresses, or "unix:/path". It does not
// wait for the server.
func New(target string, opts ...Option) (*Client, error) {
	o := options{timeout: DefaultTimeout}
	for _, option := range opts {
		option(&o)
	}
	transport, err := o.transport(target)
	if err != nil {
		return nil, err
	}
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		// A server that comes back is found within the calls' deadlines.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond,
				Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 5 * time.Second}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 30 * time.Second, Timeout: 10 * time.Second}),
	}, o.dial...)
	connection, err := grpc.NewClient(target, dial...)
	if err != nil {
		return nil, fmt.Errorf("rolegate: target `%s`: %w", target, err)
	}
	return &Client{
		connection:    connection,
		principal:     o.principal,
		sessionToken:  o.sessionToken,
		timeout:       o.timeout,
		sts:           pb.NewSecurityTokenServiceClient(connection),
		authorization: pb.NewAuthorizationServiceClient(connection),
		registry:      pb.NewRegistryServiceClient(connection),
	}, nil
}

func (o *options) transport(target string) (credentials.TransportCredentials, error) {
	plaintext := isLocal(target) && o.ca == "" && o.cert == ""
	if o.plaintext != nil {
		plaintext = *o.plaintext
	}
	if plaintext {
		return insecure.NewCredentials(), nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, fmt.Errorf("rolegate: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("rolegate: `%s` holds no certificate in PEM", o.ca)
		}
	}
	if (o.cert == "") != (o.key == "") {
		return nil, errors.New("rolegate: a client certificate needs its key, and a key its certificate")
	}
	if o.cert != "" {
		if _, err := tls.LoadX509KeyPair(o.cert, o.key); err != nil {
			return nil, fmt.Errorf("rolegate: %w", err)
		}
		cert, key := o.cert, o.key
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(cert, key)
			return &pair, err
		}
	}
	return credentials.NewTLS(config), nil
}

// isLocal reports whether the target is on this machine.
func isLocal(target string) bool {
	if strings.HasPrefix(target, "unix:") {
		return true
	}
	host := strings.TrimPrefix(target, "dns:///")
	for _, local := range []string{"127.", "localhost:", "[::1]:"} {
		if strings.HasPrefix(host, local) {
			return true
		}
	}
	return false
}

// Close ends the connection. Sessions of the client are of no more use.
func (c *Client) Close() error { return c.connection.Close() }

// Caller asks about the client's own caller, without a session of its own.
func (c *Client) Caller() *Session { return &Session{client: c} }

// ForToken is the session that somebody brought, to ask what they may do. The
// client stays the caller; the session is what is asked about. An empty token
// is nobody's: each question about it ends in ErrInvalidClientTokenID.
func (c *Client) ForToken(sessionToken string) *Session {
	return &Session{client: c, subject: &sessionToken}
}

// Timeout is the deadline of the client's calls whose context has none.
func (c *Client) Timeout() time.Duration { return c.timeout }

// Identity is who somebody is, in AWS's terms.
type Identity struct {
	// Account has twelve digits; it is empty for a service principal.
	Account string
	// ARN, or a service principal's name.
	ARN string
	// UserID is aws:userid.
	UserID string
}

// GetCallerIdentity says who the client's own caller is.
func (c *Client) GetCallerIdentity(ctx context.Context) (Identity, error) {
	return c.identity(ctx, "")
}

func (c *Client) identity(ctx context.Context, token string) (Identity, error) {
	ctx, cancel := c.call(ctx, token)
	defer cancel()
	response, err := c.sts.GetCallerIdentity(ctx, &pb.GetCallerIdentityRequest{})
	if err != nil {
		return Identity{}, errorOf(err)
	}
	return Identity{response.GetAccount(), response.GetArn(), response.GetUserId()}, nil
}

// GetSigningKeys gives the service's public keys, a JSON Web Key Set.
func (c *Client) GetSigningKeys(ctx context.Context) ([]byte, error) {
	ctx, cancel := c.call(ctx, "")
	defer cancel()
	response, err := c.sts.GetSigningKeys(ctx, &pb.GetSigningKeysRequest{})
	if err != nil {
		return nil, errorOf(err)
	}
	return []byte(response.GetJwks()), nil
}

// DecodeAuthorizationMessage opens the record of a refusal, for administrators.
func (c *Client) DecodeAuthorizationMessage(ctx context.Context, encodedMessage string) (json.RawMessage, error) {
	ctx, cancel := c.call(ctx, "")
	defer cancel()
	response, err := c.sts.DecodeAuthorizationMessage(ctx,
		&pb.DecodeAuthorizationMessageRequest{EncodedMessage: encodedMessage})
	if err != nil {
		return nil, errorOf(err)
	}
	return json.RawMessage(response.GetDecodedMessage()), nil
}

// Watch tells the revisions of the registry. For one goroutine.
type Watch struct {
	stream grpc.ServerStreamingClient[pb.WatchResponse]
}

// Watch opens a watch, which lasts until ctx ends. It ends with an error when
// the server stops: watch again then.
func (c *Client) Watch(ctx context.Context) (*Watch, error) {
	stream, err := c.registry.Watch(c.identify(ctx, ""), &pb.WatchRequest{})
	if err != nil {
		return nil, errorOf(err)
	}
	return &Watch{stream}, nil
}

// Next waits for a revision, the present one first.
func (w *Watch) Next() (revision string, err error) {
	response, err := w.stream.Recv()
	if err != nil {
		return "", errorOf(err)
	}
	return response.GetRevision(), nil
}

// identify adds who is calling: the session, else what the client was told.
func (c *Client) identify(ctx context.Context, token string) context.Context {
	if token == "" {
		token = c.sessionToken
	}
	// What the context carries for other services must not speak here.
	if carried, ok := metadata.FromOutgoingContext(ctx); ok {
		carried.Delete("authorization")
		carried.Delete("rolegate-principal")
		ctx = metadata.NewOutgoingContext(ctx, carried)
	}
	switch {
	case token != "":
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	case c.principal != "":
		return metadata.AppendToOutgoingContext(ctx, "rolegate-principal", c.principal)
	}
	return ctx
}

// call adds a deadline, too.
func (c *Client) call(ctx context.Context, token string) (context.Context, context.CancelFunc) {
	ctx, cancel := c.limit(ctx)
	return c.identify(ctx, token), cancel
}

func (c *Client) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.timeout)
}
