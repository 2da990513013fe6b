// Address ranges, for IpAddress and NotIpAddress.

#ifndef ROLEGATE_ENGINE_TEXT_CIDR_H_
#define ROLEGATE_ENGINE_TEXT_CIDR_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace rolegate {

// An address of one family.  An IPv4 address mapped into IPv6 (::ffff:a.b.c.d)
// is the IPv4 address, so that a dual-stack listener changes no decision.
struct IpAddress {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // the first four for IPv4

  // Returns nothing unless the text is an address.  Zone ids are not part of
  // one.
  static std::optional<IpAddress> Parse(absl::string_view text);
};

// A range of addresses of one family.  Families never contain each other.
struct CidrBlock {
  IpAddress address;  // bits beyond the prefix are zero
  std::uint8_t prefix_size = 0;

  // `10.0.0.0/8`, or a bare address, which is a range of one.
  static std::optional<CidrBlock> Parse(absl::string_view text);

  bool Contains(const IpAddress& other) const;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_CIDR_H_
