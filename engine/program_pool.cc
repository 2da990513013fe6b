#include "engine/program_pool.h"

#include <utility>

namespace rolegate {

std::shared_ptr<const CompiledDocument> ProgramPool::Find(
    PolicyKind kind, const Sha256Digest& digest) const {
  const auto found = documents_.find(Key{kind, digest});
  return found == documents_.end() ? nullptr : *found;
}

void ProgramPool::Add(std::shared_ptr<const CompiledDocument> document) {
  documents_.insert(std::move(document));
}

void ProgramPool::DropUnused() {
  absl::erase_if(documents_, [](const auto& document) {
    return document.use_count() == 1;
  });
}

}  // namespace rolegate
