// Keeps calls in flight through a bare gRPC channel; see ../README.md.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"
)

// A call that takes longer hangs.
const deadline = 30 * time.Second

const (
	open   = "arn:aws:s3:::reports/"
	secret = "arn:aws:s3:::reports/secret/"
)

type order struct {
	Targets  []string `json:"targets"`
	Token    string   `json:"token"`
	Calls    int      `json:"calls"`
	Streams  int      `json:"streams"`
	Window   int      `json:"window"`
	Messages int      `json:"messages"`
	Large    int      `json:"large"`
	TLS      *struct {
		CA, Cert, Key, Name string
	} `json:"tls"`
}

type counts struct {
	Answered   map[string]int `json:"answered"`
	Failures   map[string]int `json:"failures"`
	Streamed   map[string]int `json:"streamed"`
	Ends       map[string]int `json:"ends"`
	Unanswered []string       `json:"unanswered"`
	Faults     map[string]int `json:"faults"`
	Last       bool           `json:"last"`
}

type client struct {
	order order
	stub  pb.AuthorizationServiceClient
	ctx   context.Context
	ended chan struct{}

	mu     sync.Mutex
	counts counts
}

func (c *client) count(kept map[string]int, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept[name]++
}

func told(err error) string {
	s := status.Convert(err)
	return fmt.Sprintf("%s: %s", code.Code(s.Code()), s.Message())
}

func (c *client) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// resource is one that may be read if `n` is even, and its decision.
func resource(n int, name string) (string, pb.Decision) {
	if n%2 == 0 {
		return open + name, pb.Decision_DECISION_ALLOW
	}
	return secret + name, pb.Decision_DECISION_EXPLICIT_DENY
}

func (c *client) call() {
	for n := 0; !c.over(); n++ {
		name, expected := resource(n, "a")
		ctx, cancel := context.WithTimeout(c.ctx, deadline)
		answer, err := c.stub.Authorize(ctx, &pb.AuthorizeRequest{
			Action: "s3:GetObject", Resource: name})
		cancel()
		switch {
		case err != nil:
			c.count(c.counts.Failures, told(err))
		case answer.Decision != expected:
			c.count(c.counts.Failures, "a wrong decision: "+answer.Decision.String())
		default:
			c.count(c.counts.Answered, answer.RegistryRevision)
		}
	}
}

// sent is a message on its way.
type sent struct {
	id       uint64
	name     string
	expected pb.Decision
	checks   int
}

// stream opens one stream after the other.  Every other worker's streams go on
// until the server ends them.
func (c *client) stream(worker int) {
	for round := 0; !c.over(); round++ {
		c.streamOnce(fmt.Sprintf("stream-go-%d-%d", worker, round), worker%2 == 1)
	}
}

// streamOnce sends messages, a window of them ahead of the answers, and ends
// after so many.
func (c *client) streamOnce(prefix string, endless bool) {
	ctx, cancel := context.WithCancel(c.ctx)
	if !endless {
		ctx, cancel = context.WithTimeout(ctx, deadline)
	}
	defer cancel()
	call, err := c.stub.AuthorizeStream(ctx)
	if err != nil {
		c.count(c.counts.Ends, told(err))
		return
	}
	var waiting []sent
	next, closed := 0, false
	for {
		for !closed && len(waiting) < c.order.Window {
			if (next == c.order.Messages && !endless) || c.over() {
				_ = call.CloseSend()
				closed = true
				break
			}
			next++
			one := sent{id: uint64(next), name: fmt.Sprintf("%s-%d.", prefix, next), checks: 1}
			if next%20 == 0 {
				one.checks = c.order.Large
			}
			var name string
			name, one.expected = resource(next, one.name)
			batch := &pb.BatchAuthorizeRequest{}
			for range one.checks {
				batch.Checks = append(batch.Checks, &pb.AuthorizationCheck{
					Action: "s3:GetObject", Resource: name})
			}
			waiting = append(waiting, one)
			if call.Send(&pb.AuthorizeStreamRequest{CorrelationId: one.id, Batch: batch}) != nil {
				closed = true // Recv tells why
			}
		}
		answer, err := call.Recv()
		if err != nil {
			c.end(err, waiting)
			return
		}
		if fault := wrong(answer, waiting); fault != "" {
			c.count(c.counts.Faults, fault)
			return
		}
		c.count(c.counts.Streamed, answer.GetBatch().GetRegistryRevision())
		waiting = waiting[1:]
	}
}

func wrong(answer *pb.AuthorizeStreamResponse, waiting []sent) string {
	if len(waiting) == 0 || waiting[0].id != answer.CorrelationId {
		return "an answer out of order"
	}
	if answer.Error != nil {
		return "refused: " + answer.Error.Code + ": " + answer.Error.Message
	}
	results := answer.GetBatch().GetResults()
	if len(results) != waiting[0].checks {
		return fmt.Sprintf("%d results", len(results))
	}
	for _, each := range results {
		if each.Decision != waiting[0].expected {
			return "a wrong decision: " + each.Decision.String()
		}
	}
	return ""
}

func (c *client) end(err error, waiting []sent) {
	name := "OK"
	if err != io.EOF {
		name = told(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Ends[name]++
	if name == "OK" && len(waiting) > 0 {
		c.counts.Faults["answers are missing at the end"]++
	}
	for _, one := range waiting {
		c.counts.Unanswered = append(c.counts.Unanswered, one.name)
	}
}

func (c *client) report(last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Last = last
	line, err := json.Marshal(&c.counts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func transport(o *order) (credentials.TransportCredentials, error) {
	if o.TLS == nil {
		return insecure.NewCredentials(), nil
	}
	ca, err := os.ReadFile(o.TLS.CA)
	if err != nil {
		return nil, err
	}
	own, err := tls.LoadX509KeyPair(o.TLS.Cert, o.TLS.Key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	return credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: o.TLS.Name,
		Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}), nil
}

// dial takes `HOST:PORT` and `unix:PATH`.
func dial(ctx context.Context, address string) (net.Conn, error) {
	network := "tcp"
	if path, is := strings.CutPrefix(address, "unix:"); is {
		network, address = "unix", path
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func connect(o *order) (*grpc.ClientConn, error) {
	secure, err := transport(o)
	if err != nil {
		return nil, err
	}
	var state resolver.State
	for _, target := range o.Targets {
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{
			Addresses: []resolver.Address{{Addr: target}}})
	}
	list := manual.NewBuilderWithScheme("list")
	list.InitialState(state)
	return grpc.NewClient("list:///replicas", grpc.WithResolvers(list),
		grpc.WithTransportCredentials(secure), grpc.WithContextDialer(dial),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`))
}

func main() {
	c := &client{ended: make(chan struct{}), counts: counts{
		Answered: map[string]int{}, Failures: map[string]int{}, Streamed: map[string]int{},
		Ends: map[string]int{}, Faults: map[string]int{}, Unanswered: []string{}}}
	if err := json.Unmarshal([]byte(os.Args[1]), &c.order); err != nil {
		log.Fatal(err)
	}
	channel, err := connect(&c.order)
	if err != nil {
		log.Fatal(err)
	}
	c.stub = pb.NewAuthorizationServiceClient(channel)
	c.ctx = metadata.AppendToOutgoingContext(context.Background(),
		"authorization", "Bearer "+c.order.Token)
	var workers sync.WaitGroup
	for range c.order.Calls {
		workers.Add(1)
		go func() { defer workers.Done(); c.call() }()
	}
	for i := range c.order.Streams {
		workers.Add(1)
		go func() { defer workers.Done(); c.stream(i) }()
	}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		c.report(false)
	}
	close(c.ended)
	workers.Wait()
	c.report(true)
}
