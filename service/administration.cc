#include "service/administration.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate::service {
namespace {

bool Limits(const LayerOutcome& layer) {
  return layer.present && layer.verdict != Verdict::kAllow;
}

bool Denies(const Decision& decision) {
  for (const LayerOutcome& layer : decision.layers) {
    if (layer.present && layer.verdict == Verdict::kExplicitDeny) return true;
  }
  return decision.verdict == Verdict::kExplicitDeny ||
         decision.reason == Reason::kMissingPolicy;
}

// Stricter than a resource policy is elsewhere: an identity policy does not
// help, and a boundary or session policy limits every grant.
bool Grants(const Decision& decision) {
  const LayerOutcome& granting = decision[Layer::kResource];
  return granting.verdict == Verdict::kAllow &&
         granting.level >= MatchLevel::kEntity && !Denies(decision) &&
         !Limits(decision[Layer::kBoundary]) &&
         !Limits(decision[Layer::kSession]) && !Limits(decision[Layer::kScp]);
}

}  // namespace

std::string PrincipalResource(absl::string_view principal) {
  return absl::StrCat("arn:rolegate:rolegate:::principal/", principal);
}

Administration::Administration(std::string file)
    : file_(std::move(file)), empty_registry_(EmptySnapshot()) {}

Diagnostics Administration::Load() {
  if (file_.empty()) return {};
  std::ifstream in(file_);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return {{Severity::kError,
             file_,
             "",
             {},
             "UnreadableFile",
             "the administration policy cannot be read"}};
  }
  Diagnostics faults;
  std::shared_ptr<const Policy> policy =
      Policy::CompileText(text.str(), PolicyKind::kResource,
                          {"administration", file_, ""}, &faults);
  if (policy == nullptr) return faults;
  absl::MutexLock lock(&mu_);
  policy_ = std::move(policy);
  return {};
}

bool Administration::Allows(const Caller& caller, absl::string_view action,
                            absl::string_view resource,
                            const Snapshot* snapshot, absl::Time now) const {
  if (file_.empty()) return caller.dev;
  std::shared_ptr<const Policy> policy;
  {
    absl::MutexLock lock(&mu_);
    policy = policy_;
  }
  const absl::StatusOr<ActionName> action_name = ActionName::Parse(action);
  const absl::StatusOr<ResourceName> resource_name =
      ResourceName::Parse(resource);
  if (policy == nullptr || !action_name.ok() || !resource_name.ok()) {
    return false;
  }
  const AccessOptions options;
  const RequestContext context;
  Access access(snapshot != nullptr ? *snapshot : *empty_registry_, options,
                caller.subject, context, now);
  const Policy* const policies[] = {policy.get()};
  return Grants(
      access.AuthorizeWithPolicies(*action_name, *resource_name, "", policies));
}

}  // namespace rolegate::service
