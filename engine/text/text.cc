#include "engine/text/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace rolegate {
namespace {

// The end of Unicode: a byte that is not UTF-8 counts from here.
constexpr std::uint32_t kNotUnicode = 0x110000;

// Bytes that a sequence beginning with `lead` has; 1 for what begins none.
std::size_t SequenceSize(unsigned char lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 1;
}

}  // namespace

std::size_t CharacterSize(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  const std::size_t size = SequenceSize(lead);
  if (size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80u) return 1;
  }
  return size;
}

std::uint32_t TakeCharacter(absl::string_view* text) {
  const std::size_t size = CharacterSize(*text);
  const auto lead = static_cast<unsigned char>(text->front());
  std::uint32_t point = lead;
  if (size == 1) {
    if (lead >= 0x80) point = kNotUnicode + lead;
  } else {
    point = lead & (0xffu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      point = (point << 6) | (static_cast<unsigned char>((*text)[i]) & 0x3fu);
    }
  }
  text->remove_prefix(size);
  return point;
}

void AppendCharacter(std::uint32_t character, std::string* text) {
  const auto append = [text](std::uint32_t byte) {
    text->push_back(static_cast<char>(byte));
  };
  const auto append_rest = [&](int shift) {
    for (; shift >= 0; shift -= 6)
      append(0x80u | ((character >> shift) & 0x3fu));
  };
  if (character < 0x80) {
    append(character);
  } else if (character < 0x800) {
    append(0xc0u | (character >> 6));
    append_rest(0);
  } else if (character < 0x10000) {
    append(0xe0u | (character >> 12));
    append_rest(6);
  } else if (character < kNotUnicode) {
    append(0xf0u | (character >> 18));
    append_rest(12);
  } else {
    append(character - kNotUnicode);
  }
}

absl::string_view CutToBytes(absl::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // A character has at most three bytes that continue it.
  std::size_t end = max_bytes;
  for (int i = 0; i < 3 && end > 0; ++i, --end) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0u) != 0x80u) break;
  }
  return text.substr(0, end);
}

bool HasControlCharacter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

}  // namespace rolegate
