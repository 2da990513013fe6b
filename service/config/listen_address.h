// The address of a listener: `HOST:PORT` or `unix:/path`, and nothing else.

#ifndef ROLEGATE_SERVICE_CONFIG_LISTEN_ADDRESS_H_
#define ROLEGATE_SERVICE_CONFIG_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

struct ListenAddress {
  std::string text;  // as written, and as gRPC takes it
  std::string path;  // of a Unix socket; empty for TCP
  std::string host;  // TCP: a name or an address, without brackets
  int port = 0;      // TCP: 0 lets the system pick

  // `127.0.0.1:8470`, `[::1]:8470`, `localhost:0`, `unix:/run/rolegate.sock`.
  // kInvalidArgument, saying what is wrong, for everything else: a missing
  // host, an IPv6 address without brackets, a relative socket path, a path
  // that the system or gRPC would read differently.
  static absl::StatusOr<ListenAddress> Parse(absl::string_view text);

  bool is_unix() const { return !path.empty(); }

  // TCP that only this machine reaches: 127.0.0.0/8, ::1 and `localhost`.  Any
  // other name counts as off loopback, whatever it resolves to.
  bool is_loopback() const;

  // A Unix socket, or loopback.
  bool is_local() const { return is_unix() || is_loopback(); }

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_LISTEN_ADDRESS_H_
