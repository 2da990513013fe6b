package rolegate

import (
	"errors"
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Error is a call that brought no answer.
//
// Compare it by name:
//
//	if errors.Is(err, rolegate.ErrAccessDenied) { ... }
type Error struct {
	// Name is AWS's name of the error, "AccessDenied" for instance; empty if
	// the service did not speak.
	Name string
	// Code is gRPC's status code.
	Code codes.Code
	// Message says what is wrong and where.
	Message string
	// EncodedMessage is the sealed record of a refusal, for
	// DecodeAuthorizationMessage; empty if there is none.
	EncodedMessage string
}

func (e *Error) Error() string {
	name := e.Name
	if name == "" {
		name = e.Code.String()
	}
	return fmt.Sprintf("rolegate: %s: %s", name, e.Message)
}

// Is reports whether target is an *Error of the same name.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Name != "" && other.Name == e.Name
}

// GRPCStatus lets status.FromError and servers that hand the error on keep its
// code.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Message) }

// Errors by AWS's names, for errors.Is.
var (
	// ErrAccessDenied: the role may not be assumed, or the caller may not
	// administer.
	ErrAccessDenied = &Error{Name: "AccessDenied"}
	// ErrExpiredToken: the session has ended, or was revoked.
	ErrExpiredToken = &Error{Name: "ExpiredToken"}
	// ErrInvalidClientTokenID: the token is no session, or another service's.
	ErrInvalidClientTokenID = &Error{Name: "InvalidClientTokenId"}
	// ErrMissingAuthenticationToken: nothing says who is calling.
	ErrMissingAuthenticationToken = &Error{Name: "MissingAuthenticationToken"}
	// ErrValidation: a field of the request does not fit; the message names it.
	ErrValidation = &Error{Name: "ValidationError"}
	// ErrInvalidParameterValue: tags that are repeated, reserved or inherited.
	ErrInvalidParameterValue = &Error{Name: "InvalidParameterValue"}
	// ErrMalformedPolicyDocument: a session policy that does not load.
	ErrMalformedPolicyDocument = &Error{Name: "MalformedPolicyDocument"}
	// ErrPackedPolicyTooLarge: session policies and tags do not fit.
	ErrPackedPolicyTooLarge = &Error{Name: "PackedPolicyTooLarge"}
	// ErrInvalidIdentityToken: an identity provider's token does not hold.
	ErrInvalidIdentityToken = &Error{Name: "InvalidIdentityToken"}
	// ErrExpiredIdentityToken: an identity provider's token has ended.
	ErrExpiredIdentityToken = &Error{Name: "ExpiredTokenException"}
	// ErrIDPRejectedClaim: the identity provider says its user did not log in.
	ErrIDPRejectedClaim = &Error{Name: "IDPRejectedClaim"}
	// ErrIDPCommunication: the identity provider's keys cannot be had now.
	ErrIDPCommunication = &Error{Name: "IDPCommunicationError"}
	// ErrRegistryNotLoaded: the server holds no registry yet.
	ErrRegistryNotLoaded = &Error{Name: "RegistryNotLoaded"}
	// ErrServiceUnavailable: the server stops.
	ErrServiceUnavailable = &Error{Name: "ServiceUnavailable"}
	// ErrNoSuchEntity: the registry does not hold what was asked for.
	ErrNoSuchEntity = &Error{Name: "NoSuchEntity"}
	// ErrNotImplemented: the server was not set up for this call.
	ErrNotImplemented = &Error{Name: "NotImplemented"}
	// ErrThrottling: too many calls; trying again did not help in time.
	ErrThrottling = &Error{Name: "Throttling"}
	// ErrEvaluationBudgetExceeded: the question costs more than a call may.
	ErrEvaluationBudgetExceeded = &Error{Name: "EvaluationBudgetExceeded"}
	// ErrInvalidAuthorizationMessage: the record was not sealed by this
	// service, or is too old.
	ErrInvalidAuthorizationMessage = &Error{Name: "InvalidAuthorizationMessageException"}
)

// errorOf is what an error of gRPC means.
func errorOf(err error) error {
	if err == nil {
		return nil
	}
	from, ok := status.FromError(err)
	if !ok {
		from = status.FromContextError(err)
	}
	result := &Error{Code: from.Code(), Message: from.Message()}
	for _, detail := range from.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			result.Name = info.GetReason()
			result.EncodedMessage = info.GetMetadata()["encoded_message"]
		}
	}
	return result
}
