#include "service/identity/incoming_call.h"

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace rolegate::service {

std::string PeerAddress(const IncomingCall& call) {
  return AddressInPeer(call.peer());
}

std::string AddressInPeer(absl::string_view name) {
  const std::string peer =
      absl::StrReplaceAll(name, {{"%5B", "["}, {"%5D", "]"}});
  absl::string_view rest = peer;
  if (!absl::ConsumePrefix(&rest, "ipv4:") &&
      !absl::ConsumePrefix(&rest, "ipv6:")) {
    return "";
  }
  rest = rest.substr(0, rest.rfind(':'));
  absl::ConsumePrefix(&rest, "[");
  absl::ConsumeSuffix(&rest, "]");
  return std::string(rest.substr(0, rest.find("%25")));  // without a zone
}

}  // namespace rolegate::service
