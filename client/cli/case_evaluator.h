// Decides cases.

#ifndef ROLEGATE_CLIENT_CLI_CASE_EVALUATOR_H_
#define ROLEGATE_CLIENT_CLI_CASE_EVALUATOR_H_

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/case_reader.h"
#include "engine/decide/decision.h"
#include "engine/decide/explain.h"
#include "engine/program/policy.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate::cli {

struct CaseDecision {
  Verdict verdict = Verdict::kImplicitDeny;
  std::string reason;
  std::map<std::string, std::string> layers;
  Explanation explanation;
  // What the explanation points into.
  std::vector<std::shared_ptr<const Policy>> policies;
};

// A policy that does not load.
struct CaseError {
  std::string policy;
  Diagnostic diagnostic;
};

using CaseAnswer = std::variant<CaseDecision, CaseError>;

// `registry` null: the case is the whole truth.  Else it holds all policies
// but those of the session.  kInvalidArgument if the case is no question: its
// action is no action, say.
absl::StatusOr<CaseAnswer> Evaluate(const Case& question,
                                    const Snapshot* registry);

// "ALLOW", ..., "INVALID": what a case may expect.
std::string AnswerName(const CaseAnswer& answer);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CASE_EVALUATOR_H_
