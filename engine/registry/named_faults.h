// Bounds how many faults are named for each fence.

#ifndef ROLEGATE_ENGINE_REGISTRY_NAMED_FAULTS_H_
#define ROLEGATE_ENGINE_REGISTRY_NAMED_FAULTS_H_

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/fence.h"

namespace rolegate {

// A fault takes more memory than what causes it, so only some of many faults
// are named.  Each fence has its own count: nobody who writes one folder must
// make so many faults that those of another folder are not seen.
class NamedFaults {
 public:
  // `fences` must outlive this object.
  NamedFaults(absl::Span<const Fence> fences, std::size_t most)
      : fences_(fences), most_(most) {}

  // Whether one more fault of the file or folder of this name is to be named.
  bool Admit(absl::string_view name) {
    return ++counts_[FindFence(fences_, name)] <= most_;
  }

 private:
  const absl::Span<const Fence> fences_;
  const std::size_t most_;
  absl::flat_hash_map<const Fence*, std::size_t> counts_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_NAMED_FAULTS_H_
