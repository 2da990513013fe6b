// What the table tests of parse, validate and compile share.

#ifndef ROLEGATE_TESTS_SUPPORT_POLICY_TABLES_H_
#define ROLEGATE_TESTS_SUPPORT_POLICY_TABLES_H_

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/json/json_document.h"
#include "engine/text/diagnostic.h"
#include "gtest/gtest.h"

namespace rolegate::testing {

inline std::unique_ptr<JsonDocument> ParseJson(const std::string& text) {
  JsonParseError error;
  auto document = JsonDocument::Parse(text, JsonLimits(), &error);
  EXPECT_NE(document, nullptr) << error.message << " in " << text;
  return document;
}

// A line for each fault: "Statement.Effect: unknown effect `allow`, …".
inline std::string FaultLines(const Diagnostics& faults) {
  std::string lines;
  for (const Diagnostic& fault : faults) {
    absl::StrAppend(&lines, fault.path, fault.path.empty() ? "" : ": ",
                    fault.message, "\n");
  }
  return lines;
}

// The rows of a table are raw strings that begin with a line break.
inline std::string Row(absl::string_view text) {
  return std::string(text.substr(text.empty() ? 0 : 1));
}

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_POLICY_TABLES_H_
