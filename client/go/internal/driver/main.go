// The driver of the conformance scenarios; client/conformance/README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	rolegate "github.com/rolegate/rolegate/client/go"
	"github.com/rolegate/rolegate/client/go/middleware"
)

type check struct {
	Action   string                     `json:"action"`
	Resource string                     `json:"resource"`
	Context  map[string]json.RawMessage `json:"context"`
}

// request has the arguments of all operations.
type request struct {
	Do                   string                     `json:"do"`
	Client               string                     `json:"client"`
	Session              string                     `json:"session"`
	Target               string                     `json:"target"`
	CA                   string                     `json:"ca"`
	Cert                 string                     `json:"cert"`
	Key                  string                     `json:"key"`
	Plaintext            *bool                      `json:"plaintext"`
	Principal            string                     `json:"principal"`
	SessionToken         string                     `json:"session_token"`
	Timeout              float64                    `json:"timeout"`
	RoleARN              string                     `json:"role_arn"`
	RoleSessionName      string                     `json:"role_session_name"`
	DurationSeconds      int                        `json:"duration_seconds"`
	Policy               string                     `json:"policy"`
	PolicyARNs           []string                   `json:"policy_arns"`
	Tags                 map[string]string          `json:"tags"`
	TransitiveTagKeys    []string                   `json:"transitive_tag_keys"`
	ExternalID           string                     `json:"external_id"`
	SourceIdentity       string                     `json:"source_identity"`
	SerialNumber         string                     `json:"serial_number"`
	TokenCode            string                     `json:"token_code"`
	RenewBefore          float64                    `json:"renew_before"`
	WebIdentityToken     string                     `json:"web_identity_token"`
	WebIdentityTokenFile string                     `json:"web_identity_token_file"`
	PrincipalARN         string                     `json:"principal_arn"`
	SAMLAssertion        string                     `json:"saml_assertion"`
	Token                string                     `json:"token"`
	Action               string                     `json:"action"`
	Resource             string                     `json:"resource"`
	ResourceAccount      string                     `json:"resource_account"`
	Context              map[string]json.RawMessage `json:"context"`
	Explain              bool                       `json:"explain"`
	Checks               []check                    `json:"checks"`
	Batches              [][]check                  `json:"batches"`
	EncodedMessage       string                     `json:"encoded_message"`
	JWKS                 string                     `json:"jwks"`
	Issuer               string                     `json:"issuer"`
	Audience             string                     `json:"audience"`
	Watch                string                     `json:"watch"`
	Times                int                        `json:"times"`
	AtOnce               bool                       `json:"at_once"`
	Request              *request                   `json:"request"`
	Server               string                     `json:"server"`
	Framework            string                     `json:"framework"`
	Header               string                     `json:"header"`
	Rules                []middleware.Rule          `json:"rules"`
}

type object map[string]any

// driver keeps what the scenario's names stand for.
type driver struct {
	mu       sync.Mutex
	clients  map[string]*rolegate.Client
	sessions map[string]*rolegate.Session
	watches  map[string]*rolegate.Watch
	services map[string]*guarded
}

func (d *driver) session(r *request) *rolegate.Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Session != "" {
		return d.sessions[r.Session]
	}
	return d.clients[r.Client].Caller()
}

func (d *driver) client(r *request) *rolegate.Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clients[r.Client]
}

func (d *driver) keep(ctx context.Context, r *request, session *rolegate.Session, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.sessions[r.Session] = session
	d.mu.Unlock()
	return shownCredentials(session.Credentials(ctx))
}

func shownCredentials(c rolegate.Credentials, err error) (any, error) {
	return object{"arn": c.ARN, "access_key_id": c.AccessKeyID,
		"session_token": c.SessionToken, "expires_at": c.ExpiresAt.Unix()}, err
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

func contextOf(from map[string]json.RawMessage) rolegate.Context {
	result := rolegate.Context{}
	for key, raw := range from {
		var one string
		if json.Unmarshal(raw, &one) == nil {
			result[key] = []string{one}
			continue
		}
		var many []string
		if err := json.Unmarshal(raw, &many); err != nil {
			panic(err)
		}
		result[key] = many
	}
	return result
}

func checksOf(from []check) []rolegate.Check {
	var checks []rolegate.Check
	for _, each := range from {
		checks = append(checks, rolegate.Check{Action: each.Action,
			Resource: each.Resource, Context: contextOf(each.Context)})
	}
	return checks
}

func shown(d rolegate.Decision) object {
	result := object{"allowed": d.Allowed, "explicit": d.Explicit,
		"reason": d.Reason, "decision_id": d.DecisionID,
		"registry_revision": d.RegistryRevision,
		"encoded_message":   d.EncodedMessage, "cacheable_for": nil,
		"context_keys_read": append([]string{}, d.ContextKeysRead...),
		"explanation":       nil}
	if d.CacheableFor != nil {
		result["cacheable_for"] = d.CacheableFor.Seconds()
	}
	if d.Explanation != nil {
		matched := []object{}
		for _, each := range d.Explanation.GetMatchedStatements() {
			layer := strings.ToLower(strings.TrimPrefix(each.GetLayer().String(), "LAYER_"))
			matched = append(matched, object{"policy": each.GetPolicy(),
				"sid": each.GetSid(), "layer": layer})
		}
		result["explanation"] = object{"matched_statements": matched,
			"missing_context_keys": append([]string{}, d.Explanation.GetMissingContextKeys()...),
			"lacking":              d.Explanation.GetLacking()}
	}
	return result
}

func shownAll(decisions []rolegate.Decision) []object {
	result := []object{}
	for _, decision := range decisions {
		result = append(result, shown(decision))
	}
	return result
}

func (d *driver) connect(r *request) (any, error) {
	options := []rolegate.Option{rolegate.WithCA(r.CA),
		rolegate.WithCertificate(r.Cert, r.Key),
		rolegate.WithPrincipal(r.Principal),
		rolegate.WithSessionToken(r.SessionToken)}
	if r.Plaintext != nil {
		options = append(options, rolegate.WithPlaintext(*r.Plaintext))
	}
	if r.Timeout != 0 {
		options = append(options, rolegate.WithTimeout(duration(r.Timeout)))
	}
	client, err := rolegate.New(r.Target, options...)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients[r.Client] = client
	return object{}, nil
}

func (d *driver) authorize(ctx context.Context, r *request) (rolegate.Decision, error) {
	var options []rolegate.AuthorizeOption
	if r.ResourceAccount != "" {
		options = append(options, rolegate.OfAccount(r.ResourceAccount))
	}
	if r.Explain {
		options = append(options, rolegate.WithExplanation())
	}
	return d.session(r).Authorize(ctx, r.Action, r.Resource, contextOf(r.Context), options...)
}

func (d *driver) stream(ctx context.Context, r *request) (any, error) {
	stream, err := d.session(r).AuthorizeStream(ctx)
	if err != nil {
		return nil, err
	}
	for _, batch := range r.Batches {
		if err := stream.Send(checksOf(batch), nil); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	batches := [][]object{}
	for {
		decisions, err := stream.Receive()
		if err == io.EOF {
			return object{"batches": batches}, nil
		}
		if err != nil {
			return nil, err
		}
		batches = append(batches, shownAll(decisions))
	}
}

// cause hears what IsAllowed logs of the error that made it false.
type cause struct {
	slog.Handler
	name *string
}

func (c cause) Enabled(context.Context, slog.Level) bool { return true }
func (c cause) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(attribute slog.Attr) bool {
		var failed *rolegate.Error
		if err, ok := attribute.Value.Any().(error); ok && errors.As(err, &failed) {
			*c.name = nameOf(failed)
		}
		return true
	})
	return nil
}

func nameOf(err *rolegate.Error) string {
	if err.Name != "" {
		return err.Name
	}
	return codeName(err.Code)
}

func (d *driver) isAllowed(ctx context.Context, r *request) (any, error) {
	// Many of these may run at once; what is heard then is of no use.
	name := ""
	if r.AtOnce {
		return object{"allowed": d.session(r).IsAllowed(ctx, r.Action, r.Resource, contextOf(r.Context)), "error": ""}, nil
	}
	before := slog.Default()
	slog.SetDefault(slog.New(cause{before.Handler(), &name}))
	defer slog.SetDefault(before)
	allowed := d.session(r).IsAllowed(ctx, r.Action, r.Resource, contextOf(r.Context))
	return object{"allowed": allowed, "error": name}, nil
}

func (d *driver) repeat(ctx context.Context, r *request) (any, error) {
	answers := make([]object, r.Times)
	if !r.AtOnce {
		for i := range answers {
			answers[i] = d.answer(ctx, r.Request)
		}
		return object{"answers": answers}, nil
	}
	r.Request.AtOnce = true
	var all sync.WaitGroup
	for i := range answers {
		all.Add(1)
		go func() {
			defer all.Done()
			answers[i] = d.answer(ctx, r.Request)
		}()
	}
	all.Wait()
	return object{"answers": answers}, nil
}

func (d *driver) perform(ctx context.Context, r *request) (any, error) {
	options := rolegate.SessionOptions{
		Duration: time.Duration(r.DurationSeconds) * time.Second,
		Policy:   r.Policy, PolicyARNs: r.PolicyARNs,
		RenewBefore: duration(r.RenewBefore)}
	switch r.Do {
	case "connect":
		return d.connect(r)
	case "from_environment":
		session, err := rolegate.FromEnvironment(ctx)
		if err != nil {
			return nil, err
		}
		d.clients[r.Client] = session.Client()
		d.sessions[r.Session] = session
		return object{}, nil
	case "assume_role":
		session, err := d.client(r).AssumeRole(ctx, rolegate.AssumeRoleInput{
			RoleARN: r.RoleARN, RoleSessionName: r.RoleSessionName,
			Tags: r.Tags, TransitiveTagKeys: r.TransitiveTagKeys,
			ExternalID: r.ExternalID, SourceIdentity: r.SourceIdentity,
			SerialNumber: r.SerialNumber, TokenCode: r.TokenCode,
			SessionOptions: options})
		return d.keep(ctx, r, session, err)
	case "assume_role_with_web_identity":
		session, err := d.client(r).AssumeRoleWithWebIdentity(ctx, rolegate.AssumeRoleWithWebIdentityInput{
			RoleARN: r.RoleARN, RoleSessionName: r.RoleSessionName,
			WebIdentityToken:     r.WebIdentityToken,
			WebIdentityTokenFile: r.WebIdentityTokenFile,
			SessionOptions:       options})
		return d.keep(ctx, r, session, err)
	case "assume_role_with_saml":
		session, err := d.client(r).AssumeRoleWithSAML(ctx, rolegate.AssumeRoleWithSAMLInput{
			RoleARN: r.RoleARN, PrincipalARN: r.PrincipalARN,
			SAMLAssertion: r.SAMLAssertion, SessionOptions: options})
		return d.keep(ctx, r, session, err)
	case "for_token":
		d.sessions[r.Session] = d.client(r).ForToken(r.Token)
		return object{}, nil
	case "credentials":
		return shownCredentials(d.session(r).Credentials(ctx))
	case "authorize":
		decision, err := d.authorize(ctx, r)
		return shown(decision), err
	case "authorize_many":
		decisions, err := d.session(r).AuthorizeMany(ctx, checksOf(r.Checks), contextOf(r.Context))
		return object{"decisions": shownAll(decisions)}, err
	case "authorize_stream":
		return d.stream(ctx, r)
	case "is_allowed":
		return d.isAllowed(ctx, r)
	case "get_caller_identity":
		identity, err := d.session(r).GetCallerIdentity(ctx)
		return object{"account": identity.Account, "arn": identity.ARN, "user_id": identity.UserID}, err
	case "get_signing_keys":
		keys, err := d.client(r).GetSigningKeys(ctx)
		return object{"jwks": string(keys)}, err
	case "decode_authorization_message":
		record, err := d.client(r).DecodeAuthorizationMessage(ctx, r.EncodedMessage)
		return object{"message": record}, err
	case "verify_session":
		session, err := rolegate.VerifySession(r.Token, []byte(r.JWKS), r.Issuer, r.Audience)
		return object{"arn": session.ARN, "role_arn": session.RoleARN,
			"role_session_name": session.RoleSessionName,
			"access_key_id":     session.AccessKeyID,
			"expires_at":        session.ExpiresAt.Unix(),
			"source_identity":   session.SourceIdentity, "tags": session.Tags}, err
	case "watch":
		watch, err := d.client(r).Watch(ctx)
		d.watches[r.Watch] = watch
		return object{}, err
	case "next_revision":
		revision, err := d.watches[r.Watch].Next()
		return object{"revision": revision}, err
	case "repeat":
		return d.repeat(ctx, r)
	case "frameworks":
		return object{"http": []string{httpFramework}, "grpc": []string{grpcFramework},
			"sees_messages": []string{grpcFramework}}, nil
	case "serve":
		return d.serve(r)
	case "stop_serving":
		return d.stopServing(r)
	case "close":
		return object{}, d.client(r).Close()
	}
	return nil, &rolegate.Error{Name: "UnknownOperation", Message: r.Do}
}

func (d *driver) answer(ctx context.Context, r *request) object {
	result, err := d.perform(ctx, r)
	if err == nil {
		return object{"ok": result}
	}
	var failed *rolegate.Error
	if errors.As(err, &failed) {
		return object{"error": object{"name": failed.Name,
			"code": codeName(failed.Code), "message": failed.Message,
			"encoded_message": failed.EncodedMessage}}
	}
	return object{"error": object{"name": fmt.Sprintf("%T", err), "code": "",
		"message": err.Error(), "encoded_message": ""}}
}

// codeName spells a code as gRPC's specification does.
func codeName(code codes.Code) string {
	name := ""
	for i, letter := range code.String() {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name += "_"
		}
		name += strings.ToUpper(string(letter))
	}
	return name
}

func main() {
	d := &driver{clients: map[string]*rolegate.Client{},
		sessions: map[string]*rolegate.Session{},
		watches:  map[string]*rolegate.Watch{},
		services: map[string]*guarded{}}
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		if err := out.Encode(d.answer(context.Background(), &r)); err != nil {
			return
		}
	}
}
