// Amazon Resource Names: arn:partition:service:region:account:resource.

#ifndef ROLEGATE_ENGINE_TEXT_ARN_H_
#define ROLEGATE_ENGINE_TEXT_ARN_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace rolegate {

// An ARN cut at its first five colons; the last part keeps its own.  Views
// into the text that was parsed.
struct Arn {
  absl::string_view partition;
  absl::string_view service;
  absl::string_view region;
  absl::string_view account;
  absl::string_view resource;

  // Returns nothing unless `text` begins with `arn:` and has six parts.  The
  // parts may be empty; what they may hold depends on the ARN's use.
  static std::optional<Arn> Parse(absl::string_view text);
};

// Whether `text` is twelve digits.
bool IsAccountId(absl::string_view text);

// Says in messages why something else names no account.
inline constexpr absl::string_view kAccountHasTwelveDigits =
    "an account has twelve digits";

// Whether `text` is not empty and has nothing but digits.
bool IsDigits(absl::string_view text);

// "role/team/Reader" -> type "role", path "/team/", name "Reader".
struct IamResource {
  absl::string_view type;
  absl::string_view path;  // begins and ends with `/`
  absl::string_view name;  // after the last `/`

  // Returns nothing unless `resource` is `type/name` or `type/path/name`.
  static std::optional<IamResource> Parse(absl::string_view resource);
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_ARN_H_
