// Reads keys again when their files change, for servers to which nobody can
// send a signal.

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
// once it has stayed the same for one interval.  Logs a fault once for each
// state of the folder; a fault leaves the keys in force.
class ServiceKeysWatcher {
 public:
  // Does nothing for keys without a folder.
  ServiceKeysWatcher(ServiceKeys* keys, Logger* log, absl::Duration interval);

 private:
  void Look();

  ServiceKeys* const keys_;
  Logger* const log_;
  // States of the folder, for the thread alone.  At first nothing counts as
  // read, so that a change between the start and now is noticed.
  std::string read_;
  std::string seen_;
  bool faulty_ = false;           // what was read last
  std::optional<Poller> poller_;  // ends before what it looks with
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSIONS_SERVICE_KEYS_WATCHER_H_
