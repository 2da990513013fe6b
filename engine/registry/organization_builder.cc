#include "engine/registry/organization_builder.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/fault_codes.h"

namespace rolegate {
namespace {

// Stands for the account in the ARNs of AWS's own policies.
constexpr absl::string_view kAws = "aws";

std::shared_ptr<const Policy> CompileBuiltIn(absl::string_view json,
                                             PolicyKind kind,
                                             std::string name) {
  Diagnostics none;
  return Policy::CompileText(json, kind, {std::move(name), "", ""}, &none);
}

}  // namespace

std::shared_ptr<const Policy> FullAwsAccess() {
  static const auto* const policy =
      new std::shared_ptr<const Policy>(CompileBuiltIn(
          R"({"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Action": "*", "Resource": "*"}]})",
          PolicyKind::kScp, "FullAWSAccess"));
  return *policy;
}

std::shared_ptr<const Policy> RcpFullAwsAccess() {
  static const auto* const policy =
      new std::shared_ptr<const Policy>(CompileBuiltIn(
          R"({"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Principal": "*", "Action": "*",
               "Resource": "*"}]})",
          PolicyKind::kRcp, "RCPFullAWSAccess"));
  return *policy;
}

void OrganizationBuilder::Add(const OrganizationEntity& organization,
                              const std::string& file, Diagnostics* faults) {
  organization_ = &organization;
  file_ = file;
  faults_ = faults;
  const auto [known, is_new] =
      places_.emplace(organization.id, PlaceInFile(organization.place));
  if (!is_new && !organization.id.empty()) {
    Fault(organization.place, kDuplicateDefinition,
          absl::StrCat("organization `", organization.id,
                       "` is already defined in ", known->second));
    return;
  }
  AddNode(organization.root, {absl::StrCat(organization.id, "/"), {}, {}});
  // The management account stands at the root unless it is listed elsewhere.
  const std::string& management = organization.management_account;
  const auto listed = members_.find(management);
  if (management.empty() ||
      (listed != members_.end() &&
       listed->second->organization_id == organization.id)) {
    return;
  }
  OrganizationNode account;
  account.id = management;
  account.place = organization.place;
  AddMember(
      account,
      {absl::StrCat(organization.id, "/", organization.root.id, "/"), {}, {}});
}

void OrganizationBuilder::AddNode(const OrganizationNode& node, Walk walk) {
  absl::StrAppend(&walk.path, node.id, "/");
  PushLevels(node, &walk);
  for (const OrganizationNode& account : node.accounts) {
    AddMember(account, walk);
  }
  for (const OrganizationNode& unit : node.units) AddNode(unit, walk);
}

void OrganizationBuilder::AddMember(const OrganizationNode& account,
                                    const Walk& above) {
  if (account.id.empty()) return;  // the reader reported it
  auto member = std::make_unique<OrganizationMember>();
  Walk walk = above;
  PushLevels(account, &walk);
  member->organization_id = organization_->id;
  member->org_paths = {walk.path};
  member->is_management_account =
      account.id == organization_->management_account;
  member->scp_levels = std::move(walk.scps);
  member->rcp_levels = std::move(walk.rcps);
  for (const Level& level : member->scp_levels) member->scps.push_back(level);
  for (const Level& level : member->rcp_levels) member->rcps.push_back(level);
  const auto [known, is_new] =
      places_.emplace(account.id, PlaceInFile(account.place));
  if (is_new) {
    members_.emplace(account.id, std::move(member));
    return;
  }
  Fault(account.place, kDuplicateDefinition,
        absl::StrCat("account ", account.id,
                     " already belongs to an organization in ", known->second));
}

void OrganizationBuilder::PushLevels(const OrganizationNode& node, Walk* walk) {
  walk->scps.push_back(node.has_scps ? ResolveAll(node.scps, PolicyKind::kScp)
                                     : Level{FullAwsAccess().get()});
  walk->rcps.push_back(ResolveAll(node.rcps, PolicyKind::kRcp));
}

OrganizationBuilder::Level OrganizationBuilder::ResolveAll(
    const std::vector<OrganizationPolicy>& policies, PolicyKind kind) {
  Level level;
  for (const OrganizationPolicy& policy : policies) {
    if (std::shared_ptr<const Policy> resolved = Resolve(policy, kind)) {
      level.push_back(resolved.get());
      policies_.push_back(std::move(resolved));
    }
  }
  return level;
}

std::shared_ptr<const Policy> OrganizationBuilder::Resolve(
    const OrganizationPolicy& policy, PolicyKind kind) {
  if (policy.name.empty()) return policy.policy;
  std::shared_ptr<const Policy> found = FindByName(policy);
  if (found == nullptr) return nullptr;
  const bool is_rcp = found->kind() == PolicyKind::kRcp;
  if (is_rcp != (kind == PolicyKind::kRcp)) {
    Fault(policy.place, kInvalidMember,
          absl::StrCat("`", policy.name, "` is ", is_rcp ? "a" : "no",
                       " resource control policy"));
    return nullptr;
  }
  return found;
}

std::shared_ptr<const Policy> OrganizationBuilder::FindByName(
    const OrganizationPolicy& policy) {
  if (absl::StartsWith(policy.name, "arn:")) {
    if (auto found = managed_policies_->Find(policy.name)) return found;
    Fault(policy.place, kMissingPolicy,
          absl::StrCat("no policy `", policy.name,
                       "` in the registry, or it stands in a fenced folder: "
                       "export it with `aws organizations describe-policy`"));
    return nullptr;
  }
  ManagedPolicies::Policies found;
  if (policy.name == "FullAWSAccess") found.push_back(FullAwsAccess());
  if (policy.name == "RCPFullAWSAccess") found.push_back(RcpFullAwsAccess());
  const std::string& account = organization_->management_account;
  for (const absl::string_view owner : {absl::string_view(account), kAws}) {
    if (owner.empty()) continue;
    for (auto& one : managed_policies_->FindByName(owner, policy.name)) {
      found.push_back(std::move(one));
    }
  }
  if (found.empty()) {
    Fault(policy.place, kMissingPolicy,
          account.empty()
              ? absl::StrCat("no policy of the name `", policy.name,
                             "` among AWS's own: the organization names no "
                             "`ManagementAccount`, in which names are looked "
                             "up; name it, or give the policy's ARN")
              : absl::StrCat("no policy of the name `", policy.name,
                             "` in the management account ", account,
                             " or among AWS's own; a policy of another "
                             "account is given by its ARN"));
    return nullptr;
  }
  for (const auto& one : found) {
    if (one->content_digest().bytes() ==
        found.front()->content_digest().bytes()) {
      continue;
    }
    Fault(policy.place, kDuplicateDefinition,
          absl::StrCat("several policies have the name `", policy.name,
                       "`; give the ARN of the one that is meant"));
    return nullptr;
  }
  return found.front();
}

std::string OrganizationBuilder::PlaceInFile(const Place& place) const {
  return absl::StrCat(file_, ":", place.position.line, ":",
                      place.position.column);
}

void OrganizationBuilder::Fault(const Place& place, absl::string_view code,
                                std::string message) {
  faults_->push_back({Severity::kError, file_, place.ShowPath(), place.position,
                      std::string(code), std::move(message)});
}

}  // namespace rolegate
