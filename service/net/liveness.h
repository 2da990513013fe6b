// Looks after the listeners of this process, for `rolegate.liveness`.

#ifndef ROLEGATE_SERVICE_NET_LIVENESS_H_
#define ROLEGATE_SERVICE_NET_LIVENESS_H_

#include <functional>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "service/base/log.h"
#include "service/base/poller.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"

namespace rolegate::service {

// Probes every listener again and again, from a thread of its own, and says
// whether all of them are alive.  A listener is dead if none of three probes in
// a row was answered and the last answer is older than `patience`, so that a
// short stall kills nobody.  What changes is logged.
class Liveness {
 public:
  struct Pace {
    absl::Duration interval = absl::Seconds(2);
    absl::Duration timeout = absl::Seconds(2);
    absl::Duration patience = absl::Seconds(8);
  };

  // `told` is called after each round, from that thread.
  Liveness(std::vector<ProbeTarget> targets, ConnectionAcceptor* acceptor,
           Logger* log, std::function<void(bool alive)> told, Pace pace);

 private:
  struct Listener {
    ProbeTarget target;
    MonotonicTime answered;
    int failures = 0;  // in a row
    bool dead = false;
  };

  void Look();
  void LookAt(Listener* listener);

  ConnectionAcceptor* const acceptor_;
  Logger* const log_;
  const std::function<void(bool)> told_;
  const Pace pace_;
  std::vector<Listener> listeners_;  // the thread's own, once it runs
  std::optional<Poller> poller_;     // ends before what it looks with
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LIVENESS_H_
