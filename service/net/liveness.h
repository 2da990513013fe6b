// Looks after the listeners and event loops of this process, for
// `rolegate.liveness`.

#ifndef ROLEGATE_SERVICE_NET_LIVENESS_H_
#define ROLEGATE_SERVICE_NET_LIVENESS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/answer/health_status.h"
#include "service/base/log.h"
#include "service/base/poller.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/listener_probe.h"
#include "service/net/loop_heartbeat.h"

namespace rolegate::service {

// Looks again and again, from a thread of its own, whether every listener
// answers and every event loop turns.  One is dead if three looks in a row
// found it so and the last sign of life is older than its patience, so that a
// short stall kills nobody, and neither does a process that was stopped for a
// while. What changes is logged.
class Liveness {
 public:
  struct Pace {
    absl::Duration interval = absl::Seconds(2);
    absl::Duration timeout = absl::Seconds(2);   // of one probe
    absl::Duration patience = absl::Seconds(8);  // with a listener
    absl::Duration loop_patience = absl::Seconds(5);
  };

  // `told` is called after each round, from that thread, with a check for each
  // listener (`listener/ADDRESS`) and each loop (`event-loop/0`).  The loops
  // must outlive it.
  Liveness(std::vector<ProbeTarget> targets,
           const std::vector<http2::Executor*>& loops,
           ConnectionAcceptor* acceptor, Logger* log,
           std::function<void(HealthChecks)> told, Pace pace);

 private:
  enum class Kind : std::uint8_t { kListener, kLoop };

  // What is known of one listener or loop.
  struct Life {
    Kind kind;
    std::string name;
    MonotonicTime last_sign;
    int failures = 0;  // in a row
    bool dead = false;
  };
  struct Listener {
    ProbeTarget target;
    Life life;
  };
  struct Loop {
    LoopHeartbeat heartbeat;
    Life life;
  };

  void Look();
  // Takes what a look found.
  void Note(const absl::Status& found, Life* life);
  absl::Duration PatienceWith(Kind kind) const;

  ConnectionAcceptor* const acceptor_;
  Logger* const log_;
  const std::function<void(HealthChecks)> told_;
  const Pace pace_;
  // The thread's own, once it runs.
  std::vector<Listener> listeners_;
  std::vector<Loop> loops_;
  std::optional<Poller> poller_;  // ends before what it looks with
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_LIVENESS_H_
