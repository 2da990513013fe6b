// grpc-go without anything of ours but the generated messages: asks rolegated,
// and prints an answer a line.
//
//	driver TARGET CA TOKEN [CERT KEY]
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/rolegate/rolegate/client/go/rolegatev1"
)

const (
	report = "arn:aws:s3:::reports/a"
	secret = "arn:aws:s3:::reports/secret/a"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func transport(ca string, pair []string) credentials.TransportCredentials {
	if ca == "-" {
		return insecure.NewCredentials()
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	config.RootCAs.AppendCertsFromPEM(must(os.ReadFile(ca)))
	if len(pair) > 0 {
		config.Certificates = []tls.Certificate{must(tls.LoadX509KeyPair(pair[0], pair[1]))}
	}
	return credentials.NewTLS(config)
}

func name(decision rolegatev1.Decision) string {
	return strings.TrimPrefix(decision.String(), "DECISION_")
}

// The names that the other languages print.
var codeNames = map[codes.Code]string{
	codes.Canceled: "CANCELLED", codes.DeadlineExceeded: "DEADLINE_EXCEEDED",
	codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
	codes.Unimplemented:     "UNIMPLEMENTED", codes.Unauthenticated: "UNAUTHENTICATED",
}

func code(err error) string {
	if known := codeNames[status.Code(err)]; known != "" {
		return known
	}
	return err.Error()
}

func batch() *rolegatev1.BatchAuthorizeRequest {
	request := &rolegatev1.BatchAuthorizeRequest{}
	for _, resource := range []string{report, secret} {
		request.Checks = append(request.Checks, &rolegatev1.AuthorizationCheck{
			Action: "s3:GetObject", Resource: resource})
	}
	return request
}

func names(answer *rolegatev1.BatchAuthorizeResponse) string {
	var all []string
	for _, result := range answer.GetResults() {
		all = append(all, name(result.GetDecision()))
	}
	return strings.Join(all, ",")
}

// The first message, and what becomes of the call once it is cancelled.
func giveUp[T any](call grpc.ServerStreamingClient[T], err error, cancel func(),
	show func(*T) string) (string, error) {
	if err != nil {
		return "", err
	}
	message, err := call.Recv()
	if err != nil {
		return "", err
	}
	cancel()
	if _, err = call.Recv(); err == nil {
		return "goes on", nil
	}
	return show(message) + " " + code(err), nil
}

func revision(message *rolegatev1.WatchResponse) string {
	if len(message.GetRevision()) >= 32 {
		return "revision"
	}
	return "none"
}

func main() {
	target, ca, token, pair := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	channel := must(grpc.NewClient(target, grpc.WithTransportCredentials(transport(ca, pair))))
	authorization := rolegatev1.NewAuthorizationServiceClient(channel)
	registry := rolegatev1.NewRegistryServiceClient(channel)
	server := health.NewHealthClient(channel)

	authorize := func(ctx context.Context, resource string, options ...grpc.CallOption) (string, error) {
		answer, err := authorization.Authorize(ctx, &rolegatev1.AuthorizeRequest{
			Action: "s3:GetObject", Resource: resource}, options...)
		return name(answer.GetDecision()), err
	}
	watch := func(ctx context.Context, cancel func()) (string, error) {
		call, err := registry.Watch(ctx, &rolegatev1.WatchRequest{})
		return giveUp(call, err, cancel, revision)
	}
	type ask = func(ctx context.Context, cancel func()) (string, error)
	run := func(caseName string, withToken bool, question ask) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if withToken {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		}
		answer, err := question(ctx, cancel)
		if err != nil {
			answer = code(err)
		}
		fmt.Printf("%s\t%s\n", caseName, answer)
	}
	if len(pair) > 0 {
		run("mTLS", false, watch)
		return
	}
	run("allow", true, func(ctx context.Context, _ func()) (string, error) {
		return authorize(ctx, report)
	})
	run("deny", true, func(ctx context.Context, _ func()) (string, error) {
		return authorize(ctx, secret)
	})
	run("batch", true, func(ctx context.Context, _ func()) (string, error) {
		answer, err := authorization.BatchAuthorize(ctx, batch())
		return names(answer), err
	})
	run("stream", true, func(ctx context.Context, _ func()) (string, error) {
		call, err := authorization.AuthorizeStream(ctx)
		if err != nil {
			return "", err
		}
		for _, id := range []uint64{7, 8} {
			if err := call.Send(&rolegatev1.AuthorizeStreamRequest{
				CorrelationId: id, Batch: batch()}); err != nil {
				return "", err
			}
		}
		if err := call.CloseSend(); err != nil {
			return "", err
		}
		var all []string
		for {
			answer, err := call.Recv()
			if err == io.EOF {
				return strings.Join(all, " "), nil
			}
			if err != nil {
				return "", err
			}
			all = append(all, fmt.Sprintf("%d:%s", answer.GetCorrelationId(),
				names(answer.GetBatch())))
		}
	})
	run("watch", true, watch)
	run("health", false, func(ctx context.Context, _ func()) (string, error) {
		answer, err := server.Check(ctx, &health.HealthCheckRequest{})
		return answer.GetStatus().String(), err
	})
	run("health watch", false, func(ctx context.Context, cancel func()) (string, error) {
		call, err := server.Watch(ctx, &health.HealthCheckRequest{})
		return giveUp(call, err, cancel, func(message *health.HealthCheckResponse) string {
			return message.GetStatus().String()
		})
	})
	run("details", false, func(ctx context.Context, _ func()) (string, error) {
		var trailer metadata.MD
		_, err := authorize(ctx, report, grpc.Trailer(&trailer))
		if err == nil {
			return "no error", nil
		}
		found := strings.Join(trailer.Get("grpc-status-details-bin"), "")
		known := bytes.Contains([]byte(found), []byte("rolegate.v1"))
		return code(err) + map[bool]string{true: " True", false: " False"}[known], nil
	})
	run("deadline", true, func(ctx context.Context, _ func()) (string, error) {
		soon, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		call, err := registry.Watch(soon, &rolegatev1.WatchRequest{})
		for err == nil {
			_, err = call.Recv()
		}
		return "", err
	})
	run("binary metadata", true, func(ctx context.Context, _ func()) (string, error) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		return authorize(metadata.AppendToOutgoingContext(ctx, "x-trace-bin", string(all)), report)
	})
	run("gzip", true, func(ctx context.Context, _ func()) (string, error) {
		return authorize(ctx, report+strings.Repeat("a", 1000), grpc.UseCompressor(gzip.Name))
	})
	run("over the limit", true, func(ctx context.Context, _ func()) (string, error) {
		return authorize(ctx, strings.Repeat("a", 2<<20))
	})
	run("wrong method", true, func(ctx context.Context, _ func()) (string, error) {
		return "", channel.Invoke(ctx, "/rolegate.v1.AuthorizationService/Nothing",
			&emptypb.Empty{}, &emptypb.Empty{})
	})
}
