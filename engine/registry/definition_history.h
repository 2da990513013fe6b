// Which definitions the generation in force holds already.

#ifndef ROLEGATE_ENGINE_REGISTRY_DEFINITION_HISTORY_H_
#define ROLEGATE_ENGINE_REGISTRY_DEFINITION_HISTORY_H_

#include <map>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/entities.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate {

// Two definitions may exclude each other: two of one ARN, two roles of one
// name.  The one that was in force before the other came is right, and the
// newcomer is at fault, whatever the names of their files.
class DefinitionHistory {
 public:
  // `before` holds the files of the generation in force; null: there is none.
  explicit DefinitionHistory(const ContentTree* before) : before_(before) {}

  // Whether the file held this very definition, of equal effect.
  template <typename Entity>
  bool Had(const ParsedFile& file, const Entity& entity) {
    return Had(file, MarkOf(entity));
  }

  static std::string MarkOf(const RoleEntity& entity);
  static std::string MarkOf(const UserEntity& entity);
  static std::string MarkOf(const GroupEntity& entity);
  static std::string MarkOf(const ManagedPolicyEntity& entity);
  static std::string MarkOf(const RoleSettingsEntity& entity);
  static std::string MarkOf(const OpenIdProviderEntity& entity);
  static std::string MarkOf(const SamlProviderEntity& entity);

 private:
  bool Had(const ParsedFile& file, std::string mark);

  const ContentTree* const before_;
  // Of files that changed, once somebody asked.
  std::map<std::string, absl::flat_hash_set<std::string>, std::less<>> marks_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DEFINITION_HISTORY_H_
