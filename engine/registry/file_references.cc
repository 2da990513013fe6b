#include "engine/registry/file_references.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rolegate {

std::string CheckReference(absl::string_view reference) {
  constexpr std::size_t kMaxBytes = 1024;
  if (reference.size() > kMaxBytes) return "is too long";
  for (absl::string_view part : absl::StrSplit(reference, '/')) {
    if (part.empty() || part.front() == '.') {
      return absl::StrCat("`", reference,
                          "` is no path in the registry: no part may be empty "
                          "or begin with a dot");
    }
  }
  return "";
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

FileNames ReferencedFiles(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    const FileNames& tried) {
  // Few registries have any, and a name of each file would be much.
  std::vector<std::pair<const std::string*, const std::string*>> references;
  const auto note = [&](const std::string& from, const std::string& reference) {
    if (!reference.empty()) references.emplace_back(&from, &reference);
  };
  for (const auto& file : files) {
    for (const auto& e : file->entities.others().openid_providers) {
      note(file->name(), e.jwks_file);
    }
    for (const auto& e : file->entities.others().saml_providers) {
      note(file->name(), e.metadata_file);
    }
  }
  if (references.empty()) return {};
  FileNames there;
  for (const auto& file : files) there.insert(file->name());
  FileNames wanted;
  for (const auto& [from, reference] : references) {
    for (const std::string& name : ReferenceCandidates(*from, *reference)) {
      wanted.insert(name);
      if (there.contains(name) || !tried.contains(name)) break;
    }
  }
  return wanted;
}

}  // namespace rolegate
