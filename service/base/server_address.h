// Addresses of servers as people type them.

#ifndef ROLEGATE_SERVICE_BASE_SERVER_ADDRESS_H_
#define ROLEGATE_SERVICE_BASE_SERVER_ADDRESS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

inline constexpr int kDefaultPort = 8470;

struct ServerAddress {
  std::string target;  // what gRPC dials
  // Whether to do without TLS.  Not set: nothing was said about it.
  std::optional<bool> plaintext;
  bool local = false;  // a loopback address or a Unix socket
  // A probe connects to this: a socket's path, or a host without brackets and a
  // port.  All are empty if gRPC resolves the address by a scheme of its own.
  std::string path;
  std::string host;
  std::string port;
};

// Reads `HOST`, `HOST:PORT`, `unix:/path`, `/path` or one of gRPC's schemes, in
// which a port that is left out is kDefaultPort.  A URL of `http`, `https`,
// `grpc` or `grpcs` without a path is understood, too; `http` is without TLS,
// and `https` and `grpcs` are with it.
//
// kInvalidArgument, with the address that was probably meant, for anything
// else, and for `http` off loopback, where a token would go in the clear.
absl::StatusOr<ServerAddress> ReadServerAddress(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_SERVER_ADDRESS_H_
