// Reckons the most that evaluating a policy can cost, whatever the question.
// This happens when the policy loads, so that no author can make everybody's
// decisions slow.

#ifndef ROLEGATE_ENGINE_PROGRAM_POLICY_COST_H_
#define ROLEGATE_ENGINE_PROGRAM_POLICY_COST_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/text/step_costs.h"
#include "engine/text/steps.h"

namespace rolegate {

class Program;

// The longest texts of a request that the reckoning assumes: the limits of the
// engine's names and the usual ones of a request's context.
inline constexpr std::size_t kLongestContext = std::size_t{64} << 10;
inline constexpr std::size_t kMostContextValues = 1024;

// The most that policies which meet in one check may cost together, unless a
// setting says otherwise: half of a check's budget.  The other half is for what
// comes with the request, above all a session policy.
inline constexpr std::uint64_t kMaxPolicySteps = kMaxCheckSteps / 2;

// No request with texts up to those above is charged more than this for the
// policies in one check, in whatever order their statements are looked at.
// Statements for different services do not add up, for a request has one
// action; condition keys share the length of one context.
std::uint64_t ReckonMaxSteps(absl::Span<const Program* const> programs);

// The most that walking a statement index costs.  Its trees are as deep as the
// prefixes that it keeps are long, and one tree stands below each tree of an
// action.
inline constexpr std::uint64_t kMaxIndexSteps =
    std::uint64_t{258} * 258 * step_costs::kIndexNode;

// Reckons the most that it costs to match a resource with the pattern of a
// resource policy.  kPatternBeginSteps is the cost if the resource begins
// differently.
std::uint64_t ReckonPatternSteps(absl::string_view pattern);
inline constexpr std::uint64_t kPatternBeginSteps =
    step_costs::kStatement + 2 * (step_costs::kPart + step_costs::Bytes(8192));

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_POLICY_COST_H_
