// Reads keys again when their files change, where nobody can send a signal.

#ifndef ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_WATCHER_H_
#define ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_WATCHER_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/base/log.h"
#include "service/base/poller.h"
#include "service/sessions/service_keys.h"

namespace rolegate::service {

// Looks at the folder every `interval` from a thread of its own, and reads it
// once it has stayed as it is for one.  Faults are logged, once for each state
// of the folder, and leave the keys in force.
class ServiceKeysWatcher {
 public:
  // Does nothing for keys without a folder.
  ServiceKeysWatcher(ServiceKeys* keys, Logger* log, absl::Duration interval);

 private:
  void Look();

  ServiceKeys* const keys_;
  Logger* const log_;
  // States of the folder, the thread's own.  Nothing was read yet: what came
  // between the start and now is news.
  std::string read_;
  std::string seen_;
  std::optional<Poller> poller_;  // ends before what it looks with
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_WATCHER_H_
