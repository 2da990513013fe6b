package rolegate_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	rolegate "github.com/rolegate/rolegate/client/go"
)

// A pod needs nothing but its environment.
func ExampleFromEnvironment() {
	ctx := context.Background()
	session, err := rolegate.FromEnvironment(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if session.IsAllowed(ctx, "s3:GetObject", "arn:aws:s3:::reports/1", nil) {
		fmt.Println("allowed")
	}
}

// A denial is an answer; an error is an error, under AWS's name.
func ExampleClient_AssumeRole() {
	ctx := context.Background()
	client, err := rolegate.New("127.0.0.1:8470", rolegate.WithPrincipal("service:shop.example"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	session, err := client.AssumeRole(ctx, rolegate.AssumeRoleInput{
		RoleARN: "arn:aws:iam::123456789012:role/Reader", RoleSessionName: "shop"})
	if errors.Is(err, rolegate.ErrAccessDenied) {
		log.Fatal("the role does not trust this service: ", err)
	}
	if err != nil {
		log.Fatal(err)
	}
	decision, err := session.Authorize(ctx, "orders:Approve", "*", rolegate.Context{"orders:Amount": {"12"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.Allowed, decision.Reason)
}

// A service asks what the session may do that its caller brought.
func ExampleSession_ForToken() {
	ctx := context.Background()
	own, err := rolegate.FromEnvironment(ctx)
	if err != nil {
		log.Fatal(err)
	}
	const brought = "eyJ..." // of the caller's request
	if !own.ForToken(brought).IsAllowed(ctx, "orders:GetOrder", "arn:aws:orders:::order/17", nil) {
		fmt.Println("403")
	}
}

// A session is checked without a server, by keys that GetSigningKeys gave.
func ExampleVerifySession() {
	keys := []byte(`{"keys": []}`)
	_, err := rolegate.VerifySession("eyJ...", keys, "https://rolegate.example.com", "orders")
	fmt.Println(errors.Is(err, rolegate.ErrInvalidClientTokenID))
	// Output: true
}
