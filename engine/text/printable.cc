#include "engine/text/printable.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace rolegate {

std::size_t Utf8Size(absl::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) &&
                   continues(3, 0x80, 0xBF)
               ? 4
               : 0;
  }
  return 0;
}

bool IsControl(absl::string_view character) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(character[i]);
  };
  switch (character.size()) {
    case 1:
      return byte(0) < 0x20 || byte(0) == 0x7F;
    case 2:
      return byte(0) == 0xC2 && byte(1) < 0xA0;
    case 3:
      return byte(0) == 0xE2 && byte(1) == 0x80 &&
             (byte(2) == 0xA8 || byte(2) == 0xA9);
    default:
      return false;
  }
}

bool IsPrintable(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t size = Utf8Size(text);
    if (size == 0 || IsControl(text.substr(0, size))) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string Printable(absl::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t utf8 = Utf8Size(text);
    const absl::string_view character =
        text.substr(0, std::max<std::size_t>(utf8, 1));
    if (utf8 != 0 && !IsControl(character)) {
      shown.append(character.data(), character.size());
    } else {
      for (const char c : character) {
        absl::StrAppendFormat(&shown, "\\x%02X", static_cast<unsigned char>(c));
      }
    }
    text.remove_prefix(character.size());
  }
  return shown;
}

}  // namespace rolegate
