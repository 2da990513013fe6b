#include "engine/text/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/text/text.h"

namespace rolegate {

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kSecurityWarning:
      return "security-warning";
    case Severity::kWarning:
      return "warning";
    case Severity::kSuggestion:
      return "suggestion";
  }
  return "error";
}

std::string ToString(const Diagnostic& diagnostic) {
  std::string place = diagnostic.file;
  if (diagnostic.position.line > 0) {
    absl::StrAppend(&place, place.empty() ? "" : ":", diagnostic.position.line,
                    ":", diagnostic.position.column);
  }
  if (!diagnostic.path.empty()) {
    absl::StrAppend(&place, place.empty() ? "" : " ", diagnostic.path);
  }
  return absl::StrCat(place, place.empty() ? "" : ": ", diagnostic.message);
}

bool HasErrors(const Diagnostics& diagnostics) {
  return std::any_of(
      diagnostics.begin(), diagnostics.end(),
      [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

void AddToFile(Diagnostic diagnostic, Diagnostics* diagnostics) {
  for (std::string* text : {&diagnostic.path, &diagnostic.message}) {
    if (text->size() <= kMaxDiagnosticBytes) continue;
    text->resize(CutToBytes(*text, kMaxDiagnosticBytes).size());
    *text += "…";
  }
  if (diagnostics->size() < kMaxDiagnosticsOfFile) {
    diagnostics->push_back(std::move(diagnostic));
    return;
  }
  const bool is_fault = diagnostic.severity == Severity::kError;
  const absl::string_view code = is_fault ? kMoreFaults : kMoreFindings;
  if (std::any_of(diagnostics->begin() + kMaxDiagnosticsOfFile,
                  diagnostics->end(),
                  [&](const Diagnostic& more) { return more.code == code; })) {
    return;
  }
  diagnostic.code = std::string(code);
  diagnostic.message =
      absl::StrCat("and more ", is_fault ? "faults" : "findings",
                   " from here on, which are not listed");
  diagnostics->push_back(std::move(diagnostic));
}

void Normalize(Diagnostics& diagnostics) {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.file, d.position.line, d.position.column, d.path,
                    d.severity, d.code, d.message);
  };
  std::sort(diagnostics.begin(), diagnostics.end(),
            [&](const Diagnostic& a, const Diagnostic& b) {
              return key(a) < key(b);
            });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()),
                    diagnostics.end());
}

}  // namespace rolegate
