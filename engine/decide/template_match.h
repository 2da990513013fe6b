// Matches texts against compiled templates: literals, `*`, `?`, variables.

#ifndef ROLEGATE_ENGINE_DECIDE_TEMPLATE_MATCH_H_
#define ROLEGATE_ENGINE_DECIDE_TEMPLATE_MATCH_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/decide/charged_context.h"
#include "engine/program/program_views.h"

namespace rolegate {

enum class TemplateMatch : std::uint8_t {
  kNo,
  kYes,
  // A variable has no value: the template stands for no text at all.
  kUnresolved,
};

// How a template is compared.
enum class TextComparison : std::uint8_t {
  kExact,       // byte for byte; `*` runs over anything
  kIgnoreCase,  // after simple case folding; the template has no wildcards
  kArn,         // wildcards stop at the text's first five colons
};

// A text that templates are matched against.
struct ComparedText {
  absl::string_view text;
  TextComparison comparison = TextComparison::kExact;
  std::size_t guarded_end = 0;  // up to here wildcards stop at colons

  static ComparedText Of(absl::string_view text, TextComparison comparison);
  // An ARN whose sixth part begins at `last_part`.
  static ComparedText Arn(absl::string_view text, std::size_t last_part) {
    return {text, TextComparison::kArn, last_part};
  }
};

// Matches the whole of a text, never a part of it.  `?` is one character: one
// UTF-8 code point, or one byte where the text is not UTF-8.  What a variable
// stands for is literal text, wildcards and `${` in it included.
//
// Takes steps by the size of the pattern and of the text, never by the product
// of both, whatever they hold (glob_match.h), and charges them to the context's
// budget.  Once that is exhausted the answer means nothing.
TemplateMatch MatchTemplate(TemplateView pattern, const ComparedText& text,
                            const ChargedContext& context);
inline TemplateMatch MatchTemplate(TemplateView pattern, absl::string_view text,
                                   TextComparison comparison,
                                   const ChargedContext& context) {
  return MatchTemplate(pattern, ComparedText::Of(text, comparison), context);
}

// The text that a template without wildcards stands for, if it is one literal
// or one variable; false if a variable has no value.  For Bool, whose values
// are words.
bool ResolveWord(TemplateView pattern, const ChargedContext& context,
                 absl::string_view* word);

// Matches an action with a pattern that has wildcards in its name.  Both are in
// lower case.
bool MatchActionGlob(absl::string_view pattern, absl::string_view folded_action,
                     StepBudget* budget);

// Matches an action in lower case with any pattern.
inline bool MatchAction(ActionView pattern, absl::string_view folded_action,
                        StepBudget* budget) {
  switch (pattern.kind()) {
    case ActionKind::kAll:
      return true;
    case ActionKind::kNothing:
      return false;
    case ActionKind::kExact:
      return pattern.text() == folded_action;
    case ActionKind::kGlob:
      break;
  }
  return MatchActionGlob(pattern.text(), folded_action, budget);
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_TEMPLATE_MATCH_H_
