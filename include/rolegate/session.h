// A role's session, which renews itself before it ends, and what it may do.
//
//   absl::StatusOr<rolegate::Session> session =
//       rolegate::Session::FromEnvironment();
//   if (!session.ok()) return session.status();
//   if (!session->IsAllowed("s3:GetObject", "arn:aws:s3:::reports/1")) {
//     return absl::PermissionDeniedError("reports/1 is not yours to read");
//   }

#ifndef ROLEGATE_SESSION_H_
#define ROLEGATE_SESSION_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rolegate/client.h"
#include "rolegate/v1/decision.pb.h"

namespace rolegate {

// An answer.  The default denies.
struct Decision {
  bool allowed = false;
  bool explicit_deny = false;     // a statement denies; else nothing allowed
  std::string reason;             // the decision in a sentence
  std::string decision_id;        // its name in the audit log
  std::string registry_revision;  // what decided
  std::string encoded_message;    // a denial's record, sealed

  // How long an equal question may be answered from a cache; none: not at all.
  std::optional<absl::Duration> cacheable_for;
  std::vector<std::string> context_keys_read;

  std::optional<v1::Explanation> explanation;  // where it was asked for
};

// One question.
struct Check {
  std::string action;    // "service:Name"
  std::string resource;  // an ARN, or "*"
  ClientContext context = {};
  // The account that owns the resource, where its ARN does not say it.
  std::string resource_account = {};
};

// What the service gave.
struct Credentials {
  std::string arn;
  std::string access_key_id;
  std::string session_token;  // a secret
  absl::Time expires_at;
};

// When a session is renewed: so much before its end; by default when a fifth
// of its life is left.
struct RenewalOptions {
  std::optional<absl::Duration> renew_before;
};

// Thread-safe.  Copies are the same session.
class Session {
 public:
  // A session of a role.  The error is the service's.
  static absl::StatusOr<Session> AssumeRole(Client client,
                                            v1::AssumeRoleRequest request,
                                            RenewalOptions renewal = {});
  // The same, with nothing but the role's ARN and the session's name.
  static absl::StatusOr<Session> AssumeRole(
      Client client, absl::string_view role_arn,
      absl::string_view role_session_name);

  // A session for the holder of an identity provider's token.  A file is read
  // again at each renewal, as Kubernetes writes it anew; the request's token
  // is used where `token_file` is empty.
  static absl::StatusOr<Session> AssumeRoleWithWebIdentity(
      Client client, v1::AssumeRoleWithWebIdentityRequest request,
      std::string token_file = "", RenewalOptions renewal = {});

  // A session for the subject of a SAML response, which is good for minutes:
  // such a session is used until it ends rather than renewed.
  static absl::StatusOr<Session> AssumeRoleWithSAML(
      Client client, v1::AssumeRoleWithSAMLRequest request,
      RenewalOptions renewal = {});

  // The session that somebody brought, to ask what they may do.  The client
  // stays the caller; the session is what is asked about.
  // An empty token is nobody's, so that each question about it is an error.
  static Session ForToken(Client client, std::string session_token);
  // The same, with this session as who asks.
  Session ForToken(std::string session_token) const;

  // The client's own caller, who asks about itself.
  static Session OfCaller(Client client);

  // The session that the environment describes, all that a pod needs.
  //
  // ROLEGATE_SERVER is the target; ROLEGATE_TLS_CA, ROLEGATE_TLS_CERT and
  // ROLEGATE_TLS_KEY are files in PEM.  Then holds the first of these that is
  // there: ROLEGATE_SESSION_TOKEN, a session that stands ready;
  // ROLEGATE_ROLE_ARN with ROLEGATE_WEB_IDENTITY_TOKEN_FILE, by that token;
  // ROLEGATE_ROLE_ARN alone, by who the connection is.  Without any of them
  // the connection says who is calling.  ROLEGATE_ROLE_SESSION_NAME names the
  // session; by default the host does.
  //
  // kInvalidArgument if ROLEGATE_SERVER is not set or a file cannot be read.
  static absl::StatusOr<Session> FromEnvironment();

  // The connection that the session uses.
  const Client& client() const { return client_; }

  // The session's present credentials, renewed if that is due.
  // kFailedPrecondition for a session that was brought, which has none.
  //
  // One caller renews while the others wait.  A session that is still good
  // stays when it cannot be renewed; the next try comes a second later.
  absl::StatusOr<Credentials> GetCredentials() const;

  // Whether the session may.  A denial is an answer and no error.
  absl::StatusOr<Decision> Authorize(absl::string_view action,
                                     absl::string_view resource,
                                     const ClientContext& context = {}) const;
  // The same; with `explain` it says why, which needs rolegate:Explain.
  absl::StatusOr<Decision> Authorize(const Check& check, bool explain) const;

  // The answers to many checks on one revision, in their order.  Refused whole
  // if one is malformed.
  absl::StatusOr<std::vector<Decision>> AuthorizeMany(
      const std::vector<Check>& checks,
      const ClientContext& context = {}) const;

  // Whether the session may.  An error is a denial; `error`, if it is not null,
  // receives it.
  bool IsAllowed(absl::string_view action, absl::string_view resource,
                 const ClientContext& context = {},
                 absl::Status* error = nullptr) const;

  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity() const;

  // Batches over one call that stays open; Batch makes them.
  absl::StatusOr<std::unique_ptr<AuthorizeStream>> OpenAuthorizeStream() const;
  v1::BatchAuthorizeRequest Batch(const std::vector<Check>& checks,
                                  const ClientContext& context = {}) const;

 private:
  class Renewed;

  Session(Client client, std::optional<std::string> subject,
          std::shared_ptr<Renewed> renewed)
      : client_(std::move(client)),
        subject_(std::move(subject)),
        renewed_(std::move(renewed)) {}

  static absl::StatusOr<Session> Start(
      Client client, std::function<absl::StatusOr<Credentials>()> assume,
      RenewalOptions renewal);
  // The client with the session as its caller, if it has one of its own.
  absl::StatusOr<Client> Caller() const;

  Client client_;
  std::optional<std::string> subject_;  // what is asked about; none: the caller
  std::shared_ptr<Renewed> renewed_;    // null: there is nothing to renew
};

// The decisions of a batch, in the order of its checks.
std::vector<Decision> DecisionsOf(const v1::BatchAuthorizeResponse& response);

// What a session says of itself.  It may have been revoked since, and what it
// may do only the service can say.
struct VerifiedSession {
  std::string arn;
  std::string role_arn;
  std::string role_session_name;
  std::string access_key_id;
  absl::Time expires_at;
  std::string source_identity;
  std::map<std::string, std::string> tags;
};

// Checks a session's token by `jwks`, a JSON Web Key Set (RFC 7517, RFC 8037):
// what Client::GetSigningKeys gives, or the server publishes.  Type and
// algorithm are this function's and never the token's.  Clocks may be sixty
// seconds apart.
//
// kUnauthenticated with the ErrorReason ExpiredToken for a session that has
// ended, and with InvalidClientTokenId for anything else that is wrong.
absl::StatusOr<VerifiedSession> VerifySession(absl::string_view token,
                                              absl::string_view jwks,
                                              absl::string_view issuer,
                                              absl::string_view audience,
                                              absl::Time now = absl::Now());

}  // namespace rolegate

#endif  // ROLEGATE_SESSION_H_
