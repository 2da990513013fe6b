#include "engine/program/program_pool.h"

#include <utility>

namespace rolegate {

CountedPtr<const Program> ProgramPool::Find(const ProgramSource& source) const {
  std::lock_guard<std::mutex> lock(mu_);
  const auto found = programs_.find(source);
  return found == programs_.end() ? CountedPtr<const Program>() : *found;
}

CountedPtr<const Program> ProgramPool::Add(CountedPtr<const Program> program) {
  std::lock_guard<std::mutex> lock(mu_);
  return *programs_.insert(std::move(program)).first;
}

void ProgramPool::DropUnused() {
  std::lock_guard<std::mutex> lock(mu_);
  absl::erase_if(programs_,
                 [](const auto& program) { return program->has_one_owner(); });
}

std::size_t ProgramPool::size() const {
  std::lock_guard<std::mutex> lock(mu_);
  return programs_.size();
}

}  // namespace rolegate
