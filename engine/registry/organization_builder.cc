#include "engine/registry/organization_builder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/file_faults.h"

namespace rolegate {
namespace {

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

OrganizationBuilder::OrganizationBuilder(FindPolicy find_policy)
    : find_policy_(std::move(find_policy)) {}

void OrganizationBuilder::Add(const OrganizationEntity& organization,
                              const std::string& file, Diagnostics* faults) {
  organization_ = &organization;
  file_ = file;
  faults_ = faults;
  AddNode(organization.root, {absl::StrCat(organization.id, "/"), {}, {}});
  // The management account stands at the root unless it is listed elsewhere.
  if (!organization.management_account.empty() &&
      !members_.contains(organization.management_account)) {
    OrganizationNode account;
    account.id = organization.management_account;
    account.place = organization.place;
    AddMember(account,
              {absl::StrCat(organization.id, "/", organization.root.id, "/"),
               {},
               {}});
  }
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
  if (account.id.empty()) return;  // reported when it was read
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
  if (!members_.emplace(account.id, std::move(member)).second) {
    Fault(account.place, kDuplicateDefinition,
          absl::StrCat("account ", account.id,
                       " stands in an organization twice"));
  }
}

void OrganizationBuilder::PushLevels(const OrganizationNode& node, Walk* walk) {
  walk->scps.push_back(node.has_scps ? ResolveAll(node.scps)
                                     : Level{FullAwsAccess().get()});
  walk->rcps.push_back(ResolveAll(node.rcps));
}

OrganizationBuilder::Level OrganizationBuilder::ResolveAll(
    const std::vector<OrganizationPolicy>& policies) {
  Level level;
  for (const OrganizationPolicy& policy : policies) {
    if (std::shared_ptr<const Policy> resolved = Resolve(policy)) {
      level.push_back(resolved.get());
      policies_.push_back(std::move(resolved));
    }
  }
  return level;
}

std::shared_ptr<const Policy> OrganizationBuilder::Resolve(
    const OrganizationPolicy& policy) {
  if (policy.name.empty()) return policy.policy;
  if (auto found = find_policy_(policy.name)) return found;
  if (policy.name == "FullAWSAccess") return FullAwsAccess();
  if (policy.name == "RCPFullAWSAccess") return RcpFullAwsAccess();
  Fault(policy.place, kMissingPolicy,
        absl::StrCat("no policy of the name `", policy.name,
                     "`, or several, in the registry"));
  return nullptr;
}

void OrganizationBuilder::Fault(const Place& place, absl::string_view code,
                                std::string message) {
  faults_->push_back({Severity::kError, file_, place.ShowPath(), place.position,
                      std::string(code), std::move(message)});
}

}  // namespace rolegate
