#include "engine/registry/file_references.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/text/printable.h"

namespace rolegate {

bool IsJsonName(absl::string_view name) {
  return absl::EndsWith(name, ".json");
}

absl::Status CheckReference(absl::string_view reference) {
  constexpr std::size_t kMaxBytes = 1024;
  if (reference.size() > kMaxBytes) {
    return absl::InvalidArgumentError("is too long");
  }
  if (!IsPrintable(reference)) {
    return absl::InvalidArgumentError("has control characters");
  }
  for (absl::string_view part : absl::StrSplit(reference, '/')) {
    if (part.empty() || part.front() == '.') {
      return absl::InvalidArgumentError(
          absl::StrCat("`", reference,
                       "` is no path in the registry: no part may be empty "
                       "or begin with a dot"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FolderInRegistry(absl::string_view dir,
                                             absl::string_view folder) {
  if (folder.empty()) return std::string();
  while (dir.size() > 1 && dir.back() == '/') dir.remove_suffix(1);
  absl::string_view path = folder;
  if (!dir.empty() && absl::ConsumePrefix(&path, dir) &&
      !absl::ConsumePrefix(&path, "/")) {
    path = folder;
  }
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  absl::ConsumePrefix(&path, "./");
  if (!CheckReference(path).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a folder of the registry, as `aws-managed`, found `",
        Printable(folder), "`"));
  }
  return std::string(path);
}

std::vector<std::string> ReferenceCandidates(absl::string_view from,
                                             absl::string_view reference) {
  std::vector<std::string> names;
  const std::size_t slash = from.rfind('/');
  if (slash != absl::string_view::npos) {
    names.push_back(absl::StrCat(from.substr(0, slash + 1), reference));
  }
  names.emplace_back(reference);
  return names;
}

}  // namespace rolegate
