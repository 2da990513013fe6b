// The values that a condition key can have, as patterns, and whether a pattern
// of a policy can match one of them.

#ifndef ROLEGATE_ENGINE_LINT_VALUE_SHAPES_H_
#define ROLEGATE_ENGINE_LINT_VALUE_SHAPES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/policy/condition_operator.h"
#include "engine/policy/context_keys.h"
#include "engine/text/steps.h"

namespace rolegate {

// A pattern in which these characters stand for others, and all else for
// itself:
//
//   `*`  any text              `^`  any text without a colon
//   `#`  a digit               `;`  any text of a name's characters
//   `&`  a character of an external ID, `%` any text of these
//
// A name has letters, digits and `_+=,.@-`; an external ID also `:` and `/`.
class ValueShape {
 public:
  // `text` has at most 63 characters.
  // NOLINTNEXTLINE(google-explicit-constructor): a table's cell is a literal.
  consteval ValueShape(const char* text) {
    for (; text[size_] != '\0'; ++size_) Add(text[size_]);
  }

  // Whether a text has both this shape and that of a pattern.
  bool Meets(const ConditionOperator& op, absl::string_view listed,
             bool variables) const;

 private:
  // A set of the shape's characters, by their places.
  using Places = std::uint64_t;

  static constexpr bool IsName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '=' ||
           c == ',' || c == '.' || c == '@' || c == '-';
  }
  static constexpr bool Admits(char shape, char c) {
    switch (shape) {
      case '*':
        return true;
      case '^':
        return c != ':';
      case '#':
        return c >= '0' && c <= '9';
      case ';':
        return IsName(c);
      case '&':
      case '%':
        return IsName(c) || c == ':' || c == '/';
      default:
        return c == shape;
    }
  }

  consteval void Add(char c) {
    const Places place = Places{1} << size_;
    if (c == '*' || c == '^' || c == ';' || c == '%') repeats_ |= place;
    if (c != ':') no_colon_ |= place;
    if (c == '*' || c == '^') beyond_ascii_ |= place;
    for (std::size_t i = 0; i < admits_.size(); ++i) {
      if (Admits(c, static_cast<char>(i))) admits_[i] |= place;
    }
  }

  Places AdmitsOf(char c, bool ignores_case) const;
  Places Close(Places places) const;
  Places Consume(Places places, Places admitted) const;
  Places ConsumeMany(Places places, Places admitted) const;

  std::size_t size_ = 0;
  Places repeats_ = 0;       // stand for any number of characters
  Places no_colon_ = 0;      // admit a character other than a colon
  Places beyond_ascii_ = 0;  // admit bytes above 127
  std::array<Places, 128> admits_ = {};
};

// The shapes of a key's values.  Empty: they can be any text.
absl::Span<const ValueShape> ShapesOf(const KnownKey& key);

// The shapes of the subjects of an issuer's tokens; empty if they can be any
// text.
absl::Span<const ValueShape> SubjectShapesOf(absl::string_view issuer);

// Whether the operator, which compares texts or ARNs, can find a value of one
// of the shapes that matches what a policy lists.  `variables` says whether
// `${…}` stands for a value.  Returns true once the steps are exhausted.
bool MayMatch(const ConditionOperator& op, absl::string_view listed,
              bool variables, absl::Span<const ValueShape> shapes,
              StepBudget& steps);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_VALUE_SHAPES_H_
