// Keeps the last clean generation of a registry on disk.

#ifndef ROLEGATE_ENGINE_REGISTRY_LAST_GOOD_H_
#define ROLEGATE_ENGINE_REGISTRY_LAST_GOOD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rolegate {

// A file as it was read.
struct RegistryFileText {
  std::string name;
  std::string text;
};

// Writes the generation to `dir` (made if it is not there, private), whole or
// not at all: a crash at any time leaves the previous one or this one.
absl::Status SaveLastGood(const std::string& dir,
                          const std::vector<RegistryFileText>& files);

// kNotFound if none was ever kept, kDataLoss if what is there is damaged.
absl::StatusOr<std::vector<RegistryFileText>> LoadLastGood(
    const std::string& dir);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_LAST_GOOD_H_
