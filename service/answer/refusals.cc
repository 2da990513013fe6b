#include "service/answer/refusals.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/answer/session_issue.h"
#include "service/sessions/encoded_message.h"

namespace rolegate::service {
namespace {

std::string Seal(const Call& call, const RefusalRecord& record,
                 RefusalSize size) {
  return SealRefusal(record, size, *call.core().keys->sealing(),
                     call.core().sessions.parties().issuer);
}

}  // namespace

std::string SealedReason(const AuditRecord& record, absl::string_view principal,
                         absl::string_view action, const Decision* decision,
                         std::size_t untold_bytes) {
  std::string reason;
  if (record.reason.empty() && decision != nullptr) {
    DescribeDecision(*decision, principal, action, record.resource, &reason);
    if (!record.lacking.empty()) {
      absl::StrAppend(&reason, "; it lacks: ", record.lacking);
    }
    return reason;
  }
  reason = absl::StrCat(
      "User: ", principal, " is not authorized to perform: ", action,
      " on resource: ", record.resource, " because ",
      record.reason.empty() ? kUnknownRole : absl::string_view(record.reason));
  // JSON and sealing take time by the size of the text.
  reason.append(std::min(untold_bytes, kMaxRecordedLacking), ' ');
  return reason;
}

std::string SealDenial(const Call& call, const Subject& subject,
                       absl::string_view action, const Question& question,
                       const Decision& decision, absl::string_view decision_id,
                       absl::string_view reason) {
  const std::string caller = DisplayName(call.caller().subject);
  const std::string id = UserIdOf(subject, *call.snapshot());
  const auto conditions = [&](ConditionSink sink) {
    ForEachKey(question, sink);
  };
  return Seal(call,
              {.time = call.now(),
               .decision_id = decision_id,
               .registry_revision = call.snapshot()->revision(),
               .caller = caller,
               .principal_arn = subject.principal.view().arn,
               .principal_id = id,
               .action = action,
               .resource = question.resource().text(),
               .reason = reason,
               .decision = &decision,
               .conditions = conditions},
              RefusalSize::kSteps);
}

void SealRefusedAssumeRole(const Call& call, absl::string_view principal,
                           absl::string_view principal_id,
                           const AuditRecord& record,
                           AssumeRoleOutcome* outcome) {
  ApiError* const error = outcome->result.mutable_error();
  if (error == nullptr || error->code != ErrorCode::kAccessDenied) return;
  const Decision* decision = nullptr;
  absl::string_view action = record.action;
  if (!outcome->decisions.empty()) {
    decision = &outcome->decisions.back().decision;
    action = outcome->decisions.back().action;
  }
  const std::string reason =
      SealedReason(record, principal, action, decision,
                   outcome->untold_bytes + outcome->lacking.size());
  const auto conditions = [&](ConditionSink sink) {
    for (const auto& [key, values] : outcome->refused_context) {
      const std::vector<absl::string_view> views(values.begin(), values.end());
      sink(key, ContextValues(absl::MakeConstSpan(views)));
    }
  };
  error->encoded_message =
      Seal(call,
           {.time = call.now(),
            .decision_id = record.decision_id,
            .registry_revision = call.snapshot()->revision(),
            .caller = principal,
            .principal_arn = principal,
            .principal_id = principal_id,
            .action = action,
            .resource = record.resource,
            .reason = reason,
            .decision = decision,
            .conditions = conditions},
           RefusalSize::kFixed);
}

}  // namespace rolegate::service
