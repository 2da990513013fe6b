// How layers combine, for every small case: what each layer says, for each kind
// of caller, within an account and across, is held against the rules as a
// reader would write them down.

#include "engine/decide/combine.h"

#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

constexpr PrincipalKind kCallers[] = {
    PrincipalKind::kAnonymous,     PrincipalKind::kRoot,
    PrincipalKind::kUser,          PrincipalKind::kRoleSession,
    PrincipalKind::kFederatedUser, PrincipalKind::kService,
    PrincipalKind::kWebIdentity,   PrincipalKind::kSaml,
};

constexpr LayerOutcome kAbsent = {};
constexpr LayerOutcome kSilent = {.present = true};
constexpr LayerOutcome kDenies = {.present = true,
                                  .verdict = Verdict::kExplicitDeny};
constexpr LayerOutcome Allows(MatchLevel level) {
  return {.present = true, .verdict = Verdict::kAllow, .level = level};
}

constexpr std::array kOutcomes = {kAbsent, kSilent, kDenies,
                                  Allows(MatchLevel::kNone)};
// What a policy of the resource can say.
constexpr std::array kResourceOutcomes = {
    kAbsent,
    kSilent,
    kDenies,
    Allows(MatchLevel::kAccount),
    Allows(MatchLevel::kEntity),
    Allows(MatchLevel::kDirect),
};

// The rules, as a list of what must allow.  The first that does not is why.
struct Need {
  Reason reason;
  Layer layer;
  bool met;
};

class Rules {
 public:
  Rules(const CombineFacts& facts, const Decision& said)
      : facts_(facts),
        said_(said),
        resource_(facts.is_trust_request ? Layer::kTrust : Layer::kResource) {}

  // Rule 108: a Deny anywhere is final.
  const Layer* Denying() const {
    static constexpr Layer kOrder[] = {
        Layer::kScp,      Layer::kRcp,      Layer::kTrust,  Layer::kResource,
        Layer::kIdentity, Layer::kBoundary, Layer::kSession};
    for (const Layer& layer : kOrder) {
      if (said_[layer].verdict == Verdict::kExplicitDeny) return &layer;
    }
    return nullptr;
  }

  // The layer that is said to have granted, if all needs are met.
  Layer granting() const {
    if (!has_account()) return resource_;
    if (!facts_.same_account) return resource_;
    if (is_root()) return Layer::kIdentity;
    return Granted(MatchLevel::kEntity) ? resource_ : Layer::kIdentity;
  }

  std::vector<Need> Needs() const {
    std::vector<Need> needs;
    // Rules 116 and 117: nothing goes around an organisation's limits.
    needs.push_back(Limit(Layer::kRcp));
    needs.push_back(Limit(Layer::kScp));
    const Need identity = {
        Reason::kNoAllow, Layer::kIdentity,
        facts_.identity_is_external || Allowed(Layer::kIdentity)};
    // Rule 120: a federated user has nothing of its own without one.
    const Need session_policy = {
        Reason::kNoAllow, Layer::kSession,
        facts_.caller != PrincipalKind::kFederatedUser ||
            said_[Layer::kSession].present};
    const Need by_name = {Reason::kNoAllow, resource_,
                          Granted(MatchLevel::kDirect)};
    if (!has_account()) {
      needs.push_back(by_name);  // rule 112
    } else if (is_root() && facts_.is_trust_request) {
      needs.push_back({Reason::kRootMayNotAssume, resource_, false});
    } else if (!facts_.same_account) {  // rule 111
      needs.push_back(identity);
      needs.push_back(session_policy);
      needs.push_back(Limit(Layer::kBoundary));
      needs.push_back(Limit(Layer::kSession));
      needs.push_back({Reason::kNoAllow, resource_, Allowed(resource_)});
    } else if (!is_root() && !by_name.met) {  // rules 109, 110 and 113
      if (!Granted(MatchLevel::kEntity)) {
        if (facts_.is_trust_request) {  // rule 115
          needs.push_back(
              {Reason::kNoAllow, resource_, Granted(MatchLevel::kAccount)});
        }
        needs.push_back(identity);
        needs.push_back(session_policy);
      }
      needs.push_back(Limit(Layer::kBoundary));
      needs.push_back(Limit(Layer::kSession));
    }
    return needs;
  }

 private:
  bool has_account() const {
    switch (facts_.caller) {
      case PrincipalKind::kRoot:
      case PrincipalKind::kUser:
      case PrincipalKind::kRoleSession:
      case PrincipalKind::kFederatedUser:
        return true;
      default:
        return false;
    }
  }
  bool is_root() const { return facts_.caller == PrincipalKind::kRoot; }
  bool Allowed(Layer layer) const {
    return said_[layer].verdict == Verdict::kAllow;
  }
  bool Granted(MatchLevel level) const {
    return Allowed(resource_) && said_[resource_].level >= level;
  }
  Need Limit(Layer layer) const {
    return {Reason::kLimited, layer, !said_[layer].present || Allowed(layer)};
  }

  const CombineFacts& facts_;
  const Decision& said_;
  const Layer resource_;
};

Decision ByTheRules(const CombineFacts& facts, const Decision& said) {
  const Rules rules(facts, said);
  Decision expected = said;
  expected.cross_account = HasAccount(facts.caller) && !facts.same_account;
  if (const Layer* const layer = rules.Denying()) {
    expected.verdict = Verdict::kExplicitDeny;
    expected.reason = Reason::kExplicitDeny;
    expected.layer = *layer;
    return expected;
  }
  for (const Need& need : rules.Needs()) {
    if (need.met) continue;
    expected.verdict = Verdict::kImplicitDeny;
    expected.reason = need.reason;
    expected.layer = need.layer;
    return expected;
  }
  expected.verdict = Verdict::kAllow;
  expected.reason = Reason::kAllowed;
  expected.layer = rules.granting();
  return expected;
}

std::string Describe(const CombineFacts& facts, const Decision& said) {
  std::string text =
      absl::StrCat("caller ", static_cast<int>(facts.caller),
                   facts.same_account ? ", own account" : ", other account",
                   facts.is_trust_request ? ", assumes a role" : "",
                   facts.identity_is_external ? ", external" : "");
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    const LayerOutcome& outcome = said.layers[i];
    if (!outcome.present) continue;
    absl::StrAppend(&text, ", ", LayerName(static_cast<Layer>(i)), " ",
                    VerdictName(outcome.verdict), "/",
                    static_cast<int>(outcome.level));
  }
  return text;
}

// Calls `f(facts)` for every kind of caller in every situation.
template <typename F>
void ForEachSituation(F f) {
  for (const PrincipalKind caller : kCallers) {
    for (const bool same_account : {false, true}) {
      for (const bool is_trust_request : {false, true}) {
        for (const bool external : {false, true}) {
          f(CombineFacts{.caller = caller,
                         .same_account = same_account,
                         .is_trust_request = is_trust_request,
                         .identity_is_external = external});
        }
      }
    }
  }
}

// Calls `f(said)` for everything that the layers can say.
template <typename F>
void ForEachOutcome(Layer resource_layer, F f) {
  Decision said;
  for (const LayerOutcome& resource : kResourceOutcomes) {
    said[resource_layer] = resource;
    for (const LayerOutcome& identity : kOutcomes) {
      said[Layer::kIdentity] = identity;
      for (const LayerOutcome& boundary : kOutcomes) {
        said[Layer::kBoundary] = boundary;
        for (const LayerOutcome& session : kOutcomes) {
          said[Layer::kSession] = session;
          for (const LayerOutcome& scp : kOutcomes) {
            said[Layer::kScp] = scp;
            for (const LayerOutcome& rcp : kOutcomes) {
              said[Layer::kRcp] = rcp;
              f(said);
            }
          }
        }
      }
    }
  }
}

TEST(Combine, FollowsTheRulesInEverySmallCase) {
  int cases = 0;
  int allowed = 0;
  int faults = 0;
  ForEachSituation([&](const CombineFacts& facts) {
    ForEachOutcome(facts.is_trust_request ? Layer::kTrust : Layer::kResource,
                   [&](const Decision& said) {
                     Decision combined = said;
                     Combine(facts, &combined);
                     const Decision expected = ByTheRules(facts, said);
                     ++cases;
                     allowed += combined.allowed();
                     if (combined.verdict == expected.verdict &&
                         combined.reason == expected.reason &&
                         combined.layer == expected.layer &&
                         combined.cross_account == expected.cross_account) {
                       return;
                     }
                     if (++faults > 10) return;
                     ADD_FAILURE() << Describe(facts, said) << ": "
                                   << VerdictName(combined.verdict) << " by "
                                   << LayerName(combined.layer) << ", expected "
                                   << VerdictName(expected.verdict) << " by "
                                   << LayerName(expected.layer);
                   });
  });
  EXPECT_EQ(faults, 0);
  EXPECT_EQ(cases, 8 * 2 * 2 * 2 * 6 * 4 * 4 * 4 * 4 * 4);
  EXPECT_GT(allowed, cases / 100) << "most cases must not be decided alike";
}

// No layer grants more by denying, or by falling silent.
TEST(Combine, WhatALayerTakesBackIsNeverGranted) {
  ForEachSituation([&](const CombineFacts& facts) {
    ForEachOutcome(facts.is_trust_request ? Layer::kTrust : Layer::kResource,
                   [&](const Decision& said) {
                     Decision before = said;
                     Combine(facts, &before);
                     if (before.allowed()) return;
                     for (std::size_t i = 0; i < kLayerCount; ++i) {
                       if (said.layers[i].verdict != Verdict::kAllow) continue;
                       for (const LayerOutcome& less : {kSilent, kDenies}) {
                         Decision after = said;
                         after.layers[i] = less;
                         Combine(facts, &after);
                         ASSERT_FALSE(after.allowed()) << Describe(facts, said);
                       }
                     }
                   });
  });
}

}  // namespace
}  // namespace rolegate
