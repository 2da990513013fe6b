// `registry.fences` in YAML.

#ifndef ROLEGATE_SERVICE_CONFIG_FENCE_SETTINGS_H_
#define ROLEGATE_SERVICE_CONFIG_FENCE_SETTINGS_H_

#include <string>
#include <vector>

#include "engine/registry/fence.h"
#include "yaml-cpp/yaml.h"

namespace rolegate::service {

// One fault of a member of a list of settings.
struct SettingFault {
  YAML::Mark mark;
  std::string path;  // "registry.fences[0].accounts[2]"
  std::string message;
};

// Reads the list, with every fault that it has.  The fences are to be used only
// if there is none.
std::vector<Fence> ReadFences(const YAML::Node& node,
                              std::vector<SettingFault>* faults);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_FENCE_SETTINGS_H_
