// The codes of faults and findings of a registry.

#ifndef ROLEGATE_ENGINE_REGISTRY_FAULT_CODES_H_
#define ROLEGATE_ENGINE_REGISTRY_FAULT_CODES_H_

#include "absl/strings/string_view.h"

namespace rolegate {

// Users filter by these codes, so they stay as they are.  A malformed policy
// document has AWS's own code, MalformedPolicyDocument.
inline constexpr absl::string_view kJsonSyntax = "JsonSyntax";
inline constexpr absl::string_view kUnknownEntity = "UnknownEntity";
inline constexpr absl::string_view kUnknownMember = "UnknownMember";
inline constexpr absl::string_view kInvalidMember = "InvalidMember";
inline constexpr absl::string_view kMissingMember = "MissingMember";
inline constexpr absl::string_view kTruncatedExport = "TruncatedExport";
inline constexpr absl::string_view kDuplicateDefinition = "DuplicateDefinition";
inline constexpr absl::string_view kMissingPolicy = "MissingPolicy";
inline constexpr absl::string_view kMissingGroup = "MissingGroup";
inline constexpr absl::string_view kMissingUser = "MissingUser";
inline constexpr absl::string_view kMissingFile = "MissingFile";
inline constexpr absl::string_view kMissingRole = "MissingRole";
inline constexpr absl::string_view kDerivedId = "DerivedId";
inline constexpr absl::string_view kEmptyRegistry = "EmptyRegistry";
inline constexpr absl::string_view kSkippedFile = "SkippedFile";
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

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FAULT_CODES_H_
