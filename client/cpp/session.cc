#include "rolegate/session.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace rolegate {
namespace {

// A session is renewed once this part of its life has passed.
constexpr double kRenewAt = 0.8;

// After a renewal that failed the next one is tried so much later.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

template <typename Response>
Credentials CredentialsOf(const Response& response) {
  const v1::Credentials& from = response.credentials();
  return {response.assumed_role_user().arn(), from.access_key_id(),
          from.session_token(),
          absl::FromUnixSeconds(from.expiration().seconds()) +
              absl::Nanoseconds(from.expiration().nanos())};
}

template <typename Answer>
Decision DecisionOf(const Answer& answer) {
  Decision decision;
  decision.allowed = answer.decision() == v1::DECISION_ALLOW;
  decision.explicit_deny = answer.decision() == v1::DECISION_EXPLICIT_DENY;
  decision.reason = answer.reason();
  decision.decision_id = answer.decision_id();
  decision.encoded_message = answer.encoded_message();
  if (answer.has_explanation()) decision.explanation = answer.explanation();
  return decision;
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read `", path, "`"));
  }
  return std::string(absl::StripAsciiWhitespace(text.str()));
}

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The host's name, or the time.
std::string DefaultSessionName() {
  constexpr std::size_t kMaxName = 64;
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  std::string name;
  for (const char c : absl::string_view(host)) {
    const bool fits =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        absl::string_view("_=,.@-").find(c) != absl::string_view::npos;
    if (fits && name.size() < kMaxName) name.push_back(c);
  }
  if (name.size() >= 2) return name;
  return absl::StrCat("rolegate-", absl::ToUnixSeconds(absl::Now()));
}

}  // namespace

// A session that is had again before it ends.
class Session::Renewed {
 public:
  Renewed(std::function<absl::StatusOr<Credentials>()> assume,
          RenewalOptions renewal)
      : assume_(std::move(assume)), renewal_(renewal) {}

  // The lock is held while the service is asked: whoever else finds the
  // session due waits for that one answer.
  absl::StatusOr<Credentials> Get() {
    absl::MutexLock lock(&mu_);
    if (absl::Now() < renew_at_) return present_;
    absl::StatusOr<Credentials> renewed = assume_();
    const absl::Time now = absl::Now();
    if (!renewed.ok()) {
      if (now >= present_.expires_at) return renewed.status();
      renew_at_ = now + kRetryAfter;
      return present_;
    }
    present_ = *std::move(renewed);
    renew_at_ = renewal_.renew_before.has_value()
                    ? present_.expires_at - *renewal_.renew_before
                    : now + (present_.expires_at - now) * kRenewAt;
    return present_;
  }

 private:
  const std::function<absl::StatusOr<Credentials>()> assume_;
  const RenewalOptions renewal_;
  absl::Mutex mu_;
  Credentials present_ ABSL_GUARDED_BY(mu_) = {
      {}, {}, {}, absl::InfinitePast()};
  absl::Time renew_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

absl::StatusOr<Session> Session::Start(
    Client client, std::function<absl::StatusOr<Credentials>()> assume,
    RenewalOptions renewal) {
  auto renewed = std::make_shared<Renewed>(std::move(assume), renewal);
  if (const auto first = renewed->Get(); !first.ok()) return first.status();
  return Session(std::move(client), std::nullopt, std::move(renewed));
}

absl::StatusOr<Session> Session::AssumeRole(Client client,
                                            v1::AssumeRoleRequest request,
                                            RenewalOptions renewal) {
  const auto assume =
      [client, request = std::move(request)]() -> absl::StatusOr<Credentials> {
    const auto response = client.AssumeRole(request);
    if (!response.ok()) return response.status();
    return CredentialsOf(*response);
  };
  return Start(std::move(client), assume, renewal);
}

absl::StatusOr<Session> Session::AssumeRole(
    Client client, absl::string_view role_arn,
    absl::string_view role_session_name) {
  v1::AssumeRoleRequest request;
  request.set_role_arn(std::string(role_arn));
  request.set_role_session_name(std::string(role_session_name));
  return AssumeRole(std::move(client), std::move(request));
}

absl::StatusOr<Session> Session::AssumeRoleWithWebIdentity(
    Client client, v1::AssumeRoleWithWebIdentityRequest request,
    std::string token_file, RenewalOptions renewal) {
  const auto assume =
      [client, request = std::move(request),
       token_file =
           std::move(token_file)]() mutable -> absl::StatusOr<Credentials> {
    if (!token_file.empty()) {
      absl::StatusOr<std::string> token = ReadToken(token_file);
      if (!token.ok()) return token.status();
      request.set_web_identity_token(*std::move(token));
    }
    const auto response = client.AssumeRoleWithWebIdentity(request);
    if (!response.ok()) return response.status();
    return CredentialsOf(*response);
  };
  return Start(std::move(client), assume, renewal);
}

absl::StatusOr<Session> Session::AssumeRoleWithSAML(
    Client client, v1::AssumeRoleWithSAMLRequest request,
    RenewalOptions renewal) {
  const auto assume =
      [client, request = std::move(request)]() -> absl::StatusOr<Credentials> {
    const auto response = client.AssumeRoleWithSAML(request);
    if (!response.ok()) return response.status();
    return CredentialsOf(*response);
  };
  return Start(std::move(client), assume, renewal);
}

Session Session::ForToken(Client client, std::string session_token) {
  return Session(std::move(client), std::move(session_token), nullptr);
}

Session Session::OfCaller(Client client) {
  return Session(std::move(client), std::nullopt, nullptr);
}

Session Session::ForToken(std::string session_token) const {
  return Session(client_, std::move(session_token), renewed_);
}

absl::StatusOr<Session> Session::FromEnvironment() {
  ClientOptions options;
  options.server = Variable("ROLEGATE_SERVER");
  if (options.server.empty()) {
    return absl::InvalidArgumentError(
        "ROLEGATE_SERVER is not set; it names the server, `HOST:PORT` or "
        "`unix:/path`");
  }
  options.session_token = Variable("ROLEGATE_SESSION_TOKEN");
  options.tls_ca = Variable("ROLEGATE_TLS_CA");
  options.tls_cert = Variable("ROLEGATE_TLS_CERT");
  options.tls_key = Variable("ROLEGATE_TLS_KEY");
  absl::StatusOr<Client> client = Client::Connect(options);
  if (!client.ok()) return client.status();
  const std::string role = Variable("ROLEGATE_ROLE_ARN");
  if (role.empty() || !options.session_token.empty()) {
    return OfCaller(*std::move(client));
  }
  std::string name = Variable("ROLEGATE_ROLE_SESSION_NAME");
  if (name.empty()) name = DefaultSessionName();
  const std::string token_file = Variable("ROLEGATE_WEB_IDENTITY_TOKEN_FILE");
  if (!token_file.empty()) {
    v1::AssumeRoleWithWebIdentityRequest request;
    request.set_role_arn(role);
    request.set_role_session_name(name);
    return AssumeRoleWithWebIdentity(*std::move(client), request, token_file);
  }
  return AssumeRole(*std::move(client), role, name);
}

absl::StatusOr<Credentials> Session::GetCredentials() const {
  if (subject_.has_value() || renewed_ == nullptr) {
    return absl::FailedPreconditionError(
        "the session was brought by somebody; it has no credentials of its "
        "own");
  }
  return renewed_->Get();
}

absl::StatusOr<Client> Session::Caller() const {
  if (renewed_ == nullptr) return client_;
  absl::StatusOr<Credentials> credentials = renewed_->Get();
  if (!credentials.ok()) return credentials.status();
  return client_.WithSession(std::move(credentials->session_token));
}

absl::StatusOr<Decision> Session::Authorize(
    absl::string_view action, absl::string_view resource,
    const ClientContext& context) const {
  return Authorize({std::string(action), std::string(resource), context},
                   /*explain=*/false);
}

absl::StatusOr<Decision> Session::Authorize(const Check& check,
                                            bool explain) const {
  const absl::StatusOr<Client> caller = Caller();
  if (!caller.ok()) return caller.status();
  v1::AuthorizeRequest request;
  if (subject_.has_value()) request.set_session_token(*subject_);
  request.set_action(check.action);
  request.set_resource(check.resource);
  request.set_resource_account(check.resource_account);
  request.set_explain(explain);
  FillContext(check.context, request.mutable_context());
  const auto response = caller->Authorize(request);
  if (!response.ok()) return response.status();
  Decision decision = DecisionOf(*response);
  decision.registry_revision = response->registry_revision();
  if (response->has_cacheable_for()) {
    decision.cacheable_for =
        absl::Seconds(response->cacheable_for().seconds()) +
        absl::Nanoseconds(response->cacheable_for().nanos());
  }
  decision.context_keys_read.assign(response->context_keys_read().begin(),
                                    response->context_keys_read().end());
  return decision;
}

absl::StatusOr<std::vector<Decision>> Session::AuthorizeMany(
    const std::vector<Check>& checks, const ClientContext& context) const {
  const absl::StatusOr<Client> caller = Caller();
  if (!caller.ok()) return caller.status();
  const auto response = caller->BatchAuthorize(Batch(checks, context));
  if (!response.ok()) return response.status();
  return DecisionsOf(*response);
}

bool Session::IsAllowed(absl::string_view action, absl::string_view resource,
                        const ClientContext& context,
                        absl::Status* error) const {
  const absl::StatusOr<Decision> decision =
      Authorize(action, resource, context);
  if (error != nullptr) *error = decision.status();
  return decision.ok() && decision->allowed;
}

absl::StatusOr<v1::GetCallerIdentityResponse> Session::GetCallerIdentity()
    const {
  const absl::StatusOr<Client> caller = Caller();
  if (!caller.ok()) return caller.status();
  return caller->GetCallerIdentity();
}

absl::StatusOr<std::unique_ptr<AuthorizeStream>> Session::OpenAuthorizeStream()
    const {
  const absl::StatusOr<Client> caller = Caller();
  if (!caller.ok()) return caller.status();
  return caller->OpenAuthorizeStream();
}

v1::BatchAuthorizeRequest Session::Batch(const std::vector<Check>& checks,
                                         const ClientContext& context) const {
  v1::BatchAuthorizeRequest request;
  if (subject_.has_value()) request.set_session_token(*subject_);
  FillContext(context, request.mutable_context());
  for (const Check& check : checks) {
    v1::AuthorizationCheck& added = *request.add_checks();
    added.set_action(check.action);
    added.set_resource(check.resource);
    added.set_resource_account(check.resource_account);
    FillContext(check.context, added.mutable_context());
  }
  return request;
}

std::vector<Decision> DecisionsOf(const v1::BatchAuthorizeResponse& response) {
  std::vector<Decision> decisions;
  for (const v1::AuthorizationResult& result : response.results()) {
    decisions.push_back(DecisionOf(result));
    decisions.back().registry_revision = response.registry_revision();
  }
  return decisions;
}

}  // namespace rolegate
