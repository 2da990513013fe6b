#include "engine/decide/template_match.h"

#include <algorithm>
#include <cstddef>

#include "absl/base/attributes.h"
#include "absl/strings/match.h"
#include "engine/text/case_folding.h"
#include "engine/text/glob_match.h"
#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

constexpr int kColonsBeforeResource = 5;

// Finds the value of a variable: its key's one value, else its default.  Rule
// 101: an empty value counts as none, or an empty tag would widen
// `team/${tag}/*`.  Rule 103: a key with several values is no variable, and has
// no default either.
bool Resolve(PieceView piece, const ChargedContext& context,
             absl::string_view* value) {
  ContextValues values;
  context.Get(piece.key(), &values);
  if (values.size() > 1) return false;
  if (values.size() == 1 && !values.front().empty()) {
    *value = values.front();
    return true;
  }
  *value = piece.default_text();
  return piece.has_default();
}

bool LiteralOf(PieceView piece, const ChargedContext& context,
               absl::string_view* literal) {
  if (piece.kind() == PieceKind::kVariable) {
    return Resolve(piece, context, literal);
  }
  *literal = piece.text();
  return true;
}

// Rule 30: wildcards must stop at colons up to the fifth, and here is its end.
std::size_t EndOfGuardedColons(absl::string_view text) {
  std::size_t end = 0;
  for (int i = 0; i < kColonsBeforeResource; ++i) {
    const std::size_t colon = text.find(':', end);
    if (colon == absl::string_view::npos) return text.size();
    end = colon + 1;
  }
  return end;
}

// A variable of a template with its value, or the template's end.
struct KnownVariable {
  TemplateView::Iterator at;
  absl::string_view value;
};

// Whether every variable has a value; one of them is remembered.
bool ResolveAll(TemplateView pattern, const ChargedContext& context,
                KnownVariable* known) {
  const TemplateView::Iterator end = pattern.end();
  for (TemplateView::Iterator at = pattern.begin(); at != end; ++at) {
    context.budget().Spend(step_costs::kPart);
    if ((*at).kind() != PieceKind::kVariable) continue;
    known->at = at;
    if (!Resolve(*at, context, &known->value)) return false;
  }
  return true;
}

// Reads a template for a match, with the values of its variables.  Rule 99: a
// value is literal text.  Rules 29, 31 and 37: `*` and `?` are wildcards
// wherever they stand (glob_match.h).
class TemplateSource {
 public:
  using Cursor = TemplateView::Iterator;

  TemplateSource(TemplateView pattern, const ChargedContext& context,
                 const KnownVariable& variable)
      : end_(pattern.end()), context_(context), variable_(variable) {}

  GlobPart Take(Cursor* cursor) {
    if (*cursor == end_) return {};
    const Cursor here = (*cursor)++;
    const PieceView piece = *here;
    switch (piece.kind()) {
      case PieceKind::kAnyRun:
        return {GlobPart::Kind::kAnyRun, {}};
      case PieceKind::kAnyOne:
        return {GlobPart::Kind::kAnyOne, {}};
      case PieceKind::kLiteral:
        return {GlobPart::Kind::kLiteral, piece.text()};
      case PieceKind::kVariable:
        break;
    }
    if (here != variable_.at) {
      variable_.at = here;
      Resolve(piece, context_, &variable_.value);
    }
    return {GlobPart::Kind::kLiteral, variable_.value};
  }

 private:
  const TemplateView::Iterator end_;
  const ChargedContext& context_;
  KnownVariable variable_;  // the one that was met last
};

// Whether a `*` that begins at `at` may take all that is left.
bool MayTakeRest(const ComparedText& text, std::size_t at) {
  return at >= text.guarded_end ||
         text.text.substr(at, text.guarded_end - at).find(':') ==
             absl::string_view::npos;
}

// Few patterns need this, and it takes much of the stack.  Rule 40: it takes
// time by the sizes of the pattern and the text.
ABSL_ATTRIBUTE_NOINLINE bool MatchGlob(TemplateView pattern,
                                       const KnownVariable& variable,
                                       const ComparedText& text,
                                       const ChargedContext& context) {
  TemplateSource source(pattern, context, variable);
  return GlobMatch<TemplateSource>(&source, pattern.begin(),
                                   GlobText(text.text, text.guarded_end),
                                   &context.budget())
      .Match();
}

bool MatchWildcards(TemplateView pattern, const KnownVariable& variable,
                    const ComparedText& text, const ChargedContext& context) {
  // Most patterns are a literal with a `*` behind it, or differ from the text
  // in that literal already.
  const ViewList<PieceView> pieces = pattern.pieces();
  if (!pieces.empty() && pieces[0].kind() == PieceKind::kLiteral) {
    const absl::string_view literal = pieces[0].text();
    context.budget().Spend(step_costs::kPart +
                           step_costs::Bytes(literal.size()));
    if (!absl::StartsWith(text.text, literal)) return false;
    if (pieces.size() == 2 && pieces[1].kind() == PieceKind::kAnyRun) {
      return MayTakeRest(text, literal.size());
    }
  }
  return MatchGlob(pattern, variable, text, context);
}

// Reads the pattern of an action, which has no variables.
class ActionSource {
 public:
  using Cursor = const char*;

  explicit ActionSource(absl::string_view pattern)
      : end_(pattern.data() + pattern.size()) {}

  static bool IsWildcard(char c) { return c == '*' || c == '?'; }

  GlobPart Take(Cursor* cursor) const {
    const char* const begin = *cursor;
    if (begin == end_) return {};
    if (IsWildcard(*begin)) {
      ++*cursor;
      return {*begin == '*' ? GlobPart::Kind::kAnyRun : GlobPart::Kind::kAnyOne,
              {}};
    }
    const char* end = begin;
    while (end != end_ && !IsWildcard(*end)) ++end;
    *cursor = end;
    return {GlobPart::Kind::kLiteral,
            {begin, static_cast<std::size_t>(end - begin)}};
  }

 private:
  const char* const end_;
};

// Matches an action with the pattern of one.
ABSL_ATTRIBUTE_NOINLINE bool MatchGlob(absl::string_view action_pattern,
                                       absl::string_view folded_action,
                                       StepBudget* budget) {
  ActionSource source(action_pattern);
  return GlobMatch<ActionSource>(&source, action_pattern.data(),
                                 GlobText(folded_action, 0), budget)
      .Match();
}

TemplateMatch MatchFolded(TemplateView pattern, absl::string_view text,
                          const ChargedContext& context) {
  for (const PieceView piece : pattern) {
    absl::string_view literal;
    LiteralOf(piece, context, &literal);
    context.budget().Spend(step_costs::kPart +
                           std::min(literal.size(), text.size()) *
                               step_costs::kFoldedByte);
    if (!ConsumePrefixFolded(&text, literal)) return TemplateMatch::kNo;
  }
  return text.empty() ? TemplateMatch::kYes : TemplateMatch::kNo;
}

}  // namespace

ComparedText ComparedText::Of(absl::string_view text,
                              TextComparison comparison) {
  return {text, comparison,
          comparison == TextComparison::kArn ? EndOfGuardedColons(text) : 0};
}

TemplateMatch MatchTemplate(TemplateView pattern, const ComparedText& text,
                            const ChargedContext& context) {
  const bool folds = text.comparison == TextComparison::kIgnoreCase;
  if (!folds && pattern.IsOnly(PieceKind::kLiteral)) {
    const absl::string_view literal = (*pattern.begin()).text();
    context.budget().Spend(step_costs::kPart +
                           step_costs::Bytes(literal.size()));
    // Rule 28: with regard to letter case.
    return text.text == literal ? TemplateMatch::kYes : TemplateMatch::kNo;
  }
  KnownVariable variable = {pattern.end(), {}};
  if (pattern.has_variables() && !ResolveAll(pattern, context, &variable)) {
    return TemplateMatch::kUnresolved;  // Rule 102
  }
  if (folds) return MatchFolded(pattern, text.text, context);
  return MatchWildcards(pattern, variable, text, context) ? TemplateMatch::kYes
                                                          : TemplateMatch::kNo;
}

bool ResolveWord(TemplateView pattern, const ChargedContext& context,
                 absl::string_view* word) {
  *word = absl::string_view();
  if (pattern.empty()) return true;
  return pattern.size() == 1 && LiteralOf(*pattern.begin(), context, word);
}

// Rules 21 and 22: both texts are folded.  A prefix has no wildcards, so that
// those of the name never reach the colon, and an action's characters are
// ASCII.
bool MatchActionGlob(absl::string_view pattern, absl::string_view folded_action,
                     StepBudget* budget) {
  // Most patterns are a text with a `*` behind it, or differ from the action in
  // that text already.
  const char* const text = pattern.data();
  const std::size_t most = std::min(pattern.size(), folded_action.size());
  std::size_t same = 0;
  while (same < most && text[same] == folded_action.data()[same]) ++same;
  budget->Spend(same);
  if (same == pattern.size() || !ActionSource::IsWildcard(text[same])) {
    return false;
  }
  if (text[same] == '*' && same + 1 == pattern.size()) return true;
  return MatchGlob(pattern, folded_action, budget);
}

}  // namespace rolegate
