// The definitions that the generation in force already holds.

#ifndef ROLEGATE_ENGINE_REGISTRY_DEFINITION_HISTORY_H_
#define ROLEGATE_ENGINE_REGISTRY_DEFINITION_HISTORY_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/entities.h"
#include "engine/registry/entity_digest.h"
#include "engine/registry/fence.h"
#include "engine/registry/parsed_file.h"

namespace rolegate {

// Two definitions may exclude each other: two of one ARN, two roles of one
// name.  The one that was in force before the other came is right, and the
// newcomer is at fault, whatever the names of their files.
class DefinitionHistory {
 public:
  // `before` holds the files of the generation in force; null if there is none.
  // `fences` must outlive this object.
  DefinitionHistory(const ContentTree* before, absl::Span<const Fence> fences)
      : before_(before), fences_(fences) {}

  // Whether a file in this fence, or in no fence if it is null, laid this
  // claim, whatever else its definition said.  An author who changes his own
  // definition thus stays the one who had it first.
  bool HadClaim(const Fence* fence, absl::string_view claim);

  // The claims of a definition: to its key, its unique id, its devices.
  template <typename Entity>
  static std::string ClaimOf(const Entity& entity) {
    return absl::StrCat(Entity::kNoun, " ", entity.key());
  }
  static std::string UniqueIdClaimOf(const RoleEntity& entity);
  static std::string UniqueIdClaimOf(const UserEntity& entity);
  static std::string DeviceClaimOf(const UserEntity& entity,
                                   absl::string_view serial_number);

  // Whether the file held a definition of equal effect.
  template <typename Entity>
  bool Had(const ParsedFile& file, const Entity& entity) {
    return HadMark(file, MarkOf(entity));
  }

 private:
  // Returns a text that definitions of equal effect share.  It holds their
  // digest if one definition may stand in several files, else their key.
  template <typename Entity>
  static std::string MarkOf(const Entity& entity) {
    if constexpr (requires { DigestOf(entity); }) {
      return absl::StrCat(Entity::kNoun, " ", DigestOf(entity));
    } else {
      return ClaimOf(entity);
    }
  }
  // Calls `f` with each definition of the file that has a key.
  template <typename F>
  static void ForEachKeyed(const Entities& entities, F f);

  bool HadMark(const ParsedFile& file, const std::string& mark);
  void AddClaim(const Fence* fence, absl::string_view claim) {
    claims_.emplace(fence, absl::HashOf(claim));
  }
  void CollectClaims();

  const ContentTree* const before_;
  const absl::Span<const Fence> fences_;
  // The claims of all files, by their hashes because there are many.  Collected
  // when somebody first asks.
  absl::flat_hash_set<std::pair<const Fence*, std::size_t>> claims_;
  bool has_claims_ = false;
  // The definitions of files that changed, collected when somebody first asks.
  std::map<std::string, absl::flat_hash_set<std::string>, std::less<>> marks_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_DEFINITION_HISTORY_H_
