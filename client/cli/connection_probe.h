// Why a server cannot be used, found out by a connection of one's own.

#ifndef ROLEGATE_CLIENT_CLI_CONNECTION_PROBE_H_
#define ROLEGATE_CLIENT_CLI_CONNECTION_PROBE_H_

#include <string>

#include "absl/time/time.h"
#include "rolegate/client.h"
#include "service/base/server_address.h"

namespace rolegate::cli {

// Connects to `address` as `options` say, and tells what is wrong and what to
// do: nobody listens, one side speaks TLS and the other does not, or one does
// not trust the other's certificate.  Empty if it finds nothing.
//
// gRPC's own words are those of its libraries ("Socket closed"), and the same
// for several of these causes.  Takes at most `limit`, but for the time that
// the system needs to resolve the host.  Sends no token.
std::string ProbeConnection(const service::ServerAddress& address,
                            const ClientOptions& options, bool plaintext,
                            absl::Duration limit);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CONNECTION_PROBE_H_
