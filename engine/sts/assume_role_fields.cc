#include "engine/sts/assume_role_fields.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "engine/text/arn.h"
#include "engine/text/text.h"

namespace rolegate {
namespace {

constexpr std::size_t kMaxTags = 50;
constexpr std::size_t kMaxPolicyArns = 10;
constexpr std::size_t kMaxSourceIdentity = 64;  // characters
constexpr int kMinSeconds = 900;
constexpr int kMaxSeconds = 43200;

// Lengths count characters, not bytes.
std::size_t CharacterCount(absl::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(CharacterSize(text));
    ++count;
  }
  return count;
}

// `[\w...]*` with ASCII word characters and these punctuation marks.
bool HasOnly(absl::string_view text, absl::string_view marks) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
           marks.find(c) != absl::string_view::npos;
  });
}

// `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`: every letter, digit and separator of
// Unicode; beyond ASCII, all but control characters.
bool HasOnlyTagCharacters(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    const auto lead = static_cast<unsigned char>(text.front());
    if (size == 1 &&
        (lead >= 0x80 || !HasOnly(text.substr(0, 1), " .:/=+-@"))) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

// `[\u0009\u000A\u000D\u0020-\u00FF]*`
bool HasOnlyPolicyCharacters(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool ascii =
        lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r';
    if (size == 1 ? lead >= 0x80 || !ascii : size > 2 || lead > 0xC3) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

// `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD…]*`: no
// control characters but these, and no noncharacters.
bool HasOnlyArnCharacters(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool control =
        lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r';
    if (size == 1 && (control || lead >= 0x7F)) return false;
    if (size == 2 && lead == 0xC2 && text[1] < '\xA0' && text[1] != '\x85') {
      return false;
    }
    if (size == 3 && absl::StartsWith(text, "\xEF\xBF") && text[2] >= '\xBE') {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

bool IsTokenCode(absl::string_view text) {
  return text.size() == 6 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

// The members that a list may have.  One that is too long is refused for its
// length, so that half a million empty members do not make as many violations.
template <typename T>
absl::Span<const T> FirstOf(const std::vector<T>& list, std::size_t most) {
  return absl::MakeConstSpan(list).subspan(0, most);
}

// "arn:PARTITION:iam::ACCOUNT:role/NAME", whether or not there is such a role.
bool IsRoleArn(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->partition.empty() || arn->service != "iam" ||
      !arn->region.empty() || !IsAccountId(arn->account)) {
    return false;
  }
  const std::optional<IamResource> named = IamResource::Parse(arn->resource);
  return named && named->type == "role";
}

class FieldChecker {
 public:
  struct Length {
    std::size_t min;
    std::size_t max;
  };

  // `name` is AWS's, in lowerCamel; `field` the proto's.
  void CheckText(absl::string_view field, absl::string_view name,
                 absl::string_view value, Length length,
                 absl::string_view marks) {
    CheckLength(field, name, value, length);
    if (!HasOnly(value, marks)) {
      Violate(field, name, value,
              absl::StrCat("Member must satisfy regular expression pattern: "
                           "[\\w",
                           marks, "]*"));
    }
  }

  void CheckLength(absl::string_view field, absl::string_view name,
                   absl::string_view value, Length length) {
    const std::size_t size = CharacterCount(value);
    if (size < length.min) {
      Violate(field, name, value,
              absl::StrCat("Member must have length greater than or equal to ",
                           length.min));
    } else if (size > length.max) {
      Violate(field, name, value,
              absl::StrCat("Member must have length less than or equal to ",
                           length.max));
    }
  }

  void CheckArn(absl::string_view field, absl::string_view name,
                absl::string_view value) {
    CheckLength(field, name, value, {20, 2048});
    if (!HasOnlyArnCharacters(value)) {
      Violate(field, name, "",
              "Member must satisfy regular expression pattern: "
              "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF"
              "\\uE000-\\uFFFD\\u10000-\\u10FFFF]+");
    }
  }

  // Says what is wrong with the form of a role's ARN, which tells nobody which
  // roles there are.  Of several faults it names the first.
  void CheckRoleArn(absl::string_view field, absl::string_view name,
                    absl::string_view value) {
    const std::size_t before = violations_.size();
    CheckArn(field, name, value);
    if (violations_.size() > before || IsRoleArn(value)) return;
    Violate(field, name, value,
            "Member must be the ARN of a role, as in "
            "arn:aws:iam::123456789012:role/Reader");
  }

  void Violate(absl::string_view field, absl::string_view name,
               absl::string_view value, std::string constraint) {
    constexpr std::size_t kShown = 128;
    texts_.push_back(absl::StrCat(
        "Value '", value.substr(0, kShown), value.size() > kShown ? "…" : "",
        "' at '", name, "' failed to satisfy constraint: ", constraint));
    violations_.push_back({std::string(field), std::move(constraint)});
  }

  Refusal Finish() && {
    if (violations_.empty()) return std::nullopt;
    return ApiError{ErrorCode::kValidationError,
                    absl::StrCat(texts_.size(), " validation error",
                                 texts_.size() == 1 ? "" : "s",
                                 " detected: ", absl::StrJoin(texts_, "; ")),
                    std::move(violations_)};
  }

 private:
  std::vector<std::string> texts_;
  std::vector<FieldViolation> violations_;
};

void CheckTags(const AssumeRoleInput& input, FieldChecker& checker) {
  if (input.tags.size() > kMaxTags) {
    checker.Violate("tags", "tags", "",
                    absl::StrCat("Member must have length less than or equal "
                                 "to ",
                                 kMaxTags));
  }
  for (const Tag& tag : FirstOf(input.tags, kMaxTags)) {
    checker.CheckLength("tags", "tags.member.key", tag.key, {1, 128});
    checker.CheckLength("tags", "tags.member.value", tag.value, {0, 256});
    for (absl::string_view text :
         {absl::string_view(tag.key), absl::string_view(tag.value)}) {
      if (!HasOnlyTagCharacters(text)) {
        checker.Violate("tags", "tags.member", text,
                        "Member must satisfy regular expression pattern: "
                        "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");
      }
    }
    if (absl::StartsWithIgnoreCase(tag.key, "aws:")) {
      checker.Violate("tags", "tags.member.key", tag.key,
                      "the prefix aws: is reserved");
    }
  }
  if (input.transitive_tag_keys.size() > kMaxTags) {
    checker.Violate("transitive_tag_keys", "transitiveTagKeys", "",
                    absl::StrCat("Member must have length less than or equal "
                                 "to ",
                                 kMaxTags));
  }
  for (const std::string& key : FirstOf(input.transitive_tag_keys, kMaxTags)) {
    checker.CheckLength("transitive_tag_keys", "transitiveTagKeys.member", key,
                        {1, 128});
  }
}

}  // namespace

Refusal ValidateAssumeRole(const AssumeRoleInput& input) {
  FieldChecker checker;
  checker.CheckRoleArn("role_arn", "roleArn", input.role_arn);
  checker.CheckText("role_session_name", "roleSessionName",
                    input.role_session_name, {2, 64}, "+=,.@-");
  if (input.duration_seconds) {
    const std::string shown = absl::StrCat(*input.duration_seconds);
    if (*input.duration_seconds < kMinSeconds) {
      checker.Violate("duration_seconds", "durationSeconds", shown,
                      absl::StrCat("Member must have value greater than or "
                                   "equal to ",
                                   kMinSeconds));
    } else if (*input.duration_seconds > kMaxSeconds) {
      checker.Violate("duration_seconds", "durationSeconds", shown,
                      absl::StrCat("Member must have value less than or equal "
                                   "to ",
                                   kMaxSeconds));
    }
  }
  if (input.external_id) {
    checker.CheckText("external_id", "externalId", *input.external_id,
                      {2, 1224}, "+=,.@:/-");
  }
  if (input.source_identity) {
    checker.CheckText("source_identity", "sourceIdentity",
                      *input.source_identity, {2, kMaxSourceIdentity},
                      "+=,.@-");
  }
  if (input.serial_number) {
    checker.CheckText("serial_number", "serialNumber", *input.serial_number,
                      {9, 256}, "+=/:,.@-");
  }
  if (input.token_code && !IsTokenCode(*input.token_code)) {
    // The text may be a code that is still good, so the error does not repeat
    // it.
    checker.Violate("token_code", "tokenCode", "",
                    "Member must satisfy regular expression pattern: [\\d]{6}");
  }
  if (input.policy && input.policy->empty()) {
    checker.Violate("policy", "policy", "",
                    "Member must have length greater than or equal to 1");
  }
  if (input.policy && !HasOnlyPolicyCharacters(*input.policy)) {
    checker.Violate("policy", "policy", "",
                    "Member must satisfy regular expression pattern: "
                    "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+");
  }
  if (input.policy_arns.size() > kMaxPolicyArns) {
    checker.Violate("policy_arns", "policyArns", "",
                    absl::StrCat("Member must have length less than or equal "
                                 "to ",
                                 kMaxPolicyArns));
  }
  for (const std::string& arn : FirstOf(input.policy_arns, kMaxPolicyArns)) {
    checker.CheckArn("policy_arns", "policyArns.member.arn", arn);
  }
  CheckTags(input, checker);
  return std::move(checker).Finish();
}

}  // namespace rolegate
