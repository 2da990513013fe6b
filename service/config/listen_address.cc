#include "service/config/listen_address.h"

#include <sys/un.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/text/cidr.h"

namespace rolegate::service {
namespace {

absl::Status Bad(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat(
      "`", text, "` ", fault, ", expected `HOST:PORT` or `unix:/path`"));
}

}  // namespace

absl::StatusOr<ListenAddress> ListenAddress::Parse(absl::string_view text) {
  ListenAddress address;
  address.text = std::string(text);
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (!absl::StartsWith(rest, "/") || absl::StartsWith(rest, "//")) {
      return Bad(text, "has no absolute path");
    }
    if (rest.size() >= sizeof(sockaddr_un::sun_path)) {
      return Bad(text, "has too long a path for a socket");
    }
    address.path = std::string(rest);
    return address;
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == absl::string_view::npos) return Bad(text, "has no port");
  absl::string_view host = rest.substr(0, colon);
  const absl::string_view port = rest.substr(colon + 1);
  if (port.empty() ||
      port.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(port, &address.port) || address.port > 65535) {
    return Bad(text, "has no port from 0 to 65535");
  }
  const bool bracketed =
      absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (host.empty()) return Bad(text, "has no host");
  if (!bracketed && absl::StrContains(host, ":")) {
    return Bad(text, "has an IPv6 address without brackets");
  }
  if (bracketed && !IpAddress::Parse(host)) {
    return Bad(text, "has no IPv6 address in its brackets");
  }
  if (host.find_first_of("/% ,") != absl::string_view::npos) {
    return Bad(text, "has no valid host");
  }
  address.host = std::string(host);
  return address;
}

bool ListenAddress::is_loopback() const {
  if (is_unix()) return false;
  if (host == "localhost") return true;
  const auto ip = IpAddress::Parse(host);
  static const auto v4 = *CidrBlock::Parse("127.0.0.0/8");
  static const auto v6 = *CidrBlock::Parse("::1");
  return ip && (v4.Contains(*ip) || v6.Contains(*ip));
}

}  // namespace rolegate::service
