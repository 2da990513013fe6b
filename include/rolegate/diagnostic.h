// What is wrong with a document or a registry, and where.
//
//   for (const rolegate::Diagnostic& fault : faults) {
//     std::cerr << rolegate::ToString(fault) << "\n";
//   }
//
// Everything that reads text reports what is wrong as Diagnostics and goes on,
// so that one run names every fault of a document and never only the first.
// These are plain values: copy them, keep them, compare them.

#ifndef ROLEGATE_DIAGNOSTIC_H_
#define ROLEGATE_DIAGNOSTIC_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rolegate {

// Lines and columns count from 1.  A column counts bytes, as compilers do.
// 0 means that the place is not known.
struct Position {
  int line = 0;
  int column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

enum class Severity {
  kError,            // the document does not load
  kSecurityWarning,  // it loads, and probably grants more than was meant
  kWarning,          // it loads, and probably does not do what was meant
  kSuggestion,       // it loads and works, and could be said better
};

// "error", "security-warning", "warning" or "suggestion".
absl::string_view SeverityName(Severity severity);

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;  // as the reader named it: "roles/auditor.json"
  std::string path;  // the JSON path in it: "Statement[2].Condition"
  Position position;
  // Stable, and AWS's name where AWS has one: "MalformedPolicyDocument".
  // docs/findings.md lists them.
  std::string code;
  // For people: lower case, no final period, what was read in backticks.
  std::string message;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// ``roles/auditor.json:12:15 Statement[2].Condition: unknown operator `X` ``.
// Parts that are not known are left out.
std::string ToString(const Diagnostic& diagnostic);

// Whether any of them keeps its document from loading.
bool HasErrors(const Diagnostics& diagnostics);

}  // namespace rolegate

#endif  // ROLEGATE_DIAGNOSTIC_H_
