package rolegate_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	rolegate "github.com/rolegate/rolegate/client/go"
	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

// service issues sessions of an hour and hears who asks about whom.
type service struct {
	pb.UnimplementedSecurityTokenServiceServer
	pb.UnimplementedAuthorizationServiceServer
	mu     sync.Mutex
	issued int
	lives  time.Duration
	caller string
	about  *string
}

func (s *service) AssumeRole(context.Context, *pb.AssumeRoleRequest) (*pb.AssumeRoleResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued++
	return &pb.AssumeRoleResponse{Credentials: &pb.Credentials{
		SessionToken: fmt.Sprint("own-", s.issued),
		Expiration:   timestamppb.New(time.Now().Add(s.lives))}}, nil
}

func (s *service) Authorize(ctx context.Context, request *pb.AuthorizeRequest) (*pb.AuthorizeResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.caller, s.about = "", nil
	if values := metadata.ValueFromIncomingContext(ctx, "authorization"); len(values) == 1 {
		s.caller = values[0]
	}
	if subject, ok := request.GetSubject().(*pb.AuthorizeRequest_SessionToken); ok {
		s.about = &subject.SessionToken
	}
	return &pb.AuthorizeResponse{Decision: pb.Decision_DECISION_ALLOW}, nil
}

func start(t *testing.T, lives time.Duration) (*service, *rolegate.Client) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fake := &service{lives: lives}
	server := grpc.NewServer()
	pb.RegisterSecurityTokenServiceServer(server, fake)
	pb.RegisterAuthorizationServiceServer(server, fake)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := rolegate.New(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return fake, client
}

func TestWhoAsksAboutWhom(t *testing.T) {
	fake, client := start(t, time.Hour)
	ctx := context.Background()
	own, err := client.AssumeRole(ctx, rolegate.AssumeRoleInput{RoleARN: "r", RoleSessionName: "s"})
	if err != nil {
		t.Fatal(err)
	}
	text := func(value string) *string { return &value }
	for _, each := range []struct {
		name    string
		session *rolegate.Session
		caller  string
		about   *string
	}{
		{"a session about itself", own, "Bearer own-1", nil},
		{"a client about a token", client.ForToken("brought"), "", text("brought")},
		{"a session about a token", own.ForToken("brought"), "Bearer own-1", text("brought")},
		{"a session about a token, by a session that was brought", own.ForToken("one").ForToken("two"), "Bearer own-1", text("two")},
		{"a client about a token, by a session that was brought", client.ForToken("one").ForToken("two"), "", text("two")},
		// A service that got no token must not ask about itself.
		{"a client about no token", client.ForToken(""), "", text("")},
		{"a session about no token", own.ForToken(""), "Bearer own-1", text("")},
	} {
		t.Run(each.name, func(t *testing.T) {
			if _, err := each.session.Authorize(ctx, "a:B", "*", nil); err != nil {
				t.Fatal(err)
			}
			if fake.caller != each.caller {
				t.Errorf("the caller is %q, expected %q", fake.caller, each.caller)
			}
			if (fake.about == nil) != (each.about == nil) || fake.about != nil && *fake.about != *each.about {
				t.Errorf("asked about %v, expected %v", fake.about, each.about)
			}
		})
	}
}

func TestASessionThatAsksForOthersIsRenewed(t *testing.T) {
	fake, client := start(t, 50*time.Millisecond)
	ctx := context.Background()
	own, err := client.AssumeRole(ctx, rolegate.AssumeRoleInput{RoleARN: "r", RoleSessionName: "s"})
	if err != nil {
		t.Fatal(err)
	}
	brought := own.ForToken("brought")
	time.Sleep(100 * time.Millisecond)
	if _, err := brought.Authorize(ctx, "a:B", "*", nil); err != nil {
		t.Fatal(err)
	}
	if fake.caller != "Bearer own-2" {
		t.Errorf("the caller is %q, expected the renewed session", fake.caller)
	}
}
