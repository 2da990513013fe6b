// Definitions that exclude each other, and whose fault that is.

#ifndef ROLEGATE_ENGINE_REGISTRY_CLASHES_H_
#define ROLEGATE_ENGINE_REGISTRY_CLASHES_H_

#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/diagnostic.h"
#include "engine/registry/definition_history.h"
#include "engine/registry/fence.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/snapshot_builder.h"

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
  // `before` has the files of the generation in force; null: there is none.
  // Without fences it does not matter, for nobody's files are told from
  // another's.
  Clashes(const RegistryOptions& options, const ContentTree* before,
          Diagnostics* faults)
      : fences_(options.fences),
        history_(options.fences.empty() ? nullptr : before),
        faults_(faults) {}

  // Reports a clash where it is at fault: at the definition that was not in
  // force before, if that can be told.  Else at the second, and at the first,
  // too, if they stand in different fences.  `message` says what is wrong with
  // a definition, given that one and the other.
  template <typename Entity, typename Message>
  void Report(const Defined<Entity>& first, const Defined<Entity>& second,
              Message message) {
    const bool had_first = history_.Had(*first.file, *first.entity);
    const bool had_second = history_.Had(*second.file, *second.entity);
    const bool one_fence = FenceOf(*first.file) == FenceOf(*second.file);
    if (had_second ? !had_first : !had_first && !one_fence) {
      Fault(first, message(first, second));
    }
    if (!had_second || had_first) Fault(second, message(second, first));
  }

  // Policies match principals by unique id: nobody in a fence takes the id that
  // somebody else has.
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
          [id = at->first](const Defined<Entity>&, const Defined<Entity>& o) {
            return absl::StrCat("the unique id `", id, "` is that of ",
                                o.ShowPlace(), " already");
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
