// Package middleware puts Rolegate before the handlers of a service, by a table
// that maps routes of HTTP and methods of gRPC to actions and resources.
//
//	session, err := rolegate.FromEnvironment(ctx)
//	if err != nil { ... }
//	guard, err := middleware.HTTP(session, []middleware.Rule{
//		{Method: "GET", Path: "/healthz", Public: true},
//		{Method: "GET", Path: "/orders/{id}", Action: "orders:GetOrder",
//			Resource: "arn:aws:orders:::order/{id}"},
//	})
//	if err != nil { ... }
//	err = http.ListenAndServe(":8080", guard(mux))
//
// The session is the one that the caller brought, in the header or metadata
// "authorization" as "Bearer TOKEN". The first rule that matches holds, and what
// no rule matches is denied. Rolegate is asked about each call, and no decision
// is kept. Whatever goes wrong, the handler is not reached:
//
//   - A call without a session token, or with one that Rolegate does not take,
//     is answered with 401 or UNAUTHENTICATED.
//   - A call that no rule matches, or that the policies deny, is answered with
//     403 or PERMISSION_DENIED.
//   - A call that Rolegate gave no decision about is answered with 503 or
//     UNAVAILABLE, and its cause is logged by slog.
//
// HTTP answers with a JSON object of "error", "message" and, where Rolegate
// denied, "decision_id", by which an operator finds the decision in the audit
// log. gRPC's errors have the name as the reason of a google.rpc.ErrorInfo.
//
// What this package makes is safe for use by several goroutines.
package middleware
