#include "engine/registry/watcher.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/registry/kubernetes_volume.h"

namespace rolegate {
namespace {

constexpr std::uint32_t kDirectoryEvents =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE |
    IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kParentEvents = IN_MOVED_TO | IN_CREATE | IN_DELETE;
std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Says what went wrong, and which limit of the system caused it, if one did.
std::string Problem(absl::string_view what, int error) {
  const char* const limit = error == EMFILE ? " (fs.inotify.max_user_instances)"
                            : error == ENOSPC ? " (fs.inotify.max_user_watches)"
                                              : "";
  return absl::StrCat(what, ": ", std::strerror(error), limit);
}

}  // namespace

Watcher::Watcher(std::string root)
    : root_(std::move(root)),
      inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  const int error = errno;
  wake_ = FileDescriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  std::string trimmed = root_;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  root_name_ = trimmed.substr(trimmed.find_last_of('/') + 1);
  if (!inotify_.ok()) {
    problem_ = Problem("inotify is not available", error);
  } else {
    parent_watch_ = inotify_add_watch(inotify_.get(), ParentOf(trimmed).c_str(),
                                      kParentEvents);
  }
}

bool Watcher::Watch(const std::vector<std::string>& directories) {
  if (!inotify_.ok()) return false;
  absl::flat_hash_set<absl::string_view> wanted;
  absl::flat_hash_map<std::string, int> watches;
  absl::flat_hash_map<int, std::string> prefixes;
  absl::flat_hash_set<int> kept;
  bool any_new = false;
  std::size_t unwatched = 0;
  int error = 0;
  bool made_room = false;
  for (const std::string& directory : directories) {
    if (!wanted.insert(directory).second) continue;
    // An inode that is watched keeps its watch; another inode under the same
    // path, after a swap, gets a new one.
    int watch =
        inotify_add_watch(inotify_.get(), directory.c_str(), kDirectoryEvents);
    if (watch < 0 && errno == ENOSPC && !made_room) {
      // Directories later in the list have watches from before.
      made_room = true;
      for (const auto& [path, old] : watches_) {
        if (old == parent_watch_ || !kept.insert(old).second) continue;
        inotify_rm_watch(inotify_.get(), old);
      }
      watch = inotify_add_watch(inotify_.get(), directory.c_str(),
                                kDirectoryEvents);
    }
    if (watch < 0) {
      if (errno == ENOENT) continue;  // gone since it was read
      ++unwatched;
      error = errno;
      continue;
    }
    const auto known = watches_.find(directory);
    if (known == watches_.end() || known->second != watch) any_new = true;
    watches.emplace(directory, watch);
    kept.insert(watch);
    absl::string_view below = directory;
    if (absl::ConsumePrefix(&below, root_)) {
      absl::ConsumePrefix(&below, "/");
      prefixes.emplace(watch, below.empty() ? "" : absl::StrCat(below, "/"));
    }
  }
  for (const auto& [directory, watch] : watches_) {
    if (!kept.contains(watch) && watch != parent_watch_) {
      inotify_rm_watch(inotify_.get(), watch);
    }
  }
  problem_ = unwatched == 0
                 ? ""
                 : Problem(absl::StrCat("inotify does not watch ", unwatched,
                                        " of ", wanted.size(), " folders"),
                           error);
  watches_ = std::move(watches);
  prefixes_ = std::move(prefixes);
  return any_new;
}

Watcher::Event Watcher::Wait(absl::Duration timeout) {
  pollfd fds[2] = {{wake_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}};
  const auto milliseconds = static_cast<int>(std::clamp<std::int64_t>(
      absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1))), 0,
      3'600'000));
  if (poll(fds, inotify_.ok() ? 2 : 1, milliseconds) <= 0) return Event::kNone;
  if ((fds[0].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got =
        read(wake_.get(), &count, sizeof(count));
    return Event::kWoken;
  }
  return ReadEvents();
}

Watcher::Event Watcher::ReadEvents() {
  alignas(inotify_event) char buffer[16 * 1024];
  Event seen = Event::kNone;
  for (;;) {
    const ssize_t size = read(inotify_.get(), buffer, sizeof(buffer));
    if (size <= 0) return seen;
    for (const char* at = buffer; at < buffer + size;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      const absl::string_view name =
          event->len > 0 ? absl::string_view(event->name) : "";
      NoteChange(
          event->wd,
          (event->mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF)) != 0,
          name);
      const bool is_root = event->wd == parent_watch_ && name == root_name_;
      if ((event->mask & IN_MOVED_TO) != 0 &&
          (is_root || name == kVolumeLink)) {
        seen = Event::kSwapped;
      } else if (event->wd != parent_watch_ || is_root ||
                 (event->mask & IN_Q_OVERFLOW) != 0) {
        if (seen == Event::kNone) seen = Event::kChanged;
      }
    }
  }
}

bool Watcher::HasChanges() {
  if (inotify_.ok()) ReadEvents();
  return changed_more_ || !changed_files_.empty();
}

void Watcher::NoteChange(int watch, bool folder, absl::string_view name) {
  const auto prefix = prefixes_.find(watch);
  if (folder || name.empty() || prefix == prefixes_.end()) {
    // The parent folder holds other things beside the root.
    if (watch != parent_watch_ || name == root_name_) changed_more_ = true;
    return;
  }
  if (name == kVolumeLink) changed_more_ = true;
  if (name.front() == '.') return;  // no file of a registry
  changed_files_.insert(absl::StrCat(prefix->second, name));
}

std::optional<std::vector<std::string>> Watcher::TakeChangedFiles() {
  const bool more = std::exchange(changed_more_, false);
  const auto files = std::exchange(changed_files_, {});
  if (more) return std::nullopt;
  return std::vector<std::string>(files.begin(), files.end());
}

void Watcher::Wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = write(wake_.get(), &one, sizeof(one));
}

}  // namespace rolegate
