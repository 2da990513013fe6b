// Lists the condition keys that the answer to a request may depend on.

#ifndef ROLEGATE_ENGINE_DECIDE_KEYS_READ_H_
#define ROLEGATE_ENGINE_DECIDE_KEYS_READ_H_

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "engine/decide/policy_set.h"
#include "engine/decide/request.h"
#include "engine/text/steps.h"

namespace rolegate {

// Calls `sink` with each condition key, as the policies spell it and perhaps
// more than once, that a statement which could take part in the request tests
// or uses as a variable.  A statement takes part if it is about the action and
// the principal, and about the resource, or about what its variables make of
// it.  What this takes is charged to `budget`; once that is exhausted, keys may
// be missing.
using KeyNameSink = absl::FunctionRef<void(absl::string_view name)>;
void ForEachKeyRead(const Request& request, const PolicySet& policies,
                    StepBudget* budget, KeyNameSink sink);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_KEYS_READ_H_
