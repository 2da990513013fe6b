#include "engine/decide/explain.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/condition_match.h"
#include "engine/decide/layers.h"
#include "engine/policy/condition_operator.h"
#include "engine/program/operands.h"
#include "engine/program/policy.h"
#include "engine/program/program_text.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

bool IsPresent(const ChargedContext& context, const ContextKey& key) {
  ContextValues values;
  return context.Get(key, &values) && !values.empty();
}

// Calls `f` with every key that a template takes a value from and that the
// request leaves without one.  Stops where the budget ends.
template <typename F>
void ForEachUnresolved(TemplateView text, const ChargedContext& context, F f) {
  for (const PieceView piece : text) {
    if (!context.budget().Spend(step_costs::kPart)) return;
    if (piece.kind() != PieceKind::kVariable || piece.has_default()) continue;
    ContextValues values;
    context.Get(piece.key(), &values);
    if (values.size() != 1 || values.front().empty()) f(piece.key());
  }
}

std::string ShowRequestValues(const ContextValues& values) {
  if (values.size() == 1) return absl::StrCat("is `", values.front(), "`");
  return absl::StrCat("is [`", absl::StrJoin(values, "`, `"), "`]");
}

// Says which values a condition that does not hold found, and which it needs.
std::string ConditionCause(ConditionView condition,
                           const ChargedContext& context,
                           ConditionResult result) {
  const ContextKey key = condition.key();
  const std::string op = ConditionOperatorName(condition.op());
  ContextValues values;
  context.Get(key, &values);
  if (condition.op().type == OperandType::kNull) {
    return absl::StrCat("`", key.name, "` is ",
                        values.empty() ? "missing" : "present", ", ", op,
                        " needs it ", values.empty() ? "present" : "absent");
  }
  if (values.empty()) {
    return absl::StrCat("`", key.name, "` is missing, ", op, " needs ",
                        ShowValues(condition));
  }
  const std::string found =
      absl::StrCat("`", key.name, "` ", ShowRequestValues(values));
  if (result == ConditionResult::kIllTyped) {
    const bool several =
        values.size() > 1 && condition.op().quantifier == SetQuantifier::kNone;
    return absl::StrCat(found, ", ", op,
                        several ? " takes one value" : " cannot compare that");
  }
  return absl::StrCat(found, ", ", op,
                      condition.op().negated ? " needs none of " : " needs ",
                      ShowValues(condition));
}

std::string ConditionsCause(StatementView statement,
                            const ChargedContext& context) {
  std::vector<std::string> causes;
  for (const ConditionView condition : statement.conditions()) {
    const ConditionResult result = TestCondition(condition, context);
    const bool stops = result == ConditionResult::kFalse ||
                       (result == ConditionResult::kIllTyped &&
                        statement.effect() == Effect::kAllow);
    if (!stops) continue;
    causes.push_back(ConditionCause(condition, context, result));
    if (!HasTemplates(condition.op().type)) continue;
    for (const TemplateView value : condition.values<TemplateView>()) {
      ForEachUnresolved(value, context, [&](const ContextKey& key) {
        causes.push_back(
            absl::StrCat("variable `${", key.name, "}` has no value"));
      });
    }
  }
  return absl::StrJoin(causes, "; ");
}

std::string ResourceCause(StatementView statement, const Request& request,
                          const ChargedContext& context) {
  std::string cause =
      absl::StrCat("resource `", request.resource->text(), "` ",
                   statement.not_resource() ? "is excluded by NotResource "
                                            : "does not match ",
                   ShowResources(statement));
  for (const ResourceView pattern : statement.resources()) {
    if (pattern.kind() != ResourceKind::kArn) continue;
    ForEachUnresolved(pattern.arn(), context, [&](const ContextKey& key) {
      absl::StrAppend(&cause, "; variable `${", key.name, "}` has no value");
    });
  }
  return cause;
}

std::string PrincipalCause(StatementView statement, const Request& request) {
  if (!statement.has_principal()) return "the statement names no principal";
  const absl::string_view caller = request.principal.arn.empty()
                                       ? absl::string_view("anonymous")
                                       : request.principal.arn;
  return absl::StrCat(
      "principal `", caller, "` is ",
      statement.not_principal() ? "spared by NotPrincipal " : "not named by ",
      ShowPrincipals(statement));
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
      return "a service control policy at every level";
    case Layer::kRcp:
      return "a resource control policy";
  }
  return "a policy";
}

class Explainer {
 public:
  Explainer(const Request& request, const PolicySet& policies,
            const Decision& decision, StepBudget* budget)
      : request_(request),
        policies_(policies),
        decision_(decision),
        context_(*request.context, budget) {}

  Explanation Run() && {
    if (decision_.reason == Reason::kBudgetExceeded) {
      out_.lacking = Lacking();
      return std::move(out_);
    }
    WalkLayers();
    if (context_.budget().exhausted()) return {};
    std::stable_sort(near_.begin(), near_.end(),
                     [](const NearMiss& a, const NearMiss& b) {
                       return a.stopped_by > b.stopped_by;
                     });
    // The whole list, not the cut one, says what was lacking.
    if (!decision_.allowed()) out_.lacking = Lacking();
    if (near_.size() > kMaxNearMisses) near_.resize(kMaxNearMisses);
    for (NearMiss& miss : near_) {
      ChargeNames(miss.statement);
      if (context_.budget().exhausted()) return {};
      miss.cause = CauseOf(miss.statement, miss.stopped_by);
    }
    if (context_.budget().exhausted()) return {};
    out_.near_misses = std::move(near_);
    out_.missing_context_keys.assign(missing_.begin(), missing_.end());
    return std::move(out_);
  }

 private:
  void WalkLayers() {
    const PrincipalKind caller = request_.principal.kind;
    EvaluateOptions options;
    options.caller_has_boundary = HasBoundary(policies_, caller);
    ForEachLayer(policies_, caller,
                 IsTrustRequest(*request_.action, *request_.resource),
                 [&](const LayerPolicies& layer) {
                   options.needs_principal = layer.needs_principal;
                   for (PolicySpan level : layer.levels) {
                     WalkPolicies(layer.layer, level, options);
                   }
                 });
  }

  void WalkPolicies(Layer layer, PolicySpan policies,
                    const EvaluateOptions& options) {
    for (const Policy* policy : policies) {
      const auto statements = policy->program().statements();
      for (std::size_t i = 0; i < statements.size(); ++i) {
        if (context_.budget().exhausted()) return;
        const StatementMatch match =
            MatchStatement(statements[i], request_, context_, options);
        const StatementRef ref = {policy, static_cast<int>(i)};
        if (match.matches()) {
          AddMatched(layer, ref, statements[i].effect());
        } else if (match.stopped_by != Element::kAction) {
          AddNearMiss(layer, ref, match.stopped_by);
        }
        if (match.matches() || match.stopped_by == Element::kCondition) {
          AddMissingKeys(statements[i]);
        }
      }
    }
  }

  void AddMatched(Layer layer, const StatementRef& ref, Effect effect) {
    const bool decided =
        (decision_.verdict == Verdict::kExplicitDeny &&
         effect == Effect::kDeny) ||
        (decision_.verdict == Verdict::kAllow && effect == Effect::kAllow);
    if (!decided) return;
    ChargeNames(ref);
    out_.matched.push_back({layer, ref});
  }

  void AddNearMiss(Layer layer, const StatementRef& ref, Element stopped_by) {
    const bool is_deny = ref.view().effect() == Effect::kDeny;
    switch (decision_.verdict) {
      case Verdict::kExplicitDeny:
        return;  // no further Allow would change it
      case Verdict::kAllow:
        if (!is_deny || stopped_by != Element::kCondition) return;
        break;
      case Verdict::kImplicitDeny:
        if (is_deny || layer == Layer::kRcp ||
            decision_[layer].verdict == Verdict::kAllow) {
          return;
        }
        break;
    }
    context_.budget().Spend(step_costs::kText);
    near_.push_back({layer, ref, stopped_by, ""});
  }

  // An answer tells of a statement by these names.
  void ChargeNames(const StatementRef& ref) const {
    const Policy& policy = *ref.policy;
    context_.budget().Spend(step_costs::kNamedStatement +
                            step_costs::kTextByte *
                                (policy.name().size() + policy.file().size() +
                                 ref.view().sid().size()));
  }

  std::string CauseOf(const StatementRef& ref, Element stopped_by) const {
    std::string cause = MakeCause(ref, stopped_by);
    context_.budget().Spend(step_costs::kText +
                            step_costs::kTextByte * cause.size());
    return cause;
  }

  std::string MakeCause(const StatementRef& ref, Element stopped_by) const {
    switch (stopped_by) {
      case Element::kPrincipal:
        return PrincipalCause(ref.view(), request_);
      case Element::kResource:
        return ResourceCause(ref.view(), request_, context_);
      case Element::kCondition:
        return ConditionsCause(ref.view(), context_);
      case Element::kNone:
      case Element::kAction:
        break;
    }
    return "";
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

  // Layers that would have to allow, too, before the request is.
  bool MustAllowToo(Layer layer) const {
    if (layer == decision_.layer) return true;
    switch (layer) {
      case Layer::kTrust:
      case Layer::kResource:
      case Layer::kIdentity:
        return decision_.cross_account && decision_[layer].present &&
               decision_[layer].verdict != Verdict::kAllow;
      case Layer::kBoundary:
      case Layer::kSession:
      case Layer::kScp:
        return decision_[layer].present &&
               decision_[layer].verdict != Verdict::kAllow;
      case Layer::kRcp:
        break;
    }
    return false;
  }

  std::string Lacking() const {
    switch (decision_.reason) {
      case Reason::kExplicitDeny:
        return absl::StrCat(
            "no Allow overrides a Deny, that of ",
            DescribeStatement(decision_[decision_.layer].deciding),
            " would have to go");
      case Reason::kRootMayNotAssume:
        return "a root user may assume no role, a user or role may";
      case Reason::kMissingPolicy:
        return "a policy attached to the principal is not in the registry";
      case Reason::kForeignPresenter:
        return "the session is bound to another presenter";
      case Reason::kBudgetExceeded:
        return "policies that take fewer steps to evaluate";
      case Reason::kAllowed:
      case Reason::kNoAllow:
      case Reason::kLimited:
        break;
    }
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < kLayerCount; ++i) {
      const Layer layer = static_cast<Layer>(i);
      if (MustAllowToo(layer)) parts.push_back(LackingOf(layer));
    }
    return absl::StrJoin(parts, "; and ");
  }

  std::string LackingOf(Layer layer) const {
    const auto nearest = std::find_if(
        near_.begin(), near_.end(),
        [layer](const NearMiss& miss) { return miss.layer == layer; });
    if (nearest == near_.end()) {
      return absl::StrCat("an Allow for this action in ", PoliciesOf(layer));
    }
    return absl::StrCat(PoliciesOf(layer), " has ",
                        DescribeStatement(nearest->statement), ", but ",
                        CauseOf(nearest->statement, nearest->stopped_by));
  }

  const Request& request_;
  const PolicySet& policies_;
  const Decision& decision_;
  const ChargedContext context_;
  Explanation out_;
  std::vector<NearMiss> near_;
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
