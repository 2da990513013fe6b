#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "engine/text/arn.h"
#include "engine/text/step_costs.h"
#include "service/answer/context_translation.h"
#include "service/answer/proto_conversions.h"
#include "service/answer/simulation.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {
namespace {

// The parsed actions and resources of a request.
struct Questions {
  std::vector<ActionName> actions;
  std::vector<ResourceName> resources;
};

Result<Questions> ParseQuestions(const v1::SimulateRequest& request,
                                 int limit) {
  static const auto* const kNone = new std::string("*");
  Questions questions;
  const int resources = std::max(request.resources_size(), 1);
  if (request.actions_size() == 0 || request.actions_size() > limit ||
      resources > limit / request.actions_size()) {
    return InvalidField(
        "actions", absl::StrCat("expected 1 to ", limit, " questions, found ",
                                request.actions_size(), " actions on ",
                                resources, " resources"));
  }
  for (int i = 0; i < request.actions_size(); ++i) {
    auto action = ActionName::Parse(request.actions(i));
    if (!action.ok()) {
      return InvalidField(absl::StrCat("actions[", i, "]"),
                          action.status().message());
    }
    questions.actions.push_back(*std::move(action));
  }
  for (int i = 0; i < resources; ++i) {
    auto resource = ResourceName::Parse(
        request.resources().empty() ? *kNone : request.resources(i));
    if (!resource.ok()) {
      return InvalidField(absl::StrCat("resources[", i, "]"),
                          resource.status().message());
    }
    questions.resources.push_back(*resource);
  }
  return questions;
}

Refusal MaySimulate(Call& call, const v1::SimulateRequest& request) {
  if (!request.principal().empty()) {
    if (auto refusal = call.RequireRegistry()) return refusal;
  }
  if (request.principal().size() > kMaxPrincipalName ||
      request.caller_arn().size() > kMaxPrincipalName) {
    return InvalidField(
        "principal",
        absl::StrCat("is longer than ", kMaxPrincipalName, " characters"));
  }
  return call.RequireAdministration(
      kSimulate, request.principal().empty()
                     ? kRegistryResource
                     : PrincipalResource(request.principal()));
}

}  // namespace

Admission AdmitSimulate(const v1::SimulateRequest& request) {
  Admission admission;
  admission.principal = request.principal();
  return admission;
}

Outcome HandleSimulate(Call& call, const v1::SimulateRequest& request,
                       v1::SimulateResponse* response) {
  if (auto refusal = MaySimulate(call, request)) return refusal;
  if (!request.resource_account().empty() &&
      !IsAccountId(request.resource_account())) {
    return InvalidField("resource_account",
                        "expected an account number of twelve digits");
  }
  auto parsed =
      ParseQuestions(request, call.core().config.limits.max_batch_checks);
  if (!parsed.ok()) return std::move(parsed).error();
  const Questions& questions = *parsed;

  const bool of_registry = !request.principal().empty();
  const std::shared_ptr<const Snapshot> snapshot =
      of_registry ? call.snapshot() : EmptySnapshot();
  auto subject = FindSimulatedSubject(request, *snapshot, call.now());
  if (!subject.ok()) return std::move(subject).error();
  StepBudget budget(call.core().config.limits.max_call_steps /
                    kSimulationShare);
  SimulatedPolicies policies;
  if (auto refusal = policies.Add(request.policies(), &budget)) return refusal;
  ContextTranslation translation(call.core().config.limits,
                                 ContextUse::kSimulate);
  RequestContext context;
  if (auto refusal = translation.Add(request.context(), "context", &context)) {
    return refusal;
  }

  // What the registry's policies say is told to those who may hear it.
  const bool explain =
      !of_registry || call.core().administration.Allows(
                          call.caller(), kExplain, kRegistryResource,
                          call.snapshot().get(), call.now());
  const Subject& who = subject->subject;
  const std::string& account = subject->account;
  const RequestContext none;
  Circumstances circumstances(*snapshot, call.core().access, who, none,
                              call.now());
  circumstances.Substitute(policies.Substitutes());
  for (std::size_t i = 0; i < questions.actions.size(); ++i) {
    for (const ResourceName& resource : questions.resources) {
      if (auto refusal = call.RequireWaiting()) return refusal;
      const Question question(circumstances, questions.actions[i], resource,
                              account, &context);
      const Decision decision = Decide(question, {.budget = &budget});
      v1::SimulationResult* const result = response->add_results();
      result->set_action(request.actions(static_cast<int>(i)));
      result->set_resource(std::string(resource.text()));
      result->set_decision(ToProto(decision.verdict));
      DescribeDecision(decision, who.principal.view().arn, result->action(),
                       resource.text(), result->mutable_reason());
      budget.Spend(step_costs::kTextByte *
                   (result->resource().size() + result->reason().size()));
      if (explain) {
        ExplanationToProto(decision, Explain(question, decision, &budget),
                           result->mutable_explanation());
      }
      if (budget.exhausted()) return SimulationExceeded(budget);
    }
  }
  if (of_registry) response->set_registry_revision(snapshot->revision());
  return Outcome::Answered();
}

}  // namespace rolegate::service
