// What a program keeps, and where.

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/policy.h"
#include "engine/program_writer.h"
#include "engine/word_store.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

// The pieces as they were written, each in brackets.
std::string Show(const Program& program, Template pieces) {
  std::string out;
  for (const Piece& piece : pieces) {
    switch (piece.kind) {
      case Piece::Kind::kLiteral:
        absl::StrAppend(&out, "[", piece.text, "]");
        break;
      case Piece::Kind::kAnyRun:
        out += "[*]";
        break;
      case Piece::Kind::kAnyOne:
        out += "[?]";
        break;
      case Piece::Kind::kVariable:
        absl::StrAppend(&out, "[$", program.key(piece.key).name,
                        piece.has_default ? "=" : "", piece.text, "]");
        break;
    }
  }
  return out;
}

TEST(Template, IsCutIntoPieces) {
  const std::string large(300, 'x');
  const struct {
    std::string text;
    std::string pieces;
    bool is_one_literal = false;
    bool has_variables = false;
  } kCases[] = {
      {"", ""},
      {"plain", "[plain]", true},
      {large, "[" + large + "]", true},
      {"*", "[*]"},
      {"a**b?", "[a][*][b][?]"},
      {"a*?*", "[a][*][?][*]"},
      {"${aws:username}", "[$aws:username]", false, true},
      {"a/${aws:username}/*", "[a/][$aws:username][/][*]", false, true},
      {"${a:b, 'c}d'}e", "[$a:b=c}d][e]", false, true},
      {"${*}${?}${$}", "[*?$]", true},
      {"${open", "[${open]", true},
  };
  for (const auto& c : kCases) {
    ProgramWriter writer;
    const TextRef ref = writer.AddTemplate(c.text, {true, true, 0});
    const Program program = std::move(writer).Finish();
    const Template pieces = program.pieces(ref);
    EXPECT_EQ(Show(program, pieces), c.pieces);
    EXPECT_EQ(pieces.IsOnly(Piece::Kind::kLiteral), c.is_one_literal) << c.text;
    EXPECT_EQ(pieces.has_variables(), c.has_variables) << c.text;
  }
}

TEST(WordStore, KeepsAWordOnce) {
  WordStore words;
  const auto first = words.Add("s3:getobject");
  ASSERT_TRUE(first);
  EXPECT_NE(words.Add("s3:putobject"), first);
  EXPECT_EQ(words.Add("s3:getobject"), first);
}

TEST(WordStore, IsFullAtSomeTimeAndStaysReadable) {
  WordStore words;
  const auto first = words.Add("first");
  const std::string large(WordStore::kCapacity / 4, 'x');
  int added = 0;
  while (words.Add(absl::StrCat(large, added))) ++added;
  EXPECT_EQ(added, 3);
  EXPECT_EQ(words.Add("first"), first);
  EXPECT_FALSE(words.Add(std::string(WordStore::kCapacity, 'y')));

  // What does not fit stands in the program.
  ProgramWriter writer(&words);
  const TextRef word = writer.AddWord("first");
  const TextRef own = writer.AddWord(large);
  const Program program = std::move(writer).Finish();
  EXPECT_EQ(word.is_word, 1u);
  EXPECT_EQ(own.is_word, 0u);
  EXPECT_EQ(program.text(word), "first");
  EXPECT_EQ(program.text(own), large);
}

TEST(WordStore, OutlivesThePoolInTheProgramsThatUseIt) {
  Diagnostics faults;
  std::shared_ptr<const Policy> policy;
  {
    ProgramPool pool;
    CompileOptions options;
    options.pool = &pool;
    policy = Policy::CompileText(testing::Allow("s3:GetObject"),
                                 PolicyKind::kIdentity, {"p", "", ""}, &faults,
                                 options);
  }
  ASSERT_NE(policy, nullptr);
  const Program& program = policy->program();
  const ActionPattern action =
      program.action(program.actions(program.statements()[0])[0]);
  EXPECT_EQ(action.text, "s3:getobject");
  EXPECT_EQ(action.prefix_size, 2);
}

}  // namespace
}  // namespace rolegate
