#include "engine/decide/request.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

absl::Status BadAction(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat(
      "action `", text.substr(0, ActionName::kMaxBytes), "` ", fault));
}

absl::Status MalformedAction(absl::string_view text) {
  return BadAction(text, "is not of the form `service:Name`");
}

// What a character may be in an action: bits, so that one walk over a name
// finds all that is in it.
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

bool HasWildcard(absl::string_view text) {
  // For a short text find_first_of costs more, which begins with a table.
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '*' || c == '?'; });
}

// The actions that a role's trust policy governs.
constexpr absl::string_view kTrustActions[] = {
    "sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml",
    "sts:tagsession", "sts:setsourceidentity",
};

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

absl::StatusOr<ResourceName> ResourceName::Parse(absl::string_view text) {
  ResourceName resource;
  resource.text_ = text;
  resource.last_part_ = text.size();
  if (text == "*") return resource;
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the resource is longer than ", kMaxBytes, " characters"));
  }
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn) {
    return absl::InvalidArgumentError(absl::StrCat(
        "resource `", text.substr(0, 256), "` is neither an ARN nor `*`"));
  }
  const std::size_t last_part = text.size() - arn->resource.size();
  if (HasWildcard(text.substr(0, last_part))) {
    return absl::InvalidArgumentError(
        absl::StrCat("resource `", text.substr(0, 256),
                     "` has a wildcard; ask about one resource"));
  }
  resource.account_ = arn->account;
  resource.last_part_ = last_part;
  return resource;
}

absl::string_view ResolveResourceAccount(absl::string_view named,
                                         const ResourceName& resource,
                                         const Principal& principal) {
  if (!named.empty()) return named;
  if (!resource.account().empty()) return resource.account();
  return principal.account;
}

bool IsTrustRequest(const ActionName& action, const ResourceName& resource) {
  if (action.folded_prefix() != "sts") return false;
  if (std::find(std::begin(kTrustActions), std::end(kTrustActions),
                action.folded()) == std::end(kTrustActions)) {
    return false;
  }
  const std::optional<Arn> arn = Arn::Parse(resource.text());
  return arn && arn->service == "iam" && arn->resource.substr(0, 5) == "role/";
}

}  // namespace rolegate
