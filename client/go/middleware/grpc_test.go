package middleware_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	rolegate "github.com/rolegate/rolegate/client/go"
	"github.com/rolegate/rolegate/client/go/middleware"
	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

var grpcRules = []middleware.Rule{
	{RPC: "/rolegate.v1.RegistryService/GetStatus", Public: true},
	{RPC: "/rolegate.v1.RegistryService/GetRole", Action: "roles:Read", Resource: "arn:aws:roles:::{role_arn}"},
	{RPC: "/rolegate.v1.RegistryService/Watch", Action: "roles:Watch", Resource: "*"},
	{RPC: "/rolegate.v1.RegistryService/ListRoles", Action: "roles:List", Resource: "*"},
	{RPC: "/rolegate.v1.SecurityTokenService/*", Action: "roles:Other", Resource: "*"},
	{RPC: "/rolegate.v1.AuthorizationService/*", Action: "roles:Stream", Resource: "*"},
}

// roles is a service to guard.
type roles struct {
	pb.UnimplementedRegistryServiceServer
	pb.UnimplementedAuthorizationServiceServer
	handled atomic.Int64
}

func (s *roles) answer(ctx context.Context) string {
	s.handled.Add(1)
	access, _ := middleware.FromContext(ctx)
	return access.Action + " " + access.Resource + " " + access.Decision.DecisionID
}

func (s *roles) GetStatus(ctx context.Context, _ *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	return &pb.GetStatusResponse{Revision: s.answer(ctx)}, nil
}

func (s *roles) GetRole(ctx context.Context, _ *pb.GetRoleRequest) (*pb.GetRoleResponse, error) {
	return &pb.GetRoleResponse{Role: &pb.RoleSummary{Arn: s.answer(ctx)}}, nil
}

func (s *roles) Watch(_ *pb.WatchRequest, stream grpc.ServerStreamingServer[pb.WatchResponse]) error {
	for range 3 {
		if err := stream.Send(&pb.WatchResponse{Revision: s.answer(stream.Context())}); err != nil {
			return err
		}
	}
	return nil
}

func (s *roles) AuthorizeStream(stream grpc.BidiStreamingServer[pb.AuthorizeStreamRequest, pb.AuthorizeStreamResponse]) error {
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.answer(stream.Context())
		if err := stream.Send(&pb.AuthorizeStreamResponse{CorrelationId: request.GetCorrelationId()}); err != nil {
			return err
		}
	}
}

func guardedRoles(t *testing.T, rules []middleware.Rule, opts ...middleware.GRPCOption) (*grpc.ClientConn, *roles, *authorizer, *bytes.Buffer) {
	t.Helper()
	client, fake := newRolegate(t)
	log := &bytes.Buffer{}
	opts = append([]middleware.GRPCOption{middleware.WithLogger(slog.New(slog.NewTextHandler(log, nil)))}, opts...)
	guard, err := middleware.GRPC(client, rules, opts...)
	if err != nil {
		t.Fatal(err)
	}
	service := &roles{}
	server := grpc.NewServer(guard.ServerOptions()...)
	pb.RegisterRegistryServiceServer(server, service)
	pb.RegisterAuthorizationServiceServer(server, service)
	return dial(t, serve(t, server)), service, fake, log
}

// with is the context of a call that brings these values of authorization.
func with(t *testing.T, values ...string) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	for _, value := range values {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", value)
	}
	return ctx
}

func TestGRPCAnswers(t *testing.T) {
	const noToken = "the call brings no session token, or more than one"
	for _, each := range []struct {
		name    string
		values  []string
		code    codes.Code
		reason  string
		message string
		logged  bool
	}{
		{name: "a good session", values: []string{"Bearer good"}},
		{name: "the word in another case", values: []string{"bEARER good"}},
		{"no token", nil, codes.Unauthenticated, "MissingAuthenticationToken", noToken, false},
		{"two tokens", []string{"Bearer good", "Bearer good"}, codes.Unauthenticated, "MissingAuthenticationToken", noToken, false},
		{"another scheme", []string{"Basic good"}, codes.Unauthenticated, "MissingAuthenticationToken", noToken, false},
		{"a long token", []string{"Bearer " + strings.Repeat("a", 100_000)}, codes.Unauthenticated, "InvalidClientTokenId", "the session token is not valid", false},
		{"a forged token", []string{"Bearer forged"}, codes.Unauthenticated, "InvalidClientTokenId", "the session token is not valid", false},
		{"an expired token", []string{"Bearer expired"}, codes.Unauthenticated, "ExpiredToken", "the session has ended, or was revoked", false},
		{"denied", []string{"Bearer denied"}, codes.PermissionDenied, "AccessDenied", "the session may not make this call", false},
		{"a malformed question", []string{"Bearer malformed"}, codes.PermissionDenied, "AccessDenied", "the session may not make this call", true},
		{"nobody asks", []string{"Bearer nobody-asks"}, codes.Unavailable, "ServiceUnavailable", "the authorization service cannot be asked; try again later", true},
		{"Rolegate is broken", []string{"Bearer broken"}, codes.Unavailable, "ServiceUnavailable", "the authorization service cannot be asked; try again later", true},
		{"Rolegate is too slow for callers who wait for long", []string{"Bearer slow"}, codes.Unavailable, "ServiceUnavailable", "the authorization service cannot be asked; try again later", true},
	} {
		t.Run(each.name, func(t *testing.T) {
			connection, service, _, log := guardedRoles(t, grpcRules)
			response, err := pb.NewRegistryServiceClient(connection).GetRole(with(t, each.values...), &pb.GetRoleRequest{RoleArn: "r/1"})
			got := status.Convert(err)
			if got.Code() != each.code || got.Message() != each.message {
				t.Errorf("answered with %v %q, expected %v %q", got.Code(), got.Message(), each.code, each.message)
			}
			if err == nil {
				if arn := response.GetRole().GetArn(); arn != "roles:Read arn:aws:roles:::r/1 d-1" {
					t.Errorf("the handler got %q", arn)
				}
			} else if info := got.Details()[0].(*errdetails.ErrorInfo); info.GetReason() != each.reason {
				t.Errorf("the reason is %q, expected %q", info.GetReason(), each.reason)
			} else if each.name == "denied" && info.GetMetadata()["decision_id"] != "d-2" {
				t.Errorf("the decision is %v", info.GetMetadata())
			}
			if handled := service.handled.Load() == 1; handled != (err == nil) {
				t.Errorf("the handler was reached: %t", handled)
			}
			if logged := log.Len() > 0; logged != each.logged {
				t.Errorf("logged %q, expected a line: %t", log, each.logged)
			}
		})
	}
}

func TestMethodsWithoutARuleAreDenied(t *testing.T) {
	connection, service, fake, _ := guardedRoles(t, []middleware.Rule{
		{RPC: "/rolegate.v1.RegistryService/GetStatus", Public: true},
		{RPC: "/rolegate.v1.RegistryService/GetRole", Action: "roles:Read", Resource: "arn:aws:roles:::{role_arn}"}})
	client := pb.NewRegistryServiceClient(connection)
	if _, err := client.GetStatus(with(t), &pb.GetStatusRequest{}); err != nil {
		t.Errorf("the public method: %v", err)
	}
	_, unary := client.ListRoles(with(t, "Bearer good"), &pb.ListRolesRequest{})
	watch, err := client.Watch(with(t, "Bearer good"), &pb.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, streaming := watch.Recv()
	_, empty := client.GetRole(with(t, "Bearer good"), &pb.GetRoleRequest{})
	for name, err := range map[string]error{"unary": unary, "streaming": streaming, "a field that is empty": empty} {
		if status.Code(err) != codes.PermissionDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if service.handled.Load() != 1 || fake.asked.Load() != 0 {
		t.Errorf("handled %d, asked %d", service.handled.Load(), fake.asked.Load())
	}
}

func TestAStreamIsAskedOnce(t *testing.T) {
	connection, service, fake, _ := guardedRoles(t, grpcRules)
	watch, err := pb.NewRegistryServiceClient(connection).Watch(with(t, "Bearer good"), &pb.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		response, err := watch.Recv()
		if err != nil || response.GetRevision() != "roles:Watch * d-1" {
			t.Errorf("received %v, %v", response, err)
		}
	}
	stream, err := pb.NewAuthorizationServiceClient(connection).AuthorizeStream(with(t, "Bearer good"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(5) {
		if err := stream.Send(&pb.AuthorizeStreamRequest{CorrelationId: i}); err != nil {
			t.Fatal(err)
		}
		if response, err := stream.Recv(); err != nil || response.GetCorrelationId() != i {
			t.Errorf("received %v, %v", response, err)
		}
	}
	if service.handled.Load() != 8 || fake.asked.Load() != 2 {
		t.Errorf("handled %d, asked %d", service.handled.Load(), fake.asked.Load())
	}
	stream, err = pb.NewAuthorizationServiceClient(connection).AuthorizeStream(with(t, "Bearer denied"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.PermissionDenied || service.handled.Load() != 8 {
		t.Errorf("denied: %v, handled %d", err, service.handled.Load())
	}
}

// download is a method whose one request names what its stream is about.
var download = grpc.ServiceDesc{
	ServiceName: "example.Files",
	HandlerType: (*any)(nil),
	Streams: []grpc.StreamDesc{{
		StreamName: "Download", ServerStreams: true,
		Handler: func(server any, stream grpc.ServerStream) error {
			request := new(pb.GetRoleRequest)
			if err := stream.RecvMsg(request); err != nil {
				return err
			}
			service := server.(*roles)
			return stream.SendMsg(&pb.WatchResponse{Revision: service.answer(stream.Context())})
		},
	}},
}

func TestAStreamOfAnswersIsAskedByItsRequest(t *testing.T) {
	client, fake := newRolegate(t)
	guard, err := middleware.GRPC(client, []middleware.Rule{
		{RPC: "/example.Files/Download", Action: "files:Read", Resource: "arn:aws:files:::{role_arn}"}})
	if err != nil {
		t.Fatal(err)
	}
	service := &roles{}
	server := grpc.NewServer(guard.ServerOptions()...)
	server.RegisterService(&download, service)
	connection := dial(t, serve(t, server))
	for _, each := range []struct {
		token, file, want string
		code              codes.Code
	}{
		{"good", "f/1", "files:Read arn:aws:files:::f/1 d-1", codes.OK},
		{"denied", "f/1", "", codes.PermissionDenied},
		{"good", "", "", codes.PermissionDenied},
		{"expired", "f/1", "", codes.Unauthenticated},
	} {
		before := service.handled.Load()
		stream, err := connection.NewStream(with(t, "Bearer "+each.token), &download.Streams[0], "/example.Files/Download")
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.SendMsg(&pb.GetRoleRequest{RoleArn: each.file}); err != nil {
			t.Fatal(err)
		}
		_ = stream.CloseSend()
		response := new(pb.WatchResponse)
		err = stream.RecvMsg(response)
		if status.Code(err) != each.code || response.GetRevision() != each.want {
			t.Errorf("%s on %q is answered with %v, %v", each.token, each.file, response, err)
		}
		if reached := service.handled.Load() > before; reached != (each.code == codes.OK) {
			t.Errorf("%s on %q: the handler was reached: %t", each.token, each.file, reached)
		}
	}
	if fake.asked.Load() != 3 {
		t.Errorf("asked %d times, expected 3", fake.asked.Load())
	}
}

func TestMetadataForOthersDoesNotSpeakForTheService(t *testing.T) {
	client, fake := newRolegate(t)
	ctx := metadata.AppendToOutgoingContext(with(t, "Bearer somebody"),
		"rolegate-principal", "service:somebody", "trace", "t-1")
	if _, err := client.ForToken("good").Authorize(ctx, "a:B", "*", nil); err != nil {
		t.Fatal(err)
	}
	if got := fake.from.Get("authorization"); len(got) != 0 {
		t.Errorf("authorization is %q", got)
	}
	if got := fake.from.Get("rolegate-principal"); len(got) != 1 || got[0] != "service:shop.example" {
		t.Errorf("the caller is %q", got)
	}
	if got := fake.from.Get("trace"); len(got) != 1 {
		t.Errorf("the trace is %q", got)
	}
}

func TestContextOfACall(t *testing.T) {
	connection, _, fake, _ := guardedRoles(t, grpcRules, middleware.WithCallContext(
		func(_ context.Context, rpc string) rolegate.Context {
			return rolegate.Context{"roles:Method": {rpc}}
		}))
	if _, err := pb.NewRegistryServiceClient(connection).GetRole(with(t, "Bearer good"), &pb.GetRoleRequest{RoleArn: "r/1"}); err != nil {
		t.Fatal(err)
	}
	got := fake.last.GetContext()["roles:Method"].GetValues()
	if len(got) != 1 || got[0] != "/rolegate.v1.RegistryService/GetRole" {
		t.Errorf("the context is %q", got)
	}
}
