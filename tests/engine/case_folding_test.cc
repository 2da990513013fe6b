// Letter case in texts and in the names of keys.

#include "engine/text/case_folding.h"

#include "engine/policy/context_key.h"
#include "engine/text/text.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

bool EqualFolded(absl::string_view a, absl::string_view b) {
  return ConsumePrefixFolded(&a, b) && a.empty();
}

struct Pair {
  const char* name;
  const char* a;
  const char* b;
  bool texts;  // whether they are one text in letters of any case
  bool names;  // whether they are one name of a key or tag
};

const Pair kPairs[] = {
    {"ASCII", "Team-1", "tEAM-1", true, true},
    {"Latin-1", "ÉÀÞ", "éàþ", true, true},
    {"Latin with horn", "Ơ", "ơ", true, true},
    {"schwa", "Ə", "ə", true, true},
    {"Greek, with a final sigma", "ΟΔΟΣ", "οδος", true, true},
    {"Greek with an iota below", "ᾈ", "ᾀ", true, true},
    {"Cyrillic", "ЖЁ", "жё", true, true},
    {"Georgian", "Ა", "ა", true, true},
    {"Cherokee", "ꭰ", "Ꭰ", true, true},
    {"Glagolitic", "Ⰰ", "ⰰ", true, true},
    {"Deseret", "\U00010400", "\U00010428", true, true},
    {"Adlam", "\U0001e900", "\U0001e922", true, true},
    {"wide letters", "Ａ", "ａ", true, true},
    {"capital sharp s", "ẞ", "ß", true, true},
    {"letters that fold into ASCII", "Kſ", "ks", true, false},
    {"sharp s is one character", "ß", "ss", false, false},
    {"dotted and dotless i", "İı", "ii", false, false},
    {"accents are letters of their own", "é", "e\u0301", false, false},
    {"a prefix", "ab", "abc", false, false},
    {"bytes that are no UTF-8", "\xc3", "\xe3", false, false},
    {"bytes that are no UTF-8, alike", "\xff", "\xff", true, true},
};

TEST(CaseFolding, TextsAndNames) {
  for (const Pair& pair : kPairs) {
    for (const auto& [a, b] :
         {std::pair(pair.a, pair.b), std::pair(pair.b, pair.a)}) {
      EXPECT_EQ(EqualFolded(a, b), pair.texts) << pair.name;
      EXPECT_EQ(EqualNames(a, b), pair.names) << pair.name;
      EXPECT_EQ(FoldedName(a) == FoldedName(b), pair.names) << pair.name;
      EXPECT_EQ(ContextKey(a) == ContextKey(b), pair.names) << pair.name;
    }
  }
}

TEST(CaseFolding, NoNamePassesForOneOfAwss) {
  EXPECT_FALSE(EqualNames("awſ:PrincipalTag/Team", "aws:PrincipalTag/Team"));
  EXPECT_FALSE(ContextKey("aws:toKen") == ContextKey("aws:token"));
}

TEST(CaseFolding, EveryCharacterIsWrittenAsItWasRead) {
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text;
    AppendCharacter(c, &text);
    absl::string_view rest = text;
    ASSERT_EQ(TakeCharacter(&rest), c);
    ASSERT_TRUE(rest.empty()) << c;
  }
}

// Folding twice is folding once, or a text would not equal its folded self.
TEST(CaseFolding, WhatIsFoldedStaysAsItIs) {
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    ASSERT_EQ(FoldCharacter(FoldCharacter(c)), FoldCharacter(c)) << c;
  }
}

}  // namespace
}  // namespace rolegate
