#include "engine/program.h"

namespace rolegate {
namespace {

template <typename T>
std::size_t HeapBytes(const std::vector<T>& all) {
  return all.capacity() * sizeof(T);
}

}  // namespace

std::size_t Program::memory_bytes() const {
  return pool_.capacity() + HeapBytes(statements_) + HeapBytes(actions_) +
         HeapBytes(resources_) + HeapBytes(principals_) +
         HeapBytes(conditions_) + HeapBytes(pieces_) + HeapBytes(templates_) +
         HeapBytes(decimals_) + HeapBytes(instants_) + HeapBytes(cidrs_) +
         HeapBytes(binaries_) + HeapBytes(flags_) + HeapBytes(keys_);
}

}  // namespace rolegate
