// Seals what a handler refused.

#ifndef ROLEGATE_SERVICE_ANSWER_REFUSALS_H_
#define ROLEGATE_SERVICE_ANSWER_REFUSALS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/decide/decision.h"
#include "engine/sts/assume_role.h"
#include "engine/sts/question.h"
#include "service/answer/call.h"

namespace rolegate::service {

// The `encoded_message` of a denied Authorize: `decision` is the answer to
// `question`, and `reason` is what the answer says.
std::string SealDenial(const Call& call, const Subject& subject,
                       absl::string_view action, const Question& question,
                       const Decision& decision, absl::string_view decision_id,
                       absl::string_view reason);

// Why an AssumeRole… was refused, which the audit log may know and the caller
// may not, in AWS's form: "User: ARN is not authorized to perform: ACTION on
// resource: ARN because …".  `decision` is null if it did not come to one, and
// blanks take the place of `untold_bytes` (AssumeRoleOutcome).  Takes the same
// work whatever the reason is.
std::string SealedReason(const AuditRecord& record, absl::string_view principal,
                         absl::string_view action, const Decision* decision,
                         std::size_t untold_bytes);

// Puts the record of a refused AssumeRole… into the error that the outcome
// holds, if that is AccessDenied.  `principal` was refused, with its unique id
// if it has one; `record` is the call's audit record with the outcome in it.
// All sealed records have one size.
void SealRefusedAssumeRole(const Call& call, absl::string_view principal,
                           absl::string_view principal_id,
                           const AuditRecord& record,
                           AssumeRoleOutcome* outcome);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_REFUSALS_H_
