// What a program keeps, and where.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/memory/parallel.h"
#include "engine/memory/varint.h"
#include "engine/memory/word_store.h"
#include "engine/program/policy.h"
#include "engine/program/program_writer.h"
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
    const CountedPtr<const Program> owner = std::move(writer).Finish();
    const Program& program = *owner;
    const Template pieces = program.pieces(ref);
    EXPECT_EQ(Show(program, pieces), c.pieces);
    EXPECT_EQ(pieces.IsOnly(Piece::Kind::kLiteral), c.is_one_literal) << c.text;
    EXPECT_EQ(pieces.has_variables(), c.has_variables) << c.text;
  }
}

std::optional<std::uint32_t> Add(WordStore& words, absl::string_view text) {
  WordStore::Word word = {text, {}};
  words.Add(absl::MakeSpan(&word, 1));
  return word.begin;
}

TEST(WordStore, KeepsAWordOnce) {
  WordStore words;
  const auto first = Add(words, "s3:getobject");
  ASSERT_TRUE(first);
  EXPECT_NE(Add(words, "s3:putobject"), first);
  EXPECT_EQ(Add(words, "s3:getobject"), first);
}

TEST(WordStore, KeepsManyWordsOnceWhoeverAddsThem) {
  WordStore words;
  constexpr std::size_t kWords = 5000;
  std::vector<std::optional<std::uint32_t>> begins(4 * kWords);
  ForEachInParallel(begins.size(), 1, [&](std::size_t i) {
    begins[i] = Add(words, absl::StrCat("s3:word", i % kWords));
  });
  std::set<std::uint32_t> different;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    ASSERT_TRUE(begins[i]);
    EXPECT_EQ(begins[i], begins[i % kWords]);
    different.insert(*begins[i]);
    const char* at = words.block().get() + *begins[i];
    const std::uint64_t size = ReadVarint(&at);
    EXPECT_EQ(absl::string_view(at, size), absl::StrCat("s3:word", i % kWords));
  }
  EXPECT_EQ(different.size(), kWords);
}

// The text of the only action of a program.
std::string ActionOf(WordStore* words, absl::string_view text, bool* is_word) {
  ProgramWriter writer(words);
  writer.AddStatement(StatementCode(), /*service=*/0);
  ActionPattern action;
  action.kind = ActionPattern::Kind::kExact;
  action.text = text;
  writer.AddAction(action);
  EXPECT_TRUE(writer.fits());
  const CountedPtr<const Program> owner = std::move(writer).Finish();
  const Program& program = *owner;
  const TextRef ref = program.actions(program.statements()[0])[0];
  *is_word = ref.is_word != 0;
  return std::string(program.action(ref).text);
}

TEST(WordStore, IsFullAtSomeTimeAndStaysReadable) {
  WordStore words;
  bool is_word = false;
  EXPECT_EQ(ActionOf(&words, "s3:first", &is_word), "s3:first");
  EXPECT_TRUE(is_word);
  const std::string large(WordStore::kCapacity / 4, 'x');
  int added = 0;
  while (Add(words, absl::StrCat(large, added))) ++added;
  EXPECT_EQ(added, 3);
  EXPECT_FALSE(Add(words, std::string(WordStore::kCapacity, 'y')));
  EXPECT_EQ(ActionOf(&words, "s3:first", &is_word), "s3:first");
  EXPECT_TRUE(is_word);

  // What does not fit stands in the program.
  EXPECT_EQ(ActionOf(&words, large, &is_word), large);
  EXPECT_FALSE(is_word);
}

TEST(WordStore, IsReadWhileItIsAddedTo) {
  ProgramPool pool;
  const auto compile = [&](int i) {
    CompileOptions options;
    options.pool = &pool;
    Diagnostics faults;
    return Policy::CompileText(testing::Allow(absl::StrCat("s3:Get", i % 50)),
                               PolicyKind::kIdentity, {"p", "", ""}, &faults,
                               options);
  };
  std::vector<std::shared_ptr<const Policy>> policies(400);
  ForEachInParallel(policies.size(), 1, [&](std::size_t i) {
    policies[i] = compile(static_cast<int>(i));
  });
  EXPECT_EQ(pool.size(), 50u);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    ASSERT_NE(policies[i], nullptr);
    const Program& program = policies[i]->program();
    EXPECT_EQ(&program, &policies[i % 50]->program());
    const TextRef action = program.actions(program.statements()[0])[0];
    EXPECT_EQ(program.action(action).text, absl::StrCat("s3:get", i % 50));
  }
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
