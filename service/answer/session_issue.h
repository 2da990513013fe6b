// What every way of assuming a role does, after it knows who is calling.

#ifndef ROLEGATE_SERVICE_ANSWER_SESSION_ISSUE_H_
#define ROLEGATE_SERVICE_ANSWER_SESSION_ISSUE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/decide/request_context.h"
#include "engine/sts/assume_role.h"
#include "rolegate/v1/security_token.pb.h"
#include "service/answer/call.h"
#include "service/audit/audit_record.h"

namespace rolegate::service {

// A sealed record has room for so much of AssumeRoleOutcome::lacking beside its
// other members.
inline constexpr std::size_t kMaxRecordedLacking = 512;

// Why a role that the registry does not hold is refused: as long as what is
// said of one whose trust policy refuses, so that writing it takes the same
// work.
inline constexpr absl::string_view kUnknownRole =
    "the registry does not hold the role that is asked for";

// Why a role is refused whose check cost too much.  The caller is told what
// everybody is told who may not assume a role.
inline constexpr absl::string_view kTooManySteps =
    "the check takes more steps than one may (EvaluationBudgetExceeded)";

// aws:SourceIp and aws:SecureTransport.  `peer` is PeerAddress of the call,
// and must outlive `given`.
void AddTransportKeys(const Call& call, const std::string& peer,
                      RequestContext* given);

// The audit record of a call that asks for a session of a role: what is known
// of it before anything is decided.
AuditRecord BeginSessionRecord(const Call& call, absl::string_view action,
                               const std::string& role_arn);

// Writes the record of a call that ends so, and returns how it ends.
[[nodiscard]] Refusal EndSessionRecord(const Call& call, Refusal refusal,
                                       AuditRecord record);

// Copies the condition keys that came with a request that was decided, for
// others may hold anything that was typed into the wrong field.
// `identity_keys` are those of a provider's token or assertion.
void RecordContext(const AssumeRoleInput& input, const RequestContext& given,
                   absl::Span<const SessionKey> identity_keys,
                   const AssumeRoleOutcome& outcome, AuditRecord* record);

// Copies what was decided on the first action that was refused, or on the
// first of all, and says so if the registry does not hold the role.
void RecordOutcome(const AssumeRoleOutcome& outcome, AuditRecord* record);

// Copies the error, and where no policy decided, why: of fields that are wrong
// no more than their names and what was expected, for they hold what was typed.
// What was refused for what the request holds was not
// decided in anybody's favour.
void RecordRefusal(const Refusal& refusal, AuditRecord* record);

// The fields that the requests of all ways have.
template <typename Request>
AssumeRoleInput RequestedSession(const Request& request) {
  AssumeRoleInput input;
  input.role_arn = request.role_arn();
  if (request.has_duration_seconds()) {
    input.duration_seconds = request.duration_seconds();
  }
  if (request.has_policy()) input.policy = request.policy();
  input.policy_arns.assign(request.policy_arns().begin(),
                           request.policy_arns().end());
  return input;
}

// Names and signs the session, and fills the fields that all answers have.
[[nodiscard]] Refusal IssueSession(const Call& call, RoleSession session,
                                   v1::Credentials* credentials,
                                   v1::AssumedRoleUser* user,
                                   std::string* source_identity,
                                   int* packed_policy_size,
                                   AuditRecord* record);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_SESSION_ISSUE_H_
