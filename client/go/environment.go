package rolegate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// FromEnvironment gives the session that the environment describes, all that a
// pod needs.
//
// ROLEGATE_SERVER is the target; ROLEGATE_TLS_CA, ROLEGATE_TLS_CERT and
// ROLEGATE_TLS_KEY are files in PEM. Then holds the first of these that is
// there: ROLEGATE_SESSION_TOKEN, a session that stands ready; ROLEGATE_ROLE_ARN
// with ROLEGATE_WEB_IDENTITY_TOKEN_FILE, by that token, which is read again at
// each renewal; ROLEGATE_ROLE_ARN alone, by who the connection is. Without any
// of them the connection says who is calling.
//
// ROLEGATE_ROLE_SESSION_NAME names the session; by default the host does.
func FromEnvironment(ctx context.Context, opts ...Option) (*Session, error) {
	target := os.Getenv("ROLEGATE_SERVER")
	if target == "" {
		return nil, errors.New("rolegate: ROLEGATE_SERVER is not set; it names the server, `HOST:PORT` or `unix:/path`")
	}
	token := os.Getenv("ROLEGATE_SESSION_TOKEN")
	described := []Option{
		WithCA(os.Getenv("ROLEGATE_TLS_CA")),
		WithCertificate(os.Getenv("ROLEGATE_TLS_CERT"), os.Getenv("ROLEGATE_TLS_KEY")),
		WithSessionToken(token),
	}
	client, err := New(target, append(described, opts...)...)
	if err != nil {
		return nil, err
	}
	role := os.Getenv("ROLEGATE_ROLE_ARN")
	if token != "" || role == "" {
		return client.Caller(), nil
	}
	name := os.Getenv("ROLEGATE_ROLE_SESSION_NAME")
	if name == "" {
		name = defaultSessionName()
	}
	var session *Session
	if file := os.Getenv("ROLEGATE_WEB_IDENTITY_TOKEN_FILE"); file != "" {
		session, err = client.AssumeRoleWithWebIdentity(ctx, AssumeRoleWithWebIdentityInput{
			RoleARN: role, RoleSessionName: name, WebIdentityTokenFile: file})
	} else {
		session, err = client.AssumeRole(ctx, AssumeRoleInput{RoleARN: role, RoleSessionName: name})
	}
	if err != nil {
		client.Close()
	}
	return session, err
}

// Client is the connection that the session uses, to close it for instance.
func (s *Session) Client() *Client { return s.client }

// defaultSessionName is the host's name, or the time.
func defaultSessionName() string {
	host, _ := os.Hostname()
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_=,.@-", r) {
			return r
		}
		return -1
	}, host)
	if len(name) > 64 {
		name = name[:64]
	}
	if len(name) < 2 {
		return fmt.Sprintf("rolegate-%d", time.Now().Unix())
	}
	return name
}
