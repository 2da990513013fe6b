// Definitions that exclude each other, and whose fault that is.

#ifndef ROLEGATE_ENGINE_REGISTRY_CLASHES_H_
#define ROLEGATE_ENGINE_REGISTRY_CLASHES_H_

#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/registry/definition_history.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/fence.h"
#include "engine/registry/parsed_file.h"
#include "engine/registry/registry_options.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// A definition with the file that holds it.
template <typename Entity>
struct Defined {
  const Entity* entity = nullptr;
  const ParsedFile* file = nullptr;

  // "roles/a.json:1:1"
  std::string ShowPlace() const {
    return absl::StrCat(file->name(), ":", entity->place.position.line, ":",
                        entity->place.position.column);
  }
};
template <typename Entity>
using Definitions = std::map<absl::string_view, Defined<Entity>>;

class Clashes {
 public:
  // `before` holds the files of the generation in force; null if there is none.
  // Without fences it does not matter, because nobody's files are told from
  // another's.
  Clashes(const RegistryOptions& options, const ContentTree* before,
          Diagnostics* faults)
      : fences_(options.fences),
        history_(options.fences.empty() ? nullptr : before, fences_),
        faults_(faults) {}

  // Reports a clash at the definition that is at fault.  These rules decide, in
  // this order:
  //   - The folders differ, and one of them claimed what both claim now in the
  //     generation in force: the other definition is at fault.
  //   - Both claimed it, and one stands in no fence: the one in a fence is at
  //     fault, because a copy must not keep what stands outside from changing.
  //   - One of them was in force as it is: the other is at fault.
  //   - Else the second is at fault.  The first is at fault as well if neither
  //     was in force as it is and they stand in different fences.
  // `claim_of` says what a definition claims.  `message` says what is wrong
  // with a definition, given that one and the other.
  template <typename Entity, typename ClaimOf, typename Message>
  void Report(const Defined<Entity>& first, const Defined<Entity>& second,
              ClaimOf claim_of, Message message) {
    const Fence* const first_fence = FenceOf(*first.file);
    const Fence* const second_fence = FenceOf(*second.file);
    const bool one_fence = first_fence == second_fence;
    const bool claimed_first =
        history_.HadClaim(first_fence, claim_of(*first.entity));
    const bool claimed_second =
        history_.HadClaim(second_fence, claim_of(*second.entity));
    bool first_is_right = false;
    bool second_is_right = false;
    if (!one_fence && claimed_first != claimed_second) {
      first_is_right = claimed_first;
      second_is_right = claimed_second;
    } else if (claimed_first && claimed_second &&
               (first_fence == nullptr) != (second_fence == nullptr)) {
      first_is_right = first_fence == nullptr;
      second_is_right = second_fence == nullptr;
    } else {
      const bool had_first = history_.Had(*first.file, *first.entity);
      const bool had_second = history_.Had(*second.file, *second.entity);
      first_is_right = had_second ? had_first : had_first || one_fence;
      second_is_right = had_second && !had_first;
    }
    if (!first_is_right) Fault(first, message(first, second));
    if (!second_is_right) Fault(second, message(second, first));
  }
  template <typename Entity, typename Message>
  void Report(const Defined<Entity>& first, const Defined<Entity>& second,
              Message message) {
    Report(
        first, second,
        [](const Entity& e) { return DefinitionHistory::ClaimOf(e); }, message);
  }

  // Equal definitions of one ARN count as one, unless they stand in two fences:
  // then neither author could change his own, because it would differ from the
  // other.
  template <typename Entity>
  void CheckCopies(absl::string_view arn, const Defined<Entity>& first,
                   const Defined<Entity>& second) {
    const Fence* const one = FenceOf(*first.file);
    const Fence* const other = FenceOf(*second.file);
    if (one == nullptr || other == nullptr || one == other) return;
    Report(first, second, [&](const auto&, const auto& there) {
      return absl::StrCat("`", arn, "` is defined in another fence, in ",
                          there.ShowPlace());
    });
  }

  // Policies match principals by unique id, so nobody in a fence may take the
  // id that somebody else has.
  template <typename Entity, typename IdOf>
  void CheckUniqueIds(const Definitions<Entity>& definitions, IdOf id_of) {
    absl::flat_hash_map<absl::string_view, const Defined<Entity>*> seen;
    seen.reserve(definitions.size());
    for (const auto& [arn, defined] : definitions) {
      const auto [at, added] = seen.emplace(id_of(*defined.entity), &defined);
      if (added || (FenceOf(*defined.file) == nullptr &&
                    FenceOf(*at->second->file) == nullptr)) {
        continue;
      }
      Report(
          *at->second, defined,
          [](const Entity& e) { return DefinitionHistory::UniqueIdClaimOf(e); },
          [id = at->first](const Defined<Entity>&, const Defined<Entity>& o) {
            return absl::StrCat("the unique id `", id, "` already belongs to ",
                                o.ShowPlace());
          });
    }
  }

  const Fence* FenceOf(const ParsedFile& file) const {
    return FindFence(fences_, file.name());
  }

 private:
  template <typename Entity>
  void Fault(const Defined<Entity>& defined, std::string message) {
    const Place& place = defined.entity->place;
    faults_->push_back({Severity::kError, defined.file->name(),
                        place.ShowPath(), place.position,
                        std::string(kDuplicateDefinition), std::move(message)});
  }

  const absl::Span<const Fence> fences_;
  DefinitionHistory history_;
  Diagnostics* const faults_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_CLASHES_H_
