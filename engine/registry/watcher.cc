#include "engine/registry/watcher.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/registry/kubernetes_volume.h"

namespace rolegate {
namespace {

constexpr std::uint32_t kDirectoryEvents =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE |
    IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kWayEvents = IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE |
                                     IN_DELETE | IN_ONLYDIR | IN_MASK_ADD;
constexpr int kMaxLinks = 40;  // as the kernel has it

// A name on the way to a folder, and the folder where the name stands.
struct Step {
  std::string folder;
  std::string name;
  bool is_link = false;
};

// The target of the link; empty if there is no link of this path.
std::string LinkTarget(const std::string& path) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return target;
}

// Returns every name on the way to `path`, those in the targets of links
// included, as far as the way is there.
std::vector<Step> StepsTo(const std::string& path) {
  std::vector<Step> steps;
  std::string folder;
  // The names that are left, the next one last.
  std::vector<std::string> left;
  const auto go = [&](const std::string& to) {
    if (absl::StartsWith(to, "/")) {
      folder = "/";
    } else if (folder.empty()) {
      folder = ".";
    }
    const std::vector<std::string> names =
        absl::StrSplit(to, '/', absl::SkipEmpty());
    left.insert(left.end(), names.rbegin(), names.rend());
  };
  go(path);
  int links = 0;
  while (!left.empty()) {
    const std::string name = std::move(left.back());
    left.pop_back();
    const std::string next =
        absl::StrCat(folder, absl::EndsWith(folder, "/") ? "" : "/", name);
    if (name == "." || name == "..") {
      folder = next;
      continue;
    }
    const std::string target = LinkTarget(next);
    steps.push_back({folder, name, !target.empty()});
    if (target.empty()) {
      folder = next;
    } else if (++links > kMaxLinks) {
      return steps;
    } else {
      go(target);
    }
  }
  return steps;
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
  if (!inotify_.ok()) {
    problem_ = Problem("inotify is not available", error);
    return;
  }
  std::size_t unwatched = 0;
  int ignored = 0;
  WatchWay(&unwatched, &ignored);
}

bool Watcher::WatchWay(std::size_t* unwatched, int* error) {
  Way way;
  bool any_new = false;
  for (const Step& step : StepsTo(root_)) {
    const int watch =
        inotify_add_watch(inotify_.get(), step.folder.c_str(), kWayEvents);
    if (watch < 0) {
      // The way ends early if a folder is not there.  Only links are swapped
      // often enough for somebody to miss the watch.
      if (errno != ENOENT && step.is_link) {
        ++*unwatched;
        *error = errno;
      }
      continue;
    }
    way[watch].insert(step.name);
    if (!IsOnWay(watch, step.name)) any_new = true;
  }
  for (const auto& [watch, names] : way_) {
    if (!way.contains(watch) && !directory_watches_.contains(watch)) {
      inotify_rm_watch(inotify_.get(), watch);
    }
  }
  way_ = std::move(way);
  return any_new;
}

bool Watcher::IsOnWay(int watch, absl::string_view name) const {
  const auto names = way_.find(watch);
  return names != way_.end() && names->second.contains(name);
}

bool Watcher::IsForWayOnly(int watch) const {
  return way_.contains(watch) && !directory_watches_.contains(watch);
}

bool Watcher::Watch(const std::vector<std::string>& directories) {
  if (!inotify_.ok()) return false;
  absl::flat_hash_set<absl::string_view> wanted;
  absl::flat_hash_map<std::string, int> watches;
  absl::flat_hash_map<int, std::string> prefixes;
  absl::flat_hash_set<int> kept;
  std::size_t unwatched = 0;
  int error = 0;
  bool any_new = WatchWay(&unwatched, &error);
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
        if (way_.contains(old) || !kept.insert(old).second) continue;
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
    if (!kept.contains(watch) && !way_.contains(watch)) {
      inotify_rm_watch(inotify_.get(), watch);
    }
  }
  directory_watches_.clear();
  for (const auto& [directory, watch] : watches) {
    directory_watches_.insert(watch);
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
      const bool is_on_way = IsOnWay(event->wd, name);
      if ((event->mask & IN_MOVED_TO) != 0 &&
          (is_on_way || (name == kVolumeLink && !IsForWayOnly(event->wd)))) {
        seen = Event::kSwapped;
      } else if (!IsForWayOnly(event->wd) || is_on_way ||
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
  if (IsOnWay(watch, name)) {
    changed_more_ = true;
    return;
  }
  // The folders on the way hold other things beside it.
  if (IsForWayOnly(watch)) return;
  const auto prefix = prefixes_.find(watch);
  if (folder || name.empty() || prefix == prefixes_.end()) {
    changed_more_ = true;
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
