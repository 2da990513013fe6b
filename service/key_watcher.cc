#include "service/key_watcher.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "service/key_files.h"

namespace rolegate::service {
namespace {

// What changes when a file of the folder does; empty if it cannot be read.
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

KeyWatcher::KeyWatcher(KeyStore* keys, Logger* log, absl::Duration interval)
    : keys_(keys), log_(log), interval_(interval) {
  if (keys->ephemeral()) return;
  // Signals are for the thread that waits for them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { Loop(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

KeyWatcher::~KeyWatcher() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void KeyWatcher::Loop() {
  std::string read;  // nothing yet: what came between start and now is news
  std::string seen;
  while (!WaitForEnd()) {
    std::string state = StateOf(keys_->dir());
    if (state != seen) {
      seen = std::move(state);  // whoever writes may not have finished
      continue;
    }
    if (state == read) continue;
    read = std::move(state);
    const absl::StatusOr<bool> changed = keys_->Reload();
    if (!changed.ok()) {
      log_->Error("keys are not reloaded, those in force stay",
                  {{"error", changed.status().message()}});
    } else if (*changed) {
      log_->Info("keys reloaded", {{"kid", keys_->keys()->signer().kid()}});
    }
  }
}

bool KeyWatcher::WaitForEnd() const {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&ending_), interval_);
}

}  // namespace rolegate::service
