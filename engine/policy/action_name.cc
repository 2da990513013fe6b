#include "engine/policy/action_name.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/context_key.h"

namespace rolegate {
namespace {

absl::Status BadAction(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat(
      "action `", text.substr(0, ActionName::kMaxBytes), "` ", fault));
}

absl::Status MalformedAction(absl::string_view text) {
  return BadAction(text, "is not of the form `service:Name`");
}

// The roles of a character in an action's name, as bits, so that one walk over
// a name finds all of them.
enum ActionCharacter : std::uint8_t {
  kNotInPrefix = 1,
  kColon = 2,
  kWildcard = 4,
  kNowhere = 8,  // in no action
};
constexpr auto kActionCharacters = [] {
  std::array<std::uint8_t, 256> kinds = {};
  for (int c = 0; c < 256; ++c) {
    const bool in_prefix = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!in_prefix) kinds[c] |= kNotInPrefix;
    if (c <= ' ' || c >= 0x7F) kinds[c] |= kNowhere;
  }
  kinds[':'] |= kColon;
  kinds['*'] |= kWildcard;
  kinds['?'] |= kWildcard;
  return kinds;
}();

// Writes `text` to `folded` in lower case; what is in it.
unsigned FoldAction(absl::string_view text, char* folded) {
  unsigned found = 0;
  for (const char each : text) {
    const auto c = static_cast<unsigned char>(each);
    found |= kActionCharacters[c];
    *folded++ = absl::ascii_tolower(c);
  }
  return found;
}

}  // namespace

std::uint16_t ServiceNumber(absl::string_view folded_prefix) {
  const std::uint64_t hash = HashContextKey(folded_prefix);
  return static_cast<std::uint16_t>(hash ^ (hash >> 32)) | 1;
}

absl::StatusOr<ActionName> ActionName::Parse(absl::string_view text) {
  if (text.size() > kMaxBytes) {
    return BadAction(text,
                     absl::StrCat("is longer than ", kMaxBytes, " characters"));
  }
  const std::size_t colon = text.find(':');
  if (colon == absl::string_view::npos || colon == 0 ||
      colon + 1 == text.size()) {
    return MalformedAction(text);
  }
  ActionName action;
  char* const folded = action.folded_.data();
  const unsigned in_prefix = FoldAction(text.substr(0, colon), folded);
  const unsigned in_name =
      FoldAction(text.substr(colon + 1), folded + colon + 1);
  if ((in_prefix & kNotInPrefix) != 0 || (in_name & kColon) != 0) {
    return MalformedAction(text);
  }
  if ((in_name & kWildcard) != 0) {
    return BadAction(text, "has a wildcard; ask for one action");
  }
  if ((in_name & kNowhere) != 0) {
    return BadAction(text, "has characters that no action has");
  }
  folded[colon] = ':';
  action.size_ = text.size();
  action.prefix_size_ = colon;
  action.service_number_ = ServiceNumber(action.folded_prefix());
  return action;
}

// Copies of the folded text what there is of it.
ActionName& ActionName::operator=(const ActionName& other) {
  size_ = other.size_;
  prefix_size_ = other.prefix_size_;
  service_number_ = other.service_number_;
  std::copy_n(other.folded_.begin(), size_, folded_.begin());
  return *this;
}

}  // namespace rolegate
