#include "engine/program_pool.h"

#include <utility>

namespace rolegate {

std::shared_ptr<const CompiledDocument> ProgramPool::Find(
    PolicyKind kind, const Sha256Digest& digest) const {
  std::lock_guard<std::mutex> lock(mu_);
  const auto found = documents_.find(Key{kind, digest});
  return found == documents_.end() ? nullptr : *found;
}

std::shared_ptr<const CompiledDocument> ProgramPool::Add(
    std::shared_ptr<const CompiledDocument> document) {
  std::lock_guard<std::mutex> lock(mu_);
  return *documents_.insert(std::move(document)).first;
}

void ProgramPool::DropUnused() {
  std::lock_guard<std::mutex> lock(mu_);
  absl::erase_if(documents_, [](const auto& document) {
    return document.use_count() == 1;
  });
}

std::size_t ProgramPool::size() const {
  std::lock_guard<std::mutex> lock(mu_);
  return documents_.size();
}

}  // namespace rolegate
