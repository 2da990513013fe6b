#include "engine/registry/managed_policies.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/registry/entity_digest.h"
#include "engine/registry/fault_codes.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

// `arn:aws:iam::aws:policy/…`, in any partition, and those for organisations.
bool IsAwsManaged(absl::string_view arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  return parsed && parsed->account == "aws" &&
         absl::StartsWith(parsed->resource, "policy/");
}

// Shows which versions differ, if the files give any.
std::string ShowVersions(const ManagedPolicyEntity& here,
                         const ManagedPolicyEntity& there) {
  if (here.version.empty() && there.version.empty()) return "";
  const auto show = [](const ManagedPolicyEntity& entity) {
    return entity.version.empty() ? std::string("no version")
                                  : absl::StrCat("`", entity.version, "`");
  };
  return absl::StrCat(" (", show(here), " here, ", show(there), " there)");
}

}  // namespace

ManagedPolicies::ManagedPolicies(absl::Span<const ParsedFile* const> files,
                                 const RegistryOptions& options,
                                 Clashes* clashes, Diagnostics* faults,
                                 Diagnostics* findings)
    : options_(options),
      clashes_(clashes),
      faults_(faults),
      findings_(findings) {
  for (const bool pinned : {true, false}) {
    for (const ParsedFile* file : files) {
      if (IsPinned(*file) != pinned) continue;
      for (const auto& entity : file->entities.others().managed_policies) {
        Define(entity, *file);
      }
    }
  }
  ExpectPinned();
}

void ManagedPolicies::Define(const ManagedPolicyEntity& entity,
                             const ParsedFile& file) {
  if (entity.arn.empty()) return;  // the reader reported it
  const Defined<ManagedPolicyEntity> defined{&entity, &file};
  const auto [known, is_new] = definitions_.emplace(entity.arn, defined);
  if (is_new) return;
  if (DigestOf(*known->second.entity) == DigestOf(entity)) {
    clashes_->CheckCopies(entity.arn, known->second, defined);
    return;
  }
  const bool is_aws_managed = IsAwsManaged(entity.arn);
  // The pinned policies were defined first.
  if (is_aws_managed && IsPinned(*known->second.file) && !IsPinned(file)) {
    Report(defined, known->second);
    return;
  }
  absl::string_view remedy;
  if (is_aws_managed && IsPinned(file)) {
    remedy = "; keep only one of them below `registry.aws_managed_dir`";
  } else if (is_aws_managed) {
    remedy =
        "; AWS changes its own policies: put the one that you want below a "
        "folder, and name it in `registry.aws_managed_dir`";
  }
  clashes_->Report(
      known->second, defined, [&](const auto& one, const auto& other) {
        return absl::StrCat("`", entity.arn, "` is defined differently in ",
                            other.ShowPlace(),
                            ShowVersions(*one.entity, *other.entity), remedy);
      });
}

void ManagedPolicies::Report(const Defined<ManagedPolicyEntity>& one,
                             const Defined<ManagedPolicyEntity>& that_holds) {
  const Place& place = one.entity->place;
  findings_->push_back(
      {Severity::kSuggestion, one.file->name(), place.ShowPath(),
       place.position, std::string(kDuplicateDefinition),
       absl::StrCat("`", one.entity->arn, "` differs from ",
                    that_holds.ShowPlace(),
                    ShowVersions(*one.entity, *that_holds.entity),
                    ", which is the one in force")});
}

bool ManagedPolicies::IsPinned(const ParsedFile& file) const {
  absl::string_view rest = file.name();
  return !options_.aws_managed_dir.empty() &&
         absl::ConsumePrefix(&rest, options_.aws_managed_dir) &&
         absl::StartsWith(rest, "/");
}

// If the folder were gone, other definitions would hold.
void ManagedPolicies::ExpectPinned() {
  if (options_.aws_managed_dir.empty()) return;
  for (const auto& [arn, defined] : definitions_) {
    if (IsPinned(*defined.file) && IsAwsManaged(arn)) return;
  }
  faults_->push_back({Severity::kError, options_.aws_managed_dir, "",
                      Position(), std::string(kMissingPolicy),
                      "no AWS-managed policy stands below this folder, which "
                      "`registry.aws_managed_dir` names"});
}

ManagedPolicies::Policies ManagedPolicies::FindByName(absl::string_view account,
                                                      absl::string_view name) {
  if (by_name_.empty()) {
    for (const auto& [arn, defined] : definitions_) {
      const std::optional<Arn> parsed = Arn::Parse(arn);
      if (!parsed || defined.entity->policy == nullptr ||
          clashes_->FenceOf(*defined.file) != nullptr) {
        continue;
      }
      by_name_[{parsed->account, defined.entity->name}].push_back(
          defined.entity->policy);
    }
  }
  const auto found = by_name_.find({account, name});
  return found == by_name_.end() ? Policies() : found->second;
}

std::shared_ptr<const Policy> ManagedPolicies::Find(
    absl::string_view arn) const {
  const auto found = definitions_.find(arn);
  return found == definitions_.end() ||
                 clashes_->FenceOf(*found->second.file) != nullptr
             ? nullptr
             : found->second.entity->policy;
}

}  // namespace rolegate
