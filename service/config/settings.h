// The table of settings: one row a name, whatever it is set by.

#ifndef ROLEGATE_SERVICE_CONFIG_SETTINGS_H_
#define ROLEGATE_SERVICE_CONFIG_SETTINGS_H_

#include <vector>

#include "service/config/setting.h"

namespace rolegate::service {

// Every setting outside lists, in the order of the reference.
const std::vector<Setting>& Settings();

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_SETTINGS_H_
