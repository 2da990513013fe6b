#include "client/cli/case_evaluator.h"

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/decide/decide.h"
#include "engine/decide/request.h"
#include "engine/program/policy.h"
#include "engine/sts/question.h"
#include "engine/sts/subject.h"

namespace rolegate::cli {
namespace {

class Evaluator {
 public:
  explicit Evaluator(const Case& question) : case_(question) {}

  absl::StatusOr<CaseAnswer> Run(const Snapshot* registry) {
    const absl::StatusOr<ActionName> action = ActionName::Parse(case_.action);
    if (!action.ok()) return NoQuestion("action", action.status());
    const absl::StatusOr<ResourceName> resource =
        ResourceName::Parse(case_.resource);
    if (!resource.ok()) return NoQuestion("resource", resource.status());
    for (const auto& [key, values] : case_.context) {
      lists_.emplace_back(values.begin(), values.end());
      context_.SetList(ContextKey(key), lists_.back());
    }
    return registry == nullptr ? ByCase(*action, *resource)
                               : ByRegistry(*action, *resource, *registry);
  }

 private:
  absl::Status NoQuestion(absl::string_view field, const absl::Status& why) {
    return absl::InvalidArgumentError(
        absl::StrCat(case_.place, " request.", field, ": ", why.message()));
  }

  absl::StatusOr<CaseAnswer> ByCase(const ActionName& action,
                                    const ResourceName& resource) {
    PolicySet set;
    set.identity = Compile(case_.identity, PolicyKind::kIdentity);
    set.boundary = CompileOptional(case_.boundary, PolicyKind::kIdentity);
    set.session = CompileOptional(case_.session, PolicyKind::kSession);
    set.resource = CompileOptional(case_.resource_policies,
                                   IsTrustRequest(action, resource)
                                       ? PolicyKind::kTrust
                                       : PolicyKind::kResource);
    set.scps = CompileLevels(case_.scps, PolicyKind::kScp, &scp_levels_);
    set.rcps = CompileLevels(case_.rcps, PolicyKind::kRcp, &rcp_levels_);
    if (error_.has_value()) return CaseAnswer(*std::move(error_));

    Request request;
    request.principal = case_.principal.view();
    request.action = &action;
    request.resource = &resource;
    request.context = &context_;
    request.resource_account = ResolveResourceAccount(
        case_.resource_account, resource, request.principal);
    const Decision decision = Decide(request, set);
    return Answer(decision, Explain(request, set, decision));
  }

  absl::StatusOr<CaseAnswer> ByRegistry(const ActionName& action,
                                        const ResourceName& resource,
                                        const Snapshot& registry) {
    if (!case_.only_session_policies) {
      return absl::InvalidArgumentError(absl::StrCat(
          case_.place,
          " policies: with a registry a case holds session policies only"));
    }
    Subject subject{case_.principal, nullptr};
    if (!case_.principal_name.empty()) {
      absl::StatusOr<Subject> named =
          SubjectByName(case_.principal_name, registry, absl::Now());
      if (!named.ok()) return NoQuestion("principal", named.status());
      subject = *std::move(named);
    }
    const OptionalPolicies session =
        CompileOptional(case_.session, PolicyKind::kSession);
    if (error_.has_value()) return CaseAnswer(*std::move(error_));
    const AccessOptions options;
    const RequestContext none;
    Circumstances circumstances(registry, options, subject, none, absl::Now());
    circumstances.RemoveClock();
    SubstitutePolicies substitutes;
    substitutes.session = session;
    circumstances.Substitute(substitutes);
    const Question question(circumstances, action, resource,
                            case_.resource_account, &context_);
    const Decision decision = Decide(question);
    return Answer(decision, Explain(question, decision));
  }

  PolicySpan Compile(const CasePolicies& policies, PolicyKind kind) {
    std::vector<const Policy*>& compiled = spans_.emplace_back();
    for (const CasePolicy& policy : policies) {
      Diagnostics faults;
      owned_.push_back(Policy::Compile(*case_.json, *policy.document, kind,
                                       {policy.name, "", policy.path},
                                       &faults));
      if (owned_.back() != nullptr) {
        compiled.push_back(owned_.back().get());
      } else if (!error_.has_value()) {
        Normalize(faults);
        error_ = CaseError{policy.name,
                           faults.empty() ? Diagnostic() : faults.front()};
      }
    }
    return compiled;
  }

  OptionalPolicies CompileOptional(const std::optional<CasePolicies>& policies,
                                   PolicyKind kind) {
    if (!policies.has_value()) return {};
    return {true, Compile(*policies, kind)};
  }

  LeveledPolicies CompileLevels(
      const std::optional<std::vector<CasePolicies>>& levels, PolicyKind kind,
      std::vector<PolicySpan>* compiled) {
    if (!levels.has_value()) return {};
    for (const CasePolicies& level : *levels) {
      compiled->push_back(Compile(level, kind));
    }
    return {true, *compiled};
  }

  CaseAnswer Answer(const Decision& decision, Explanation explanation) const {
    CaseDecision answer;
    answer.explanation = std::move(explanation);
    answer.policies = owned_;
    answer.verdict = decision.verdict;
    DescribeDecision(decision, case_.principal.view().arn, case_.action,
                     case_.resource, &answer.reason);
    for (std::size_t i = 0; i < kLayerCount; ++i) {
      if (!decision.layers[i].present) continue;
      answer.layers[std::string(LayerName(static_cast<Layer>(i)))] =
          std::string(VerdictName(decision.layers[i].verdict));
    }
    return answer;
  }

  const Case& case_;
  RequestContext context_;
  std::deque<std::vector<absl::string_view>> lists_;
  std::vector<std::shared_ptr<const Policy>> owned_;
  std::deque<std::vector<const Policy*>> spans_;
  std::vector<PolicySpan> scp_levels_;
  std::vector<PolicySpan> rcp_levels_;
  std::optional<CaseError> error_;
};

}  // namespace

absl::StatusOr<CaseAnswer> Evaluate(const Case& question,
                                    const Snapshot* registry) {
  return Evaluator(question).Run(registry);
}

std::string AnswerName(const CaseAnswer& answer) {
  const CaseDecision* const decision = std::get_if<CaseDecision>(&answer);
  return decision == nullptr ? "INVALID"
                             : std::string(VerdictName(decision->verdict));
}

}  // namespace rolegate::cli
