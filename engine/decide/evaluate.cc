#include "engine/decide/evaluate.h"

#include "engine/decide/condition_match.h"
#include "engine/decide/principal_match.h"
#include "engine/decide/template_match.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

// Rule 25: NotAction matches every action that no entry matches.
bool ActionMatches(StatementView statement, const ActionName& action,
                   StepBudget* budget) {
  const ViewList<ActionView> patterns = statement.actions();
  budget->Spend(step_costs::kStatement + step_costs::kAction * patterns.size());
  for (const ActionView pattern : patterns) {
    if (MatchAction(pattern, action.folded(), budget)) {
      return !statement.not_action();
    }
  }
  return statement.not_action();
}

TemplateMatch MatchResource(ResourceView pattern, const Request& request,
                            const ChargedContext& context) {
  switch (pattern.kind()) {
    case ResourceKind::kAll:  // Rule 32: nothing else matches `*`
      return TemplateMatch::kYes;
    case ResourceKind::kNothing:
      return TemplateMatch::kNo;
    case ResourceKind::kArn:
      break;
  }
  return MatchTemplate(pattern.arn(),
                       ComparedText::Arn(request.resource->text(),
                                         request.resource->last_part()),
                       context);
}

// An element that is left out (trust policies, some resource policies) stands
// for the resource that the policy is attached to.
bool ResourceMatches(StatementView statement, const Request& request,
                     const ChargedContext& context) {
  if (!statement.has_resource()) return true;
  bool listed = false;
  bool unresolved = false;
  const ViewList<ResourceView> patterns = statement.resources();
  context.budget().Spend(step_costs::kValue * patterns.size());
  for (const ResourceView pattern : patterns) {
    switch (MatchResource(pattern, request, context)) {
      case TemplateMatch::kYes:
        if (!statement.not_resource()) return true;
        listed = true;
        break;
      case TemplateMatch::kUnresolved:
        unresolved = true;
        break;
      case TemplateMatch::kNo:
        if (context.budget().exhausted()) return false;
        break;
    }
  }
  if (!statement.not_resource()) return listed;
  // Rule 34: NotResource matches what no entry matches.  Rule 35: a NotResource
  // entry without a value excludes nothing, which makes a Deny broader.  It
  // must not make an Allow broader, so there it fails.
  if (unresolved && statement.effect() == Effect::kAllow) return false;
  return !listed;
}

MatchLevel PrincipalLevel(StatementView statement, const Principal& caller,
                          bool caller_has_boundary, StepBudget* budget) {
  if (!statement.has_principal()) return MatchLevel::kNone;  // Rule 53
  if (!statement.not_principal()) {
    return MatchPrincipal(statement, caller, budget);
  }
  // Rule 51: nobody with a permissions boundary is spared.
  return caller_has_boundary || NotPrincipalApplies(statement, caller, budget)
             ? MatchLevel::kDirect
             : MatchLevel::kNone;
}

// Rule 125: gathers what policies that count as one come to.  Statements are
// numbered through all of the policies, and may be added in any order: of those
// that decide alike, the one with the lowest number is named.
class OutcomeBuilder {
 public:
  OutcomeBuilder(const Request& request, const ChargedContext& context,
                 const EvaluateOptions& options, LayerOutcome* outcome)
      : request_(request),
        context_(context),
        options_(options),
        outcome_(*outcome) {
    outcome_.present = true;
  }

  bool denied() const { return outcome_.verdict == Verdict::kExplicitDeny; }

  // Adds every statement of a policy up to the first that denies.
  void Add(const Policy& policy) {
    const ViewList<StatementView> statements = policy.program().statements();
    const std::uint32_t begin = statements_;
    statements_ += static_cast<std::uint32_t>(statements.size());
    const StatementIndex* const index = policy.program().index();
    // Rule 172: what is charged does not depend on whether there is an index.
    if (index != nullptr && options_.in_any_order()) {
      index->ForEachCandidate(
          request_.action->folded(), request_.resource->text(),
          &context_.budget(),
          [&](std::uint32_t i) { Add(policy, statements[i], i, begin + i); });
      return;
    }
    // Most statements are of another service than the request.
    const absl::Span<const std::uint16_t> services =
        policy.program().services();
    const std::uint16_t service = request_.action->service_number();
    context_.budget().Spend(services.size());
    for (std::uint32_t i = 0; i < services.size(); ++i) {
      if (services[i] != service && services[i] != 0) continue;
      Add(policy, statements[i], i, begin + i);
      if (denied()) return;
    }
  }

  // Adds the statement at `index` of a policy, which has the number `order` of
  // all.
  void Add(const Policy& policy, StatementView statement, std::uint32_t index,
           std::uint32_t order) {
    const bool denies = statement.effect() == Effect::kDeny;
    const bool earlier = outcome_.deciding && order < deciding_order_;
    // A statement that cannot change the outcome is not looked at.
    if (denied() && !(denies && earlier)) return;
    if (!denies && outcome_.verdict == Verdict::kAllow && !earlier &&
        !options_.needs_principal) {
      return;
    }
    if (context_.budget().exhausted()) return;
    const StatementMatch match =
        MatchStatement(statement, request_, context_, options_);
    if (!match.matches()) return;
    if (denies) {  // Rule 57: at every level of match
      outcome_.verdict = Verdict::kExplicitDeny;
      outcome_.level = MatchLevel::kNone;
    } else {
      const bool closer = match.level > outcome_.level;
      const bool as_close = match.level == outcome_.level;
      if (outcome_.verdict == Verdict::kAllow &&
          !(closer || (as_close && earlier))) {
        return;
      }
      outcome_.verdict = Verdict::kAllow;
      outcome_.level = match.level;
    }
    outcome_.deciding = {&policy, static_cast<int>(index)};
    deciding_order_ = order;
  }

 private:
  const Request& request_;
  const ChargedContext& context_;
  const EvaluateOptions& options_;
  LayerOutcome& outcome_;
  std::uint32_t statements_ = 0;      // of the policies that were added
  std::uint32_t deciding_order_ = 0;  // of outcome_.deciding
};

}  // namespace

StatementMatch MatchStatement(StatementView statement, const Request& request,
                              const ChargedContext& context,
                              const EvaluateOptions& options) {
  StepBudget* const budget = &context.budget();
  StatementMatch match;
  match.stopped_by = Element::kAction;
  if (!ActionMatches(statement, *request.action, budget)) return match;
  if (options.needs_principal) {
    match.stopped_by = Element::kPrincipal;
    match.level = PrincipalLevel(statement, request.principal,
                                 options.caller_has_boundary, budget);
    if (match.level == MatchLevel::kNone) return match;
  }
  match.stopped_by = Element::kResource;
  if (!ResourceMatches(statement, request, context)) return match;
  match.stopped_by =
      ConditionsHold(statement, context) ? Element::kNone : Element::kCondition;
  return match;
}

LayerOutcome EvaluatePolicies(absl::Span<const Policy* const> policies,
                              const Request& request,
                              const ChargedContext& context,
                              const EvaluateOptions& options,
                              const PolicyIndex* index) {
  LayerOutcome outcome;
  OutcomeBuilder all(request, context, options, &outcome);
  if (index != nullptr && options.in_any_order()) {
    index->ForEachCandidate(
        request.action->folded(), request.resource->text(), &context.budget(),
        [&](std::size_t policy, std::uint32_t statement, std::uint32_t order) {
          const Policy& found = *policies[policy];
          all.Add(found, found.program().statements()[statement], statement,
                  order);
        });
    return outcome;
  }
  for (const Policy* policy : policies) {
    all.Add(*policy);
    if (all.denied()) break;
  }
  return outcome;
}

}  // namespace rolegate
