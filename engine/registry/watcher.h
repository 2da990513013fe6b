// Says when a registry's directory may have changed.

#ifndef ROLEGATE_ENGINE_REGISTRY_WATCHER_H_
#define ROLEGATE_ENGINE_REGISTRY_WATCHER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate {

// Watches directories with inotify, and never files, because an atomic rename
// replaces the file that a watch would be on.  The caller polls for what
// inotify cannot tell: it has no more watches, or the file system is that of a
// network.  One thread uses it, except for Wake.
class Watcher {
 public:
  enum class Event {
    kNone,     // the time is over
    kWoken,    // somebody called Wake
    kChanged,  // something in the directory
    kSwapped,  // a link was swapped: the new content is there, whole
  };

  // `root` is the registry's directory.  Each name on the way to it is watched
  // in the folder where it stands, because any of them may be a link that is
  // swapped, or a folder that another one replaces.
  explicit Watcher(std::string root);

  // Watches these directories, the way to the root, and nothing else, or the
  // first of them if there are too few watches.  Returns true if any is new:
  // nothing tells of what came into it before the watch.
  bool Watch(const std::vector<std::string>& directories);

  // Why changes may come without an event, so that only the poll sees them.
  // Empty if everything is watched.
  const std::string& problem() const { return problem_; }

  // Waits for the next event, at most for `timeout`.
  Event Wait(absl::Duration timeout);

  // Looks without waiting whether anything has happened that TakeChangedFiles
  // would tell.
  bool HasChanges();

  // Takes what happened since the last call: the paths of files in the root
  // that came, went or were written, each once.  Nothing if it may be more
  // than that: a folder, a link, an event that was lost.
  std::optional<std::vector<std::string>> TakeChangedFiles();

  // Ends the Wait under way, or the next one.  Any thread may call it.
  void Wake();

 private:
  // The names on the way to the root that stand in one folder.
  using Names = absl::flat_hash_set<std::string>;
  using Way = absl::flat_hash_map<int, Names>;  // by watch

  // Watches the way to the root as it is now.  The watches of the way before
  // stay.  Returns true if any is new.
  bool WatchWay(std::size_t* unwatched, int* error);
  bool IsOnWay(int watch, absl::string_view name) const;
  // Whether the watch is there for the way alone, so that other names in its
  // folder do not matter.
  bool IsForWayOnly(int watch) const;
  Event ReadEvents();
  void NoteChange(int watch, bool folder, absl::string_view name);

  const std::string root_;
  std::string problem_;
  FileDescriptor inotify_;
  FileDescriptor wake_;
  Way way_;
  absl::flat_hash_map<std::string, int> watches_;
  absl::flat_hash_set<int> directory_watches_;
  absl::flat_hash_map<int, std::string> prefixes_;  // of paths in the root
  absl::flat_hash_set<std::string> changed_files_;
  bool changed_more_ = false;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_WATCHER_H_
