// Collects the findings of one document.

#ifndef ROLEGATE_ENGINE_LINT_REPORT_H_
#define ROLEGATE_ENGINE_LINT_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/lint/findings.h"
#include "engine/policy/document_faults.h"
#include "engine/policy/policy_document.h"

namespace rolegate {

// "`s3:Get*`: another action of the statement covers it".  `hint`, which may
// be empty, says what this case needs.
inline std::string FindingMessage(Finding finding, absl::string_view subject,
                                  absl::string_view hint = {}) {
  const absl::string_view sentence = InfoOf(finding).sentence;
  const absl::string_view separator = hint.empty() ? "" : "; ";
  return subject.empty()
             ? absl::StrCat(sentence, separator, hint)
             : absl::StrCat("`", subject, "`: ", sentence, separator, hint);
}

class LintReport {
 public:
  explicit LintReport(DocumentFaults& faults) : faults_(faults) {}

  // `subject` is the text that the finding is about; may be empty.  `path` is
  // a text, or a function that makes one.
  template <typename Path>
  void Add(Finding finding, std::uint32_t offset, const Path& path,
           absl::string_view subject = {}) {
    const FindingInfo& info = InfoOf(finding);
    faults_.AddFinding(info.severity, info.code, offset, path,
                       subject.empty()
                           ? FaultText(info.sentence)
                           : FaultText("`", subject, "`: ", info.sentence));
  }
  template <typename Path>
  void Add(Finding finding, const SourceText& text, const Path& path) {
    Add(finding, text.offset, path, text.value);
  }

  // Does the same, and says after the finding's sentence what this case needs,
  // such as "did you mean …".
  template <typename Path>
  void AddWithHint(Finding finding, const SourceText& text, const Path& path,
                   absl::string_view hint) {
    AddAs(InfoOf(finding).severity, finding, text, path, hint);
  }

  // Does the same with a severity other than the finding's own.
  template <typename Path>
  void AddAs(Severity severity, Finding finding, const SourceText& text,
             const Path& path, absl::string_view hint = {}) {
    const FindingInfo& info = InfoOf(finding);
    faults_.AddFinding(severity, info.code, text.offset, path,
                       FaultText("`", text.value, "`: ", info.sentence,
                                 hint.empty() ? "" : "; ", hint));
  }

 private:
  DocumentFaults& faults_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_REPORT_H_
