#include "service/config/trusted_gateways.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/config/listen_address.h"
#include "service/config/principal_name.h"

namespace rolegate::service {
namespace {

bool IsSocket(absl::string_view text) {
  return absl::StartsWith(text, "unix:");
}

bool IsPrincipal(absl::string_view text) {
  return absl::StartsWith(text, "service:") || absl::StartsWith(text, "arn:");
}

}  // namespace

TrustedGateways::TrustedGateways(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (IsSocket(text)) {
      sockets_.insert(text);
    } else if (IsPrincipal(text)) {
      principals_.insert(text);
    } else if (const auto range = CidrBlock::Parse(text)) {
      ranges_.push_back(*range);
    }
  }
}

absl::Status TrustedGateways::Check(absl::string_view text) {
  if (IsSocket(text)) return ListenAddress::Parse(text).status();
  if (IsPrincipal(text)) return ParsePrincipalName(text).status();
  if (CidrBlock::Parse(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected an address, a range as `10.0.0.0/8`, a socket as "
                   "`unix:/path` or a principal, found `",
                   text.substr(0, 128), "`"));
}

bool TrustedGateways::CoverPeer(absl::string_view peer) const {
  if (IsSocket(peer)) return sockets_.contains(peer);
  if (ranges_.empty()) return false;
  const auto address = IpAddress::Parse(peer);
  return address && std::any_of(ranges_.begin(), ranges_.end(),
                                [&](const CidrBlock& range) {
                                  return range.Contains(*address);
                                });
}

bool TrustedGateways::CoverPrincipal(absl::string_view name) const {
  return principals_.contains(name);
}

}  // namespace rolegate::service
