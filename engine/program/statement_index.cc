#include "engine/program/statement_index.h"

namespace rolegate {

std::size_t StatementIndex::memory_bytes() const {
  return sizeof(*this) + nodes_.capacity() * sizeof(Node) +
         first_bytes_.capacity() + lists_.capacity() * sizeof(lists_[0]);
}

}  // namespace rolegate
