// Collects the faults of one document, adding to each where it stands.

#ifndef ROLEGATE_ENGINE_POLICY_DOCUMENT_FAULTS_H_
#define ROLEGATE_ENGINE_POLICY_DOCUMENT_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"
#include "engine/text/diagnostic.h"
#include "engine/text/fault_text.h"

namespace rolegate {

// The code of everything that AWS calls a malformed policy.
inline constexpr absl::string_view kMalformedPolicyDocument =
    "MalformedPolicyDocument";

// The code of a document for which no steps are left.
inline constexpr absl::string_view kEvaluationBudgetExceeded =
    "EvaluationBudgetExceeded";

class DocumentFaults {
 public:
  // The number of diagnostics of each severity that are reported one by one.
  // One more of that severity says how many are not reported.  Each severity
  // has its own count, so that nobody can hide a grave finding behind many
  // slight ones.
  static constexpr std::size_t kMaxOfSeverity = 250;

  // `file` and `path` say where the document stands.  A document inside a
  // string of another one has all its faults reported at that string, which
  // `fixed_position` gives.
  DocumentFaults(const JsonDocument& json, std::string file, std::string path,
                 Position fixed_position, Diagnostics* diagnostics)
      : json_(json),
        file_(std::move(file)),
        path_(std::move(path)),
        fixed_position_(fixed_position),
        diagnostics_(diagnostics) {}

  // `path` continues the document's own.  It is a text, or a function that
  // makes one and is called only for what is reported.
  template <typename Path>
  void Add(std::uint32_t offset, const Path& path, const FaultText& message) {
    AddFinding(Severity::kError, kMalformedPolicyDocument, offset, path,
               message);
  }

  // Something that keeps no document from loading.
  template <typename Path>
  void AddFinding(Severity severity, absl::string_view code,
                  std::uint32_t offset, const Path& path,
                  const FaultText& message) {
    Added& added = added_[static_cast<std::size_t>(severity)];
    if (added.count++ < kMaxOfSeverity) {
      Report(severity, code, offset, TextOf(path), message.str());
    } else if (added.count == kMaxOfSeverity + 1) {
      added.first_unreported = offset;
    }
  }

  // Whether the next fault is reported, and not only counted.
  bool reports_next() const { return count() < kMaxOfSeverity; }

  // Reports how many more there are than were reported, at the place of the
  // first of them.  After everything else.
  void ReportMore() {
    for (std::size_t i = 0; i < added_.size(); ++i) {
      const Added& added = added_[i];
      if (added.count <= kMaxOfSeverity) continue;
      const std::string more = absl::StrCat(added.count - kMaxOfSeverity);
      const auto severity = static_cast<Severity>(i);
      const bool faults = severity == Severity::kError;
      Report(severity, faults ? kMoreFaults : kMoreFindings,
             added.first_unreported, "",
             absl::StrCat("and ", more, " more ",
                          faults ? "faults" : SeverityName(severity),
                          faults ? "" : "s", " of this document"));
    }
  }

  Position PositionOf(std::uint32_t offset) const {
    return fixed_position_.line > 0 ? fixed_position_
                                    : json_.PositionOf(offset);
  }

  // Returns the number of faults, without findings, reported or not.
  std::size_t count() const {
    return added_[static_cast<std::size_t>(Severity::kError)].count;
  }

  static std::string JoinPath(absl::string_view base, absl::string_view rest) {
    if (base.empty() || rest.empty() || rest.front() == '[') {
      return absl::StrCat(base, rest);
    }
    return absl::StrCat(base, ".", rest);
  }

 private:
  struct Added {
    std::size_t count = 0;
    std::uint32_t first_unreported = 0;
  };

  template <typename Path>
  static std::string TextOf(const Path& path) {
    if constexpr (std::is_invocable_v<Path>) {
      return path();
    } else {
      return std::string(path);
    }
  }

  void Report(Severity severity, absl::string_view code, std::uint32_t offset,
              absl::string_view path, std::string message) {
    AddToFile({severity, file_, JoinPath(path_, path), PositionOf(offset),
               std::string(code), std::move(message)},
              diagnostics_);
  }

  const JsonDocument& json_;
  const std::string file_;
  const std::string path_;
  const Position fixed_position_;
  Diagnostics* const diagnostics_;
  std::array<Added, kSeverities> added_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_DOCUMENT_FAULTS_H_
