// Collects the faults of one document, adding to each where it stands.

#ifndef ROLEGATE_ENGINE_DOCUMENT_FAULTS_H_
#define ROLEGATE_ENGINE_DOCUMENT_FAULTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/diagnostic.h"
#include "engine/json_document.h"

namespace rolegate {

// The code of everything that AWS calls a malformed policy.
inline constexpr absl::string_view kMalformedPolicyDocument =
    "MalformedPolicyDocument";

class DocumentFaults {
 public:
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

  // `path` continues the document's own.
  void Add(std::uint32_t offset, absl::string_view path, std::string message) {
    AddFinding(Severity::kError, kMalformedPolicyDocument, offset, path,
               std::move(message));
    ++count_;
  }

  // Something that keeps no document from loading.
  void AddFinding(Severity severity, absl::string_view code,
                  std::uint32_t offset, absl::string_view path,
                  std::string message) {
    diagnostics_->push_back({severity, file_, JoinPath(path_, path),
                             PositionOf(offset), std::string(code),
                             std::move(message)});
  }

  Position PositionOf(std::uint32_t offset) const {
    return fixed_position_.line > 0 ? fixed_position_
                                    : json_.PositionOf(offset);
  }
  int count() const { return count_; }  // of faults, without findings

  static std::string JoinPath(absl::string_view base, absl::string_view rest) {
    if (base.empty() || rest.empty() || rest.front() == '[') {
      return absl::StrCat(base, rest);
    }
    return absl::StrCat(base, ".", rest);
  }

 private:
  const JsonDocument& json_;
  const std::string file_;
  const std::string path_;
  const Position fixed_position_;
  Diagnostics* const diagnostics_;
  int count_ = 0;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DOCUMENT_FAULTS_H_
