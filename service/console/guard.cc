#include "service/console/guard.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/text/cidr.h"

namespace rolegate::service {
namespace {

// The host of "host:port", without the brackets of an IPv6 address; empty if
// what follows the host is no port.
absl::string_view NameIn(absl::string_view host) {
  const bool is_bracketed = absl::ConsumePrefix(&host, "[");
  const std::size_t end = host.find(is_bracketed ? ']' : ':');
  if (end == absl::string_view::npos) return is_bracketed ? "" : host;
  const absl::string_view port = host.substr(end + (is_bracketed ? 1 : 0));
  const bool is_port =
      port.empty() ||
      (port[0] == ':' && absl::c_all_of(port.substr(1), absl::ascii_isdigit));
  return is_port ? host.substr(0, end) : "";
}

bool IsLoopback(const IpAddress& address) {
  if (!address.is_v6) return address.bytes[0] == 127;
  for (std::size_t i = 0; i + 1 < address.bytes.size(); ++i) {
    if (address.bytes[i] != 0) return false;
  }
  return address.bytes.back() == 1;
}

bool IsHostOf(absl::string_view host, const GuardedListener& listener) {
  return listener.has_tls || IsLoopbackHost(host) ||
         (!listener.host.empty() &&
          absl::EqualsIgnoreCase(NameIn(host), listener.host));
}

// Whether the origin is that of a page which this very host served.
bool IsOriginOf(absl::string_view origin, absl::string_view host,
                const GuardedListener& listener) {
  return absl::EqualsIgnoreCase(
      origin, absl::StrCat(listener.has_tls ? "https://" : "http://", host));
}

}  // namespace

bool IsLoopbackHost(absl::string_view host) {
  const absl::string_view name = NameIn(host);
  if (absl::EqualsIgnoreCase(name, "localhost")) return true;
  const std::optional<IpAddress> address = IpAddress::Parse(name);
  return address.has_value() && IsLoopback(*address);
}

std::optional<std::string> WhyForeign(const http1::Request& request,
                                      const GuardedListener& listener) {
  const absl::string_view host = request.Header("host").first;
  if (!IsHostOf(host, listener)) {
    return "the header `Host` names another host than this server: open the "
           "page by `localhost`, or by the address that `operations_listen` "
           "has";
  }
  const http1::HeaderValues site = request.Header("sec-fetch-site");
  if (site.count > 1 ||
      (site.count > 0 && site.first != "same-origin" && site.first != "none")) {
    return "the request comes from a page of another site";
  }
  const http1::HeaderValues origin = request.Header("origin");
  if (origin.count > 1 ||
      (origin.count > 0 && !IsOriginOf(origin.first, host, listener))) {
    return "the request comes from a page of another origin";
  }
  if (!request.is_post) return std::nullopt;
  if (request.Header(kConsoleHeader).count == 0) {
    return absl::StrCat("a POST needs the header `", kConsoleHeader, "`");
  }
  absl::string_view type = request.Header("content-type").first;
  type = absl::StripAsciiWhitespace(type.substr(0, type.find(';')));
  if (!absl::EqualsIgnoreCase(type, "application/json")) {
    return "a POST has the content type `application/json`";
  }
  return std::nullopt;
}

}  // namespace rolegate::service
