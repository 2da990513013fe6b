// Client calls a Rolegate server.  It is a thin layer over the generated stubs:
//
//   auto client = rolegate::Client::Connect({.server = "127.0.0.1:8470",
//                                            .principal = "service:shop"});
//   absl::StatusOr<rolegate::v1::GetCallerIdentityResponse> who =
//       client->GetCallerIdentity();
//
// Most programs need only a Session (session.h), which renews itself.
//
// Every call but the two streams has a deadline.  Within it the client repeats
// a call that fails because it reaches no server (kUnavailable) or because the
// server asks to wait (kResourceExhausted).  It repeats nothing else.
//
// The functions that return a StatusOr or a Status return the server's error
// unchanged; ErrorReason gives its name.
//
// The lack of an answer is never a permission: if a call fails, refuse.

#ifndef ROLEGATE_CLIENT_H_
#define ROLEGATE_CLIENT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rolegate/v1/authorization.pb.h"
#include "rolegate/v1/policy.pb.h"
#include "rolegate/v1/registry.pb.h"
#include "rolegate/v1/security_token.pb.h"

namespace rolegate {

// Condition keys and their values: {{"aws:SourceIp", {"203.0.113.9"}}}.
using ClientContext = std::map<std::string, std::vector<std::string>>;

// Names a server, and says who calls it and how.
struct ClientOptions {
  // The address of the server: `HOST:PORT`, `dns:///NAME:PORT` or `unix:/path`.
  // If NAME has several addresses, the client spreads its calls over all of
  // them.
  std::string server = "127.0.0.1:8470";

  // The principal that the client claims to be: a user's ARN or `service:NAME`.
  // The server believes it only on a listener that allows such claims.  Leave
  // it empty if the connection proves who the caller is.
  std::string principal;
  // The token of a session, or of an issuer that the listener maps.  If it is
  // set, the client sends it in place of `principal`.  It is a secret: whoever
  // has it can call as the caller.
  std::string session_token;

  // Whether the client does without TLS.  If it is not set, the client uses
  // TLS, except on a Unix socket or a loopback address when neither `tls_ca`
  // nor `tls_cert` is set.
  std::optional<bool> plaintext;
  // The paths of PEM files.  If `tls_ca` is empty, the client trusts the
  // system's authorities.  Set `tls_cert` and `tls_key` for mTLS.
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;

  // How long a call may take, repetitions included.  The streams have no
  // deadline.
  absl::Duration deadline = absl::Seconds(5);

  // Whether the client repeats calls, as the head of this file describes.
  bool retries = true;

  // Returns metadata for a call that begins, such as the `traceparent` of the
  // trace that the call is part of.  The client calls it for each call, in the
  // thread that makes the call, and from several threads at once.  It leaves
  // out what gRPC cannot send: names must be in lower case, and values of
  // printable ASCII characters.
  std::function<std::vector<std::pair<std::string, std::string>>()> metadata;
};

// Returns AWS's name of an error, such as "AccessDenied", or an empty text if
// the error has none.
std::string ErrorReason(const absl::Status& status);

// Makes an error with AWS's name, as the service sends it.  `code` must not be
// kOk.  It is for tests, and for code that stands between a server and its
// callers.
absl::Status ErrorOf(absl::string_view reason, absl::StatusCode code,
                     absl::string_view message);

// Returns the sealed record of a refusal, or an empty text if the error has
// none.  It says why, but only to those who may call
// DecodeAuthorizationMessage, so you may pass it on to the refused caller.
std::string EncodedMessage(const absl::Status& status);

// A call that stays open.  You write batches of checks and read their answers,
// which come in the order of the batches.  Each batch is decided by the
// revision of the registry that is in force when it arrives.  A batch that the
// server refuses has an error in its answer, and the call goes on.
//
// One thread may write while another reads.  Two threads may neither write nor
// read at once.
class AuthorizeStream {
 public:
  virtual ~AuthorizeStream() = default;  // cancels the call

  // Sends a batch.  Waits while the server does not take it.  Returns false
  // once the call has ended; Finish says why.
  virtual bool Write(const v1::AuthorizeStreamRequest& request) = 0;
  // Waits for the next answer.  Returns false, and leaves `*response` without a
  // meaning, once the call has ended; Finish says why.
  virtual bool Read(v1::AuthorizeStreamResponse* response) = 0;
  // Tells the server that no more requests follow.  Answers still come for
  // those that were written.
  virtual void WritesDone() = 0;
  // Returns how the call ended.  Call it once, after Read has returned false.
  virtual absl::Status Finish() = 0;
};

// A call that stays open and tells which revision of the registry is in force,
// first at once and then after each change.  If several changes come between
// two calls of Read, it tells the last one only.  Use it from one thread.
class RegistryWatch {
 public:
  virtual ~RegistryWatch() = default;  // cancels the call

  // Waits for the next revision.  Returns false once the call has ended.
  virtual bool Read(v1::WatchResponse* response) = 0;
  // Returns how the call ended.  Call it once, after Read has returned false.
  virtual absl::Status Finish() = 0;
};

// Client is thread-safe and cheap to copy.  Copies share a connection, which
// closes with the last of them.  The functions wait for the answer in the
// thread that calls them.
//
// The errors have the names of AWS STS ("AWS STS API Reference", Errors) where
// it has one.  Every call may fail with
//
// - kUnavailable if the client reaches no server, and RegistryNotLoaded if the
//   server has nothing to decide by;
// - kDeadlineExceeded if the answer does not come in time;
// - kResourceExhausted, Throttling, if the server has too much to do;
// - kUnauthenticated, MissingAuthenticationToken, if the server does not know
//   the caller, and ExpiredToken or InvalidClientTokenId if it refuses the
//   caller's token;
// - kPermissionDenied, AccessDenied, if the caller may not make this call;
// - kInvalidArgument, ValidationError, if a field of the request is wrong.
class Client {
 public:
  // Makes a client.  It does not wait for the server: the first call connects,
  // and a lost connection comes back by itself.
  //
  // kInvalidArgument if a file of the options cannot be read.
  static absl::StatusOr<Client> Connect(const ClientOptions& options);

  // Returns a client that uses the same connection but calls with this token.
  Client WithSession(std::string session_token) const;

  // Each of the next three returns a session of a role, with its token, if the
  // role's trust policy allows it.  They are the calls of AWS STS of the same
  // names.  kPermissionDenied has the same message whatever refused;
  // EncodedMessage gives the reason, sealed.  kInvalidArgument,
  // MalformedPolicyDocument or PackedPolicyTooLarge, if a session policy is
  // wrong or too large.
  absl::StatusOr<v1::AssumeRoleResponse> AssumeRole(
      const v1::AssumeRoleRequest& request) const;
  // Needs no caller: the token of an OpenID Connect provider says who it is.
  // kUnauthenticated, InvalidIdentityToken or ExpiredTokenException, if the
  // server does not accept the token.  kUnavailable, IDPCommunicationError, if
  // it cannot read the provider's keys.
  absl::StatusOr<v1::AssumeRoleWithWebIdentityResponse>
  AssumeRoleWithWebIdentity(
      const v1::AssumeRoleWithWebIdentityRequest& request) const;
  // Needs no caller: the SAML assertion says who it is.  kUnauthenticated,
  // InvalidIdentityToken, ExpiredTokenException or IDPRejectedClaim, if the
  // server does not accept the assertion.  kUnimplemented if the server has no
  // `federation.saml_audience`.
  absl::StatusOr<v1::AssumeRoleWithSAMLResponse> AssumeRoleWithSAML(
      const v1::AssumeRoleWithSAMLRequest& request) const;
  // Returns who the caller is.  Needs no permission.
  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity() const;
  // Opens what EncodedMessage returned, for a day after the refusal.  Needs the
  // permission rolegate:DecodeAuthorizationMessage.  kInvalidArgument,
  // InvalidAuthorizationMessageException, if the server did not seal it or it
  // is too old.
  absl::StatusOr<v1::DecodeAuthorizationMessageResponse>
  DecodeAuthorizationMessage(const std::string& encoded_message) const;
  // Returns the public keys for VerifySession (session.h).
  absl::StatusOr<v1::GetSigningKeysResponse> GetSigningKeys() const;

  // Decides what the request asks.  A denial is an answer and not an error:
  // read the answer's `decision`, and allow for DECISION_ALLOW only.
  //
  // To ask about a principal by name needs the permission rolegate:AuthorizeAs;
  // to ask for the reasons needs rolegate:Explain.
  absl::StatusOr<v1::AuthorizeResponse> Authorize(
      const v1::AuthorizeRequest& request) const;
  // Decides many checks of one subject by one revision of the registry.  If one
  // check is malformed, the server refuses all of them.
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(
      const v1::BatchAuthorizeRequest& request) const;

  // Returns whether the caller may perform `action` on `resource`, in the
  // circumstances of `context`.  An error counts as a denial.  `error` receives
  // it, if `error` is not null.
  bool IsAllowed(absl::string_view action, absl::string_view resource,
                 const ClientContext& context = {},
                 absl::Status* error = nullptr) const;

  // Open the calls that stay open.  Both return at once, without waiting for
  // the server, and never null.  An error shows at the first Read.
  std::unique_ptr<AuthorizeStream> OpenAuthorizeStream() const;
  std::unique_ptr<RegistryWatch> WatchRegistry() const;

  // The next three need the permission rolegate:ReadRegistry.  GetStatus says
  // what is in force, and what the server holds back and why.
  absl::StatusOr<v1::GetStatusResponse> GetStatus() const;
  // Returns one page of the roles, in the order of their ARNs.
  absl::StatusOr<v1::ListRolesResponse> ListRoles(
      const v1::ListRolesRequest& request) const;
  // Returns one role with its documents.  kNotFound, NoSuchEntity, if the
  // registry does not hold it.
  absl::StatusOr<v1::GetRoleResponse> GetRole(
      const std::string& role_arn) const;
  // Makes the server read its registry now.  Needs the permission
  // rolegate:Reload.  kFailedPrecondition, RegistryFaults, if the registry has
  // a fault; what was in force stays in force.
  absl::StatusOr<v1::ReloadResponse> Reload() const;

  // Decides by policies that are not in force.  Needs the permission
  // rolegate:Simulate.  kInvalidArgument, MalformedPolicyDocument, if one of
  // the policies is wrong; the message says which, and where.
  absl::StatusOr<v1::SimulateResponse> Simulate(
      const v1::SimulateRequest& request) const;
  // Says what is wrong with a policy document.  Any caller may ask.  A faulty
  // document is an answer and not an error.
  absl::StatusOr<v1::ValidateResponse> Validate(
      const v1::ValidateRequest& request) const;

 private:
  struct Stubs;
  Client() = default;

  std::shared_ptr<Stubs> stubs_;
  std::string principal_;
  std::string session_token_;
  absl::Duration deadline_;
};

// Copies a context into a request's field: FillContext(context,
// request.mutable_context()).
template <typename Map>
void FillContext(const ClientContext& context, Map* map) {
  for (const auto& [key, values] : context) {
    auto& field = (*map)[key];
    for (const std::string& value : values) field.add_values(value);
  }
}

}  // namespace rolegate

#endif  // ROLEGATE_CLIENT_H_
