// The codes of a registry's faults, and a collector for one file's.

#ifndef ROLEGATE_ENGINE_REGISTRY_FILE_FAULTS_H_
#define ROLEGATE_ENGINE_REGISTRY_FILE_FAULTS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "engine/json/json_document.h"
#include "engine/registry/entities.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Stable: users filter by them.  A malformed policy document has AWS's own
// code, MalformedPolicyDocument.
inline constexpr absl::string_view kJsonSyntax = "JsonSyntax";
inline constexpr absl::string_view kUnknownEntity = "UnknownEntity";
inline constexpr absl::string_view kUnknownMember = "UnknownMember";
inline constexpr absl::string_view kInvalidMember = "InvalidMember";
inline constexpr absl::string_view kMissingMember = "MissingMember";
inline constexpr absl::string_view kTruncatedExport = "TruncatedExport";
inline constexpr absl::string_view kDuplicateDefinition = "DuplicateDefinition";
inline constexpr absl::string_view kMissingPolicy = "MissingPolicy";
inline constexpr absl::string_view kMissingGroup = "MissingGroup";
inline constexpr absl::string_view kMissingFile = "MissingFile";
inline constexpr absl::string_view kMissingRole = "MissingRole";
inline constexpr absl::string_view kDerivedId = "DerivedId";
inline constexpr absl::string_view kEmptyRegistry = "EmptyRegistry";
inline constexpr absl::string_view kLimitExceeded = "LimitExceeded";
inline constexpr absl::string_view kUnreadableFile = "UnreadableFile";
inline constexpr absl::string_view kPolicyTooCostly = "PolicyTooCostly";
inline constexpr absl::string_view kOutsideFence = "OutsideFence";
inline constexpr absl::string_view kFenceWithoutFolder = "FenceWithoutFolder";
inline constexpr absl::string_view kUnstableFile = "UnstableFile";
inline constexpr absl::string_view kInvalidFileName = "InvalidFileName";
inline constexpr absl::string_view kBesideVolume = "BesideVolume";
inline constexpr absl::string_view kInvalidReference = "InvalidReference";
inline constexpr absl::string_view kUnwatchedDirectory = "UnwatchedDirectory";

// Faults of a file whose tree is at hand.
class FileFaults {
 public:
  FileFaults(SharedText file, const JsonDocument& json,
             Diagnostics* diagnostics)
      : file_(std::move(file)), json_(json), diagnostics_(diagnostics) {}

  void Add(absl::string_view code, std::uint32_t offset, std::string path,
           std::string message, Severity severity = Severity::kError) {
    AddToFile({severity, file_.str(), std::move(path), json_.PositionOf(offset),
               std::string(code), std::move(message)},
              diagnostics_);
  }

  Place PlaceOf(const JsonNode& node, absl::string_view path) const {
    return {json_.PositionOf(node), PackedTexts(path)};
  }
  const SharedText& file() const { return file_; }
  const JsonDocument& json() const { return json_; }
  Diagnostics* diagnostics() const { return diagnostics_; }

 private:
  const SharedText file_;
  const JsonDocument& json_;
  Diagnostics* const diagnostics_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FILE_FAULTS_H_
