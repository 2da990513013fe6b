#include "client/cli/junit_report.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "engine/text/text.h"

namespace rolegate::cli {
namespace {

// Control characters have no place in XML 1.0, escaped or not; what is not
// UTF-8 neither.
std::string Escape(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    const absl::string_view character = text.substr(0, size);
    const char c = character.front();
    text.remove_prefix(size);
    if (size > 1) {
      absl::StrAppend(&out, character);
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n' || c == '\t' || (c >= ' ' && c <= '~')) {
      out += c;
    } else {
      out += "?";
    }
  }
  return out;
}

struct Totals {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  double seconds = 0;

  void Add(const CaseResult& result) {
    ++tests;
    if (result.is_error) {
      ++errors;
    } else if (!result.failure.empty()) {
      ++failures;
    }
    seconds += result.seconds;
  }
  std::string Attributes() const {
    return absl::StrFormat(
        "tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"%.6f\"", tests,
        failures, errors, seconds);
  }
};

std::string TestCase(const CaseResult& result) {
  std::string out = absl::StrFormat(
      "    <testcase classname=\"%s\" name=\"%s\" file=\"%s\" time=\"%.6f\"",
      Escape(result.file), Escape(result.id), Escape(result.file),
      result.seconds);
  if (result.failure.empty()) return out + "/>\n";
  const absl::string_view element = result.is_error ? "error" : "failure";
  absl::StrAppend(&out, ">\n      <", element, " message=\"",
                  Escape(result.failure), "\">", Escape(result.place), "\n",
                  Escape(result.details), "</", element,
                  ">\n    </testcase>\n");
  return out;
}

}  // namespace

std::string JunitReport(const std::vector<CaseResult>& results) {
  Totals all;
  for (const CaseResult& result : results) all.Add(result);
  std::string out =
      absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
                   "<testsuites name=\"rolegate\" ", all.Attributes(), ">\n");
  for (auto begin = results.begin(); begin != results.end();) {
    const auto end = std::find_if(
        begin, results.end(),
        [&](const CaseResult& result) { return result.file != begin->file; });
    Totals suite;
    std::for_each(begin, end, [&](const CaseResult& r) { suite.Add(r); });
    absl::StrAppend(&out, "  <testsuite name=\"", Escape(begin->file), "\" ",
                    suite.Attributes(), ">\n");
    for (; begin != end; ++begin) out += TestCase(*begin);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace rolegate::cli
