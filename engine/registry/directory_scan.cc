#include "engine/registry/directory_scan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/text/printable.h"

namespace rolegate {

Diagnostic PathFault(const std::string& path, std::string message,
                     absl::string_view code) {
  return {Severity::kError, Printable(path),   "",
          Position(),       std::string(code), std::move(message)};
}

std::vector<std::string> DirectoryScan::Directories(
    const std::string& dir, absl::Span<const Fence> fences) const {
  std::map<const Fence*, std::vector<std::string>> of_fences;
  std::vector<std::string> directories = {dir};
  for (const ScannedFolder& folder : folders) {
    if (folder.path.empty()) continue;
    const Fence* const fence = FindFence(fences, folder.path);
    (fence == nullptr ? directories : of_fences[fence])
        .push_back(absl::StrCat(dir, "/",
                                folder.path.substr(0, folder.path.size() - 1)));
  }
  std::vector<std::vector<std::string>> few_first;
  few_first.reserve(of_fences.size());
  for (auto& [fence, paths] : of_fences) few_first.push_back(std::move(paths));
  std::stable_sort(
      few_first.begin(), few_first.end(),
      [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (std::vector<std::string>& paths : few_first) {
    directories.insert(directories.end(),
                       std::make_move_iterator(paths.begin()),
                       std::make_move_iterator(paths.end()));
  }
  return directories;
}

}  // namespace rolegate
