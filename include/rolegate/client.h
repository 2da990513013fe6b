// The C++ client: a thin layer over the generated stubs.
//
//   auto client = rolegate::Client::Connect({.server = "127.0.0.1:8470",
//                                            .principal = "service:shop"});
//   absl::StatusOr<rolegate::v1::GetCallerIdentityResponse> who =
//       client->GetCallerIdentity();
//
// Most programs want a Session (session.h), which renews itself.  Every call
// has a deadline.  Calls that found no server, and those that came too early,
// are tried again within it; nothing else is.

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

// Condition keys with their values.
using ClientContext = std::map<std::string, std::vector<std::string>>;

struct ClientOptions {
  // `HOST:PORT`, `dns:///NAME:PORT`, whose calls are spread over all its
  // addresses, or `unix:/path`.
  std::string server = "127.0.0.1:8470";

  // Who calls, if no session does: a user's ARN or `service:NAME`, where the
  // listener lets callers say so.  Empty: the connection says it.
  std::string principal;
  // Takes its place: a session, or a token of an issuer that the listener maps.
  std::string session_token;

  // Whether to do without TLS.  If it is not set, a Unix socket and loopback do
  // without, and any other server must speak TLS.
  std::optional<bool> plaintext;
  // Files in PEM.  `tls_ca` empty: the system's.  `tls_cert` and `tls_key`
  // are for mTLS.
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;

  absl::Duration deadline = absl::Seconds(5);

  // Whether calls that found no server, and those that came too early, are
  // tried again within their deadline.
  bool retries = true;
};

// AWS's name of an error, "AccessDenied"; empty if there is none.
std::string ErrorReason(const absl::Status& status);

// An error under AWS's name, as the service sends it.
absl::Status ErrorOf(absl::string_view reason, absl::StatusCode code,
                     absl::string_view message);

// The sealed record of a refusal, for DecodeAuthorizationMessage; empty if the
// error has none.
std::string EncodedMessage(const absl::Status& status);

// A stream of batches of checks.  One thread may write while another reads.
class AuthorizeStream {
 public:
  virtual ~AuthorizeStream() = default;  // cancels the call

  // False once the call has ended; Finish says why.
  virtual bool Write(const v1::AuthorizeStreamRequest& request) = 0;
  virtual bool Read(v1::AuthorizeStreamResponse* response) = 0;
  // No more requests follow.
  virtual void WritesDone() = 0;
  // How the call ended.  After Read has returned false.
  virtual absl::Status Finish() = 0;
};

// For one thread.
class RegistryWatch {
 public:
  virtual ~RegistryWatch() = default;  // cancels the call

  // Waits for a revision.  False once the call has ended.
  virtual bool Read(v1::WatchResponse* response) = 0;
  virtual absl::Status Finish() = 0;
};

// Thread-safe, cheap to copy: copies share a connection.
class Client {
 public:
  // kInvalidArgument if a file cannot be read.  Does not wait for the server.
  static absl::StatusOr<Client> Connect(const ClientOptions& options);

  // The same connection, with another caller.
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

  // Whether the caller may.  Errors are denials.
  bool IsAllowed(absl::string_view action, absl::string_view resource,
                 const ClientContext& context = {}) const;

  // Batches over one call that stays open.  Does not wait for the server.
  std::unique_ptr<AuthorizeStream> OpenAuthorizeStream() const;
  // The revisions of the registry, as they are put in force.
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

// Writes a context into a request's field.
template <typename Map>
void FillContext(const ClientContext& context, Map* map) {
  for (const auto& [key, values] : context) {
    auto& field = (*map)[key];
    for (const std::string& value : values) field.add_values(value);
  }
}

}  // namespace rolegate

#endif  // ROLEGATE_CLIENT_H_
