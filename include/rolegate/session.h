// A Session holds a role's session, renews it before it ends, and asks a server
// what it may do:
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

// The answer to one question.  A Decision that nobody filled in denies.
struct Decision {
  bool allowed = false;
  bool explicit_deny = false;     // true if a statement denies
  std::string reason;             // the decision in a sentence
  std::string decision_id;        // its name in the audit log
  std::string registry_revision;  // the revision that decided
  std::string encoded_message;    // the sealed record of a denial

  // How long a cache may answer an equal question.  If it is not set, a cache
  // may not answer at all.
  std::optional<absl::Duration> cacheable_for;
  std::vector<std::string> context_keys_read;

  std::optional<v1::Explanation> explanation;  // set if you asked for it
};

// One question.
struct Check {
  std::string action;    // "service:Name"
  std::string resource;  // an ARN, or "*"
  ClientContext context = {};
  // The account that owns the resource, if its ARN does not name one.
  std::string resource_account = {};
};

// The credentials of a session, as the server gave them.
struct Credentials {
  std::string arn;
  std::string access_key_id;
  std::string session_token;  // a secret
  absl::Time expires_at;
};

struct RenewalOptions {
  // How long before its end a session is renewed.  If it is not set, a session
  // is renewed when a fifth of its life is left.
  std::optional<absl::Duration> renew_before;
};

// Session is thread-safe.  Copies refer to the same session.
class Session {
 public:
  // Assumes a role.  Returns the server's error if that fails.
  static absl::StatusOr<Session> AssumeRole(Client client,
                                            v1::AssumeRoleRequest request,
                                            RenewalOptions renewal = {});
  // The same, with nothing but the role's ARN and the session's name.
  static absl::StatusOr<Session> AssumeRole(
      Client client, absl::string_view role_arn,
      absl::string_view role_session_name);

  // Assumes a role by the token of an identity provider.  The session reads
  // `token_file` again at each renewal, because Kubernetes replaces the token.
  // If `token_file` is empty, it uses the token of the request.
  static absl::StatusOr<Session> AssumeRoleWithWebIdentity(
      Client client, v1::AssumeRoleWithWebIdentityRequest request,
      std::string token_file = "", RenewalOptions renewal = {});

  // Assumes a role by a SAML response.  A response is good for minutes only, so
  // such a session cannot be renewed later.  You can use it until it ends.
  static absl::StatusOr<Session> AssumeRoleWithSAML(
      Client client, v1::AssumeRoleWithSAMLRequest request,
      RenewalOptions renewal = {});

  // Takes the token that a caller of yours brought, so that you can ask what
  // the caller may do.  The client stays the caller of Rolegate, and the token
  // is what it asks about.  An empty token belongs to nobody, so each question
  // about it is an error.
  static Session ForToken(Client client, std::string session_token);
  // Does the same, but calls Rolegate as this session.
  Session ForToken(std::string session_token) const;

  // Asks about the client's own caller.
  static Session OfCaller(Client client);

  // Makes the session that the environment describes.  A pod needs no more.
  //
  // ROLEGATE_SERVER is the address of the server.  ROLEGATE_TLS_CA,
  // ROLEGATE_TLS_CERT and ROLEGATE_TLS_KEY are the paths of PEM files.  The
  // first of these that is set decides:
  //
  // - ROLEGATE_SESSION_TOKEN is the token of a session that exists already.
  // - ROLEGATE_ROLE_ARN is a role to assume: by the token in the file
  //   ROLEGATE_WEB_IDENTITY_TOKEN_FILE if that is set, otherwise as the caller
  //   that the connection proves.
  // - Without any of them the session asks as the caller that the connection
  //   proves.
  //
  // ROLEGATE_ROLE_SESSION_NAME names the new session.  The default is the name
  // of the host.
  //
  // kInvalidArgument if ROLEGATE_SERVER is not set or a file cannot be read.
  static absl::StatusOr<Session> FromEnvironment();

  // Returns the client that the session uses.
  const Client& client() const { return client_; }

  // Returns the session's present credentials, and renews them first if that is
  // due.  One thread renews while the others wait.  If the renewal fails while
  // the session is still good, the session keeps its credentials and tries
  // again a second later.
  //
  // kFailedPrecondition if the session has no credentials of its own, because
  // ForToken or OfCaller made it.
  absl::StatusOr<Credentials> GetCredentials() const;

  // Asks whether the session may perform `action` on `resource`.  A denial is
  // an answer and not an error.
  absl::StatusOr<Decision> Authorize(absl::string_view action,
                                     absl::string_view resource,
                                     const ClientContext& context = {}) const;
  // Asks the same.  With `explain` the answer also says why; the caller then
  // needs the permission rolegate:Explain.
  absl::StatusOr<Decision> Authorize(const Check& check, bool explain) const;

  // Answers many checks in their order, all by one revision of the registry.
  // If one check is malformed, the server refuses all of them.
  absl::StatusOr<std::vector<Decision>> AuthorizeMany(
      const std::vector<Check>& checks,
      const ClientContext& context = {}) const;

  // Returns whether the session may perform `action` on `resource`.  An error
  // counts as a denial.  `error` receives it, if `error` is not null.
  bool IsAllowed(absl::string_view action, absl::string_view resource,
                 const ClientContext& context = {},
                 absl::Status* error = nullptr) const;

  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity() const;

  // Opens a call that stays open for many batches.  Batch makes the messages
  // that you write to it.
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

// Returns the decisions of a batch, in the order of its checks.
std::vector<Decision> DecisionsOf(const v1::BatchAuthorizeResponse& response);

// What a session's token says.  Only the server knows whether the session has
// been revoked since, and what it may do.
struct VerifiedSession {
  std::string arn;
  std::string role_arn;
  std::string role_session_name;
  std::string access_key_id;
  absl::Time expires_at;
  std::string source_identity;
  std::map<std::string, std::string> tags;
};

// Checks a session's token without a server.  `jwks` is a JSON Web Key Set
// (RFC 7517, RFC 8037), which Client::GetSigningKeys or `rolegated keys
// publish` gives.  This function prescribes type and algorithm; it takes
// neither from the token.  Clocks may be sixty seconds apart.
//
// kUnauthenticated, with the ErrorReason ExpiredToken if the session has ended
// and InvalidClientTokenId if anything else is wrong.
absl::StatusOr<VerifiedSession> VerifySession(absl::string_view token,
                                              absl::string_view jwks,
                                              absl::string_view issuer,
                                              absl::string_view audience,
                                              absl::Time now = absl::Now());

}  // namespace rolegate

#endif  // ROLEGATE_SESSION_H_
