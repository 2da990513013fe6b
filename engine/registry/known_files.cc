#include "engine/registry/known_files.h"

#include <utility>

namespace rolegate {

KnownFiles::File KnownFiles::Find(absl::string_view name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->file;
}

std::uint64_t KnownFiles::SizeOf(absl::string_view name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? 0 : found->state.size;
}

bool KnownFiles::IsUnchanged(absl::string_view name,
                             const FileState& state) const {
  const auto found = files_.find(name);
  return found != files_.end() && !found->state.racy && found->state == state;
}

KnownFiles::File KnownFiles::FindContent(absl::string_view name,
                                         const Sha256Digest& digest) const {
  const auto found = files_.find(name);
  return found != files_.end() && found->file->content_digest == digest
             ? found->file
             : nullptr;
}

void KnownFiles::Put(const FileState& state, File file) {
  // The new file's name must be the one that the set holds, because the old
  // file may go.
  files_.erase(absl::string_view(file->name()));
  files_.insert({state, std::move(file)});
}

void KnownFiles::Remove(absl::string_view name) {
  const auto found = files_.find(name);
  if (found != files_.end()) files_.erase(found);
}

void KnownFiles::Reset(std::size_t expected) {
  files_ = {};
  files_.reserve(expected);
}

}  // namespace rolegate
