#include "engine/text/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace rolegate {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0,    0,
                                                        0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedPrefixBits = 96;

bool IsMapped(const IpAddress& address) {
  return address.is_v6 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(),
                                     address.bytes.begin());
}

IpAddress Unmap(const IpAddress& mapped) {
  IpAddress v4;
  std::copy_n(mapped.bytes.begin() + 12, 4, v4.bytes.begin());
  return v4;
}

unsigned DigitOf(char c) {
  return static_cast<unsigned char>(c) - unsigned{'0'};
}

// Reads a number up to 255 and moves `*at` behind it; false if none stands
// there.  What follows a leading zero is not part of the number.
bool TakeByte(const char** at, const char* end, std::uint8_t* byte) {
  if (*at == end) return false;
  unsigned value = DigitOf(*(*at)++);
  if (value > 9) return false;
  while (value != 0 && *at != end && DigitOf(**at) <= 9) {
    value = value * 10 + DigitOf(*(*at)++);
    if (value > 255) return false;
  }
  *byte = static_cast<std::uint8_t>(value);
  return true;
}

// Four such numbers between dots; what inet_pton takes.
bool ParseV4(absl::string_view text, IpAddress* address) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t part = 0; part < 4; ++part) {
    if (part > 0 && (at == end || *at++ != '.')) return false;
    if (!TakeByte(&at, end, &address->bytes[part])) return false;
  }
  return at == end;
}

// Reads the address as it is written.  A mapped address keeps its IPv6 form.
std::optional<IpAddress> ParseAsWritten(absl::string_view text) {
  std::optional<IpAddress> address(std::in_place);
  if (ParseV4(text, &*address)) return address;
  // inet_pton wants a terminated string; no address is longer than this.
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof(buffer)) return std::nullopt;
  if (text.find('\0') != absl::string_view::npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';

  address->is_v6 = true;
  if (inet_pton(AF_INET6, buffer, address->bytes.data()) != 1) {
    address.reset();
  }
  return address;
}

// The mask of the byte at `index` for a prefix of `prefix_size` bits.
std::uint8_t MaskOf(int index, int prefix_size) {
  const int bits = std::clamp(prefix_size - index * 8, 0, 8);
  return static_cast<std::uint8_t>(0xff00 >> bits);
}

// One to three digits: "8", not "+8" or "".
std::optional<int> ParsePrefixSize(absl::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 3 ||
      text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  std::optional<IpAddress> address = ParseAsWritten(text);
  if (address && IsMapped(*address)) return Unmap(*address);
  return address;
}

std::optional<CidrBlock> CidrBlock::Parse(absl::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address =
      ParseAsWritten(text.substr(0, slash));
  if (!address) return std::nullopt;

  int prefix_size = address->is_v6 ? 128 : 32;
  if (slash != absl::string_view::npos) {
    const std::optional<int> given = ParsePrefixSize(text.substr(slash + 1));
    if (!given || *given > prefix_size) return std::nullopt;
    prefix_size = *given;
  }

  CidrBlock block;
  block.address = *address;
  // A shorter prefix reaches beyond the mapped addresses and stays IPv6.
  if (IsMapped(*address) && prefix_size >= kMappedPrefixBits) {
    block.address = Unmap(*address);
    prefix_size -= kMappedPrefixBits;
  }
  block.prefix_size = static_cast<std::uint8_t>(prefix_size);
  for (int i = 0; i < 16; ++i) {
    block.address.bytes[i] &= MaskOf(i, prefix_size);
  }
  return block;
}

bool CidrBlock::Contains(const IpAddress& other) const {
  if (other.is_v6 != address.is_v6) return false;
  for (int i = 0; i * 8 < prefix_size; ++i) {
    if ((other.bytes[i] & MaskOf(i, prefix_size)) != address.bytes[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace rolegate
