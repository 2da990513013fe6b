#include "service/rpc/saml_handler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/sts/assume_role.h"
#include "engine/sts/assume_role_fields.h"
#include "service/answer/federated_session.h"
#include "service/answer/session_issue.h"
#include "service/saml/assertion.h"
#include "service/saml/identity.h"

namespace rolegate::service {
namespace {

constexpr char kAction[] = "sts:AssumeRoleWithSAML";
constexpr char kNameToCome[] = "saml";
constexpr std::size_t kMinArn = 20;
constexpr std::size_t kMaxArn = 2048;
constexpr std::size_t kMinAssertion = 4;
constexpr std::size_t kMaxAssertion = 100'000;

class SamlHandler {
 public:
  SamlHandler(Call& call, const v1::AssumeRoleWithSAMLRequest& request,
              v1::AssumeRoleWithSAMLResponse* response)
      : call_(call), request_(request), response_(response) {}

  Refusal Run() {
    if (auto refusal = call_.LimitSessions()) return refusal;
    if (auto refusal = call_.RequireRegistry()) return refusal;
    record_ = call_.MakeAuditRecord(AuditKind::kAssumeRole);
    // It names a provider once one is found by it.
    if (call_.snapshot()->FindSamlProvider(request_.principal_arn())) {
      record_.principal = request_.principal_arn();
    }
    record_.action = kAction;
    record_.resource = request_.role_arn().substr(0, kMaxArn);
    Refusal refusal = Assume();
    RecordRefusal(refusal, &record_);
    call_.WriteAudit(std::move(record_));
    return refusal;
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
    if (arn < kMinArn || arn > kMaxArn) {
      return InvalidField(
          "principal_arn",
          absl::StrCat("expected ", kMinArn, " to ", kMaxArn, " characters"));
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

Refusal AssumeRoleWithSaml(Call& call,
                           const v1::AssumeRoleWithSAMLRequest& request,
                           v1::AssumeRoleWithSAMLResponse* response) {
  return SamlHandler(call, request, response).Run();
}

}  // namespace rolegate::service
