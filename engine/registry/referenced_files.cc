#include "engine/registry/referenced_files.h"

#include <map>

#include "engine/registry/file_references.h"

namespace rolegate {

FileNames FindReferencedFiles(
    const std::vector<std::shared_ptr<const ParsedFile>>& files,
    absl::FunctionRef<bool(const std::string& name)> is_parsed,
    absl::FunctionRef<bool(const std::string& name)> find) {
  std::map<std::string, bool> found;  // by name: whether it is there
  const auto look = [&](const std::string& from, const std::string& reference) {
    if (reference.empty()) return;
    for (const std::string& name : ReferenceCandidates(from, reference)) {
      const auto [at, is_new] = found.try_emplace(name, false);
      if (is_new) at->second = IsJsonName(name) ? is_parsed(name) : find(name);
      if (at->second) return;
    }
  };
  for (const auto& file : files) {
    for (const auto& e : file->entities.others().openid_providers) {
      look(file->name(), e.jwks_file);
    }
    for (const auto& e : file->entities.others().saml_providers) {
      look(file->name(), e.metadata_file);
    }
  }
  FileNames names;
  for (const auto& [name, there] : found) names.insert(name);
  return names;
}

}  // namespace rolegate
