#include "service/base/server_address.h"

#include <sys/un.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kExpected = "expected `HOST:PORT` or `unix:/path`";

constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Fault(absl::string_view text, absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("the server's address `", text, "`: ", message));
}

bool IsLoopback(absl::string_view host) {
  return absl::EqualsIgnoreCase(host, "localhost") ||
         absl::StartsWith(host, "127.") || host == "::1";
}

// `[::1]:8470` for an IPv6 address.
std::string Joined(absl::string_view host, absl::string_view port) {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

struct HostAndPort {
  absl::string_view host;
  absl::string_view port;  // empty: none was given
};

// An IPv6 address stands in brackets, or alone.
HostAndPort Split(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "[")) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return {};
    absl::string_view port = text.substr(end + 1);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return {};
    return {text.substr(0, end), port};
  }
  const std::size_t colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) {
    return {text, ""};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// `text` is what was typed, `rest` what follows its scheme.
absl::StatusOr<ServerAddress> ReadHost(absl::string_view text,
                                       absl::string_view rest) {
  const HostAndPort parts = Split(rest);
  if (parts.host.empty()) return Fault(text, kExpected);
  for (const char each : parts.host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(each)) &&
        !absl::StrContains(".-_:%", each)) {
      return Fault(text, kExpected);
    }
  }
  ServerAddress address;
  address.host = std::string(parts.host);
  address.port =
      parts.port.empty() ? absl::StrCat(kDefaultPort) : std::string(parts.port);
  int port = 0;
  if (!absl::SimpleAtoi(address.port, &port) || port < 1 || port > 65535) {
    return Fault(text, "expected a port from 1 to 65535");
  }
  address.target = Joined(parts.host, address.port);
  address.local = IsLoopback(parts.host);
  return address;
}

absl::StatusOr<ServerAddress> ReadUrl(absl::string_view text,
                                      absl::string_view scheme,
                                      absl::string_view rest) {
  const absl::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  absl::StatusOr<ServerAddress> address = ReadHost(text, authority);
  if (!address.ok()) return address;
  const absl::string_view path = rest.substr(authority.size());
  if (!path.empty() && path != "/") {
    return Fault(text, absl::StrCat("gRPC takes no path: write `", scheme,
                                    "://", authority, "`"));
  }
  if (scheme == "http") {
    if (!address->local) {
      return Fault(text, absl::StrCat("`http` sends tokens in the clear and is "
                                      "taken on loopback alone: write `",
                                      address->target, "` for TLS"));
    }
    address->plaintext = true;
  } else if (scheme == "https" || scheme == "grpcs") {
    address->plaintext = false;
  } else if (scheme != "grpc") {
    return Fault(
        text, absl::StrCat("`", scheme, "` is no scheme of a server: write `",
                           address->target, "`"));
  }
  return address;
}

absl::StatusOr<ServerAddress> ReadUnix(absl::string_view text,
                                       absl::string_view rest) {
  if (absl::StartsWith(rest, "//") && !absl::StartsWith(rest, "///")) {
    return Fault(text, absl::StrCat("write `unix:/", rest.substr(2),
                                    "` or `unix:", rest.substr(2), "`"));
  }
  absl::string_view path = rest;
  absl::ConsumePrefix(&path, "//");
  if (path.empty()) return Fault(text, kExpected);
  if (path.size() > kMaxSocketPath) {
    return Fault(text, absl::StrCat("a socket's path has at most ",
                                    kMaxSocketPath, " bytes"));
  }
  ServerAddress address;
  address.local = true;
  address.path = std::string(path);
  address.target = absl::StrCat("unix:", path);
  return address;
}

// An address that gRPC resolves by a scheme of its own.
ServerAddress OfGrpc(absl::string_view text) {
  ServerAddress address;
  address.target = std::string(text);
  return address;
}

}  // namespace

absl::StatusOr<ServerAddress> ReadServerAddress(absl::string_view text) {
  const absl::string_view typed = absl::StripAsciiWhitespace(text);
  absl::string_view rest = typed;
  if (absl::StartsWith(rest, "/")) return ReadUnix(typed, rest);
  if (absl::ConsumePrefix(&rest, "unix:")) return ReadUnix(typed, rest);
  if (absl::ConsumePrefix(&rest, "dns:")) {
    absl::ConsumePrefix(&rest, "///");
    if (absl::StartsWith(rest, "//")) {  // names a DNS server
      return OfGrpc(typed);
    }
    absl::StatusOr<ServerAddress> address = ReadHost(typed, rest);
    if (address.ok()) address->target.insert(0, "dns:///");
    return address;
  }
  for (const absl::string_view scheme : {"ipv4:", "ipv6:"}) {
    if (!absl::ConsumePrefix(&rest, scheme)) continue;
    if (absl::StrContains(rest, ',')) return OfGrpc(typed);  // several
    absl::StatusOr<ServerAddress> address = ReadHost(typed, rest);
    if (address.ok()) address->target.insert(0, scheme.data(), scheme.size());
    return address;
  }
  for (const absl::string_view scheme : {"unix-abstract:", "vsock:", "xds:"}) {
    if (absl::StartsWith(typed, scheme)) {
      return OfGrpc(typed);
    }
  }
  if (const std::size_t end = typed.find("://"); end != typed.npos) {
    return ReadUrl(typed, absl::AsciiStrToLower(typed.substr(0, end)),
                   typed.substr(end + 3));
  }
  return ReadHost(typed, rest);
}

}  // namespace rolegate::service
