// What a simulation is about: who asks, and by which policies.

#ifndef ROLEGATE_SERVICE_ANSWER_SIMULATION_H_
#define ROLEGATE_SERVICE_ANSWER_SIMULATION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/program/policy.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/circumstances.h"
#include "engine/sts/result.h"
#include "engine/sts/subject.h"
#include "engine/text/steps.h"
#include "rolegate/v1/policy.pb.h"

namespace rolegate::service {

inline constexpr std::size_t kMaxPrincipalName = 2048;

// The engine's kind of a document; nothing for a kind that is none.
std::optional<PolicyKind> KindOf(v1::PolicyKind kind);

struct SimulatedSubject {
  Subject subject;
  std::string account;  // that owns the resources; empty: their ARNs say it
};

// The request's `principal` in the registry, else its `caller_arn`, else some
// user of the account that owns the resources.  ValidationError if what it
// names is nobody.
[[nodiscard]] Result<SimulatedSubject> FindSimulatedSubject(
    const v1::SimulateRequest& request, const Snapshot& snapshot,
    absl::Time now);

// A simulation may take this part of `limits.max_call_steps`: its programs are
// made for one call, so that its steps find nothing in the processor's caches
// and take twice the time of others (docs/performance.md).
inline constexpr std::uint64_t kSimulationShare = 2;
ApiError SimulationExceeded(const StepBudget& budget);

// The policies that come with a request, compiled.
class SimulatedPolicies {
 public:
  // MalformedPolicyDocument, with every fault, if one does not load.
  // EvaluationBudgetExceeded if compiling them takes more than `budget` has.
  [[nodiscard]] Refusal Add(
      const google::protobuf::RepeatedPtrField<v1::InlinePolicy>& policies,
      StepBudget* budget);

  // Views into this object.
  SubstitutePolicies Substitutes();

 private:
  OptionalPolicies Of(v1::PolicyKind kind) const;

  std::vector<std::shared_ptr<const Policy>> owned_;
  std::map<v1::PolicyKind, std::vector<const Policy*>> by_kind_;
  PolicySpan scps_;  // the only level
  PolicySpan rcps_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_SIMULATION_H_
