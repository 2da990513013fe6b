// A fault or finding with its place.
//
// Everything that reads text (policies, registry files, case files) reports
// what is wrong as Diagnostics and goes on, so that one run names every fault
// of a document, never only the first.

#ifndef ROLEGATE_ENGINE_TEXT_DIAGNOSTIC_H_
#define ROLEGATE_ENGINE_TEXT_DIAGNOSTIC_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rolegate {

// Lines and columns count from 1; a column counts bytes, as compilers do.
// 0 means that the place is not known.
struct Position {
  int line = 0;
  int column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

enum class Severity {
  kError,            // the document does not load
  kSecurityWarning,  // loads, and probably grants more than was meant
  kWarning,          // loads, and probably does not do what was meant
  kSuggestion,       // loads and works; could be said better
};
inline constexpr std::size_t kSeverities = 4;

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;  // as the reader named it: "roles/auditor.json"
  std::string path;  // JSON path in it: "Statement[2].Condition"
  Position position;
  std::string code;     // stable, AWS's name where it has one:
                        // "MalformedPolicyDocument"
  std::string message;  // lower case, no final period, input in backticks

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// The codes of what stands for faults and findings that are not reported one
// by one.
inline constexpr absl::string_view kMoreFaults = "MoreFaults";
inline constexpr absl::string_view kMoreFindings = "MoreFindings";

// So many are kept of one file, and their texts up to so many bytes.
inline constexpr std::size_t kMaxDiagnosticsOfFile = 10'000;
inline constexpr std::size_t kMaxDiagnosticBytes = 2048;

// Adds a fault or finding of a file.  Where that many are there already it
// keeps only that there are more, and whether one of them is a fault: a file
// of a gigabyte may have two hundred million.
void AddToFile(Diagnostic diagnostic, Diagnostics* diagnostics);

// "error", "security-warning", "warning", "suggestion".
absl::string_view SeverityName(Severity severity);

// ``roles/auditor.json:12:15 Statement[2].Condition: unknown operator `X` ``;
// parts that are not known are left out.
std::string ToString(const Diagnostic& diagnostic);

// Whether any diagnostic keeps its document from loading.
bool HasErrors(const Diagnostics& diagnostics);

// Orders by file, position, path and message, and drops repetitions, so that
// the report of one set of files is the same on every run.
void Normalize(Diagnostics& diagnostics);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_DIAGNOSTIC_H_
