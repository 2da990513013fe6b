// The configuration of a server, checked against the files that it names.

#ifndef ROLEGATE_SERVICE_NET_LOAD_CONFIG_H_
#define ROLEGATE_SERVICE_NET_LOAD_CONFIG_H_

#include "service/config/read_config.h"

namespace rolegate::service {

// Reads the configuration, and what it names as far as a server could not start
// with a fault there: certificates and their keys, the key sets of token
// issuers, the folders of keys and state.  The registry and the administration
// policy are read later, and may be mended while the server runs.  Never fails
// otherwise than by `faults`.
ConfigResult LoadConfig(const ConfigSources& sources);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LOAD_CONFIG_H_
