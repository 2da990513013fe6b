#include "engine/text/base64.h"

#include <cstddef>
#include <cstdint>

namespace rolegate {
namespace {

// The six bits of a character, or -1.
int BitsOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

std::size_t PaddingOf(absl::string_view text) {
  const std::size_t last = text.find_last_not_of('=');
  return last == absl::string_view::npos ? text.size() : text.size() - last - 1;
}

// Calls `f(byte)` for every byte that `text` stands for; `f` returns false to
// stop.  False if `text` is not canonical or `f` stopped.
template <typename F>
bool ForEachByte(absl::string_view text, F f) {
  const std::size_t padding = PaddingOf(text);
  if (text.size() % 4 != 0 || padding > 2) return false;
  text.remove_suffix(padding);
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    const int six = BitsOf(c);
    if (six < 0) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(six);
    held += 6;
    if (held >= 8) {
      held -= 8;
      if (!f(static_cast<char>((bits >> held) & 0xff))) return false;
    }
  }
  return (bits & ((1u << held) - 1)) == 0;  // no stray bits at the end
}

}  // namespace

std::optional<std::string> DecodeBase64(absl::string_view text) {
  std::string bytes;
  const bool canonical = ForEachByte(text, [&](char byte) {
    bytes.push_back(byte);
    return true;
  });
  if (!canonical) return std::nullopt;
  return bytes;
}

bool IsBase64(absl::string_view text) {
  return ForEachByte(text, [](char) { return true; });
}

bool Base64Equals(absl::string_view text, absl::string_view bytes) {
  std::size_t next = 0;
  const bool equal = ForEachByte(text, [&](char byte) {
    return next < bytes.size() && bytes[next++] == byte;
  });
  return equal && next == bytes.size();
}

}  // namespace rolegate
