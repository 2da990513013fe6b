#include "engine/text/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace rolegate {
namespace {

// Bytes that a sequence beginning with `lead` has; 1 for what begins none.
std::size_t SequenceSize(unsigned char lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 1;
}

// Removes one character and returns its code point.  A byte that is not UTF-8
// is given a value beyond Unicode, so that it equals itself alone.
std::uint32_t TakeCharacter(absl::string_view* text) {
  const std::size_t size = CharacterSize(*text);
  const auto lead = static_cast<unsigned char>(text->front());
  std::uint32_t point = lead;
  if (size == 1) {
    if (lead >= 0x80) point = 0x110000u + lead;
  } else {
    point = lead & (0xffu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      point = (point << 6) | (static_cast<unsigned char>((*text)[i]) & 0x3fu);
    }
  }
  text->remove_prefix(size);
  return point;
}

bool InRange(std::uint32_t c, std::uint32_t first, std::uint32_t last) {
  return c >= first && c <= last;
}

// Pairs of neighbours, the upper-case one on an even (or odd) code point.
bool InEvenPairs(std::uint32_t c) {
  return InRange(c, 0x0100, 0x012f) || InRange(c, 0x0132, 0x0137) ||
         InRange(c, 0x014a, 0x0177) || InRange(c, 0x01de, 0x01ef) ||
         InRange(c, 0x01f8, 0x021f) || InRange(c, 0x0222, 0x0233) ||
         InRange(c, 0x03d8, 0x03ef) || InRange(c, 0x0460, 0x0481) ||
         InRange(c, 0x048a, 0x04bf) || InRange(c, 0x04d0, 0x052f) ||
         InRange(c, 0x1e00, 0x1e95) || InRange(c, 0x1ea0, 0x1eff);
}
bool InOddPairs(std::uint32_t c) {
  return InRange(c, 0x0139, 0x0148) || InRange(c, 0x0179, 0x017e) ||
         InRange(c, 0x01cd, 0x01dc) || InRange(c, 0x04c1, 0x04ce);
}

// Simple case folding (CaseFolding.txt, status C and S) of Latin, Greek,
// Cyrillic and Armenian.  Policies are written in Latin-1; the other scripts
// come in by tags and variables.
std::uint32_t Fold(std::uint32_t c) {
  if (c < 0x80) return InRange(c, 'A', 'Z') ? c + 32 : c;
  switch (c) {
    case 0x00b5:
      return 0x03bc;  // micro sign
    case 0x0178:
      return 0x00ff;
    case 0x017f:
      return 's';  // long s
    case 0x03c2:
      return 0x03c3;  // final sigma
    case 0x0386:
      return 0x03ac;
    case 0x038c:
      return 0x03cc;
    case 0x04c0:
      return 0x04cf;
    case 0x1e9e:
      return 0x00df;  // capital sharp s
    case 0x2126:
      return 0x03c9;  // ohm sign
    case 0x212a:
      return 'k';  // kelvin sign
    case 0x212b:
      return 0x00e5;  // angstrom sign
    default:
      break;
  }
  if (InRange(c, 0x00c0, 0x00de) && c != 0x00d7) return c + 32;
  if (InRange(c, 0x0388, 0x038a)) return c + 37;
  if (InRange(c, 0x038e, 0x038f)) return c + 63;
  if (InRange(c, 0x0391, 0x03ab) && c != 0x03a2) return c + 32;
  if (InRange(c, 0x0400, 0x040f)) return c + 80;
  if (InRange(c, 0x0410, 0x042f)) return c + 32;
  if (InRange(c, 0x0531, 0x0556)) return c + 48;
  if (InRange(c, 0xff21, 0xff3a)) return c + 32;
  if (c == 0x0130 || c == 0x0131) return c;  // dotted and dotless i
  if (InEvenPairs(c)) return c | 1u;
  if (InOddPairs(c)) return c % 2 == 1 ? c + 1 : c;
  return c;
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

bool ConsumePrefixFolded(absl::string_view* text, absl::string_view prefix) {
  absl::string_view rest = *text;
  while (!prefix.empty()) {
    if (rest.empty() ||
        Fold(TakeCharacter(&rest)) != Fold(TakeCharacter(&prefix))) {
      return false;
    }
  }
  *text = rest;
  return true;
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
