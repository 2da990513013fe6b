package rolegate

import (
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/grpc/codes"
)

const (
	sessionType = "rolegate-session+jwt"
	// The clocks of two machines may be so far apart.
	clockSkew = 60 * time.Second
	// The service never issues a longer one.
	maxTokenBytes = 6 * 1024
)

// VerifiedSession is what a session says of itself. It may have been revoked
// since; only the service knows.
type VerifiedSession struct {
	// ARN is the session's.
	ARN string
	// RoleARN is the role's.
	RoleARN string
	// RoleSessionName is the session's name.
	RoleSessionName string
	// AccessKeyID names the session where it is revoked, and in the audit log.
	AccessKeyID string
	// ExpiresAt is when the session ends.
	ExpiresAt time.Time
	// SourceIdentity is who is behind the session; empty if nobody said so.
	SourceIdentity string
	// Tags are the session's.
	Tags map[string]string
}

// VerifySession checks a session's token without a server, by keys, a JSON Web
// Key Set: what GetSigningKeys gives, or the server publishes. Type and
// algorithm are this function's and never the token's.
//
// ErrExpiredToken is a session that has ended, ErrInvalidClientTokenID anything
// else that is wrong.
func VerifySession(token string, keys []byte, issuer, audience string) (VerifiedSession, error) {
	refused := &Error{Name: ErrInvalidClientTokenID.Name, Code: codes.Unauthenticated,
		Message: "the session token does not hold by these keys"}
	if len(token) > maxTokenBytes {
		return VerifiedSession{}, refused
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(parsed.Headers) != 1 {
		return VerifiedSession{}, refused
	}
	header := parsed.Headers[0]
	if header.ExtraHeaders[jose.HeaderType] != sessionType || header.KeyID == "" {
		return VerifiedSession{}, refused
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keys, &set); err != nil {
		return VerifiedSession{}, refused
	}
	found := set.Key(header.KeyID)
	if len(found) != 1 {
		return VerifiedSession{}, refused
	}
	var registered jwt.Claims
	var own struct {
		Role           string      `json:"role"`
		Name           string      `json:"name"`
		SourceIdentity string      `json:"source_identity"`
		Tags           [][2]string `json:"tags"`
	}
	if err := parsed.Claims(found[0].Public(), &registered, &own); err != nil {
		return VerifiedSession{}, refused
	}
	if registered.Expiry == nil || registered.NotBefore == nil || registered.IssuedAt == nil {
		return VerifiedSession{}, refused
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: time.Now()}
	switch err := registered.ValidateWithLeeway(expected, clockSkew); err {
	case nil:
	case jwt.ErrExpired:
		return VerifiedSession{}, &Error{Name: ErrExpiredToken.Name,
			Code: codes.Unauthenticated, Message: "the session has ended"}
	default:
		return VerifiedSession{}, refused
	}
	session := VerifiedSession{
		ARN: registered.Subject, RoleARN: own.Role, RoleSessionName: own.Name,
		AccessKeyID: registered.ID, ExpiresAt: registered.Expiry.Time(),
		SourceIdentity: own.SourceIdentity, Tags: make(map[string]string, len(own.Tags)),
	}
	for _, tag := range own.Tags {
		session.Tags[tag[0]] = tag[1]
	}
	return session, nil
}
