#include "service/answer/simulation.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"
#include "service/answer/call.h"

namespace rolegate::service {
namespace {

// Whom a simulation of policies alone is for if it does not say.
constexpr absl::string_view kSomeAccount = "123456789012";

// The principal of a registry that is not there: a role's ARN means a session
// of it, as it does for the registry's roles.
absl::StatusOr<OwnedPrincipal> PrincipalByArn(absl::string_view arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  const std::optional<IamResource> iam =
      parsed ? IamResource::Parse(parsed->resource) : std::nullopt;
  if (!iam || parsed->service != "iam" || iam->type != "role") {
    return OwnedPrincipal::FromArn(arn);
  }
  return OwnedPrincipal::FromArn(
      absl::StrCat("arn:", parsed->partition, ":sts::", parsed->account,
                   ":assumed-role/", iam->name, "/principal"),
      arn);
}

}  // namespace

std::optional<PolicyKind> KindOf(v1::PolicyKind kind) {
  switch (kind) {
    case v1::POLICY_KIND_IDENTITY:
    case v1::POLICY_KIND_BOUNDARY:
      return PolicyKind::kIdentity;
    case v1::POLICY_KIND_SESSION:
      return PolicyKind::kSession;
    case v1::POLICY_KIND_RESOURCE:
      return PolicyKind::kResource;
    case v1::POLICY_KIND_TRUST:
      return PolicyKind::kTrust;
    case v1::POLICY_KIND_SCP:
      return PolicyKind::kScp;
    case v1::POLICY_KIND_RCP:
      return PolicyKind::kRcp;
    default:
      return std::nullopt;
  }
}

Result<SimulatedSubject> FindSimulatedSubject(
    const v1::SimulateRequest& request, const Snapshot& snapshot,
    absl::Time now) {
  std::string account = request.resource_account();
  const absl::string_view arn = request.caller_arn();
  if (!request.principal().empty()) {
    if (!arn.empty()) {
      return InvalidField("caller_arn", "goes without `principal` only");
    }
    absl::StatusOr<Subject> named =
        SubjectByName(request.principal(), snapshot, now);
    if (!named.ok()) return InvalidField("principal", named.status().message());
    return SimulatedSubject{*std::move(named), std::move(account)};
  }
  if (arn.empty()) {
    if (account.empty()) account = std::string(kSomeAccount);
    return SimulatedSubject{{*OwnedPrincipal::FromArn(absl::StrCat(
                                 "arn:aws:iam::", account, ":user/principal")),
                             nullptr},
                            account};
  }
  constexpr absl::string_view kService = "service:";
  absl::StatusOr<OwnedPrincipal> principal =
      absl::StartsWith(arn, kService)
          ? OwnedPrincipal::Service(arn.substr(kService.size()))
          : PrincipalByArn(arn);
  if (!principal.ok()) {
    return InvalidField("caller_arn", principal.status().message());
  }
  return SimulatedSubject{{*std::move(principal), nullptr}, std::move(account)};
}

ApiError SimulationExceeded(const StepBudget& budget) {
  return BudgetExceeded(budget.limit(), "half of `limits.max_call_steps`");
}

Refusal SimulatedPolicies::Add(
    const google::protobuf::RepeatedPtrField<v1::InlinePolicy>& policies,
    StepBudget* budget) {
  CompileOptions options;
  options.steps = budget;
  for (int i = 0; i < policies.size(); ++i) {
    const v1::InlinePolicy& policy = policies[i];
    const std::string field = absl::StrCat("policies[", i, "]");
    const std::optional<PolicyKind> kind = KindOf(policy.kind());
    if (!kind.has_value()) {
      return InvalidField(field + ".kind", "is not a kind of policy");
    }
    Diagnostics faults;
    owned_.push_back(Policy::CompileText(
        policy.document(), *kind,
        {policy.name().empty() ? field : policy.name(), "", ""}, &faults,
        options));
    // What is wrong with the policies was not found out.
    if (budget->exhausted()) return SimulationExceeded(*budget);
    if (owned_.back() != nullptr) {
      by_kind_[policy.kind()].push_back(owned_.back().get());
      continue;
    }
    Normalize(faults);
    ApiError error{ErrorCode::kMalformedPolicy, "", {}};
    for (const Diagnostic& fault : faults) {
      if (error.message.empty()) {
        error.message = absl::StrCat("`", field, "`: ", ToString(fault));
      }
      error.violations.push_back({field + ".document", ToString(fault)});
    }
    return error;
  }
  return std::nullopt;
}

OptionalPolicies SimulatedPolicies::Of(v1::PolicyKind kind) const {
  const auto found = by_kind_.find(kind);
  if (found == by_kind_.end()) return {};
  return {true, found->second};
}

SubstitutePolicies SimulatedPolicies::Substitutes() {
  SubstitutePolicies substitutes;
  substitutes.identity = Of(v1::POLICY_KIND_IDENTITY);
  substitutes.boundary = Of(v1::POLICY_KIND_BOUNDARY);
  substitutes.session = Of(v1::POLICY_KIND_SESSION);
  substitutes.resource = Of(v1::POLICY_KIND_RESOURCE);
  substitutes.trust = Of(v1::POLICY_KIND_TRUST);
  const OptionalPolicies scps = Of(v1::POLICY_KIND_SCP);
  const OptionalPolicies rcps = Of(v1::POLICY_KIND_RCP);
  scps_ = scps.policies;
  rcps_ = rcps.policies;
  substitutes.scps = {scps.present, absl::MakeConstSpan(&scps_, 1)};
  substitutes.rcps = {rcps.present, absl::MakeConstSpan(&rcps_, 1)};
  return substitutes;
}

}  // namespace rolegate::service
