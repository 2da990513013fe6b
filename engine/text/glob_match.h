// Matches patterns of literals, `?` and `*`, whatever they and the text hold,
// in steps that grow with the sizes of both.  What is not linear, parts of a
// pattern in which literals and `?` take turns, is divided by the bits of a
// word.  The engine's own: resources, conditions and actions share it.

#ifndef ROLEGATE_ENGINE_TEXT_GLOB_MATCH_H_
#define ROLEGATE_ENGINE_TEXT_GLOB_MATCH_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "engine/text/literal_search.h"
#include "engine/text/step_costs.h"
#include "engine/text/steps.h"
#include "engine/text/text.h"

namespace rolegate {

// Taking one part after the other costs more than reading the only one.
inline constexpr std::uint64_t kTakenPart = 2 * step_costs::kPart;

// A part of a pattern, with the value of a variable in its place.
struct GlobPart {
  enum class Kind : std::uint8_t {
    kLiteral,  // `literal`
    kAnyOne,   // `?`
    kAnyRun,   // `*`
    kEnd,      // there are no more
  };
  Kind kind = Kind::kEnd;
  absl::string_view literal;
};

// A text as wildcards see it: in characters, each a UTF-8 code point or, where
// the bytes are not UTF-8, one byte; no wildcard takes a colon that is guarded.
class GlobText {
 public:
  GlobText(absl::string_view text, std::size_t guarded_end)
      : text_(text), guarded_end_(guarded_end) {}

  absl::string_view text() const { return text_; }
  std::size_t size() const { return text_.size(); }
  char operator[](std::size_t at) const { return text_[at]; }
  std::size_t guarded_end() const { return guarded_end_; }

  // Whether a wildcard may take the character at `at`.
  bool MayTake(std::size_t at) const {
    return at < text_.size() && !(at < guarded_end_ && text_[at] == ':');
  }

  // The bytes of the character at `at`.
  std::size_t CharacterSizeAt(std::size_t at) const {
    const bool ascii = static_cast<unsigned char>(text_[at]) < 0x80;
    return ascii ? 1 : CharacterSize(text_.substr(at));
  }

  // Whether a `*` that begins at `from` may end at `at`, for all that
  // characters say: it takes whole ones.
  bool IsBoundary(std::size_t from, std::size_t at) const {
    if (at >= text_.size() || !Continues(text_[at])) return true;
    for (std::size_t back = 1;
         back < kMaxCharacter && at - back >= from && back <= at; ++back) {
      if (Continues(text_[at - back])) continue;
      return CharacterSizeAt(at - back) <= back;
    }
    return true;
  }

  // Whether a byte is one that can only continue a character.
  static bool Continues(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0u) == 0x80u;
  }

  static constexpr std::size_t kMaxCharacter = 4;

 private:
  const absl::string_view text_;
  const std::size_t guarded_end_;
};

// Up to 63 parts of a pattern, each one byte of a literal or a `?`, that are
// held against a text all at once: bit i stands for "the first i parts match
// what ends here".
class BitBlock {
 public:
  static constexpr std::size_t kMaxUnits = 63;

  void AddByte(char byte) {
    bytes_[static_cast<unsigned char>(byte)] |= std::uint64_t{1} << size_++;
  }
  void AddAnyOne() { any_ones_ |= std::uint64_t{1} << size_++; }
  bool full() const { return size_ == kMaxUnits; }

  // `ends` has a bit for every position of the text from `begin` to `end`, the
  // last included: in, where this block may begin; out, where it ends.  Whether
  // it ends anywhere.
  bool Advance(const GlobText& text, std::size_t begin, std::size_t end,
               std::uint64_t* ends) const;

 private:
  std::array<std::uint64_t, 256> bytes_ = {};
  std::uint64_t any_ones_ = 0;
  std::size_t size_ = 0;
};

// Walks a pattern and a text side by side.  If the part behind a `*` matches in
// several places, it takes the first and tries no other: the next `*` could
// take all that a later place would leave out.
//
// `Source` reads the pattern: it has a type `Cursor`, which is copied freely,
// and a method `GlobPart Take(Cursor*)`, which goes on to the next part.
template <typename Source>
class GlobMatch {
 public:
  using Cursor = typename Source::Cursor;

  GlobMatch(Source* source, Cursor pattern, const GlobText& text,
            StepBudget* budget)
      : source_(*source), next_(pattern), text_(text), budget_(*budget) {}

  // False, too, once the budget is exhausted.
  bool Match() {
    for (;;) {
      const GlobPart part = Take(&next_);
      switch (part.kind) {
        case GlobPart::Kind::kEnd:
          return at_ == text_.size();
        case GlobPart::Kind::kAnyRun:
          return MatchBehindStar();
        case GlobPart::Kind::kAnyOne:
        case GlobPart::Kind::kLiteral:
          if (!MatchPart(part, &at_) || budget_.exhausted()) return false;
          break;
      }
    }
  }

 private:
  static constexpr std::size_t kNowhere = absl::string_view::npos;

  // The part of a pattern between two `*`, or behind the last.  It begins with
  // a literal.
  struct Segment {
    Cursor begin;
    Cursor behind;              // the `*` that ends it
    absl::string_view literal;  // the first
    std::size_t literals = 0;   // bytes of all
    std::size_t any_ones = 0;
    bool is_one_literal = true;
    bool is_last = false;

    bool MayBeginWith(absl::string_view text) const {
      return literal.empty() ||
             (!text.empty() && text.front() == literal.front());
    }
    std::size_t units() const { return literals + any_ones; }
    // The most bytes that it may take.
    std::size_t span() const {
      return literals + GlobText::kMaxCharacter * any_ones;
    }
  };

  // Trying one place after the other is the quickest unless the text is made
  // to disappoint; it may take so many steps before the search by bits takes
  // over, once.
  class Patience {
   public:
    explicit Patience(const StepBudget& budget)
        : budget_(budget), begin_(budget.spent()) {}

    // Whether it ends now, after so many places.
    bool EndsAfter(std::size_t places) {
      if (ended_ || budget_.spent() - begin_ <=
                        kSteps + (step_costs::kPlace + 1) * places) {
        return false;
      }
      ended_ = true;
      return true;
    }

   private:
    static constexpr std::uint64_t kSteps = 64;

    const StepBudget& budget_;
    const std::uint64_t begin_;
    bool ended_ = false;
  };

  GlobPart Take(Cursor* cursor) {
    budget_.Spend(kTakenPart);
    return source_.Take(cursor);
  }

  bool MatchPart(const GlobPart& part, std::size_t* at) {
    if (part.kind == GlobPart::Kind::kAnyOne) {
      if (!text_.MayTake(*at)) return false;
      *at += text_.CharacterSizeAt(*at);
      return true;
    }
    budget_.Spend(step_costs::Bytes(part.literal.size()));
    if (!absl::StartsWith(text_.text().substr(*at), part.literal)) return false;
    *at += part.literal.size();
    return true;
  }

  bool MatchBehindStar() {
    while (!budget_.exhausted()) {
      // A `?` behind a `*` may as well stand before it.
      Cursor begin = next_;
      GlobPart part = Take(&next_);
      while (part.kind == GlobPart::Kind::kAnyOne) {
        if (!MatchPart(part, &at_)) return false;
        begin = next_;
        part = Take(&next_);
      }
      if (part.kind == GlobPart::Kind::kAnyRun) continue;
      if (part.kind == GlobPart::Kind::kEnd) return StarEnd() == text_.size();
      const Segment segment = ReadSegment(begin, part);
      if (segment.units() > text_.size() - at_) return false;
      if (segment.is_last) return MatchLast(segment);
      if (!MatchFirst(segment)) return false;
      next_ = segment.behind;
    }
    return false;
  }

  // The first place that a `*` may not go beyond: a guarded colon, or the end.
  std::size_t StarEnd() {
    if (star_end_ == kNowhere || star_end_ < at_) {
      star_end_ = text_.size();
      if (at_ < text_.guarded_end()) {
        const std::size_t colon =
            text_.text().substr(at_, text_.guarded_end() - at_).find(':');
        if (colon != absl::string_view::npos) star_end_ = at_ + colon;
        budget_.Spend(step_costs::Bytes(star_end_ - at_));
      }
    }
    return star_end_;
  }

  // `first` is the part at `begin`, and the next one stands at next_.
  Segment ReadSegment(Cursor begin, const GlobPart& first) {
    Segment segment;
    segment.begin = begin;
    segment.literal = first.literal;
    segment.literals = first.literal.size();
    for (Cursor cursor = next_; !budget_.exhausted();) {
      const GlobPart part = Take(&cursor);
      segment.behind = cursor;
      if (part.kind == GlobPart::Kind::kAnyRun) return segment;
      if (part.kind == GlobPart::Kind::kEnd) break;
      segment.is_one_literal = false;
      if (part.kind == GlobPart::Kind::kAnyOne) {
        ++segment.any_ones;
      } else {
        segment.literals += part.literal.size();
      }
    }
    segment.is_last = true;
    return segment;
  }

  // Moves to the end of the first match of a segment that a `*` ends.
  bool MatchFirst(const Segment& segment) {
    const std::size_t last = StarEnd();
    absl::string_view literal;
    if (!ReadAsLiteral(segment, &literal) ||
        (!literal.empty() && GlobText::Continues(literal.front()))) {
      at_ = FindMixed(segment, last);
      return at_ != kNowhere;
    }
    const absl::string_view rest =
        text_.text().substr(at_, last - at_ + literal.size());
    const std::size_t found = FindLiteral(rest, literal, &budget_);
    if (found == kNowhere) return false;
    at_ += found + literal.size();
    return true;
  }

  // A segment without `?` as one literal, unless it is very long.
  bool ReadAsLiteral(const Segment& segment, absl::string_view* literal) {
    *literal = segment.literal;
    if (segment.is_one_literal) return true;
    if (segment.any_ones > 0 || segment.literals > joined_.size()) return false;
    std::size_t size = 0;
    for (Cursor cursor = segment.begin; size < segment.literals;) {
      const GlobPart part = Take(&cursor);
      budget_.Spend(step_costs::Bytes(part.literal.size()));
      std::copy(part.literal.begin(), part.literal.end(),
                joined_.begin() + static_cast<std::ptrdiff_t>(size));
      size += part.literal.size();
    }
    *literal = absl::string_view(joined_.data(), size);
    return true;
  }

  // Does the same for a segment with a `?` in it, or one that begins in the
  // middle of a character.  Returns where it ends.
  std::size_t FindMixed(const Segment& segment, std::size_t last) {
    Patience patience(budget_);
    for (std::size_t start = at_; start <= last && !budget_.exhausted();
         start += text_.CharacterSizeAt(start)) {
      budget_.Spend(step_costs::kPlace);
      if (segment.MayBeginWith(text_.text().substr(start))) {
        const std::size_t end = EndFrom(segment, start);
        if (end != kNowhere) return end;
      }
      if (start == text_.size()) break;
      if (patience.EndsAfter(start - at_) && FitsBits(segment)) {
        return FindByBits(segment, start, last);
      }
    }
    return kNowhere;
  }

  // Whether a segment that nothing follows matches the end of the text.
  bool MatchLast(const Segment& segment) {
    const std::size_t size = text_.size();
    std::size_t last = std::min(StarEnd(), size - segment.units());
    std::size_t first = std::max(at_, size - std::min(size, segment.span()));
    if (segment.any_ones > 0) {
      // It takes so many characters: there is one place where it may begin.
      if (const auto characters = CharactersOf(segment)) {
        const std::size_t start = BeginOfLast(*characters);
        if (start == kNowhere || start > last) return false;
        first = last = start;
      }
    }
    for (std::size_t start = last + 1; start-- > first;) {
      if (!budget_.Spend(step_costs::kPlace)) return false;
      if (segment.MayBeginWith(text_.text().substr(start)) &&
          text_.IsBoundary(at_, start) && EndFrom(segment, start) == size) {
        return true;
      }
    }
    return false;
  }

  // Returns where the last `characters` characters of the text begin; kNowhere
  // if that is before at_.
  std::size_t BeginOfLast(std::size_t characters) {
    budget_.Spend(characters * step_costs::kPlace);
    std::size_t begin = text_.size();
    for (; characters > 0; --characters) {
      if (begin == at_) return kNowhere;
      do {
        --begin;
      } while (!text_.IsBoundary(at_, begin));
    }
    return begin;
  }

  // Returns where a segment that begins at `start` ends.
  std::size_t EndFrom(const Segment& segment, std::size_t start) {
    std::size_t end = start;
    for (Cursor cursor = segment.begin; !budget_.exhausted();) {
      const GlobPart part = Take(&cursor);
      if (part.kind == GlobPart::Kind::kEnd ||
          part.kind == GlobPart::Kind::kAnyRun) {
        return end;
      }
      if (!MatchPart(part, &end)) return kNowhere;
    }
    return kNowhere;
  }

  // The characters that a segment takes; nothing if a literal ends within one,
  // which no policy's and no request's text does if it is UTF-8.
  std::optional<std::size_t> CharactersOf(const Segment& segment) {
    std::size_t characters = segment.any_ones;
    for (Cursor cursor = segment.begin; !budget_.exhausted();) {
      const GlobPart part = Take(&cursor);
      if (part.kind == GlobPart::Kind::kEnd ||
          part.kind == GlobPart::Kind::kAnyRun) {
        return characters;
      }
      if (part.kind != GlobPart::Kind::kLiteral) continue;
      budget_.Spend(part.literal.size() * step_costs::kPlace);
      const std::optional<std::size_t> more = CountCharacters(part.literal);
      if (!more) return std::nullopt;
      characters += *more;
    }
    return std::nullopt;
  }

  static std::optional<std::size_t> CountCharacters(absl::string_view literal) {
    std::size_t characters = 0;
    for (; !literal.empty(); ++characters) {
      const std::size_t size = CharacterSize(literal);
      const auto lead = static_cast<unsigned char>(literal.front());
      if (size == 1 && lead >= 0xc0) return std::nullopt;
      literal.remove_prefix(size);
    }
    return characters;
  }

  // Matches that begin later must end later for the search by bits, which sees
  // ends alone: they do if no literal ends within a character.  A segment that
  // takes more than this costs more than any budget either way.
  bool FitsBits(const Segment& segment) {
    return segment.span() <= kMaxSpan && CharactersOf(segment).has_value();
  }

  // The first end of a segment that begins from `first` to `last`.
  std::size_t FindByBits(const Segment& segment, std::size_t first,
                         std::size_t last) {
    // Windows overlap by what a segment takes, a quarter of them; larger ones
    // would cost much for a match that is near.
    const std::size_t starts = std::max<std::size_t>(3 * segment.span(), 256);
    for (std::size_t begin = first; begin <= last && !budget_.exhausted();
         begin += starts) {
      const std::size_t last_start = std::min(last, begin + starts - 1);
      const std::size_t end =
          std::min(text_.size(), last_start + segment.span());
      const std::size_t words = (end - begin) / kWordBits + 1;
      std::fill_n(bits_.begin(), words, 0);
      for (std::size_t at = begin; at <= last_start; ++at) {
        if (text_.IsBoundary(at_, at)) SetBit(at - begin);
      }
      if (!AdvanceAll(segment, begin, end)) continue;
      for (std::size_t word = 0; word < words; ++word) {
        if (bits_[word] == 0) continue;
        return begin + word * kWordBits +
               static_cast<std::size_t>(__builtin_ctzll(bits_[word]));
      }
    }
    return kNowhere;
  }

  // Block by block, from where the segment may begin to where it ends.
  bool AdvanceAll(const Segment& segment, std::size_t begin, std::size_t end) {
    Cursor cursor = segment.begin;
    absl::string_view literal;
    for (std::size_t left = segment.units(); left > 0;) {
      BitBlock block;
      for (; left > 0 && !block.full(); --left) {
        if (literal.empty()) {
          GlobPart part = Take(&cursor);
          while (part.kind == GlobPart::Kind::kLiteral &&
                 part.literal.empty()) {
            part = Take(&cursor);
          }
          if (part.kind == GlobPart::Kind::kAnyOne) {
            block.AddAnyOne();
            continue;
          }
          literal = part.literal;
        }
        block.AddByte(literal.front());
        literal.remove_prefix(1);
      }
      if (!budget_.Spend(step_costs::kBitTable +
                         (end - begin + 1) * step_costs::kBitPosition)) {
        return false;
      }
      if (!block.Advance(text_, begin, end, bits_.data())) return false;
    }
    return true;
  }

  void SetBit(std::size_t bit) {
    bits_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
  }

  static constexpr std::size_t kWordBits = 64;
  static constexpr std::size_t kMaxSpan = std::size_t{1} << 15;
  static constexpr std::size_t kMaxJoined = 4096;

  Source& source_;
  Cursor next_;
  const GlobText text_;
  StepBudget& budget_;
  std::size_t at_ = 0;
  std::size_t star_end_ = kNowhere;  // for an `at_` up to it
  std::array<char, kMaxJoined> joined_;
  std::array<std::uint64_t, 4 * kMaxSpan / kWordBits + 1> bits_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_GLOB_MATCH_H_
