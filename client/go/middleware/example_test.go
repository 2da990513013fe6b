package middleware_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"google.golang.org/grpc"

	rolegate "github.com/rolegate/rolegate/client/go"
	"github.com/rolegate/rolegate/client/go/middleware"
)

// A service asks as whoever its connection to Rolegate is. Nobody needs to be
// asked about a public route, nor about a call that brings no session.
func ExampleHTTP() {
	client, err := rolegate.New("unix:/run/rolegate/socket")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	guard, err := middleware.HTTP(client, []middleware.Rule{
		{Method: "GET", Path: "/healthz", Public: true},
		{Method: "GET", Path: "/orders/{id}", Action: "orders:GetOrder", Resource: "arn:aws:orders:::order/{id}"},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "well") })
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		access, _ := middleware.FromContext(r.Context())
		fmt.Fprintln(w, access.Resource, "by decision", access.Decision.DecisionID)
	})
	service := guard(mux)

	for _, path := range []string{"/healthz", "/orders/17", "/admin"} {
		answer := httptest.NewRecorder()
		service.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		fmt.Print(path, ": ", answer.Code, " ", answer.Body)
	}
	// Output:
	// /healthz: 200 well
	// /orders/17: 401 {"error":"MissingAuthenticationToken","message":"the call brings no session token, or more than one"}
	// /admin: 403 {"error":"AccessDenied","message":"no rule of the service covers this call"}
}

// In a pod the environment says which session asks.
func ExampleGRPC() {
	session, err := rolegate.FromEnvironment(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	guard, err := middleware.GRPC(session, []middleware.Rule{
		{RPC: "/grpc.health.v1.Health/*", Public: true},
		{RPC: "/shop.v1.OrderService/GetOrder", Action: "orders:GetOrder", Resource: "arn:aws:orders:::order/{order_id}"},
		{RPC: "/shop.v1.OrderService/*", Action: "orders:Administer", Resource: "*"},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(guard.ServerOptions()...)
	defer server.Stop()
}

// A wrong table is an error when the middleware is made.
func ExampleHTTP_wrongTable() {
	client, err := rolegate.New("unix:/run/rolegate/socket")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = middleware.HTTP(client, []middleware.Rule{
		{Method: "GET", Path: "/orders/{id}", Action: "orders:GetOrder", Resource: "arn:aws:orders:::order/{order}"},
	})
	fmt.Println(err)
	// Output: rolegate: rule 1: the path `/orders/{id}` has no placeholder `order`
}
