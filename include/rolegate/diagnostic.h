// A Diagnostic says what is wrong with a document or a registry, and where.
//
//   for (const rolegate::Diagnostic& fault : faults) {
//     std::cerr << rolegate::ToString(fault) << "\n";
//   }
//
// Everything that reads text goes on after a fault, so that one run names every
// fault of a document and not only the first.
//
// Everything here is a plain value.  You may copy, keep and compare it, and the
// functions are thread-safe.  The texts repeat parts of what was read, which a
// stranger may have written: escape line breaks and other control characters
// before you show a text on a terminal or write it to a log.

#ifndef ROLEGATE_DIAGNOSTIC_H_
#define ROLEGATE_DIAGNOSTIC_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rolegate {

// A place in a text.
struct Position {
  // The number of the line, from 1.  0 if the place is not known.
  int line = 0;
  // The number of the byte in its line, from 1.  Compilers count columns in the
  // same way.  0 if the place is not known.
  int column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

// How much a diagnostic matters, the gravest first.  The four are those of AWS
// ("IAM Access Analyzer policy check reference", IAM User Guide).
enum class Severity {
  // A fault: the document does not load.
  kError,
  // A finding: the document loads, and probably grants more than its author
  // meant.
  kSecurityWarning,
  // A finding: the document loads, and probably does not do what its author
  // meant.
  kWarning,
  // A finding: the document does what its author meant, and could say it in a
  // better way.
  kSuggestion,
};

// Returns "error", "security-warning", "warning" or "suggestion".
absl::string_view SeverityName(Severity severity);

// One fault (of severity kError) or one finding (of any other).
struct Diagnostic {
  Severity severity = Severity::kError;
  // The file, for a registry as a path in its directory: "roles/auditor.json".
  // Empty for a document that did not come from a file.
  std::string file;
  // The JSON path in the file: "Statement[2].Condition".  Empty for the whole
  // file.
  std::string path;
  // The place of what `path` names.
  Position position;
  // A name that stays the same in later versions, for programs:
  // "MalformedPolicyDocument".  It is AWS's name if AWS has one.
  // docs/findings.md lists all names.
  std::string code;
  // A text for people, which may change.  It has no final period, and what was
  // read stands in backticks.
  std::string message;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// Returns the diagnostic as one text, without a line break at its end:
// ``roles/auditor.json:12:15 Statement[2].Condition: unknown operator `X` ``.
// The text leaves out the parts that are empty or not known.
std::string ToString(const Diagnostic& diagnostic);

// Returns whether any of the diagnostics is a fault, so that something does not
// load.
bool HasErrors(const Diagnostics& diagnostics);

}  // namespace rolegate

#endif  // ROLEGATE_DIAGNOSTIC_H_
