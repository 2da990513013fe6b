// A question to the evaluator: who, what, on what, under which circumstances.

#ifndef ROLEGATE_ENGINE_DECIDE_REQUEST_H_
#define ROLEGATE_ENGINE_DECIDE_REQUEST_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/decide/principal.h"
#include "engine/decide/request_context.h"
#include "engine/policy/action_name.h"
#include "engine/policy/resource_name.h"
#include "engine/text/steps.h"

namespace rolegate {

class ConditionMemo;

// Views only: everything must outlive the decision.
struct Request {
  Principal principal;
  const ActionName* action = nullptr;
  const ResourceName* resource = nullptr;

  // The account that owns the resource.  See ResolveResourceAccount.
  absl::string_view resource_account;

  const ContextKeySource* context = nullptr;

  // The budget that the answer is charged to.  Null: it may cost what one check
  // usually may, kMaxCheckSteps.
  StepBudget* budget = nullptr;

  // The most that the answer may cost in all, if `budget` is for a first try
  // only.  The caller throws the answer of a first try away if it exhausts the
  // budget.
  std::uint64_t max_steps = 0;

  // The results of conditions in other questions of the same call.  May be
  // null.
  ConditionMemo* memo = nullptr;
};

// The account that owns a resource: `named` if it is given, else the one in
// the resource's ARN, else the principal's own.
absl::string_view ResolveResourceAccount(absl::string_view named,
                                         const ResourceName& resource,
                                         const Principal& principal);

// Whether the action on this resource is governed by a role's trust policy:
// one of the five `sts:` actions, on an IAM role's ARN.
bool IsTrustRequest(const ActionName& action, const ResourceName& resource);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_REQUEST_H_
