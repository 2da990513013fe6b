#include "engine/registry/generation_changes.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "engine/registry/entities.h"
#include "engine/registry/entity_digest.h"
#include "engine/registry/parsed_file.h"

namespace rolegate {
namespace {

// The digests of the entities of one kind, in files that differ.
struct Definitions {
  std::map<std::string, std::string, std::less<>> before;
  std::map<std::string, std::string, std::less<>> after;
};

struct AllDefinitions {
  Definitions roles;
  Definitions users;
  Definitions groups;
  Definitions policies;
  Definitions files;
};

template <typename Entity>
void AddAll(const std::vector<Entity>& entities, bool is_after,
            Definitions* all) {
  for (const Entity& entity : entities) {
    (is_after ? all->after : all->before)
        .emplace(entity.key(), DigestOf(entity));
  }
}

// Whether the file says something that has no name of its own.
bool SaysMore(const ParsedFile& file) {
  if (file.kind != ParsedFile::Kind::kEntities) return true;
  const OtherEntities& others = file.entities.others();
  return !others.resource_policies.empty() || !others.inline_policies.empty() ||
         !others.role_settings.empty() || !others.organizations.empty() ||
         !others.openid_providers.empty() || !others.saml_providers.empty() ||
         !(others.revocations == Revocations());
}

void AddFile(const ParsedFile* file, bool is_after, AllDefinitions* all) {
  if (file == nullptr) return;
  const OtherEntities& others = file->entities.others();
  AddAll(file->entities.roles, is_after, &all->roles);
  AddAll(others.users, is_after, &all->users);
  AddAll(others.groups, is_after, &all->groups);
  AddAll(others.managed_policies, is_after, &all->policies);
  if (SaysMore(*file)) {
    (is_after ? all->files.after : all->files.before)
        .emplace(file->name(), file->content_digest.bytes());
  }
}

void Add(absl::string_view name, std::size_t most, ChangedNames* names) {
  if (names->names.size() < most) names->names.emplace_back(name);
  ++names->count;
}

ChangesOfKind Compare(const Definitions& all, std::size_t most) {
  ChangesOfKind changes;
  for (const auto& [name, digest] : all.before) {
    const auto found = all.after.find(name);
    if (found == all.after.end()) {
      Add(name, most, &changes.removed);
    } else if (found->second != digest) {
      Add(name, most, &changes.changed);
    }
  }
  for (const auto& [name, digest] : all.after) {
    if (all.before.find(name) == all.before.end()) {
      Add(name, most, &changes.added);
    }
  }
  return changes;
}

}  // namespace

GenerationChanges ChangesBetween(const ContentTree& before,
                                 const ContentTree& after, std::size_t most) {
  AllDefinitions all;
  before.ForEachDifference(
      after, [&](const ParsedFile* file_before, const ParsedFile* file_after) {
        AddFile(file_before, /*is_after=*/false, &all);
        AddFile(file_after, /*is_after=*/true, &all);
      });
  return {Compare(all.roles, most), Compare(all.users, most),
          Compare(all.groups, most), Compare(all.policies, most),
          Compare(all.files, most)};
}

}  // namespace rolegate
