#include "client/cli/check_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/terminal.h"
#include "engine/text/plural.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

std::string Shown(Severity severity) {
  return InColour(
      severity <= Severity::kSecurityWarning ? Colour::kRed : Colour::kYellow,
      SeverityName(severity));
}

}  // namespace

std::vector<CodeSummary> SummarizeByCode(const Diagnostics& diagnostics) {
  std::map<std::pair<Severity, std::string>, CodeSummary> by_code;
  for (const Diagnostic& diagnostic : diagnostics) {
    CodeSummary& summary = by_code[{diagnostic.severity, diagnostic.code}];
    summary.severity = diagnostic.severity;
    summary.code = diagnostic.code;
    summary.diagnostics.push_back(&diagnostic);
  }
  std::vector<CodeSummary> summaries;
  summaries.reserve(by_code.size());
  for (auto& [key, summary] : by_code) summaries.push_back(std::move(summary));
  std::stable_sort(summaries.begin(), summaries.end(),
                   [](const CodeSummary& a, const CodeSummary& b) {
                     if (a.severity != b.severity) {
                       return a.severity < b.severity;
                     }
                     return a.diagnostics.size() > b.diagnostics.size();
                   });
  return summaries;
}

std::string CheckReport(const Diagnostics& diagnostics, bool details) {
  std::string report;
  if (details || diagnostics.size() <= kMostListed) {
    for (const Diagnostic& diagnostic : diagnostics) {
      absl::StrAppend(&report, Shown(diagnostic.severity), ": ",
                      Printable(ToString(diagnostic)), " [", diagnostic.code,
                      "]\n");
    }
    return report;
  }
  for (const CodeSummary& summary : SummarizeByCode(diagnostics)) {
    const std::size_t count = summary.diagnostics.size();
    absl::StrAppend(&report, Shown(summary.severity), ": [", summary.code, "] ",
                    Count(count, "time"), "\n");
    const std::size_t shown = count == kExamples + 1 ? count : kExamples;
    for (std::size_t i = 0; i < std::min(count, shown); ++i) {
      absl::StrAppend(&report, "  ",
                      Printable(ToString(*summary.diagnostics[i])), "\n");
    }
    if (count > shown) {
      absl::StrAppend(&report, "  and ", count - shown, " more\n");
    }
  }
  absl::StrAppend(&report, Count(diagnostics.size(), "finding"),
                  " in all: `--details` lists each, and `--only CODE` those of "
                  "one code\n");
  return report;
}

}  // namespace rolegate::cli
