// The layers of a decision: which kinds of policy take part in a request, and
// how each is asked.  Deciding and explaining both walk this list.
//
// AWS: "Policy evaluation logic", IAM User Guide.

#ifndef ROLEGATE_ENGINE_DECIDE_LAYERS_H_
#define ROLEGATE_ENGINE_DECIDE_LAYERS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "engine/decide/decision.h"
#include "engine/decide/policy_set.h"
#include "engine/decide/principal.h"
#include "engine/program/policy_index.h"

namespace rolegate {

// How the outcomes of a layer's levels become one.
enum class LevelRule : std::uint8_t {
  kUnion,           // there is one level, whose policies are a union
  kEachMustAllow,   // rules 116 and 124: a level that does not allow denies
  kOnlyDenyCounts,  // rule 117: a level that does not allow changes nothing
};

// One layer of policies that takes part.
struct LayerPolicies {
  Layer layer = Layer::kIdentity;
  LevelRule rule = LevelRule::kUnion;

  // A statement must name the caller as principal, for the policy is attached
  // to a resource and not to the caller.
  bool needs_principal = false;

  absl::Span<const PolicySpan> levels;  // root first
  const PolicyIndex* index = nullptr;   // of the only level; may be null
};

// Whether principals of a kind have policies attached to them.
inline bool HasIdentityPolicies(PrincipalKind kind) { return HasAccount(kind); }

// Whether the caller has a permissions boundary, which bears on NotPrincipal.
// Rule 52: a service or nobody can have none.
inline bool HasBoundary(const PolicySet& set, PrincipalKind caller) {
  return set.boundary.present && HasIdentityPolicies(caller);
}

// Calls `f(LayerPolicies)` for each layer that takes part in a request of such
// a caller.
template <typename F>
void ForEachLayer(const PolicySet& set, PrincipalKind caller,
                  bool is_trust_request, F f) {
  const auto one = [](const PolicySpan& policies) {
    return absl::MakeConstSpan(&policies, 1);
  };
  if (set.resource.present) {
    f(LayerPolicies{
        .layer = is_trust_request ? Layer::kTrust : Layer::kResource,
        .needs_principal = true,
        .levels = one(set.resource.policies)});
  }
  if (HasIdentityPolicies(caller)) {
    f(LayerPolicies{.layer = Layer::kIdentity,
                    .levels = one(set.identity),
                    .index = set.identity_index});
    if (set.boundary.present) {
      f(LayerPolicies{.layer = Layer::kBoundary,
                      .levels = one(set.boundary.policies)});
    }
    if (set.session.present) {
      f(LayerPolicies{.layer = Layer::kSession,
                      .levels = one(set.session.policies)});
    }
    // Rule 122: these limit root users, too, and nobody without an account.
    if (set.scps.present) {
      f(LayerPolicies{.layer = Layer::kScp,
                      .rule = LevelRule::kEachMustAllow,
                      .levels = set.scps.levels});
    }
  }
  if (set.rcps.present) {
    // Rule 123: these bind everybody.  RCPFullAWSAccess stands at every level,
    // so only a Deny counts.
    f(LayerPolicies{.layer = Layer::kRcp,
                    .rule = LevelRule::kOnlyDenyCounts,
                    .levels = set.rcps.levels});
  }
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_LAYERS_H_
