#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "engine/lint/lint.h"
#include "engine/program/policy.h"
#include "service/answer/proto_conversions.h"
#include "service/answer/simulation.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {

Outcome HandleValidate(Call& call, const v1::ValidateRequest& request,
                       v1::ValidateResponse* response) {
  const std::optional<PolicyKind> kind = KindOf(request.kind());
  if (!kind.has_value()) return InvalidField("kind", "is not a kind of policy");
  const std::uint64_t max_steps = call.core().config.limits.max_call_steps;
  StepBudget steps(max_steps);
  Diagnostics findings;
  CompileOptions options;
  options.inspector = LintPolicy;
  options.steps = &steps;
  Policy::CompileText(request.document(), *kind, {"policy", "", ""}, &findings,
                      options);
  // What was found until then is no answer.
  if (steps.exhausted()) {
    return ApiError{
        ErrorCode::kBudgetExceeded,
        absl::StrCat("the document takes more than ", max_steps,
                     " steps (`limits.max_call_steps`): validate it in "
                     "parts, and do not send the same call again"),
        {}};
  }
  Normalize(findings);
  for (const Diagnostic& finding : findings) {
    FaultToProto(finding, response->add_findings());
  }
  return Outcome::Answered();
}

}  // namespace rolegate::service
