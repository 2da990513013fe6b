#include "engine/registry/folder_hold.h"

#include <algorithm>
#include <set>
#include <utility>

namespace rolegate {

void FolderHold::Keep(std::shared_ptr<const Snapshot> snapshot,
                      const std::vector<RegistryFileText>& texts) {
  in_force_ = std::move(snapshot);
  if (options_.fence_faults != FenceFaults::kHoldFolder) return;
  fenced_texts_.clear();
  for (const RegistryFileText& file : texts) {
    if (FenceOf(file.name) != nullptr) fenced_texts_[file.name] = file.text;
  }
}

// False if a fault stands in no fence.
bool FolderHold::Attribute(const Diagnostics& faults, Faulty* faulty) const {
  for (const Diagnostic& fault : faults) {
    const Fence* const fence = FenceOf(fault.file);
    if (fence == nullptr) return false;
    (*faulty)[fence].push_back(fault);
  }
  return true;
}

bool FolderHold::HaveFilesInForce(const Faulty& faulty) const {
  std::set<const Fence*> without;
  for (const auto& [fence, faults] : faulty) without.insert(fence);
  for (const auto& file : in_force_->content().Files()) {
    if (without.empty()) break;
    without.erase(FenceOf(file->name()));
  }
  return without.empty();
}

std::optional<MixedGeneration> FolderHold::Mix(const Files& files,
                                               const Diagnostics& unread,
                                               Diagnostics* joined) const {
  if (options_.fence_faults != FenceFaults::kHoldFolder ||
      in_force_ == nullptr) {
    return std::nullopt;
  }
  // What is missing in a faulty file is a fault of those that ask for it, which
  // goes away with the file that is kept.  So files are looked at by themselves
  // first, and what is wrong with all of them together counts only if nothing
  // else is.
  Faulty faulty;
  bool attributed = Attribute(unread, &faulty);
  for (const auto& file : files) {
    const auto faults = file->faults.span();
    attributed = attributed &&
                 Attribute(Diagnostics(faults.begin(), faults.end()), &faulty);
  }
  if (attributed && faulty.empty()) attributed = Attribute(*joined, &faulty);
  while (attributed && HaveFilesInForce(faulty)) {
    Files mixed;
    mixed.reserve(files.size());
    for (const auto& file : files) {
      if (!faulty.contains(FenceOf(file->name()))) mixed.push_back(file);
    }
    for (const auto& file : in_force_->content().Files()) {
      if (faulty.contains(FenceOf(file->name()))) mixed.push_back(file);
    }
    Diagnostics faults;
    MixedGeneration generation;
    generation.snapshot =
        BuildSnapshot(mixed, ContentTree(mixed), options_, &faults, in_force());
    if (generation.snapshot != nullptr) {
      std::map<std::string, FaultyFolder> folders;
      for (auto& [fence, found] : faulty) {
        FaultyFolder& folder = folders[fence->path];
        folder.path = fence->path;
        folder.faults = std::move(found);
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
    const std::size_t known = faulty.size();
    attributed = Attribute(faults, &faulty);
    if (!attributed || faulty.size() == known) {
      joined->insert(joined->end(), faults.begin(), faults.end());
      Normalize(*joined);
      return std::nullopt;
    }
  }
  return std::nullopt;
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
