// How programs keep what they were compiled from.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/memory/parallel.h"
#include "engine/program/policy.h"
#include "engine/program/program_text.h"
#include "engine/program/program_writer.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

TEST(Template, IsSplitIntoPieces) {
  const std::string large(300, 'x');
  const struct {
    std::string text;
    std::string pieces;
    bool is_one_literal = false;
    bool has_variables = false;
  } kCases[] = {
      {"", "[]"},
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
    writer.AddStatement(StatementRecord(), "", /*service=*/0);
    writer.AddArn(c.text, {true, true, 0});
    const CountedPtr<const Program> program = std::move(writer).Finish();
    const TemplateView pieces = program->statements()[0].resources()[0].arn();
    EXPECT_EQ(ShowPieces(pieces), c.pieces);
    EXPECT_EQ(pieces.IsOnly(PieceKind::kLiteral), c.is_one_literal) << c.text;
    EXPECT_EQ(pieces.has_variables(), c.has_variables) << c.text;
  }
}

TEST(ProgramPool, SharesProgramsBetweenThreads) {
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
    EXPECT_EQ(program.statements()[0].actions()[0].text(),
              absl::StrCat("s3:get", i % 50));
  }
}

TEST(ProgramPool, MayBeGoneBeforeItsPrograms) {
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
  const ActionView action = policy->program().statements()[0].actions()[0];
  EXPECT_EQ(action.text(), "s3:getobject");
  EXPECT_EQ(action.prefix(), "s3");
}

}  // namespace
}  // namespace rolegate
