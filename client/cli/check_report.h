// What `check` prints for people.

#ifndef ROLEGATE_CLIENT_CLI_CHECK_REPORT_H_
#define ROLEGATE_CLIENT_CLI_CHECK_REPORT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "engine/text/diagnostic.h"

namespace rolegate::cli {

// The diagnostics of one code and severity.
struct CodeSummary {
  Severity severity = Severity::kError;
  std::string code;
  std::vector<const Diagnostic*> diagnostics;  // in their order
};

// Groups diagnostics by code: the gravest first, and among equals the most
// frequent first.  The result points into `diagnostics`.
std::vector<CodeSummary> SummarizeByCode(const Diagnostics& diagnostics);

// More diagnostics than these are summed up.
inline constexpr std::size_t kMostListed = 100;
// How many examples a summary shows of each code.
inline constexpr std::size_t kExamples = 3;

// Writes every diagnostic on a line of its own, or a summary by code if they
// are more than kMostListed and `details` is false.
std::string CheckReport(const Diagnostics& diagnostics, bool details);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_CHECK_REPORT_H_
