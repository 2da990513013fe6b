#include "engine/registry/snapshot_update.h"

#include <utility>

#include "engine/registry/snapshot_draft.h"

namespace rolegate {
namespace {

// Building the whole is about as fast with more roles than this.
constexpr std::size_t kMaxRoles = 256;

std::size_t CountRoles(const std::vector<FileChange>& changes) {
  std::size_t roles = 0;
  for (const FileChange& change : changes) {
    for (const auto& file : {change.before, change.after}) {
      if (file != nullptr) roles += file->entities.roles.size();
    }
  }
  return roles;
}

bool DefinesOnlyRoles(const ParsedFile& file) {
  return file.faults.empty() && file.findings.empty() &&
         !file.entities.has_more_than_roles();
}

// Whether other files or findings tell something about the role, so that more
// than its own definition changes with it.
bool IsToldElsewhere(const Role& role, const SnapshotDraft& draft) {
  return role.derived_role_id() || !role.identity.missing.empty() ||
         draft.HasSettingsElsewhere(role.arn());
}

// The parser held each file to its fence.  What fences ask of all files
// together, the builder asks: that no folder is without files, and that unique
// ids are unique.  Nothing of that changes while files and ids stay.
bool KeepsFences(const std::vector<FileChange>& changes,
                 const SnapshotDraft& draft) {
  for (const FileChange& change : changes) {
    if (change.before == nullptr || change.after == nullptr) return false;
    for (const RoleEntity& entity : change.after->entities.roles) {
      const Role* const known = draft.FindRole(entity.arn());
      if (known == nullptr ||
          known->role_id() !=
              entity.definition.texts[RoleDefinition::kRoleId]) {
        return false;
      }
    }
  }
  return true;
}

bool RemoveRoles(const ParsedFile& file, SnapshotDraft* draft) {
  if (!DefinesOnlyRoles(file)) return false;
  for (const RoleEntity& entity : file.entities.roles) {
    const Role* const role = draft->FindRole(entity.arn());
    if (role == nullptr || IsToldElsewhere(*role, *draft)) return false;
    draft->RemoveRole(entity.arn());
  }
  return true;
}

bool AddRoles(const ParsedFile& file, SnapshotDraft* draft) {
  if (!DefinesOnlyRoles(file)) return false;
  for (const RoleEntity& entity : file.entities.roles) {
    const SnapshotDraft::AddedRole added = draft->AddRole(entity);
    if (added.rival != nullptr || IsToldElsewhere(*added.role, *draft) ||
        draft->MayBeTooCostly(*added.role)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::shared_ptr<const Snapshot> UpdateSnapshot(
    const Snapshot& base, const std::vector<FileChange>& changes) {
  SnapshotDraft draft(base);
  if (draft.has_equal_roles() || draft.has_policies_apart() ||
      CountRoles(changes) > kMaxRoles) {
    return nullptr;
  }
  if (draft.has_fences() && !KeepsFences(changes, draft)) return nullptr;
  // Everything goes before anything comes, because a role may move from one
  // file to another.
  for (const FileChange& change : changes) {
    if (change.before != nullptr && !RemoveRoles(*change.before, &draft)) {
      return nullptr;
    }
  }
  for (const FileChange& change : changes) {
    if (change.after != nullptr && !AddRoles(*change.after, &draft)) {
      return nullptr;
    }
  }
  for (const FileChange& change : changes) {
    if (change.after != nullptr) {
      draft.PutFile(change.after);
    } else {
      draft.RemoveFile(change.before->name());
    }
  }
  return std::move(draft).Finish();
}

}  // namespace rolegate
