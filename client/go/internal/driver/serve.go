package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/rolegate/rolegate/client/go/middleware"
	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

const (
	httpFramework = "net/http"
	grpcFramework = "grpc-go"
)

// guarded is a service behind the middleware.
type guarded struct {
	pb.UnimplementedRegistryServiceServer
	handled atomic.Int64
	stop    func()
}

func (g *guarded) handle(ctx context.Context) middleware.Access {
	g.handled.Add(1)
	access, _ := middleware.FromContext(ctx)
	return access
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	access := g.handle(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object{"action": access.Action,
		"resource": access.Resource, "decision_id": access.Decision.DecisionID})
}

func (g *guarded) role(ctx context.Context) *pb.RoleSummary {
	access := g.handle(ctx)
	return &pb.RoleSummary{Arn: access.Action, RoleName: access.Resource, RoleId: access.Decision.DecisionID}
}

func (g *guarded) GetRole(ctx context.Context, _ *pb.GetRoleRequest) (*pb.GetRoleResponse, error) {
	return &pb.GetRoleResponse{Role: g.role(ctx)}, nil
}

func (g *guarded) ListRoles(ctx context.Context, _ *pb.ListRolesRequest) (*pb.ListRolesResponse, error) {
	return &pb.ListRolesResponse{Roles: []*pb.RoleSummary{g.role(ctx)}}, nil
}

func (g *guarded) GetStatus(ctx context.Context, _ *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	return &pb.GetStatusResponse{Revision: g.handle(ctx).Decision.DecisionID}, nil
}

func (g *guarded) Watch(_ *pb.WatchRequest, stream grpc.ServerStreamingServer[pb.WatchResponse]) error {
	return stream.Send(&pb.WatchResponse{Revision: g.handle(stream.Context()).Decision.DecisionID})
}

func (d *driver) serve(r *request) (any, error) {
	service := &guarded{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if err := service.start(d, r, listener); err != nil {
		listener.Close()
		return nil, err
	}
	d.services[r.Server] = service
	return object{"address": listener.Addr().String()}, nil
}

func (g *guarded) start(d *driver, r *request, listener net.Listener) error {
	var named []middleware.Option
	if r.Header != "" {
		named = append(named, middleware.WithHeader(r.Header))
	}
	switch r.Framework {
	case httpFramework:
		var options []middleware.HTTPOption
		for _, each := range named {
			options = append(options, each)
		}
		guard, err := middleware.HTTP(d.client(r), r.Rules, options...)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: guard(g), ReadHeaderTimeout: 10 * time.Second}
		g.stop = func() { server.Close() }
		go func() { _ = server.Serve(listener) }()
		return nil
	case grpcFramework:
		var options []middleware.GRPCOption
		for _, each := range named {
			options = append(options, each)
		}
		guard, err := middleware.GRPC(d.client(r), r.Rules, options...)
		if err != nil {
			return err
		}
		server := grpc.NewServer(guard.ServerOptions()...)
		pb.RegisterRegistryServiceServer(server, g)
		g.stop = server.Stop
		go func() { _ = server.Serve(listener) }()
		return nil
	}
	return errors.New("no framework `" + r.Framework + "`")
}

func (d *driver) stopServing(r *request) (any, error) {
	service := d.services[r.Server]
	service.stop()
	delete(d.services, r.Server)
	return object{"handled": service.handled.Load()}, nil
}
