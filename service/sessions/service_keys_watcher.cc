#include "service/sessions/service_keys_watcher.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/sessions/key_folder.h"

namespace rolegate::service {
namespace {

// Returns a text that changes when a file of the folder does; empty if the
// folder cannot be read.
std::string StateOf(const std::string& dir) {
  const absl::StatusOr<KeyFolder> folder = ListKeyFolder(dir);
  if (!folder.ok()) return "";
  std::string state;
  for (const std::string& name : folder->names) {
    struct stat st {};
    if (stat(absl::StrCat(folder->path, "/", name).c_str(), &st) != 0) continue;
    absl::StrAppend(&state, name, " ", st.st_ino, " ", st.st_mode, " ",
                    st.st_size, " ", st.st_mtim.tv_sec, " ", st.st_mtim.tv_nsec,
                    "\n");
  }
  return state;
}

}  // namespace

ServiceKeysWatcher::ServiceKeysWatcher(ServiceKeys* keys, Logger* log,
                                       absl::Duration interval)
    : keys_(keys), log_(log) {
  if (!keys->ephemeral()) poller_.emplace(interval, [this] { Look(); });
}

void ServiceKeysWatcher::Look() {
  std::string state = StateOf(keys_->dir());
  if (state != seen_) {
    seen_ = std::move(state);  // whoever writes may not have finished
    return;
  }
  if (state == read_) return;
  read_ = std::move(state);
  const absl::StatusOr<bool> changed = keys_->Reload();
  if (!changed.ok()) {
    log_->Error("cannot reload the keys; those in force stay",
                {{"error", changed.status().message()}});
  } else if (*changed) {
    log_->Info("keys reloaded", {{"kid", keys_->signing()->signer().kid()}});
  } else if (faulty_) {
    log_->Info("the keys are good again, and those in force stay",
               {{"kid", keys_->signing()->signer().kid()}});
  }
  faulty_ = !changed.ok();
}

}  // namespace rolegate::service
