// The quick match answers as the simple walk does, for every pattern and text
// over small alphabets, for random ones, and for texts that are no UTF-8.

#include "engine/text/glob_match.h"

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/text/literal_search.h"
#include "gtest/gtest.h"
#include "tests/support/simple_walk.h"

namespace rolegate {
namespace {

using testing::WalkPart;

// `*` and `?` are wildcards; what lies between `<` and `>` is the value of a
// variable.
std::vector<WalkPart> Parts(const std::string& pattern) {
  std::vector<WalkPart> parts;
  bool joins = false;
  for (char c : pattern) {
    if (c == '<' || c == '>') {
      joins = false;
      if (c == '<') parts.push_back({WalkPart::Kind::kLiteral, ""});
      if (c == '<') joins = true;
      continue;
    }
    if (c == '*' || c == '?') {
      parts.push_back(
          {c == '*' ? WalkPart::Kind::kAnyRun : WalkPart::Kind::kAnyOne, ""});
      joins = false;
    } else if (joins) {
      parts.back().literal.push_back(c);
    } else {
      parts.push_back({WalkPart::Kind::kLiteral, std::string(1, c)});
      joins = true;
    }
  }
  return parts;
}

// Asks the engine's own match of the same parts.
class PartsSource {
 public:
  using Cursor = std::size_t;
  explicit PartsSource(const std::vector<WalkPart>& parts) : parts_(parts) {}
  GlobPart Take(Cursor* cursor) const {
    if (*cursor == parts_.size()) return {};
    const WalkPart& part = parts_[(*cursor)++];
    switch (part.kind) {
      case WalkPart::Kind::kAnyRun:
        return {GlobPart::Kind::kAnyRun, {}};
      case WalkPart::Kind::kAnyOne:
        return {GlobPart::Kind::kAnyOne, {}};
      case WalkPart::Kind::kLiteral:
        break;
    }
    return {GlobPart::Kind::kLiteral, part.literal};
  }

 private:
  const std::vector<WalkPart>& parts_;
};

bool Matches(const std::vector<WalkPart>& parts, absl::string_view text,
             std::size_t guarded_end) {
  StepBudget budget(StepBudget::kUnlimited);
  PartsSource source(parts);
  return GlobMatch<PartsSource>(&source, 0, GlobText(text, guarded_end),
                                &budget)
      .Match();
}

void ExpectSame(const std::string& pattern, const std::string& text,
                std::size_t guarded_end) {
  const std::vector<WalkPart> parts = Parts(pattern);
  EXPECT_EQ(Matches(parts, text, guarded_end),
            testing::SimplyMatches(parts, text, guarded_end))
      << "pattern `" << absl::CHexEscape(pattern) << "` text `"
      << absl::CHexEscape(text) << "` guarded to " << guarded_end;
}

std::vector<std::string> All(const std::string& alphabet, std::size_t most) {
  std::vector<std::string> all = {""};
  for (std::size_t begin = 0, size = 1; size <= most; ++size) {
    const std::size_t end = all.size();
    for (; begin < end; ++begin) {
      for (char c : alphabet) all.push_back(all[begin] + c);
    }
  }
  return all;
}

TEST(GlobMatch, EveryShortPatternAndText) {
  for (const std::string& pattern : All("ab*?", 6)) {
    for (const std::string& text : All("ab", 6)) ExpectSame(pattern, text, 0);
  }
}

TEST(GlobMatch, EveryShortPatternAndTextWithColons) {
  for (const std::string& pattern : All("a:*?", 5)) {
    for (const std::string& text : All("a:", 5)) {
      ExpectSame(pattern, text, 0);
      ExpectSame(pattern, text, text.size() / 2);
      ExpectSame(pattern, text, text.size());
    }
  }
}

// A byte that begins a character of two, one that continues, and one alone.
TEST(GlobMatch, EveryShortPatternAndTextOfCharacters) {
  for (const std::string& pattern : All("a\xc3\xa9*?", 5)) {
    for (const std::string& text : All("a\xc3\xa9", 6)) {
      ExpectSame(pattern, text, 0);
    }
  }
  for (const std::string& pattern : All("\xf0\x9f*?", 6)) {
    for (const std::string& text : All("\xf0\x9f", 7)) {
      ExpectSame(pattern, text, 0);
    }
  }
}

std::string Random(std::mt19937* random, const std::vector<std::string>& of,
                   std::size_t most) {
  std::string text;
  for (std::size_t i = (*random)() % (most + 1); i > 0; --i) {
    text += of[(*random)() % of.size()];
  }
  return text;
}

// Long enough for every search to hand over to the next, and for parts that
// fill several words.
TEST(GlobMatch, RandomPatternsAndTexts) {
  struct Alphabet {
    std::vector<std::string> pattern;
    std::vector<std::string> text;
  };
  const Alphabet alphabets[] = {
      {{"a", "a", "a", "?", "a?", "*"}, {"a", "a", "a", "a", "a", "b"}},
      {{"a", "b", "?", "*"}, {"a", "b"}},
      {{"a", "aaaa", "?", "??", "*"}, {"a", "aaaaaaaa", "b"}},
      {{"a", "\xc3\xa9", "?", "?", "*"}, {"a", "\xc3\xa9", "\xc3\xa9"}},
      {{"a", "\xf0\x9f\x98\x80", "?", "?", "*"},
       {"a", "\xf0\x9f\x98\x80", "\x80", "\xf0"}},
      {{"\xf0", "\x9f", "a", "?", "*"}, {"\xf0", "\x9f\x98\x80", "\x9f", "a"}},
      {{"a", ":", "?", "*", "<ab>"}, {"a", "b", ":"}},
      {{"<>", "<a>", "<aa>", "?", "*"}, {"a", "a", "b"}},
  };
  std::mt19937 random(20261128);
  for (int i = 0; i < 400'000; ++i) {
    const Alphabet& of = alphabets[i % std::size(alphabets)];
    const std::size_t most = std::size_t{4} << (random() % 6);
    const std::string pattern = Random(&random, of.pattern, most);
    const std::string text = Random(&random, of.text, 3 * most);
    ExpectSame(pattern, text, random() % 2 == 0 ? 0 : text.size() / 3);
    if (HasFailure()) return;
  }
}

// Patterns that are made of the text, so that most of them match.
TEST(GlobMatch, RandomPatternsOfTheText) {
  std::mt19937 random(8);
  const std::vector<std::string> alphabets[] = {
      {"a", "b"},
      {"a", "a", "a", "a", "a", "a", "b"},
      {"a", "\xc3\xa9", "\xf0\x9f\x98\x80"},
      {"\xc3", "\xa9", "\xf0\x9f\x98\x80", "a"}};
  for (int i = 0; i < 200'000; ++i) {
    const auto& of = alphabets[i % std::size(alphabets)];
    const std::string text =
        Random(&random, of, std::size_t{8} << (random() % 6));
    std::string pattern;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size =
          CharacterSize(absl::string_view(text).substr(at));
      switch (random() % 16) {
        case 0:
          pattern += '*';
          at += random() % 8;
          break;
        case 1:
        case 2:
        case 3:
          pattern += '?';
          at += size;
          break;
        default:
          pattern += text.substr(at, size);
          at += size;
      }
    }
    ExpectSame(pattern, text, 0);
    if (HasFailure()) return;
  }
}

TEST(GlobMatch, SegmentsLongerThanASearchByBitsTakes) {
  const std::string unit = "a?";
  std::string pattern = "*b";
  for (int i = 0; i < 9000; ++i) pattern += unit;
  const std::string text = "xb" + std::string(18000, 'a');
  ExpectSame(pattern, text, 0);
  ExpectSame(pattern + "*", text + "a", 0);
  ExpectSame(pattern + "c", text, 0);
}

TEST(FindLiteral, AsStringViewDoes) {
  std::mt19937 random(1);
  const std::vector<std::string> alphabets[] = {
      {"a", "b"}, {"a", "a", "a", "b"}, {"ab", "aba", "c"}, {"a"}};
  for (int i = 0; i < 300'000; ++i) {
    const auto& of = alphabets[i % std::size(alphabets)];
    const std::string text =
        Random(&random, of, std::size_t{8} << (random() % 8));
    const std::string literal =
        Random(&random, of, std::size_t{2} << (random() % 7));
    StepBudget budget(StepBudget::kUnlimited);
    ASSERT_EQ(FindLiteral(text, literal, &budget), text.find(literal))
        << "`" << literal << "` in `" << text << "`";
  }
}

}  // namespace
}  // namespace rolegate
