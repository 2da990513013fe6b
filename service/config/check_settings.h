// Checks the settings as a whole, after each has been read by itself.

#ifndef ROLEGATE_SERVICE_CONFIG_CHECK_SETTINGS_H_
#define ROLEGATE_SERVICE_CONFIG_CHECK_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/text/diagnostic.h"
#include "service/config/config.h"

namespace rolegate::service {

// Appends a fault for each setting that is missing, contradicts another one or
// would have no effect, and a note for what is allowed and may surprise.  Fills
// in what follows from other settings.  Opens no file.
//
// `is_complete` says whether every setting was understood.  If not, a setting
// that seems to be missing may only be misspelled, so its absence is no fault.
void CheckSettings(Config* config, bool is_complete, Diagnostics* faults,
                   std::vector<std::string>* notes);

// The fault of the setting `path`, as `listeners[0].tls.cert`, without a place
// in a file.
Diagnostic FaultOfSetting(absl::string_view path, std::string message);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_CHECK_SETTINGS_H_
