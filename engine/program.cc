#include "engine/program.h"

namespace rolegate {

std::size_t Program::memory_bytes() const {
  return begins_[kArrayCount] +
         (index_ != nullptr ? index_->memory_bytes() : 0);
}

}  // namespace rolegate
