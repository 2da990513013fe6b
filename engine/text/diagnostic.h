// Diagnostics (rolegate/diagnostic.h), and how they are collected.

#ifndef ROLEGATE_ENGINE_TEXT_DIAGNOSTIC_H_
#define ROLEGATE_ENGINE_TEXT_DIAGNOSTIC_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "rolegate/diagnostic.h"

namespace rolegate {

inline constexpr std::size_t kSeverities = 4;

// The codes of what stands for faults and findings that are not reported one
// by one.
inline constexpr absl::string_view kMoreFaults = "MoreFaults";
inline constexpr absl::string_view kMoreFindings = "MoreFindings";

// The most diagnostics that are kept of one file, and the most bytes of each of
// their texts.
inline constexpr std::size_t kMaxDiagnosticsOfFile = 10'000;
inline constexpr std::size_t kMaxDiagnosticBytes = 2048;

// Adds a fault or finding of a file.  If there are that many already, it only
// notes that there are more, and whether one of them is a fault: a file of a
// gigabyte may have two hundred million.
void AddToFile(Diagnostic diagnostic, Diagnostics* diagnostics);

// Orders by file, position, path and message, and drops repetitions, so that
// the report of one set of files is the same on every run.
void Normalize(Diagnostics& diagnostics);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_TEXT_DIAGNOSTIC_H_
