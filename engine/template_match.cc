#include "engine/template_match.h"

#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "engine/steps.h"
#include "engine/text.h"

namespace rolegate {
namespace {

constexpr int kColonsBeforeResource = 5;

// The value of a variable: its key's one value, else its default.  An empty
// value counts as none, or an empty tag would widen `team/${tag}/*`.  A key
// with several values is no variable, and has no default either.
bool Resolve(const Program& program, const Piece& piece,
             const ContextKeySource& context, absl::string_view* value) {
  ContextValues values;
  context.Get(program.key(piece.key), &values);
  if (values.size() > 1) return false;
  if (values.size() == 1 && !values.front().empty()) {
    *value = values.front();
    return true;
  }
  *value = piece.text;
  return piece.has_default;
}

bool LiteralOf(const Program& program, const Piece& piece,
               const ContextKeySource& context, absl::string_view* literal) {
  if (piece.kind == Piece::Kind::kVariable) {
    return Resolve(program, piece, context, literal);
  }
  *literal = piece.text;
  return true;
}

// How far wildcards must stop at colons: up to the fifth.
std::size_t EndOfGuardedColons(absl::string_view text) {
  std::size_t end = 0;
  for (int i = 0; i < kColonsBeforeResource; ++i) {
    const std::size_t colon = text.find(':', end);
    if (colon == absl::string_view::npos) return text.size();
    end = colon + 1;
  }
  return end;
}

// Walks pattern and text side by side; on a mismatch the last `*` takes one
// character more.  Earlier ones need not be tried again: the last one could
// have taken all that they would give up.
class GlobWalk {
 public:
  // `variable` is one of the pieces with its value, or the end.
  GlobWalk(const Program& program, Template pattern, const ComparedText& text,
           const ContextKeySource& context, Template::Iterator variable,
           absl::string_view value)
      : program_(program),
        end_(pattern.end()),
        text_(text.text),
        guarded_end_(text.guarded_end),
        context_(context),
        variable_(variable),
        value_(value),
        next_(pattern.begin()) {}

  TemplateMatch Match() {
    for (;;) {
      if (next_ == end_) {
        if (at_ == text_.size()) return TemplateMatch::kYes;
      } else {
        const Template::Iterator here = next_;
        const Piece piece = next_.Take();
        if (piece.kind == Piece::Kind::kAnyRun) {
          after_star_ = next_;
          has_star_ = true;
          star_at_ = at_;
          if (next_ == end_) {
            return MayTakeRest() ? TemplateMatch::kYes : TemplateMatch::kNo;
          }
          continue;
        }
        if (MatchPiece(here, piece)) continue;
      }
      if (!Retreat()) return TemplateMatch::kNo;
    }
  }

 private:
  // Whether a wildcard may take the character at `at`.
  bool MayTake(std::size_t at) const {
    return at < text_.size() && !(at < guarded_end_ && text_[at] == ':');
  }

  bool MayTakeRest() const {
    CountSteps(1);
    return at_ >= guarded_end_ ||
           text_.substr(at_, guarded_end_ - at_).find(':') ==
               absl::string_view::npos;
  }

  std::size_t SizeAt(std::size_t at) const {
    const bool ascii = static_cast<unsigned char>(text_[at]) < 0x80;
    return ascii ? 1 : CharacterSize(text_.substr(at));
  }

  bool MatchPiece(Template::Iterator here, const Piece& piece) {
    CountSteps(1);
    if (piece.kind == Piece::Kind::kAnyOne) {
      if (!MayTake(at_)) return false;
      at_ += SizeAt(at_);
      return true;
    }
    const absl::string_view literal = Literal(here, piece);
    CountSteps(literal.size());
    if (!absl::StartsWith(text_.substr(at_), literal)) return false;
    at_ += literal.size();
    return true;
  }

  absl::string_view Literal(Template::Iterator here, const Piece& piece) {
    if (piece.kind != Piece::Kind::kVariable) return piece.text;
    if (here != variable_) {
      variable_ = here;
      Resolve(program_, piece, context_, &value_);
    }
    return value_;
  }

  bool Retreat() {
    CountSteps(1);
    if (!has_star_ || !MayTake(star_at_)) return false;
    star_at_ += SizeAt(star_at_);
    at_ = star_at_;
    next_ = after_star_;
    return true;
  }

  const Program& program_;
  const Template::Iterator end_;
  const absl::string_view text_;
  const std::size_t guarded_end_;
  const ContextKeySource& context_;

  // The variable that was met last, which a `*` before it meets again.
  Template::Iterator variable_;
  absl::string_view value_;

  Template::Iterator next_;
  std::size_t at_ = 0;
  Template::Iterator after_star_;  // behind the last `*` met
  std::size_t star_at_ = 0;        // and where it ends for now
  bool has_star_ = false;
};

TemplateMatch MatchFolded(const Program& program, Template pattern,
                          absl::string_view text,
                          const ContextKeySource& context) {
  for (const Piece& piece : pattern) {
    absl::string_view literal;
    LiteralOf(program, piece, context, &literal);
    CountSteps(literal.size());
    if (!ConsumePrefixFolded(&text, literal)) return TemplateMatch::kNo;
  }
  return text.empty() ? TemplateMatch::kYes : TemplateMatch::kNo;
}

// The same walk for actions, whose patterns have no variables and whose
// characters are ASCII.  A prefix has no wildcards, so that those of the name
// never reach the colon.
bool MatchName(absl::string_view pattern, absl::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = absl::string_view::npos;
  std::size_t star_end = 0;
  while (n < name.size()) {
    CountSteps(1);
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = n;
      if (p == pattern.size()) return true;
    } else if (p < pattern.size() &&
               (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      n = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

ComparedText ComparedText::Of(absl::string_view text,
                              TextComparison comparison) {
  return {text, comparison,
          comparison == TextComparison::kArn ? EndOfGuardedColons(text) : 0};
}

TemplateMatch MatchTemplate(const Program& program, Template pattern,
                            const ComparedText& text,
                            const ContextKeySource& context) {
  const Template::Iterator end = pattern.end();
  if (text.comparison != TextComparison::kIgnoreCase &&
      pattern.IsOnly(Piece::Kind::kLiteral)) {
    const absl::string_view literal = (*pattern.begin()).text;
    CountSteps(literal.size());
    return text.text == literal ? TemplateMatch::kYes : TemplateMatch::kNo;
  }
  Template::Iterator variable = end;
  absl::string_view value;
  for (Template::Iterator at = pattern.has_variables() ? pattern.begin() : end;
       at != end;) {
    const Template::Iterator here = at;
    const Piece piece = at.Take();
    if (piece.kind != Piece::Kind::kVariable) continue;
    variable = here;
    if (!Resolve(program, piece, context, &value)) {
      return TemplateMatch::kUnresolved;
    }
  }
  if (text.comparison == TextComparison::kIgnoreCase) {
    return MatchFolded(program, pattern, text.text, context);
  }
  return GlobWalk(program, pattern, text, context, variable, value).Match();
}

bool ResolveWord(const Program& program, Template pattern,
                 const ContextKeySource& context, absl::string_view* word) {
  *word = absl::string_view();
  if (pattern.empty()) return true;
  Template::Iterator at = pattern.begin();
  const Piece first = at.Take();
  return at == pattern.end() && LiteralOf(program, first, context, word);
}

bool MatchActionGlob(const ActionPattern& pattern,
                     absl::string_view folded_action) {
  return MatchName(pattern.text, folded_action);
}

}  // namespace rolegate
