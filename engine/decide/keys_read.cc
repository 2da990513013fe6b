#include "engine/decide/keys_read.h"

#include "engine/decide/condition_match.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/layers.h"
#include "engine/program/piece.h"
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
                   for (PolicySpan level : layer.levels)
                     ReadPolicies(level, options);
                 });
  }

 private:
  void ReadPolicies(PolicySpan policies, const EvaluateOptions& options) {
    for (const Policy* policy : policies) {
      const Program& program = policy->program();
      for (const StatementCode& statement : program.statements()) {
        if (context_.budget().exhausted()) return;
        ReadStatement(program, statement, options);
      }
    }
  }

  void ReadStatement(const Program& program, const StatementCode& statement,
                     const EvaluateOptions& options) {
    switch (MatchStatement(program, statement, request_, context_, options)
                .stopped_by) {
      case Element::kAction:
      case Element::kPrincipal:
        return;  // whatever the context is
      case Element::kResource:
        // Variables with other values may make it match.
        if (!ReadResources(program, statement)) return;
        break;
      case Element::kCondition:
      case Element::kNone:
        ReadResources(program, statement);
        break;
    }
    for (const ConditionTest& test : program.conditions(statement)) {
      Read(program, test.key);
      if (!HasTemplates(test.op.type)) continue;
      for (const TextRef value : program.values(test)) {
        ReadVariables(program, program.pieces(value));
      }
    }
  }

  // Returns whether the patterns have variables.
  bool ReadResources(const Program& program, const StatementCode& statement) {
    bool found = false;
    for (const TextRef ref : program.resources(statement)) {
      const ResourcePattern pattern = program.resource(ref);
      if (pattern.kind != ResourcePattern::Kind::kArn) continue;
      found |= ReadVariables(program, pattern.arn);
    }
    return found;
  }

  bool ReadVariables(const Program& program, Template text) {
    bool found = false;
    for (const Piece& piece : text) {
      if (!context_.budget().Spend(step_costs::kPart)) return found;
      if (piece.kind != Piece::Kind::kVariable) continue;
      Read(program, piece.key);
      found = true;
    }
    return found;
  }

  void Read(const Program& program, std::uint32_t key) {
    const absl::string_view name = program.key(key).name;
    context_.budget().Spend(step_costs::kText + step_costs::Bytes(name.size()));
    sink_(name);
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
