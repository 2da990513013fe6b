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

#ifndef ROLEGATE_CLIENT_H_
#define ROLEGATE_CLIENT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
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
  // set, the client sends it in place of `principal`.
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

  // How long a call may take, repetitions included.
  absl::Duration deadline = absl::Seconds(5);

  // Whether the client repeats calls, as the head of this file describes.
  bool retries = true;
};

// Returns AWS's name of an error, such as "AccessDenied", or an empty text if
// the error has none.
std::string ErrorReason(const absl::Status& status);

// Makes an error with AWS's name, as the service sends it.
absl::Status ErrorOf(absl::string_view reason, absl::StatusCode code,
                     absl::string_view message);

// Returns the sealed record of a refusal, or an empty text if the error has
// none.  DecodeAuthorizationMessage opens it.
std::string EncodedMessage(const absl::Status& status);

// A call that stays open.  You write batches of checks and read their answers.
// One thread may write while another reads.
class AuthorizeStream {
 public:
  virtual ~AuthorizeStream() = default;  // cancels the call

  // Write and Read return false once the call has ended.  Finish says why.
  virtual bool Write(const v1::AuthorizeStreamRequest& request) = 0;
  virtual bool Read(v1::AuthorizeStreamResponse* response) = 0;
  // Tells the server that no more requests follow.
  virtual void WritesDone() = 0;
  // Returns how the call ended.  Call it once, after Read has returned false.
  virtual absl::Status Finish() = 0;
};

// A call that stays open and tells each revision of the registry that comes
// into force.  Use it from one thread.
class RegistryWatch {
 public:
  virtual ~RegistryWatch() = default;  // cancels the call

  // Waits for the next revision.  Returns false once the call has ended.
  virtual bool Read(v1::WatchResponse* response) = 0;
  // Returns how the call ended.  Call it once, after Read has returned false.
  virtual absl::Status Finish() = 0;
};

// Client is thread-safe and cheap to copy.  Copies share a connection.
class Client {
 public:
  // Does not wait for the server: the first call connects.
  // kInvalidArgument if a file of the options cannot be read.
  static absl::StatusOr<Client> Connect(const ClientOptions& options);

  // Returns a client that uses the same connection but calls with this token.
  Client WithSession(std::string session_token) const;

  absl::StatusOr<v1::AssumeRoleResponse> AssumeRole(
      const v1::AssumeRoleRequest& request) const;
  // Needs no caller: the token says who it is.
  absl::StatusOr<v1::AssumeRoleWithWebIdentityResponse>
  AssumeRoleWithWebIdentity(
      const v1::AssumeRoleWithWebIdentityRequest& request) const;
  // Needs no caller: the assertion says who it is.
  absl::StatusOr<v1::AssumeRoleWithSAMLResponse> AssumeRoleWithSAML(
      const v1::AssumeRoleWithSAMLRequest& request) const;
  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity() const;
  absl::StatusOr<v1::DecodeAuthorizationMessageResponse>
  DecodeAuthorizationMessage(const std::string& encoded_message) const;
  absl::StatusOr<v1::GetSigningKeysResponse> GetSigningKeys() const;

  absl::StatusOr<v1::AuthorizeResponse> Authorize(
      const v1::AuthorizeRequest& request) const;
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(
      const v1::BatchAuthorizeRequest& request) const;

  // Returns whether the caller may perform `action` on `resource`.  An error
  // counts as a denial.
  bool IsAllowed(absl::string_view action, absl::string_view resource,
                 const ClientContext& context = {}) const;

  // Both return at once, without waiting for the server, and never null.
  std::unique_ptr<AuthorizeStream> OpenAuthorizeStream() const;
  std::unique_ptr<RegistryWatch> WatchRegistry() const;

  absl::StatusOr<v1::GetStatusResponse> GetStatus() const;
  absl::StatusOr<v1::ListRolesResponse> ListRoles(
      const v1::ListRolesRequest& request) const;
  absl::StatusOr<v1::GetRoleResponse> GetRole(
      const std::string& role_arn) const;
  absl::StatusOr<v1::ReloadResponse> Reload() const;

  absl::StatusOr<v1::SimulateResponse> Simulate(
      const v1::SimulateRequest& request) const;
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
