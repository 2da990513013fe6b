// The rows of the table that say whether and where spans go.

#ifndef ROLEGATE_SERVICE_CONFIG_TRACING_SETTINGS_H_
#define ROLEGATE_SERVICE_CONFIG_TRACING_SETTINGS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/config/setting.h"
#include "service/config/tracing_options.h"

namespace rolegate::service {

std::vector<Setting> TracingSettings();

// Calls `fault` for each setting that contradicts another, and if
// `is_complete`, which says that every setting was understood, for settings
// that have no effect because no collector is named.
void CheckTracing(const TracingOptions& options, bool is_complete,
                  const std::function<void(absl::string_view path,
                                           std::string message)>& fault);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_TRACING_SETTINGS_H_
