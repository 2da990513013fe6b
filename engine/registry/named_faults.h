// How many faults are named of each fence.

#ifndef ROLEGATE_ENGINE_REGISTRY_NAMED_FAULTS_H_
#define ROLEGATE_ENGINE_REGISTRY_NAMED_FAULTS_H_

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/fence.h"

namespace rolegate {

// A fault takes more memory than what causes it, so not all of many are named.
// They are counted for each fence by itself: whoever writes one folder must not
// make so many that the faults of another folder are not seen.
class NamedFaults {
 public:
  // `fences` outlive it.
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
