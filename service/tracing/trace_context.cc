#include "service/tracing/trace_context.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kVersionEnd = 2;
constexpr std::size_t kTraceIdBegin = 3;
constexpr std::size_t kSpanIdBegin = 36;
constexpr std::size_t kFlagsBegin = 53;
constexpr std::size_t kEnd = 55;

// All that level 2 of the recommendation defines.
constexpr std::uint8_t kKnownFlags = 0x03;

constexpr std::size_t kMaxMembers = 32;
constexpr std::size_t kMaxPart = 256;  // of a key and of a value

// The value of a digit; -1 for what is none, upper case included.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Reads as many bytes as `bytes` has, from twice as many digits.
template <std::size_t kSize>
bool ReadHex(absl::string_view digits, std::array<std::uint8_t, kSize>* bytes) {
  for (std::size_t i = 0; i < kSize; ++i) {
    const int high = HexDigit(digits[2 * i]);
    const int low = HexDigit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*bytes)[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

template <typename Id>
bool IsZero(const Id& id) {
  return std::all_of(id.begin(), id.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

bool IsLowerOrDigit(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c);
}

// Without the blanks around it that lists may have.
absl::string_view Trimmed(absl::string_view member) {
  const std::size_t begin = member.find_first_not_of(" \t");
  if (begin == absl::string_view::npos) return "";
  return member.substr(begin, member.find_last_not_of(" \t") - begin + 1);
}

bool IsKey(absl::string_view key) {
  return !key.empty() && key.size() <= kMaxPart && IsLowerOrDigit(key[0]) &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return IsLowerOrDigit(c) || absl::StrContains("_-*/@", c);
         });
}

// Blanks at the end are not of the value, and have been taken off.
bool IsValue(absl::string_view value) {
  return !value.empty() && value.size() <= kMaxPart &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return c >= ' ' && c <= '~' && c != ',' && c != '=';
         });
}

}  // namespace

std::string ToHex(const TraceId& id) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

std::optional<TraceParent> ParseTraceparent(absl::string_view text) {
  if (text.size() < kEnd || text[kVersionEnd] != '-' ||
      text[kSpanIdBegin - 1] != '-' || text[kFlagsBegin - 1] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version;
  if (!ReadHex(text, &version) || version[0] == 0xff) return std::nullopt;
  if (text.size() > kEnd && (version[0] == 0 || text[kEnd] != '-')) {
    return std::nullopt;
  }
  TraceParent parent;
  std::array<std::uint8_t, 1> flags;
  if (!ReadHex(text.substr(kTraceIdBegin), &parent.trace_id) ||
      !ReadHex(text.substr(kSpanIdBegin), &parent.span_id) ||
      !ReadHex(text.substr(kFlagsBegin), &flags) || IsZero(parent.trace_id) ||
      IsZero(parent.span_id)) {
    return std::nullopt;
  }
  parent.flags = flags[0] & kKnownFlags;
  return parent;
}

bool IsTracestate(absl::string_view text) {
  if (text.size() > kMaxTracestate) return false;
  absl::InlinedVector<absl::string_view, kMaxMembers> keys;
  for (absl::string_view member : absl::StrSplit(text, ',')) {
    member = Trimmed(member);
    if (member.empty()) continue;  // lists may have empty members
    const std::size_t equals = member.find('=');
    if (equals == absl::string_view::npos || keys.size() == kMaxMembers) {
      return false;
    }
    const absl::string_view key = member.substr(0, equals);
    if (!IsKey(key) || !IsValue(member.substr(equals + 1)) ||
        std::find(keys.begin(), keys.end(), key) != keys.end()) {
      return false;
    }
    keys.push_back(key);
  }
  return !keys.empty();
}

}  // namespace rolegate::service
