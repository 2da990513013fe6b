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
  // Whether a statement denies.  If neither this nor `allowed` is true, no
  // statement denies, but a layer that had to allow did not.
  bool explicit_deny = false;
  // The decision in a sentence.  It names policies; keep it from strangers.
  std::string reason;
  // The decision's name in the server's audit log.  You may show it to anybody.
  std::string decision_id;
  // The revision of the registry that decided.
  std::string registry_revision;
  // The sealed record of a denial, for Client::DecodeAuthorizationMessage.
  // Empty if the question was allowed, and in the answers of a batch.
  std::string encoded_message;

  // How long a cache may answer an equal question.  If it is not set, a cache
  // may not answer at all.
  std::optional<absl::Duration> cacheable_for;
  // The condition keys that the policies read, in lower case.  Servers of this
  // version leave it empty.
  std::vector<std::string> context_keys_read;

  // The reasons.  Set if you asked for them.
  std::optional<v1::Explanation> explanation;
};

// One question about what a session may do.
struct Check {
  // One action, "service:Name", without wildcards.
  std::string action;
  // The ARN of one resource, or "*" for an action that has none.
  std::string resource;
  // The condition keys that you vouch for.  The server refuses those that it
  // sets itself (docs/condition-keys.md).
  ClientContext context = {};
  // The account that owns the resource, if its ARN does not name one.
  std::string resource_account = {};
};

// The credentials of a session, as the server gave them.
struct Credentials {
  // The ARN of the assumed role: "arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME".
  std::string arn;
  // The session's name in audit logs and in revocations.  No secret.
  std::string access_key_id;
  // The token, which is a secret: whoever has it can act as the session.
  std::string session_token;
  // When the session ends, by the server's clock.
  absl::Time expires_at;
};

// When a session is renewed.
struct RenewalOptions {
  // How long before its end a session is renewed.  If it is not set, a session
  // is renewed when a fifth of its life is left.  There is no thread for it:
  // the first call of the session that finds it due renews it.
  std::optional<absl::Duration> renew_before;
};

// Session is thread-safe.  Copies refer to the same session, and one renewal
// serves all of them.  The functions that ask the server return its error
// unchanged; client.h lists the errors that every call may have.
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

  // Returns who the server takes this session's caller to be.
  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity() const;

  // Opens a call that stays open for many batches.  Batch makes the messages
  // that you write to it; put each into the `batch` of a request.  The call
  // keeps the credentials that it opened with, so open a new one when they end.
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
  // As in Credentials.
  std::string arn;
  // The role's own ARN, with its path.
  std::string role_arn;
  // The name that whoever assumed the role gave the session.
  std::string role_session_name;
  // As in Credentials.
  std::string access_key_id;
  // When the session ends, by the server's clock.
  absl::Time expires_at;
  // Who stands behind the session, as AWS's SourceIdentity.  Empty if nobody
  // said it.
  std::string source_identity;
  // The session's tags, by their keys.
  std::map<std::string, std::string> tags;
};

// Checks a session's token (a JSON Web Token, RFC 7519) without a server.
// `jwks` is a JSON Web Key Set (RFC 7517, RFC 8037), which
// Client::GetSigningKeys or `rolegated keys publish` gives.  `issuer` and
// `audience` are the server's settings `session.issuer` and `session.audience`;
// the token must have the same, byte for byte.
//
// This function prescribes type and algorithm (EdDSA with Ed25519, RFC 8032);
// it takes neither from the token.  Clocks may be sixty seconds apart.  It is
// thread-safe.
//
// kUnauthenticated, with the ErrorReason ExpiredToken if the session has ended
// and InvalidClientTokenId if anything else is wrong, the key set included.
absl::StatusOr<VerifiedSession> VerifySession(absl::string_view token,
                                              absl::string_view jwks,
                                              absl::string_view issuer,
                                              absl::string_view audience,
                                              absl::Time now = absl::Now());

}  // namespace rolegate

#endif  // ROLEGATE_SESSION_H_
