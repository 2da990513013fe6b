#include "engine/decide/explain.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/cause_text.h"
#include "engine/decide/combine.h"
#include "engine/decide/layers.h"
#include "engine/policy/condition_operator.h"
#include "engine/program/operands.h"
#include "engine/program/policy.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

// Statements whose causes are compared to find those that are alike.
constexpr std::size_t kMaxCompared = 10 * kMaxNearMisses;

// Denies that a sentence names one by one.
constexpr std::size_t kMaxDenies = 4;

bool IsPresent(const ChargedContext& context, const ContextKey& key) {
  ContextValues values;
  return context.Get(key, &values) && !values.empty();
}

// How the messages of AWS call a layer's policies, with their article.
std::string PoliciesOf(Layer layer) {
  switch (layer) {
    case Layer::kTrust:
      return "the role's trust policy";
    case Layer::kIdentity:
      return "an identity-based policy";
    case Layer::kResource:
      return "a resource-based policy";
    case Layer::kBoundary:
      return "the permissions boundary";
    case Layer::kSession:
      return "a session policy";
    case Layer::kScp:
      return "a service control policy";
    case Layer::kRcp:
      return "a resource control policy";
  }
  return "a policy";
}

// The policies of one level of a layer, and what they would say if nothing
// denied.
struct Level {
  Layer layer = Layer::kIdentity;
  LevelRule rule = LevelRule::kUnion;
  std::size_t number = 1;  // of `count`, from the root
  std::size_t count = 1;
  bool allows = false;
  MatchLevel closest = MatchLevel::kNone;  // of what allows
};

// A statement for this action that did not match.
struct Candidate {
  NearMiss miss;
  std::size_t level = 0;  // its place among the explainer's levels
  MatchLevel match = MatchLevel::kNone;
};

class Explainer {
 public:
  Explainer(const Request& request, const PolicySet& policies,
            const Decision& decision, StepBudget* budget)
      : request_(request),
        policies_(policies),
        decision_(decision),
        context_(*request.context, budget),
        caller_has_boundary_(HasBoundary(policies, request.principal.kind)) {}

  Explanation Run() && {
    if (decision_.reason == Reason::kBudgetExceeded) {
      out_.lacking = "policies that take fewer steps to evaluate";
      return std::move(out_);
    }
    WalkLayers();
    if (context_.budget().exhausted()) return {};
    std::stable_sort(near_.begin(), near_.end(),
                     [](const Candidate& a, const Candidate& b) {
                       return a.miss.stopped_by > b.miss.stopped_by;
                     });
    // The whole list, not the cut one, says what was lacking.
    if (!decision_.allowed()) out_.lacking = Lacking();
    if (decision_.verdict != Verdict::kExplicitDeny) AddNearMisses();
    if (context_.budget().exhausted()) return {};
    out_.missing_context_keys.assign(missing_.begin(), missing_.end());
    return std::move(out_);
  }

 private:
  void WalkLayers() {
    EvaluateOptions options;
    options.caller_has_boundary = caller_has_boundary_;
    ForEachLayer(policies_, request_.principal.kind,
                 IsTrustRequest(*request_.action, *request_.resource),
                 [&](const LayerPolicies& layer) {
                   options.needs_principal = layer.needs_principal;
                   Level level = {.layer = layer.layer,
                                  .rule = layer.rule,
                                  .count = layer.levels.size()};
                   for (PolicySpan policies : layer.levels) {
                     levels_.push_back(level);
                     WalkPolicies(policies, options);
                     ++level.number;
                   }
                 });
  }

  // The level that the policies are of is the last.
  void WalkPolicies(PolicySpan policies, const EvaluateOptions& options) {
    for (const Policy* policy : policies) {
      const auto statements = policy->program().statements();
      for (std::size_t i = 0; i < statements.size(); ++i) {
        if (context_.budget().exhausted()) return;
        const StatementMatch match =
            MatchStatement(statements[i], request_, context_, options);
        const StatementRef ref = {policy, static_cast<int>(i)};
        if (match.matches()) {
          AddMatched(ref, statements[i].effect(), match.level);
        } else if (match.stopped_by != Element::kAction) {
          AddCandidate(ref, match);
        }
        if (match.matches() || match.stopped_by == Element::kCondition) {
          AddMissingKeys(statements[i]);
        }
      }
    }
  }

  void AddMatched(const StatementRef& ref, Effect effect, MatchLevel match) {
    Level& level = levels_.back();
    if (effect == Effect::kAllow) {
      level.allows = true;
      level.closest = std::max(level.closest, match);
    }
    const bool decided =
        (decision_.verdict == Verdict::kExplicitDeny &&
         effect == Effect::kDeny) ||
        (decision_.verdict == Verdict::kAllow && effect == Effect::kAllow);
    if (!decided) return;
    ChargeNames(ref);
    out_.matched.push_back({level.layer, ref});
  }

  // Keeps what would have denied, if the request is allowed, and else what
  // would have allowed.
  void AddCandidate(const StatementRef& ref, const StatementMatch& match) {
    const Level& level = levels_.back();
    const bool is_deny = ref.view().effect() == Effect::kDeny;
    if (is_deny != decision_.allowed()) return;
    if (is_deny ? match.stopped_by != Element::kCondition
                : level.rule == LevelRule::kOnlyDenyCounts) {
      return;
    }
    context_.budget().Spend(step_costs::kText);
    near_.push_back({{level.layer, ref, match.stopped_by, ""},
                     levels_.size() - 1,
                     match.level});
  }

  // Lists each cause once, with the number of statements that share it.
  void AddNearMisses() {
    std::vector<std::size_t> alike;
    std::size_t compared = 0;
    for (Candidate& each : near_) {
      if (!decision_.allowed() && levels_[each.level].allows) continue;
      if (++compared > kMaxCompared) break;
      NearMiss& miss = each.miss;
      miss.cause = CauseOf(miss);
      if (context_.budget().exhausted()) return;
      const auto same = std::find_if(
          out_.near_misses.begin(), out_.near_misses.end(),
          [&](const NearMiss& shown) {
            return shown.layer == miss.layer && shown.cause == miss.cause;
          });
      if (same != out_.near_misses.end()) {
        ++alike[static_cast<std::size_t>(same - out_.near_misses.begin())];
      } else if (out_.near_misses.size() < kMaxNearMisses) {
        ChargeNames(miss.statement);
        out_.near_misses.push_back(std::move(miss));
        alike.push_back(0);
      }
    }
    for (std::size_t i = 0; i < alike.size(); ++i) {
      if (alike[i] == 0) continue;
      absl::StrAppend(&out_.near_misses[i].cause, "; the same holds for ",
                      More(alike[i]));
    }
  }

  static std::string More(std::size_t count) {
    return absl::StrCat(count, " more statement", count == 1 ? "" : "s");
  }

  // An answer tells of a statement by these names.
  void ChargeNames(const StatementRef& ref) const {
    const Policy& policy = *ref.policy;
    context_.budget().Spend(step_costs::kNamedStatement +
                            step_costs::kTextByte *
                                (policy.name().size() + policy.file().size() +
                                 ref.view().sid().size()));
  }

  void ChargeText(std::size_t bytes) const {
    context_.budget().Spend(step_costs::kText + step_costs::kTextByte * bytes);
  }

  std::string CauseOf(const NearMiss& miss) const {
    std::string cause =
        WhyNot(miss.statement.view(), miss.stopped_by, request_, context_);
    ChargeText(cause.size());
    return cause;
  }

  void AddMissingKeys(StatementView statement) {
    const ChargedContext& context = context_;
    const auto add = [this](const ContextKey& key) {
      context_.budget().Spend(step_costs::kText +
                              step_costs::Bytes(key.name.size()));
      missing_.emplace(key.name);
    };
    for (const ConditionView condition : statement.conditions()) {
      const ContextKey key = condition.key();
      if (!IsPresent(context, key)) add(key);
      if (!HasTemplates(condition.op().type)) continue;
      for (const TemplateView value : condition.values<TemplateView>()) {
        ForEachUnresolved(value, context, add);
      }
    }
  }

  std::string Lacking() const {
    switch (decision_.reason) {
      case Reason::kRootMayNotAssume:
        return "a root user may assume no role, a user or role may";
      case Reason::kMissingPolicy:
        return "a policy attached to the principal is not in the registry";
      case Reason::kForeignPresenter:
        return "the session is bound to another presenter";
      case Reason::kBudgetExceeded:
      case Reason::kExplicitDeny:
      case Reason::kAllowed:
      case Reason::kNoAllow:
      case Reason::kLimited:
        break;
    }
    const std::vector<std::string> denies = Denies();
    const std::vector<std::string> allows = LackingAllows();
    std::string out;
    if (!denies.empty()) {
      absl::StrAppend(
          &out, "no Allow overrides a Deny: ", absl::StrJoin(denies, "; and "));
      if (!allows.empty()) out += "; beside that it lacks ";
    }
    if (!allows.empty() && decision_.cross_account) {
      absl::StrAppend(&out, "across accounts both must allow, `",
                      request_.principal.account, "` of the caller and `",
                      request_.resource_account, "` of the resource: ");
    }
    absl::StrAppend(&out, absl::StrJoin(allows, "; and "));
    return out;
  }

  // Says of each Deny why it holds, and what would lift it.
  std::vector<std::string> Denies() const {
    std::vector<std::string> out;
    if (decision_.verdict != Verdict::kExplicitDeny) return out;
    for (const MatchedStatement& each : out_.matched) {
      if (out.size() == kMaxDenies) {
        out.push_back(absl::StrCat(More(out_.matched.size() - kMaxDenies),
                                   " of the kind"));
        break;
      }
      out.push_back(DenyText(each));
      ChargeText(out.back().size());
      if (context_.budget().exhausted()) break;
    }
    return out;
  }

  std::string DenyText(const MatchedStatement& each) const {
    const DenyCause cause = WhyDenied(each.statement.view(), request_,
                                      caller_has_boundary_, context_);
    std::string out = absl::StrCat(DescribeStatement(each.statement), " in ",
                                   PoliciesOf(each.layer), " denies");
    if (cause.facts.empty()) {
      return absl::StrCat(
          out, " this action on this resource, and would have to go");
    }
    absl::StrAppend(&out, " because ", cause.facts);
    return cause.remedies.empty()
               ? absl::StrCat(out, ", and would have to go")
               : absl::StrCat(out, "; ", cause.remedies, " would lift it");
  }

  // Names the least that has to allow, too, before the request is allowed.  It
  // supposes one layer after the other to allow, in the order in which
  // combining asks them, until they suffice.
  std::vector<std::string> LackingAllows() const {
    std::vector<std::string> out;
    const CombineFacts facts = FactsOf(request_, policies_);
    Decision supposed = WithoutDenies();
    for (std::size_t i = 0; i < kLayerCount; ++i) {
      Combine(facts, &supposed);
      if (supposed.allowed() || supposed.reason == Reason::kRootMayNotAssume) {
        break;
      }
      const Layer layer = supposed.layer;
      MatchLevel match = MatchLevel::kDirect;
      for (std::string& part : LackingOf(layer, &match)) {
        out.push_back(std::move(part));
      }
      supposed[layer] = {
          .present = true, .verdict = Verdict::kAllow, .level = match};
    }
    return out;
  }

  // Returns what the layers say of the request but for what denies.
  Decision WithoutDenies() const {
    Decision out;
    for (const Level& level : levels_) {
      LayerOutcome& outcome = out[level.layer];
      const bool allows =
          level.allows || level.rule == LevelRule::kOnlyDenyCounts;
      const bool those_above =
          level.number == 1 || outcome.verdict == Verdict::kAllow;
      outcome.present = true;
      outcome.verdict =
          allows && those_above ? Verdict::kAllow : Verdict::kImplicitDeny;
      outcome.level = level.closest;
    }
    return out;
  }

  // Names what every level of a layer lacks that does not allow.  `match` is
  // how closely the policies would name the caller if they were mended so.
  std::vector<std::string> LackingOf(Layer layer, MatchLevel* match) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (levels_[i].layer == layer && !levels_[i].allows) {
        out.push_back(LackingOfLevel(i, match));
      }
    }
    if (out.empty()) out.push_back(NoAllowIn(PoliciesOf(layer)));
    if (layer == Layer::kSession &&
        request_.principal.kind == PrincipalKind::kFederatedUser) {
      out.back() +=
          ", without which a federated user has no permissions of its own";
    }
    return out;
  }

  static std::string NoAllowIn(absl::string_view policies) {
    return absl::StrCat("an Allow for this action in ", policies);
  }

  std::string LackingOfLevel(std::size_t index, MatchLevel* match) const {
    const Level& level = levels_[index];
    std::string policies = PoliciesOf(level.layer);
    if (level.count > 1) {
      absl::StrAppend(&policies, " at level ", level.number, " of ",
                      level.count, " from the root");
    }
    const auto is_here = [&](const Candidate& each) {
      return each.level == index;
    };
    const auto nearest = std::find_if(near_.begin(), near_.end(), is_here);
    if (nearest == near_.end()) return NoAllowIn(policies);
    if (nearest->match != MatchLevel::kNone) *match = nearest->match;
    const auto as_near =
        std::count_if(nearest, near_.end(), [&](const Candidate& each) {
          return is_here(each) &&
                 each.miss.stopped_by == nearest->miss.stopped_by;
        });
    std::string out = absl::StrCat(policies, " has ",
                                   DescribeStatement(nearest->miss.statement),
                                   ", but ", CauseOf(nearest->miss));
    if (as_near > 1) {
      absl::StrAppend(&out, " (", More(static_cast<std::size_t>(as_near) - 1),
                      " came as near)");
    }
    return out;
  }

  const Request& request_;
  const PolicySet& policies_;
  const Decision& decision_;
  const ChargedContext context_;
  const bool caller_has_boundary_;
  Explanation out_;
  std::vector<Level> levels_;
  std::vector<Candidate> near_;
  std::set<std::string> missing_;
};

}  // namespace

Explanation Explain(const Request& request, const PolicySet& policies,
                    const Decision& decision, StepBudget* budget) {
  return Explainer(request, policies, decision, budget).Run();
}

Explanation Explain(const Request& request, const PolicySet& policies,
                    const Decision& decision) {
  StepBudget usual(kMaxCallSteps);
  return Explain(request, policies, decision, &usual);
}

std::string DescribeStatement(const StatementRef& statement) {
  const Policy& policy = *statement.policy;
  const absl::string_view sid = statement.view().sid();
  std::string out = sid.empty() ? absl::StrCat("statement ", statement.index)
                                : absl::StrCat("`", sid, "`");
  absl::StrAppend(&out, " of `", policy.name(), "`");
  if (!policy.file().empty()) {
    absl::StrAppend(&out, " (", policy.file(), ":", statement.position().line,
                    ")");
  }
  return out;
}

}  // namespace rolegate
