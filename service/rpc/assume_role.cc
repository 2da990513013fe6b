#include "engine/sts/assume_role.h"

#include <memory>
#include <utility>

#include "engine/policy/context_keys.h"
#include "engine/sts/assume_role_fields.h"
#include "service/answer/context_translation.h"
#include "service/answer/proto_conversions.h"
#include "service/answer/refusals.h"
#include "service/answer/session_issue.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {
namespace {

AssumeRoleInput ToInput(const v1::AssumeRoleRequest& request) {
  AssumeRoleInput input = RequestedSession(request);
  input.role_session_name = request.role_session_name();
  for (const v1::Tag& tag : request.tags()) {
    input.tags.push_back({tag.key(), tag.value()});
  }
  input.transitive_tag_keys.assign(request.transitive_tag_keys().begin(),
                                   request.transitive_tag_keys().end());
  if (request.has_external_id()) input.external_id = request.external_id();
  if (request.has_source_identity()) {
    input.source_identity = request.source_identity();
  }
  if (request.has_serial_number()) {
    input.serial_number = request.serial_number();
  }
  if (request.has_token_code()) input.token_code = request.token_code();
  return input;
}

class AssumeRoleHandler {
 public:
  AssumeRoleHandler(Call& call, const v1::AssumeRoleRequest& request,
                    v1::AssumeRoleResponse* response)
      : call_(call), request_(request), response_(response) {}

  Refusal Run() {
    record_ = BeginSessionRecord(call_, "sts:AssumeRole", request_.role_arn());
    Refusal refusal = Assume();
    return EndSessionRecord(call_, std::move(refusal), std::move(record_));
  }

 private:
  Refusal Assume() {
    RequestContext given;
    ContextTranslation translation(call_.core().config.limits,
                                   ContextUse::kAssumeRole);
    if (!request_.context().empty()) {
      if (call_.caller().subject.principal.kind() != PrincipalKind::kService) {
        return ApiError{ErrorCode::kValidationError,
                        "only a service principal may give `context`",
                        {{"context", "is a service principal's to give"}}};
      }
      if (auto error = translation.Add(request_.context(), "context", &given)) {
        return error;
      }
    }
    const std::string peer = PeerAddress(call_.incoming());
    AddTransportKeys(call_, peer, &given);
    AssumeRoleInput input = ToInput(request_);
    if (auto refusal = SetBinding(&input.binding)) return refusal;
    if (input.serial_number || input.token_code) {
      if (auto refusal = CheckMfa(&input, &given)) return refusal;
    }
    AssumeRoleOutcome outcome =
        AssumeRole(*call_.snapshot(), call_.core().access,
                   call_.caller().subject, input, given, call_.now());
    RecordOutcome(outcome, &record_);
    if (call_.core().audit != nullptr) {
      RecordContext(input, given, {}, outcome, &record_);
    }
    const Subject& caller = call_.caller().subject;
    SealRefusedAssumeRole(call_, DisplayName(caller),
                          UserIdOf(caller, *call_.snapshot()), record_,
                          &outcome);
    if (!outcome.result.ok()) return std::move(outcome.result).error();
    return Issue(*std::move(outcome.result));
  }

  // Binds to what the caller's connection has proved.
  Refusal SetBinding(SessionBinding* binding) const {
    const PeerCertificate* const certificate = call_.caller().certificate.get();
    switch (request_.bind_to()) {
      case v1::BIND_TO_UNSPECIFIED:
        return std::nullopt;
      case v1::BIND_TO_SPIFFE:
        if (certificate == nullptr || certificate->spiffe_id.empty()) break;
        *binding = {BindingKind::kSpiffe, certificate->spiffe_id};
        return std::nullopt;
      case v1::BIND_TO_CERTIFICATE:
        if (certificate == nullptr) break;
        *binding = {BindingKind::kCertificate, certificate->thumbprint};
        return std::nullopt;
      default:
        return InvalidField("bind_to", "expected `SPIFFE` or `CERTIFICATE`");
    }
    return InvalidField("bind_to",
                        "the connection has no client certificate, or none "
                        "with a SPIFFE ID, to bind to");
  }

  // Uses the code up, if the request is well formed.  What came of it goes into
  // the input and the context; the refusal, if it is to be one, is the
  // engine's.
  Refusal CheckMfa(AssumeRoleInput* input, RequestContext* given) {
    if (!input->serial_number || !input->token_code) {
      const char* const missing =
          input->serial_number ? "token_code" : "serial_number";
      return InvalidField(missing,
                          "`serial_number` and `token_code` go together");
    }
    const MfaVerifier& mfa = call_.core().mfa;
    if (!mfa.configured()) {
      return ApiError{ErrorCode::kNotImplemented,
                      "`serial_number` needs the settings `state_dir` and "
                      "`mfa.seed_dir`, and this server has not both",
                      {{"serial_number", "MFA is not set up"}}};
    }
    if (auto error = ValidateAssumeRole(*input)) return error;
    input->refused_beforehand = true;
    const MfaDevice* const device = FindDevice(*input->serial_number);
    if (device == nullptr) {
      record_.reason = "the MFA device is not the caller's";
      return std::nullopt;
    }
    const absl::StatusOr<MfaOutcome> outcome =
        mfa.Use(*device, *input->token_code, call_.now());
    if (!outcome.ok()) {
      call_.core().log->Error(
          "MFA cannot be checked",
          {{"error", outcome.status().message()},
           {"trace_id", LogValue::UnlessEmpty(call_.TraceId())}});
      return ApiError{ErrorCode::kInternalFailure,
                      "the MFA code cannot be checked now",
                      {}};
    }
    if (*outcome != MfaOutcome::kAccepted) {
      record_.reason = std::string(MfaOutcomeName(*outcome));
      return std::nullopt;
    }
    input->refused_beforehand = false;
    given->Set(keys::kMultiFactorAuthPresent, "true");
    given->Set(keys::kMultiFactorAuthAge, "0");
    return std::nullopt;
  }

  // A device of the calling user itself; sessions have none.
  const MfaDevice* FindDevice(absl::string_view serial_number) const {
    const Subject& caller = call_.caller().subject;
    const User* const user =
        caller.session != nullptr
            ? nullptr
            : call_.snapshot()->FindUser(caller.principal.view().arn);
    if (user == nullptr) return nullptr;
    for (const MfaDevice& device : user->mfa_devices) {
      if (device.serial_number == serial_number) return &device;
    }
    return nullptr;
  }

  Refusal Issue(RoleSession session) {
    int packed_policy_size = 0;
    if (auto refusal = IssueSession(call_, std::move(session),
                                    response_->mutable_credentials(),
                                    response_->mutable_assumed_role_user(),
                                    response_->mutable_source_identity(),
                                    &packed_policy_size, &record_)) {
      return refusal;
    }
    if (request_.has_policy() || request_.policy_arns_size() > 0 ||
        request_.tags_size() > 0) {
      response_->set_packed_policy_size(packed_policy_size);
    }
    return std::nullopt;
  }

  Call& call_;
  const v1::AssumeRoleRequest& request_;
  v1::AssumeRoleResponse* const response_;
  AuditRecord record_;
};

}  // namespace

Admission AdmitAssumeRole(const v1::AssumeRoleRequest& request) {
  Admission admission;
  // What a code leaves behind is written to a disk.
  if (request.has_token_code()) admission.lane = Lane::kMfa;
  return admission;
}

Outcome HandleAssumeRole(Call& call, const v1::AssumeRoleRequest& request,
                         v1::AssumeRoleResponse* response) {
  return AssumeRoleHandler(call, request, response).Run();
}

}  // namespace rolegate::service
