// Reads keys again when their files change, where nobody can send a signal.

#ifndef ROLEGATE_SERVICE_KEY_WATCHER_H_
#define ROLEGATE_SERVICE_KEY_WATCHER_H_

#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/key_store.h"
#include "service/log.h"

namespace rolegate::service {

// Looks at the folder every `interval` from a thread of its own, and reads it
// once it has stayed as it is for one.  Faults are logged, once for each state
// of the folder, and leave the keys in force.
class KeyWatcher {
 public:
  // Does nothing for keys without a folder.
  KeyWatcher(KeyStore* keys, Logger* log, absl::Duration interval);
  ~KeyWatcher();  // ends the thread

  KeyWatcher(const KeyWatcher&) = delete;
  KeyWatcher& operator=(const KeyWatcher&) = delete;

 private:
  void Loop();
  bool WaitForEnd() const;

  KeyStore* const keys_;
  Logger* const log_;
  const absl::Duration interval_;
  mutable absl::Mutex mu_;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_KEY_WATCHER_H_
