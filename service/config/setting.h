// The shape of a setting: what people read of it, and how it is read.

#ifndef ROLEGATE_SERVICE_CONFIG_SETTING_H_
#define ROLEGATE_SERVICE_CONFIG_SETTING_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/config/config.h"
#include "service/config/fence_settings.h"
#include "yaml-cpp/yaml.h"

namespace rolegate::service {

// One setting, as people see it.
struct SettingInfo {
  std::string name;         // "registry.dir"; of a listener "listeners[].tls"
  std::string type;         // "path", "duration", "true or false", ...
  std::string fallback;     // default as text; empty: none
  std::string environment;  // "ROLEGATE_REGISTRY_DIR"; empty in lists
  std::string flag;         // "--registry"; empty: none
  std::string doc;          // one or more sentences
};
// Reads a value into the configuration.  Returns what is wrong with it; empty
// if nothing is.
using SettingReader = std::function<std::string(const YAML::Node&, Config*)>;

// Reads a list into the configuration, and appends what is wrong with each of
// its members.
using SettingListReader =
    std::function<void(const YAML::Node&, Config*, std::vector<SettingFault>*)>;

struct Setting {
  SettingInfo info;
  SettingReader read;  // one of the two is set
  SettingListReader read_list;
};

// "ROLEGATE_REGISTRY_DIR" for "registry.dir".
std::string EnvironmentName(absl::string_view setting);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_SETTING_H_
