package middleware_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	rolegate "github.com/rolegate/rolegate/client/go"
	"github.com/rolegate/rolegate/client/go/middleware"
	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

// authorizer answers as Rolegate may, by the token that the caller brought.
type authorizer struct {
	pb.UnimplementedAuthorizationServiceServer
	asked atomic.Int64
	mu    sync.Mutex
	last  *pb.AuthorizeRequest
	from  metadata.MD
}

func (a *authorizer) Authorize(ctx context.Context, request *pb.AuthorizeRequest) (*pb.AuthorizeResponse, error) {
	a.asked.Add(1)
	a.mu.Lock()
	a.last = request
	a.from, _ = metadata.FromIncomingContext(ctx)
	a.mu.Unlock()
	refuse := func(code codes.Code, name string) error {
		with, err := status.New(code, "a secret of the service").WithDetails(&errdetails.ErrorInfo{Reason: name, Domain: "rolegate.v1"})
		if err != nil {
			panic(err)
		}
		return with.Err()
	}
	switch request.GetSessionToken() {
	case "good":
		return &pb.AuthorizeResponse{Decision: pb.Decision_DECISION_ALLOW, DecisionId: "d-1", RegistryRevision: "r-1"}, nil
	case "denied":
		return &pb.AuthorizeResponse{Decision: pb.Decision_DECISION_EXPLICIT_DENY, DecisionId: "d-2", Reason: "a secret of the policy"}, nil
	case "unspecified":
		return &pb.AuthorizeResponse{}, nil
	case "expired":
		return nil, refuse(codes.Unauthenticated, "ExpiredToken")
	case "malformed":
		return nil, refuse(codes.InvalidArgument, "ValidationError")
	case "nobody-asks":
		return nil, refuse(codes.Unauthenticated, "MissingAuthenticationToken")
	case "may-not-ask":
		return nil, refuse(codes.PermissionDenied, "AccessDenied")
	case "broken":
		return nil, status.Error(codes.Internal, "a secret of the service")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, refuse(codes.Unauthenticated, "InvalidClientTokenId")
}

// serve starts a gRPC server on a port of its own.
func serve(t *testing.T, server *grpc.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func newRolegate(t *testing.T) (*rolegate.Client, *authorizer) {
	t.Helper()
	fake := &authorizer{}
	server := grpc.NewServer()
	pb.RegisterAuthorizationServiceServer(server, fake)
	client, err := rolegate.New(serve(t, server),
		rolegate.WithPrincipal("service:shop.example"), rolegate.WithTimeout(500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client, fake
}

var httpRules = []middleware.Rule{
	{Method: "GET", Path: "/healthz", Public: true},
	{Method: "*", Path: "/orders/{id}", Action: "orders:GetOrder", Resource: "arn:aws:orders:::order/{id}",
		Context: map[string]string{"orders:Channel": "http"}},
	{Method: "GET", Path: "/shop/orders/{id}", Action: "orders:GetOrder", Resource: "arn:aws:orders:::order/{id}"},
}

// shop answers what its handler got, and counts.
type shop struct{ handled atomic.Int64 }

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handled.Add(1)
	access, ok := middleware.FromContext(r.Context())
	fmt.Fprintf(w, "%t %s %s %s", ok, access.Action, access.Resource, access.Decision.DecisionID)
}

func guarded(t *testing.T, asker middleware.Asker, opts ...middleware.HTTPOption) (*httptest.Server, *shop, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	opts = append([]middleware.HTTPOption{middleware.WithLogger(slog.New(slog.NewTextHandler(log, nil)))}, opts...)
	guard, err := middleware.HTTP(asker, httpRules, opts...)
	if err != nil {
		t.Fatal(err)
	}
	handler := &shop{}
	server := httptest.NewServer(guard(handler))
	t.Cleanup(server.Close)
	return server, handler, log
}

// get writes a request as it is and reads the answer.
func get(t *testing.T, server *httptest.Server, target string, headers ...string) (*http.Response, string) {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	text := "GET " + target + " HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
	for _, header := range headers {
		text += header + "\r\n"
	}
	if _, err := io.WriteString(connection, text+"\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func bearer(token string) string { return "Authorization: Bearer " + token }

func TestHTTPAnswers(t *testing.T) {
	client, _ := newRolegate(t)
	const invalid = `Bearer error="invalid_token"`
	for _, each := range []struct {
		name, target string
		headers      []string
		status       int
		challenge    string
		body         string
		logged       bool
	}{
		{name: "a good session", target: "/orders/1", headers: []string{bearer("good")},
			status: 200, body: "true orders:GetOrder arn:aws:orders:::order/1 d-1"},
		{name: "the word in another case", target: "/orders/1", headers: []string{"authorization: bEARER good"},
			status: 200, body: "true orders:GetOrder arn:aws:orders:::order/1 d-1"},
		{name: "a public route", target: "/healthz", status: 200, body: "false   "},
		{name: "a public route, whatever comes with it", target: "/healthz", headers: []string{bearer("expired")},
			status: 200, body: "false   "},
		{name: "no token", target: "/orders/1", status: 401, challenge: "Bearer",
			body: `{"error":"MissingAuthenticationToken","message":"the call brings no session token, or more than one"}`},
		{name: "two tokens", target: "/orders/1", headers: []string{bearer("good"), bearer("good")},
			status: 401, challenge: "Bearer",
			body: `{"error":"MissingAuthenticationToken","message":"the call brings no session token, or more than one"}`},
		{name: "two tokens in one header", target: "/orders/1", headers: []string{bearer("good, Bearer good")},
			status: 401, challenge: invalid,
			body: `{"error":"InvalidClientTokenId","message":"the session token is not valid"}`},
		{name: "two spaces", target: "/orders/1", headers: []string{bearer(" good")}, status: 401, challenge: "Bearer",
			body: `{"error":"MissingAuthenticationToken","message":"the call brings no session token, or more than one"}`},
		{name: "the word alone", target: "/orders/1", headers: []string{"Authorization: Bearer"}, status: 401, challenge: "Bearer",
			body: `{"error":"MissingAuthenticationToken","message":"the call brings no session token, or more than one"}`},
		{name: "another scheme", target: "/orders/1", headers: []string{"Authorization: Basic good"}, status: 401, challenge: "Bearer",
			body: `{"error":"MissingAuthenticationToken","message":"the call brings no session token, or more than one"}`},
		{name: "a token of 100 KB", target: "/orders/1", headers: []string{bearer(strings.Repeat("a", 100_000))},
			status: 401, challenge: invalid,
			body: `{"error":"InvalidClientTokenId","message":"the session token is not valid"}`},
		{name: "a token that is no ASCII", target: "/orders/1", headers: []string{bearer("g\xffd")},
			status: 401, challenge: invalid,
			body: `{"error":"InvalidClientTokenId","message":"the session token is not valid"}`},
		{name: "a forged token", target: "/orders/1", headers: []string{bearer("forged")},
			status: 401, challenge: invalid,
			body: `{"error":"InvalidClientTokenId","message":"the session token is not valid"}`},
		{name: "an expired token", target: "/orders/1", headers: []string{bearer("expired")},
			status: 401, challenge: invalid,
			body: `{"error":"ExpiredToken","message":"the session has ended, or was revoked"}`},
		{name: "no rule", target: "/other", headers: []string{bearer("good")}, status: 403,
			body: `{"error":"AccessDenied","message":"no rule of the service covers this call"}`},
		{name: "two slashes", target: "//orders/1", headers: []string{bearer("good")}, status: 403,
			body: `{"error":"AccessDenied","message":"no rule of the service covers this call"}`},
		{name: "denied", target: "/orders/1", headers: []string{bearer("denied")}, status: 403,
			body: `{"error":"AccessDenied","message":"the session may not make this call","decision_id":"d-2"}`},
		{name: "a decision that is none", target: "/orders/1", headers: []string{bearer("unspecified")}, status: 403,
			body: `{"error":"AccessDenied","message":"the session may not make this call"}`},
		{name: "a malformed question", target: "/orders/1", headers: []string{bearer("malformed")}, status: 403,
			body: `{"error":"AccessDenied","message":"the session may not make this call"}`, logged: true},
		{name: "Rolegate does not know who asks", target: "/orders/1", headers: []string{bearer("nobody-asks")}, status: 503,
			body: `{"error":"ServiceUnavailable","message":"the authorization service cannot be asked; try again later"}`, logged: true},
		{name: "Rolegate lets the service not ask", target: "/orders/1", headers: []string{bearer("may-not-ask")}, status: 503,
			body: `{"error":"ServiceUnavailable","message":"the authorization service cannot be asked; try again later"}`, logged: true},
		{name: "Rolegate is broken", target: "/orders/1", headers: []string{bearer("broken")}, status: 503,
			body: `{"error":"ServiceUnavailable","message":"the authorization service cannot be asked; try again later"}`, logged: true},
		{name: "Rolegate is too slow", target: "/orders/1", headers: []string{bearer("slow")}, status: 503,
			body: `{"error":"ServiceUnavailable","message":"the authorization service cannot be asked; try again later"}`, logged: true},
	} {
		t.Run(each.name, func(t *testing.T) {
			server, handler, log := guarded(t, client)
			response, body := get(t, server, each.target, each.headers...)
			if response.StatusCode != each.status || strings.TrimSpace(body) != strings.TrimSpace(each.body) {
				t.Errorf("answer %d %s, expected %d %s", response.StatusCode, body, each.status, each.body)
			}
			if got := response.Header.Get("WWW-Authenticate"); got != each.challenge {
				t.Errorf("challenge %q, expected %q", got, each.challenge)
			}
			if handled := handler.handled.Load() == 1; handled != (each.status == 200) {
				t.Errorf("the handler was reached: %t", handled)
			}
			if logged := log.Len() > 0; logged != each.logged {
				t.Errorf("logged %q, expected a line: %t", log, each.logged)
			}
			if each.status != 200 && response.Header.Get("Content-Type") != "application/json" {
				t.Errorf("the content is %q", response.Header.Get("Content-Type"))
			}
		})
	}
}

func TestWhatIsAsked(t *testing.T) {
	client, fake := newRolegate(t)
	server, _, _ := guarded(t, client, middleware.WithRequestContext(func(r *http.Request) rolegate.Context {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		return rolegate.Context{"orders:From": {host}, "orders:Channel": {"another"}}
	}))
	get(t, server, "/orders/a%20b?id=2", bearer("good"))
	want := map[string]string{"orders:From": "127.0.0.1", "orders:Channel": "http"}
	if fake.last.GetAction() != "orders:GetOrder" || fake.last.GetResource() != "arn:aws:orders:::order/a b" {
		t.Errorf("asked %v", fake.last)
	}
	for key, value := range want {
		if got := fake.last.GetContext()[key].GetValues(); len(got) != 1 || got[0] != value {
			t.Errorf("the context's %s is %q, expected %q", key, got, value)
		}
	}
	if got := fake.from.Get("rolegate-principal"); len(got) != 1 || got[0] != "service:shop.example" {
		t.Errorf("%q asked", got)
	}
}

func TestNoDecisionIsKept(t *testing.T) {
	client, fake := newRolegate(t)
	server, _, _ := guarded(t, client)
	for range 3 {
		get(t, server, "/orders/1", bearer("good"))
	}
	if asked := fake.asked.Load(); asked != 3 {
		t.Errorf("three calls asked %d times", asked)
	}
}

func TestWhatCanOnlyBeRefusedIsNotAsked(t *testing.T) {
	client, fake := newRolegate(t)
	server, _, _ := guarded(t, client)
	get(t, server, "/orders/1")
	get(t, server, "/orders/1", bearer(strings.Repeat("a", 100_000)))
	get(t, server, "/other", bearer("good"))
	if asked := fake.asked.Load(); asked != 0 {
		t.Errorf("asked %d times", asked)
	}
}

func TestAHeaderOfAnotherName(t *testing.T) {
	client, _ := newRolegate(t)
	server, _, _ := guarded(t, client, middleware.WithHeader("x-session"))
	for _, each := range []struct {
		header string
		status int
	}{
		{"X-Session: good", 200},
		{"X-Session: Bearer good", 401},
		{"X-Session:", 401},
		{bearer("good"), 401},
		{"X-Session: good\r\nX-Session: good", 401},
	} {
		if response, body := get(t, server, "/orders/1", each.header); response.StatusCode != each.status {
			t.Errorf("%q is answered with %d %s, expected %d", each.header, response.StatusCode, body, each.status)
		}
	}
	for _, name := range []string{"x session", "x\r\nsession", "x:"} {
		if _, err := middleware.HTTP(client, httpRules, middleware.WithHeader(name)); err == nil {
			t.Errorf("the header %q is taken", name)
		}
		if _, err := middleware.GRPC(client, grpcRules, middleware.WithHeader(name)); err == nil {
			t.Errorf("the metadata %q is taken", name)
		}
	}
}

func TestThePathIsTheOneThatCame(t *testing.T) {
	client, fake := newRolegate(t)
	guard, err := middleware.HTTP(client, httpRules)
	if err != nil {
		t.Fatal(err)
	}
	handler := &shop{}
	mux := http.NewServeMux()
	mux.Handle("/shop/", http.StripPrefix("/shop", guard(handler)))
	server := httptest.NewServer(mux)
	defer server.Close()
	get(t, server, "/shop/orders/7", bearer("good"))
	if handler.handled.Load() != 1 || fake.last.GetResource() != "arn:aws:orders:::order/7" {
		t.Errorf("handled %d, asked %v", handler.handled.Load(), fake.last)
	}
	// What is left of this one is the path of a public rule.
	response, _ := get(t, server, "/shop/healthz")
	if response.StatusCode != 403 {
		t.Errorf("a path that looks public when it is rewritten is answered with %d", response.StatusCode)
	}
}

func TestARequestWithoutATargetMatchesNothing(t *testing.T) {
	client, _ := newRolegate(t)
	guard, err := middleware.HTTP(client, httpRules)
	if err != nil {
		t.Fatal(err)
	}
	request, _ := http.NewRequest("GET", "/healthz", nil)
	recorder := httptest.NewRecorder()
	guard(&shop{}).ServeHTTP(recorder, request)
	if recorder.Code != 403 {
		t.Errorf("answered with %d", recorder.Code)
	}
}

func TestADeadRolegate(t *testing.T) {
	client, err := rolegate.New("unix:"+filepath.Join(t.TempDir(), "nobody"), rolegate.WithTimeout(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, handler, log := guarded(t, client)
	response, _ := get(t, server, "/orders/1", bearer("good"))
	if response.StatusCode != 503 || handler.handled.Load() != 0 || log.Len() == 0 {
		t.Errorf("answered with %d, handled %d, logged %q", response.StatusCode, handler.handled.Load(), log)
	}
	if response, _ := get(t, server, "/healthz"); response.StatusCode != 200 {
		t.Errorf("the public route is answered with %d", response.StatusCode)
	}
}

func TestACallerWhoHangsUpIsNoFaultOfRolegate(t *testing.T) {
	client, _ := newRolegate(t)
	log := &bytes.Buffer{}
	guard, err := middleware.HTTP(client, httpRules, middleware.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	request := httptest.NewRequestWithContext(ctx, "GET", "/orders/1", nil)
	request.Header.Set("Authorization", "Bearer slow")
	time.AfterFunc(50*time.Millisecond, cancel)
	handler := &shop{}
	guard(handler).ServeHTTP(httptest.NewRecorder(), request)
	if handler.handled.Load() != 0 || log.Len() > 0 {
		t.Errorf("handled %d, logged %q", handler.handled.Load(), log)
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	client, _ := newRolegate(t)
	server, handler, _ := guarded(t, client)
	tokens := map[string]int{"good": 200, "denied": 403, "expired": 401}
	var all sync.WaitGroup
	for range 20 {
		for token, want := range tokens {
			all.Add(1)
			go func() {
				defer all.Done()
				request, _ := http.NewRequest("GET", server.URL+"/orders/1", nil)
				request.Header.Set("Authorization", "Bearer "+token)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				defer response.Body.Close()
				if response.StatusCode != want {
					t.Errorf("%s is answered with %d", token, response.StatusCode)
				}
			}()
		}
	}
	all.Wait()
	if handler.handled.Load() != 20 {
		t.Errorf("handled %d, expected 20", handler.handled.Load())
	}
}

func TestAnswersAreJSON(t *testing.T) {
	client, _ := newRolegate(t)
	server, _, _ := guarded(t, client)
	_, body := get(t, server, "/orders/1", bearer("denied"))
	var answer map[string]string
	if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer) != 3 {
		t.Errorf("%v in %s", err, body)
	}
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}
