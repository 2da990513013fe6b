// Table-driven tests of findings about one document.

#ifndef ROLEGATE_TESTS_LINT_CASES_H_
#define ROLEGATE_TESTS_LINT_CASES_H_

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/lint/findings.h"
#include "engine/lint/lint.h"
#include "gtest/gtest.h"

namespace rolegate::testing {

// Returns what the linter says of a document.  `text` is one, or the statements
// of one in the language of 2012.
inline Diagnostics LintText(const std::string& text, PolicyKind kind) {
  Diagnostics found;
  const std::string document =
      absl::StrContains(text, R"("Statement":)")
          ? text
          : absl::StrCat(R"({"Version": "2012-10-17", "Statement": [)", text,
                         "]}");
  CompileOptions options;
  options.inspector = LintPolicy;
  const auto policy =
      Policy::CompileText(document, kind, {"p", "p.json", ""}, &found, options);
  EXPECT_NE(policy, nullptr) << (found.empty() ? "" : ToString(found[0]));
  return found;
}

inline std::set<std::string> CodesOf(const std::string& text, PolicyKind kind) {
  std::set<std::string> codes;
  for (const Diagnostic& diagnostic : LintText(text, kind)) {
    codes.insert(diagnostic.code);
  }
  return codes;
}

// One line of a table: a finding that the text has, or has not.
struct LintCase {
  bool found;
  Finding finding;
  PolicyKind kind;
  std::string text;
  std::string says;  // a part of the message, if it is found
};

inline void ExpectFindings(const LintCase& c) {
  SCOPED_TRACE(c.text);
  const absl::string_view code = InfoOf(c.finding).code;
  bool found = false;
  bool says = false;
  std::string others;
  for (const Diagnostic& diagnostic : LintText(c.text, c.kind)) {
    absl::StrAppend(&others, "\n", ToString(diagnostic));
    if (diagnostic.code != code) continue;
    found = true;
    says = says || absl::StrContains(diagnostic.message, c.says);
  }
  EXPECT_EQ(found, c.found) << code << others;
  EXPECT_TRUE(!found || !c.found || says) << c.says << others;
}

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_LINT_CASES_H_
