// How many entities of each kind a snapshot holds.

#ifndef ROLEGATE_ENGINE_REGISTRY_REGISTRY_COUNTS_H_
#define ROLEGATE_ENGINE_REGISTRY_REGISTRY_COUNTS_H_

#include <cstddef>

namespace rolegate {

struct RegistryCounts {
  std::size_t files = 0;
  std::size_t roles = 0;
  std::size_t users = 0;
  std::size_t groups = 0;
  std::size_t managed_policies = 0;
  std::size_t resource_policies = 0;
  std::size_t organizations = 0;
  std::size_t identity_providers = 0;
  std::size_t revocations = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REGISTRY_COUNTS_H_
