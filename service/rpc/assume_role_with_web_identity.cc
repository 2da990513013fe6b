#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/sts/assume_role.h"
#include "engine/sts/assume_role_fields.h"
#include "engine/text/arn.h"
#include "service/answer/federated_session.h"
#include "service/answer/session_issue.h"
#include "service/federation/oidc_token.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMinTokenBytes = 4;
constexpr std::size_t kMaxShown = 255;
constexpr char kWebIdentityAction[] = "sts:AssumeRoleWithWebIdentity";

AssumeRoleInput WebIdentityInput(
    const v1::AssumeRoleWithWebIdentityRequest& request) {
  AssumeRoleInput input = RequestedSession(request);
  input.role_session_name = request.role_session_name();
  return input;
}

class WebIdentityHandler {
 public:
  WebIdentityHandler(Call& call,
                     const v1::AssumeRoleWithWebIdentityRequest& request,
                     v1::AssumeRoleWithWebIdentityResponse* response)
      : call_(call), request_(request), response_(response) {}

  // Runs again, where it may wait, if the provider has to be asked for its
  // keys.
  Outcome Run() {
    record_ =
        BeginSessionRecord(call_, kWebIdentityAction, request_.role_arn());
    Refusal refusal = Read();
    if (!refusal.has_value() && !FindKeys()) {
      if (!call_.may_wait()) return Outcome::GoOnIn(Lane::kFederation);
      refusal = FetchKeys();
    }
    if (!refusal.has_value()) refusal = Assume();
    return EndSessionRecord(call_, std::move(refusal), std::move(record_));
  }

 private:
  // Whether the keys are there.
  bool FindKeys() {
    keys_ =
        call_.core().provider_keys.Find(*provider_, token_->kid(), call_.now());
    return keys_ != nullptr;
  }

  // Blocks.
  Refusal FetchKeys() {
    auto fetched = call_.core().provider_keys.FindOrFetch(
        *provider_, token_->kid(), call_.now());
    if (CallTrace* const trace = call_.trace()) {
      trace->AddEvent(fetched.ok() ? "keys of the provider fetched"
                                   : "keys of the provider not fetched");
    }
    if (fetched.ok()) {
      keys_ = *std::move(fetched);
      return std::nullopt;
    }
    call_.core().log->Warning(
        "keys of an identity provider cannot be had",
        {{"issuer", provider_->url},
         {"error", fetched.status().message()},
         {"trace_id", LogValue::UnlessEmpty(call_.TraceId())}});
    return ApiError{
        absl::IsUnavailable(fetched.status())
            ? ErrorCode::kIdpCommunicationError
            : ErrorCode::kInvalidIdentityToken,
        "Couldn't retrieve verification key from your identity provider, "
        "please reference AssumeRoleWithWebIdentity documentation for "
        "requirements",
        {}};
  }

  Refusal Read() {
    const std::size_t size = request_.web_identity_token().size();
    if (size < kMinTokenBytes || size > kMaxIdentityTokenBytes) {
      return InvalidField("web_identity_token",
                          absl::StrCat("expected ", kMinTokenBytes, " to ",
                                       kMaxIdentityTokenBytes, " characters"));
    }
    if (auto error = ValidateAssumeRole(WebIdentityInput(request_))) {
      return error;
    }
    auto parsed = OidcToken::Parse(request_.web_identity_token());
    if (!parsed.ok()) return std::move(parsed).error();
    token_ = *std::move(parsed);
    provider_ = FindProvider();
    if (provider_ == nullptr) {
      return ApiError{
          ErrorCode::kInvalidIdentityToken,
          absl::StrCat("No OpenIDConnect provider found in your account for ",
                       token_->issuer().substr(0, kMaxShown)),
          {}};
    }
    return token_->Check(provider_->client_ids, call_.now());
  }

  // The one of the role's account.
  const OpenIdProvider* FindProvider() const {
    const std::optional<Arn> role = Arn::Parse(request_.role_arn());
    if (!role) return nullptr;
    for (const OpenIdProvider* provider :
         call_.snapshot()->FindOpenIdProviders(token_->issuer())) {
      const std::optional<Arn> arn = Arn::Parse(provider->arn);
      if (arn && arn->account == role->account) return provider;
    }
    return nullptr;
  }

  Refusal Assume() {
    if (auto error = token_->CheckSignature(*keys_)) return error;
    // From here on the token's word holds.
    record_.caller = provider_->arn;
    record_.principal =
        absl::StrCat(provider_->key_prefix(), ":", token_->audience(), ":",
                     token_->subject());
    if (auto refusal = call_.LimitSessionsOf(record_.principal)) {
      return refusal;
    }
    auto identity = token_->ToIdentity(*provider_);
    if (!identity.ok()) return std::move(identity).error();
    const auto& federated = *identity;
    if (auto refusal =
            IssueFederatedSession(call_, federated, WebIdentityInput(request_),
                                  response_, &record_)) {
      return refusal;
    }
    response_->set_subject_from_web_identity_token(token_->subject());
    response_->set_provider(token_->issuer());
    response_->set_audience(token_->audience());
    return std::nullopt;
  }

  Call& call_;
  const v1::AssumeRoleWithWebIdentityRequest& request_;
  v1::AssumeRoleWithWebIdentityResponse* const response_;
  AuditRecord record_;
  std::optional<OidcToken> token_;
  const OpenIdProvider* provider_ = nullptr;  // the snapshot's
  std::shared_ptr<const JsonWebKeySet> keys_;
};

}  // namespace

Outcome HandleAssumeRoleWithWebIdentity(
    Call& call, const v1::AssumeRoleWithWebIdentityRequest& request,
    v1::AssumeRoleWithWebIdentityResponse* response) {
  return WebIdentityHandler(call, request, response).Run();
}

}  // namespace rolegate::service
