package middleware

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	rolegate "github.com/rolegate/rolegate/client/go"
	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

type expectation struct {
	Public   bool
	Denied   bool
	Action   string
	Resource string
	Context  map[string]string
}

// cases are those of all languages.
type cases struct {
	Tables map[string][]Rule
	HTTP   []struct {
		Name, Table, Method, Path string
		Expect                    expectation
	}
	RPC []struct {
		Name, Table, RPC string
		Message          json.RawMessage
		Expect           expectation
	}
	WrongTables []struct {
		Name  string
		For   string
		Rules []Rule
		Error string
	} `json:"wrong_tables"`
}

func readCases(t *testing.T) cases {
	t.Helper()
	text, err := os.ReadFile("../../conformance/middleware.json")
	if err != nil {
		t.Fatal(err)
	}
	var read cases
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.HTTP) < 40 || len(read.RPC) < 9 || len(read.WrongTables) < 20 {
		t.Fatalf("the cases are %d, %d and %d", len(read.HTTP), len(read.RPC), len(read.WrongTables))
	}
	return read
}

// outcome is what a rule, which may be nil, makes of a call.
func outcome(rule *entry, value func(string) (string, bool)) expectation {
	if rule == nil {
		return expectation{Denied: true}
	}
	if rule.rule.Public {
		return expectation{Public: true}
	}
	asked, ok := rule.asks(value)
	if !ok {
		return expectation{Denied: true}
	}
	about := map[string]string{}
	for key, values := range asked.context {
		about[key] = strings.Join(values, " AND ")
	}
	return expectation{Action: asked.action, Resource: asked.resource, Context: about}
}

func TestEachHTTPCase(t *testing.T) {
	read := readCases(t)
	for _, each := range read.HTTP {
		t.Run(each.Name, func(t *testing.T) {
			table, err := parseTable(read.Tables[each.Table], nameForm, parseHTTPEntry)
			if err != nil {
				t.Fatal(err)
			}
			g := guard{table: table}
			rule, path := g.find(each.Method, each.Path)
			var got expectation
			if rule == nil {
				got = outcome(nil, nil)
			} else {
				got = outcome(rule, rule.in(path))
			}
			if !reflect.DeepEqual(got, each.Expect) {
				t.Errorf("%s %s is %+v, expected %+v", each.Method, each.Path, got, each.Expect)
			}
		})
	}
}

// messageOf makes the request of a method; one of a method that nobody knows
// has no fields.
func messageOf(t *testing.T, rpc string, text []byte) any {
	t.Helper()
	service, name, _ := strings.Cut(rpc[1:], "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil
	}
	method := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	if method == nil {
		return nil
	}
	message := dynamicpb.NewMessage(method.Input())
	if err := protojson.Unmarshal(text, message); err != nil {
		t.Fatal(err)
	}
	return message
}

func TestEachRPCCase(t *testing.T) {
	read := readCases(t)
	for _, each := range read.RPC {
		t.Run(each.Name, func(t *testing.T) {
			guard, err := GRPC((*rolegate.Client)(nil), read.Tables[each.Table])
			if err != nil {
				t.Fatal(err)
			}
			got := outcome(guard.find(each.RPC), fieldsOf(messageOf(t, each.RPC, each.Message)))
			if !reflect.DeepEqual(got, each.Expect) {
				t.Errorf("%s is %+v, expected %+v", each.RPC, got, each.Expect)
			}
		})
	}
}

func TestEachWrongTable(t *testing.T) {
	for _, each := range readCases(t).WrongTables {
		t.Run(each.Name, func(t *testing.T) {
			var err error
			if each.For == "http" {
				_, err = HTTP((*rolegate.Client)(nil), each.Rules)
			} else {
				_, err = GRPC((*rolegate.Client)(nil), each.Rules)
			}
			if err == nil {
				t.Fatal("the table is taken")
			}
			if !strings.Contains(err.Error(), each.Error) {
				t.Errorf("the error is %q, expected %q in it", err, each.Error)
			}
		})
	}
}

func TestFieldsThatCannotBeSeenAreErrors(t *testing.T) {
	const registry, authorization = "/rolegate.v1.RegistryService/", "/rolegate.v1.AuthorizationService/"
	for _, each := range []struct{ name, rpc, resource, want string }{
		{"no such field", registry + "GetRole", "arn:{role}",
			"rolegate: rule 1: the message `rolegate.v1.GetRoleRequest` has no field `role`"},
		{"a truth value", authorization + "Authorize", "arn:{explain}",
			"rolegate: rule 1: the field `explain` of `rolegate.v1.AuthorizeRequest` is neither a text nor an integer"},
		{"a map", authorization + "Authorize", "arn:{context}",
			"rolegate: rule 1: the field `context` of `rolegate.v1.AuthorizeRequest` is neither a text nor an integer"},
		{"a field of a text", authorization + "Authorize", "arn:{action.name}",
			"rolegate: rule 1: the field `action` of `rolegate.v1.AuthorizeRequest` is neither a text nor an integer"},
		{"a stream of requests", authorization + "AuthorizeStream", "arn:{correlation_id}",
			"rolegate: rule 1: `/rolegate.v1.AuthorizationService/AuthorizeStream` takes a stream of requests, which a placeholder cannot see; its handler must ask by itself"},
	} {
		t.Run(each.name, func(t *testing.T) {
			_, err := GRPC((*rolegate.Client)(nil), []Rule{{RPC: each.rpc, Action: "roles:Read", Resource: each.resource}})
			if err == nil || err.Error() != each.want {
				t.Errorf("the error is %v, expected %s", err, each.want)
			}
		})
	}
}

func TestFields(t *testing.T) {
	batch := &pb.BatchAuthorizeRequest{Presenter: "p", Explain: true}
	message := &pb.AuthorizeStreamRequest{CorrelationId: 1<<64 - 1, Batch: batch}
	for _, each := range []struct {
		name    string
		message any
		path    string
		want    string
		ok      bool
	}{
		{"a message in a message", message, "batch.presenter", "p", true},
		{"an integer of 64 bits", message, "correlation_id", "18446744073709551615", true},
		{"a message that is not set", &pb.AuthorizeStreamRequest{}, "batch.presenter", "", false},
		{"a truth value", message, "batch.explain", "", false},
		{"a list", message, "batch.checks", "", false},
		{"a message", message, "batch", "", false},
		{"a field of an integer", message, "correlation_id.x", "", false},
		{"no such field", message, "batch.none", "", false},
		{"the name that Go gives it", message, "Batch.Presenter", "", false},
		{"a choice that is not taken", batch, "principal", "", false},
		{"an optional integer that is not set", &pb.AssumeRoleRequest{}, "duration_seconds", "", false},
		{"an escape of a terminal", &pb.BatchAuthorizeRequest{Presenter: "\x1b[2J"}, "presenter", "", false},
		{"no message of Protobuf", struct{ Presenter string }{"p"}, "presenter", "", false},
	} {
		t.Run(each.name, func(t *testing.T) {
			got, ok := fieldsOf(each.message)(each.path)
			if ok != each.ok || ok && got != each.want {
				t.Errorf("%s is %q, %t; expected %q, %t", each.path, got, ok, each.want, each.ok)
			}
		})
	}
}
