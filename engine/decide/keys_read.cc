#include "engine/decide/keys_read.h"

#include "engine/decide/condition_match.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/layers.h"
#include "engine/program/operands.h"
#include "engine/program/policy.h"
#include "engine/program/program.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

class KeyReader {
 public:
  KeyReader(const Request& request, const PolicySet& policies,
            StepBudget* budget, KeyNameSink sink)
      : request_(request),
        policies_(policies),
        context_(*request.context, budget),
        sink_(sink) {}

  void Run() {
    const PrincipalKind caller = request_.principal.kind;
    EvaluateOptions options;
    options.caller_has_boundary = HasBoundary(policies_, caller);
    ForEachLayer(policies_, caller,
                 IsTrustRequest(*request_.action, *request_.resource),
                 [&](const LayerPolicies& layer) {
                   options.needs_principal = layer.needs_principal;
                   for (PolicySpan level : layer.levels) {
                     ReadPolicies(level, options);
                   }
                 });
  }

 private:
  void ReadPolicies(PolicySpan policies, const EvaluateOptions& options) {
    for (const Policy* policy : policies) {
      for (const StatementView statement : policy->program().statements()) {
        if (context_.budget().exhausted()) return;
        ReadStatement(statement, options);
      }
    }
  }

  void ReadStatement(StatementView statement, const EvaluateOptions& options) {
    switch (MatchStatement(statement, request_, context_, options).stopped_by) {
      case Element::kAction:
      case Element::kPrincipal:
        return;  // whatever the context is
      case Element::kResource:
        // Variables with other values may make it match.
        if (!ReadResources(statement)) return;
        break;
      case Element::kCondition:
      case Element::kNone:
        ReadResources(statement);
        break;
    }
    for (const ConditionView condition : statement.conditions()) {
      Read(condition.key());
      if (!HasTemplates(condition.op().type)) continue;
      for (const TemplateView value : condition.values<TemplateView>()) {
        ReadVariables(value);
      }
    }
  }

  // Returns whether the patterns have variables.
  bool ReadResources(StatementView statement) {
    bool found = false;
    for (const ResourceView pattern : statement.resources()) {
      if (pattern.kind() != ResourceKind::kArn) continue;
      found |= ReadVariables(pattern.arn());
    }
    return found;
  }

  bool ReadVariables(TemplateView text) {
    bool found = false;
    for (const PieceView piece : text) {
      if (!context_.budget().Spend(step_costs::kPart)) return found;
      if (piece.kind() != PieceKind::kVariable) continue;
      Read(piece.key());
      found = true;
    }
    return found;
  }

  void Read(const ContextKey& key) {
    context_.budget().Spend(step_costs::kText +
                            step_costs::Bytes(key.name.size()));
    sink_(key.name);
  }

  const Request& request_;
  const PolicySet& policies_;
  const ChargedContext context_;
  const KeyNameSink sink_;
};

}  // namespace

void ForEachKeyRead(const Request& request, const PolicySet& policies,
                    StepBudget* budget, KeyNameSink sink) {
  KeyReader(request, policies, budget, sink).Run();
}

}  // namespace rolegate
