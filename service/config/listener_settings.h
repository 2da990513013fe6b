// The settings of listeners, a list of mappings.

#ifndef ROLEGATE_SERVICE_CONFIG_LISTENER_SETTINGS_H_
#define ROLEGATE_SERVICE_CONFIG_LISTENER_SETTINGS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/config/config.h"
#include "service/config/fence_settings.h"
#include "service/config/setting.h"
#include "yaml-cpp/yaml.h"

namespace rolegate::service {

// The settings of one listener, for the reference: `listeners[].address`, ...
absl::Span<const SettingInfo> ListenerSettings();

// Reads `listeners`, and appends what is wrong with each of them.
std::vector<ListenerConfig> ReadListeners(const YAML::Node& node,
                                          std::vector<SettingFault>* faults);

// Reads one member of the listener of operators: `tls.client_ca`,
// `authenticators`, `principal` or `mappings`, as those of `listeners` are
// read.
void ReadOperationsMember(absl::string_view member, const YAML::Node& node,
                          ListenerConfig* listener,
                          std::vector<SettingFault>* faults);

// Fills in the authenticators that follow from the other settings of the
// listener, beside sessions.
void AddAuthenticators(ListenerConfig* listener);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_LISTENER_SETTINGS_H_
