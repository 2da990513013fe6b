#include "engine/evaluate.h"

#include <algorithm>

#include "engine/condition_match.h"
#include "engine/principal_match.h"
#include "engine/template_match.h"

namespace rolegate {
namespace {

bool ActionMatches(const Program& program, const StatementCode& statement,
                   const ActionName& action) {
  const absl::Span<const ActionPattern> patterns =
      program.actions(statement.actions);
  const bool listed = std::any_of(
      patterns.begin(), patterns.end(), [&](const ActionPattern& pattern) {
        return MatchAction(program, pattern, action.folded());
      });
  return listed != statement.not_action;
}

TemplateMatch MatchResource(const Program& program,
                            const ResourcePattern& pattern,
                            const Request& request) {
  switch (pattern.kind) {
    case ResourcePattern::Kind::kAll:
      return TemplateMatch::kYes;
    case ResourcePattern::Kind::kNothing:
      return TemplateMatch::kNo;
    case ResourcePattern::Kind::kArn:
      break;
  }
  return MatchTemplate(program, pattern.arn, request.resource->text(),
                       TextComparison::kArn, *request.context);
}

// An element that is left out (trust policies, some resource policies) stands
// for the resource that the policy is attached to.
bool ResourceMatches(const Program& program, const StatementCode& statement,
                     const Request& request) {
  if (!statement.has_resource) return true;
  bool listed = false;
  bool unresolved = false;
  for (const ResourcePattern& pattern :
       program.resources(statement.resources)) {
    switch (MatchResource(program, pattern, request)) {
      case TemplateMatch::kYes:
        listed = true;
        break;
      case TemplateMatch::kUnresolved:
        unresolved = true;
        break;
      case TemplateMatch::kNo:
        break;
    }
  }
  if (!statement.not_resource) return listed;
  // A NotResource entry without a value excludes nothing, which makes a Deny
  // broader.  It must not make an Allow broader, so there it fails.
  if (unresolved && statement.effect == Effect::kAllow) return false;
  return !listed;
}

MatchLevel PrincipalLevel(const Program& program,
                          const StatementCode& statement,
                          const Principal& caller, bool caller_has_boundary) {
  if (!statement.has_principal) return MatchLevel::kNone;
  if (!statement.not_principal) {
    return MatchPrincipal(program, statement, caller);
  }
  return caller_has_boundary || NotPrincipalApplies(program, statement, caller)
             ? MatchLevel::kDirect
             : MatchLevel::kNone;
}

}  // namespace

StatementMatch MatchStatement(const Program& program,
                              const StatementCode& statement,
                              const Request& request,
                              const EvaluateOptions& options) {
  StatementMatch match;
  match.stopped_by = Element::kAction;
  if (!ActionMatches(program, statement, *request.action)) return match;
  if (options.needs_principal) {
    match.stopped_by = Element::kPrincipal;
    match.level = PrincipalLevel(program, statement, request.principal,
                                 options.caller_has_boundary);
    if (match.level == MatchLevel::kNone) return match;
  }
  match.stopped_by = Element::kResource;
  if (!ResourceMatches(program, statement, request)) return match;
  match.stopped_by = ConditionsHold(program, statement, *request.context)
                         ? Element::kNone
                         : Element::kCondition;
  return match;
}

LayerOutcome EvaluatePolicies(absl::Span<const Policy* const> policies,
                              const Request& request,
                              const EvaluateOptions& options) {
  LayerOutcome outcome;
  outcome.present = true;
  for (const Policy* policy : policies) {
    const Program& program = policy->program();
    int index = -1;
    for (const StatementCode& statement : program.statements()) {
      ++index;
      const StatementMatch match =
          MatchStatement(program, statement, request, options);
      if (!match.matches()) continue;
      if (statement.effect == Effect::kDeny) {
        outcome.verdict = Verdict::kExplicitDeny;
        outcome.deciding = {policy, index};
        return outcome;
      }
      if (outcome.verdict != Verdict::kAllow || match.level > outcome.level) {
        outcome.deciding = {policy, index};
        outcome.level = match.level;
      }
      outcome.verdict = Verdict::kAllow;
    }
  }
  return outcome;
}

}  // namespace rolegate
