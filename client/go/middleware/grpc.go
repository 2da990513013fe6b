package middleware

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	rolegate "github.com/rolegate/rolegate/client/go"
)

type grpcOption func(*Interceptors)

func (o grpcOption) applyGRPC(i *Interceptors) { o(i) }

// WithCallContext adds condition keys that no message has, such as the caller's
// address. A rule's own context stands above them. Do not take them from
// metadata that callers write.
func WithCallContext(about func(ctx context.Context, rpc string) rolegate.Context) GRPCOption {
	return grpcOption(func(i *Interceptors) { i.about = about })
}

// Interceptors guard the services of a gRPC server.
type Interceptors struct {
	guard
	about func(ctx context.Context, rpc string) rolegate.Context
}

// GRPC makes interceptors of a server. It fails if the table is wrong, which
// includes placeholders that the method's request does not have, and those of a
// method that takes a stream of requests: its handler must ask by itself. Health
// checks and reflection need rules like all other methods.
//
//	guard, err := middleware.GRPC(client, rules)
//	if err != nil { ... }
//	server := grpc.NewServer(guard.ServerOptions()...)
func GRPC(asker Asker, rules []Rule, opts ...GRPCOption) (*Interceptors, error) {
	table, err := parseTable(rules, fieldForm, parseGRPCEntry)
	if err != nil {
		return nil, err
	}
	i := &Interceptors{guard: guard{asker: asker, table: table}}
	for _, each := range opts {
		each.applyGRPC(i)
	}
	if i.header != "" && !headerForm.MatchString(i.header) {
		return nil, fmt.Errorf("rolegate: `%s` is no metadata's name", i.header)
	}
	return i, nil
}

// ServerOptions are both interceptors as options of grpc.NewServer.
func (i *Interceptors) ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(i.Unary), grpc.ChainStreamInterceptor(i.Stream)}
}

// Unary is a grpc.UnaryServerInterceptor.
func (i *Interceptors) Unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	rule := i.find(info.FullMethod)
	ctx, refused := i.admit(ctx, rule, info.FullMethod, request)
	if refused != nil {
		return nil, refused.status()
	}
	return handler(ctx, request)
}

// Stream is a grpc.StreamServerInterceptor. Rolegate is asked once, when the
// call starts.
func (i *Interceptors) Stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	rule := i.find(info.FullMethod)
	if rule != nil && rule.hasPlaceholders() && !info.IsClientStream {
		// The one request is read on the way to the handler.
		return handler(server, &waitingStream{
			ServerStream: stream, interceptors: i, rule: rule, rpc: info.FullMethod, ctx: stream.Context()})
	}
	ctx, refused := i.admit(stream.Context(), rule, info.FullMethod, nil)
	if refused != nil {
		return refused.status()
	}
	return handler(server, &allowedStream{stream, ctx})
}

// allowedStream has the handler's context.
type allowedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *allowedStream) Context() context.Context { return s.ctx }

// waitingStream asks Rolegate when the request has been read. What stands
// between it and the handler is generated code, which gives up if that fails.
type waitingStream struct {
	grpc.ServerStream
	interceptors *Interceptors
	rule         *entry
	rpc          string
	ctx          context.Context
	asked        bool
	refused      error
}

func (s *waitingStream) Context() context.Context { return s.ctx }

func (s *waitingStream) RecvMsg(message any) error {
	if s.refused != nil {
		return s.refused
	}
	if err := s.ServerStream.RecvMsg(message); err != nil || s.asked {
		return err
	}
	s.asked = true
	ctx, refused := s.interceptors.admit(s.ctx, s.rule, s.rpc, message)
	if refused != nil {
		s.refused = refused.status()
		return s.refused
	}
	s.ctx = ctx
	return nil
}

func (i *Interceptors) find(rpc string) *entry {
	service := rpc[:strings.LastIndex(rpc, "/")+1]
	for at := range i.table {
		if rule := &i.table[at]; rule.rule.RPC == rpc || rule.rule.RPC == service+"*" {
			return rule
		}
	}
	return nil
}

// admit gives the handler's context.
func (i *Interceptors) admit(ctx context.Context, rule *entry, rpc string, request any) (context.Context, *refusal) {
	if rule == nil {
		return nil, errNoRule
	}
	if rule.rule.Public {
		return ctx, nil
	}
	header := i.header
	if header == "" {
		header = "authorization"
	}
	token, refused := i.tokenIn(metadata.ValueFromIncomingContext(ctx, header))
	if refused != nil {
		return nil, refused
	}
	asked, ok := rule.asks(fieldsOf(request))
	if !ok {
		return nil, errNoRule
	}
	if i.about != nil {
		asked.add(i.about(ctx, rpc))
	}
	return i.ask(ctx, token, asked)
}

// fieldsOf gives the values of a message's fields by their names.
func fieldsOf(request any) func(path string) (string, bool) {
	message, ok := request.(proto.Message)
	return func(path string) (string, bool) {
		if !ok {
			return "", false
		}
		return fieldOf(message.ProtoReflect(), path)
	}
}

func fieldOf(message protoreflect.Message, path string) (string, bool) {
	name, rest, nested := strings.Cut(path, ".")
	field := message.Descriptor().Fields().ByName(protoreflect.Name(name))
	if field == nil || field.HasPresence() && !message.Has(field) {
		return "", false
	}
	if nested {
		if !isMessage(field) {
			return "", false
		}
		return fieldOf(message.Get(field).Message(), rest)
	}
	if !isScalar(field) {
		return "", false
	}
	text := message.Get(field).String()
	return text, text != "" && isPlain(text)
}

func isMessage(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && field.Cardinality() != protoreflect.Repeated
}

// isScalar reports whether the field is a text or an integer.
func isScalar(field protoreflect.FieldDescriptor) bool {
	if field.Cardinality() == protoreflect.Repeated {
		return false
	}
	switch field.Kind() {
	case protoreflect.StringKind,
		protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind,
		protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind,
		protoreflect.Uint32Kind, protoreflect.Fixed32Kind,
		protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return true
	}
	return false
}

func parseGRPCEntry(e *entry) (same string, err error) {
	rule := &e.rule
	if rule.Method != "" || rule.Path != "" {
		return "", errors.New("`method` and `path` belong in a table for HTTP; a rule for gRPC has `rpc`")
	}
	if !rpcForm.MatchString(rule.RPC) {
		return "", fmt.Errorf("the rpc is `%s`, expected `/package.Service/Method` or `/package.Service/*`", rule.RPC)
	}
	return rule.RPC, e.checkFields()
}

// checkFields holds the placeholders against the method's request, where its
// generated code is part of the program.
func (e *entry) checkFields() error {
	service, name, _ := strings.Cut(e.rule.RPC[1:], "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	descriptor, ok := found.(protoreflect.ServiceDescriptor)
	if err != nil || !ok || !e.hasPlaceholders() {
		return nil
	}
	method := descriptor.Methods().ByName(protoreflect.Name(name))
	if method == nil {
		return nil
	}
	if method.IsStreamingClient() {
		return fmt.Errorf("`%s` takes a stream of requests, which a placeholder cannot see; its handler must ask by itself", e.rule.RPC)
	}
	for _, path := range e.placeholders() {
		if err := checkField(method.Input(), path); err != nil {
			return err
		}
	}
	return nil
}

func checkField(message protoreflect.MessageDescriptor, path string) error {
	name, rest, nested := strings.Cut(path, ".")
	field := message.Fields().ByName(protoreflect.Name(name))
	switch {
	case field == nil:
		return fmt.Errorf("the message `%s` has no field `%s`", message.FullName(), name)
	case nested && isMessage(field):
		return checkField(field.Message(), rest)
	case nested || !isScalar(field):
		return fmt.Errorf("the field `%s` of `%s` is neither a text nor an integer", name, message.FullName())
	}
	return nil
}

// status is the refusal as gRPC says it, with its name as Rolegate's own errors
// have theirs.
func (r *refusal) status() error {
	code := codes.PermissionDenied
	switch r.kind {
	case noToken, badToken:
		code = codes.Unauthenticated
	case unavailable:
		code = codes.Unavailable
	}
	info := &errdetails.ErrorInfo{Reason: r.name, Domain: "rolegate.v1"}
	if r.decisionID != "" {
		info.Metadata = map[string]string{"decision_id": r.decisionID}
	}
	plain := status.New(code, r.message)
	detailed, err := plain.WithDetails(info)
	if err != nil {
		return plain.Err()
	}
	return detailed.Err()
}
