#include "engine/registry/folder_hold.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/snapshot_builder.h"

namespace rolegate {
namespace {

// How many faults are named for each folder.
constexpr std::size_t kMaxNamedFaults = 1000;

// How many folders are tried one by one to find the one whose change does not
// fit the rest.  Each try joins all files.
constexpr std::size_t kMaxBlamed = 8;

}  // namespace

void FolderHold::Keep(std::shared_ptr<const Snapshot> snapshot,
                      const std::vector<RegistryFileText>& texts) {
  in_force_ = std::move(snapshot);
  if (options_.fence_faults != FenceFaults::kHoldFolder) return;
  if (in_force_ != nullptr && populated_.size() < options_.fences.size()) {
    for (const auto& file : in_force()->Files()) {
      if (const Fence* fence = FenceOf(file->name())) populated_.insert(fence);
    }
  }
  fenced_texts_.clear();
  for (const RegistryFileText& file : texts) {
    if (FenceOf(file.name) != nullptr) fenced_texts_[file.name] = file.text;
  }
}

// Sorts the faults by fence.  False if one stands in no fence.
bool FolderHold::Attribute(absl::Span<const Diagnostic> faults,
                           Faulty* faulty) const {
  for (const Diagnostic& fault : faults) {
    const Fence* const fence = FenceOf(fault.file);
    if (fence == nullptr) return false;
    Diagnostics& known = (*faulty)[fence];
    if (known.size() < kMaxNamedFaults) known.push_back(fault);
  }
  return true;
}

bool FolderHold::HaveLastGoodFiles(const Faulty& faulty) const {
  return std::all_of(faulty.begin(), faulty.end(), [this](const auto& one) {
    return populated_.contains(one.first);
  });
}

std::optional<MixedGeneration> FolderHold::Mix(const Files& files,
                                               const Diagnostics& unread,
                                               Diagnostics* joined) const {
  if (options_.fence_faults != FenceFaults::kHoldFolder ||
      in_force_ == nullptr) {
    return std::nullopt;
  }
  // If a definition is missing because its file is faulty, the files that ask
  // for it have a fault that goes away with the file that is kept.  So this
  // looks at each file by itself first, and at what is wrong with all of them
  // together only if nothing else is wrong.
  Faulty alone;
  if (!Attribute(unread, &alone)) return std::nullopt;
  for (const auto& file : files) {
    if (!Attribute(file->faults.span(), &alone)) return std::nullopt;
  }
  Diagnostics found = *joined;  // while the folders of `alone` are held back
  Faulty faulty = alone;
  bool attributed = !alone.empty() || Attribute(*joined, &faulty);
  while (attributed && HaveLastGoodFiles(faulty)) {
    Diagnostics faults;
    if (auto mixed = Join(files, faulty, &faults)) return mixed;
    const std::size_t known = faulty.size();
    if (known == alone.size()) found = faults;
    attributed = Attribute(faults, &faulty);
    if (faulty.size() == known) break;
  }
  if (auto mixed = HoldChanged(files, alone, found)) return mixed;
  joined->insert(joined->end(), found.begin(), found.end());
  Normalize(*joined);
  return std::nullopt;
}

// One folder may cause the fault of another: it removes a policy that roles
// elsewhere attach, or its policies make those that meet in one check too
// costly.  Then the folder that changed is held back, whichever folder the
// fault is named after.
std::optional<MixedGeneration> FolderHold::HoldChanged(
    const Files& files, const Faulty& alone, const Diagnostics& found) const {
  if (!HaveLastGoodFiles(alone)) return std::nullopt;
  const std::vector<const Fence*> changed = FindChanged(files, alone);
  if (changed.empty()) return std::nullopt;
  const auto hold = [&](absl::Span<const Fence* const> fences) {
    Faulty faulty = alone;
    for (const Fence* fence : fences) {
      for (const Diagnostic& fault : found) {
        if (faulty[fence].size() >= kMaxNamedFaults) break;
        Diagnostic& blamed = faulty[fence].emplace_back(fault);
        absl::StrAppend(&blamed.message,
                        ", which is due to a change in fence `", fence->path,
                        "`");
      }
    }
    Diagnostics ignored;
    return Join(files, faulty, &ignored);
  };
  const absl::Span<const Fence* const> all(changed);
  for (std::size_t i = 0; i < std::min(changed.size(), kMaxBlamed); ++i) {
    if (auto mixed = hold(all.subspan(i, 1))) return mixed;
  }
  return changed.size() > 1 ? hold(all) : std::nullopt;
}

std::vector<const Fence*> FolderHold::FindChanged(const Files& files,
                                                  const Faulty& alone) const {
  struct Folder {
    std::size_t files = 0;
    std::size_t kept = 0;
    bool changed = false;
  };
  std::map<const Fence*, Folder> folders;
  for (const auto& file : files) {
    Folder& folder = folders[FenceOf(file->name())];
    ++folder.files;
    const ParsedFile* const before = in_force()->Find(file->name());
    folder.changed = folder.changed || before == nullptr ||
                     before->content_digest != file->content_digest;
  }
  for (const auto& file : in_force()->Files()) {
    ++folders[FenceOf(file->name())].kept;
  }
  std::vector<const Fence*> changed;
  for (const auto& [fence, folder] : folders) {
    if (fence != nullptr && populated_.contains(fence) &&
        !alone.contains(fence) &&
        (folder.changed || folder.files != folder.kept)) {
      changed.push_back(fence);
    }
  }
  return changed;
}

std::optional<MixedGeneration> FolderHold::Join(const Files& files,
                                                const Faulty& faulty,
                                                Diagnostics* faults) const {
  Files mixed;
  mixed.reserve(files.size());
  for (const auto& file : files) {
    if (!faulty.contains(FenceOf(file->name()))) mixed.push_back(file);
  }
  for (const auto& file : in_force()->Files()) {
    if (faulty.contains(FenceOf(file->name()))) mixed.push_back(file);
  }
  MixedGeneration generation;
  generation.snapshot =
      BuildSnapshot(mixed, ContentTree(mixed), options_, faults, in_force());
  if (generation.snapshot == nullptr) return std::nullopt;
  std::map<std::string, FaultyFolder> folders;
  for (const auto& [fence, found] : faulty) {
    FaultyFolder& folder = folders[fence->path];
    folder.path = fence->path;
    folder.faults = found;
    Normalize(folder.faults);
  }
  for (const auto& file : files) {
    const Fence* const fence = FenceOf(file->name());
    const auto found =
        fence == nullptr ? folders.end() : folders.find(fence->path);
    if (found == folders.end()) continue;
    found->second.revocations.Add(file->entities.others().revocations);
  }
  for (auto& [path, folder] : folders) {
    generation.folders.push_back(std::move(folder));
  }
  return generation;
}

void FolderHold::MixTexts(const std::vector<FaultyFolder>& folders,
                          std::vector<RegistryFileText>* texts) const {
  const auto is_held = [&](const std::string& name) {
    const Fence* const fence = FenceOf(name);
    return fence != nullptr && std::any_of(folders.begin(), folders.end(),
                                           [&](const FaultyFolder& folder) {
                                             return folder.path == fence->path;
                                           });
  };
  std::erase_if(
      *texts, [&](const RegistryFileText& file) { return is_held(file.name); });
  for (const auto& [name, text] : fenced_texts_) {
    if (is_held(name)) texts->push_back({name, text});
  }
}

}  // namespace rolegate
