// The settings of `operations_listen`, but for its address.

#ifndef ROLEGATE_SERVICE_CONFIG_OPERATIONS_SETTINGS_H_
#define ROLEGATE_SERVICE_CONFIG_OPERATIONS_SETTINGS_H_

#include <vector>

#include "service/config/setting.h"

namespace rolegate::service {

// Their rows in the table of settings: `operations.tls.cert`, ...
std::vector<Setting> OperationsSettings();

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_OPERATIONS_SETTINGS_H_
