#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/sts/assume_role.h"
#include "engine/sts/assume_role_fields.h"
#include "service/answer/federated_session.h"
#include "service/answer/session_issue.h"
#include "service/rpc/handlers.h"
#include "service/saml/assertion.h"
#include "service/saml/identity.h"

namespace rolegate::service {
namespace {

constexpr char kSamlAction[] = "sts:AssumeRoleWithSAML";
constexpr char kNameToCome[] = "saml";
constexpr std::size_t kMinProviderArn = 20;
constexpr std::size_t kMaxProviderArn = 2048;
constexpr std::size_t kMinAssertion = 4;
constexpr std::size_t kMaxAssertion = 100'000;

class SamlHandler {
 public:
  SamlHandler(Call& call, const v1::AssumeRoleWithSAMLRequest& request,
              v1::AssumeRoleWithSAMLResponse* response)
      : call_(call), request_(request), response_(response) {}

  Refusal Run() {
    record_ = BeginSessionRecord(call_, kSamlAction, request_.role_arn());
    // The record names a provider once one is found by the request.
    if (call_.snapshot()->FindSamlProvider(request_.principal_arn())) {
      record_.principal = request_.principal_arn();
    }
    Refusal refusal = Assume();
    return EndSessionRecord(call_, std::move(refusal), std::move(record_));
  }

 private:
  Refusal Assume() {
    const FederationConfig& federation = call_.core().config.federation;
    if (federation.saml_audience.empty()) {
      return ApiError{ErrorCode::kNotImplemented,
                      "AssumeRoleWithSAML needs the setting "
                      "`federation.saml_audience`, which this server has not",
                      {}};
    }
    if (auto refusal = CheckFields()) return refusal;
    const SamlProvider* const provider =
        call_.snapshot()->FindSamlProvider(request_.principal_arn());
    if (provider == nullptr) {
      return ApiError{ErrorCode::kInvalidIdentityToken,
                      "Specified provider doesn't exist",
                      {}};
    }
    auto verified = VerifySamlAssertion(
        request_.saml_assertion(), provider->metadata,
        {federation.saml_audience, federation.saml_recipient}, call_.now());
    if (!verified.ok()) return std::move(verified).error();
    record_.caller = provider->arn;
    const auto& assertion = *verified;
    if (auto refusal = call_.LimitSessionsOf(
            absl::StrCat(provider->arn, ":", assertion.subject))) {
      return refusal;
    }
    auto read = ReadSamlIdentity(assertion, provider->arn);
    if (!read.ok()) return std::move(read).error();
    auto& identity = *read;
    identity.federated.not_after = std::min(
        identity.federated.not_after, call_.now() + identity.max_duration);
    // Sessions end on whole seconds.
    identity.federated.not_after = absl::FromUnixSeconds(
        absl::ToUnixSeconds(identity.federated.not_after));
    return AssumeAs(assertion, identity);
  }

  Refusal CheckFields() const {
    const std::size_t arn = request_.principal_arn().size();
    if (arn < kMinProviderArn || arn > kMaxProviderArn) {
      return InvalidField("principal_arn",
                          absl::StrCat("expected ", kMinProviderArn, " to ",
                                       kMaxProviderArn, " characters"));
    }
    const std::size_t assertion = request_.saml_assertion().size();
    if (assertion < kMinAssertion || assertion > kMaxAssertion) {
      return InvalidField("saml_assertion",
                          absl::StrCat("expected ", kMinAssertion, " to ",
                                       kMaxAssertion, " characters"));
    }
    // The assertion says the session's name; the rest need not wait for it.
    AssumeRoleInput input = RequestedSession(request_);
    input.role_session_name = kNameToCome;
    return ValidateAssumeRole(input);
  }

  Refusal AssumeAs(const SamlAssertion& assertion,
                   const SamlIdentity& identity) {
    AssumeRoleInput input = RequestedSession(request_);
    input.role_session_name = identity.role_session_name;
    if (!NamesRole(assertion, request_.role_arn(), request_.principal_arn())) {
      record_.reason = "the assertion does not name the role";
      input.refused_beforehand = true;
    }
    if (auto refusal = IssueFederatedSession(
            call_, identity.federated, std::move(input), response_, &record_)) {
      return refusal;
    }
    response_->set_subject(assertion.subject);
    response_->set_subject_type(identity.subject_type);
    response_->set_issuer(assertion.issuer);
    response_->set_audience(assertion.recipient);
    response_->set_name_qualifier(identity.name_qualifier);
    return std::nullopt;
  }

  Call& call_;
  const v1::AssumeRoleWithSAMLRequest& request_;
  v1::AssumeRoleWithSAMLResponse* const response_;
  AuditRecord record_;
};

}  // namespace

Outcome HandleAssumeRoleWithSaml(Call& call,
                                 const v1::AssumeRoleWithSAMLRequest& request,
                                 v1::AssumeRoleWithSAMLResponse* response) {
  return SamlHandler(call, request, response).Run();
}

}  // namespace rolegate::service
