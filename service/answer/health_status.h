// What the health service says, and who is told when it changes.

#ifndef ROLEGATE_SERVICE_ANSWER_HEALTH_STATUS_H_
#define ROLEGATE_SERVICE_ANSWER_HEALTH_STATUS_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "service/base/peer_shares.h"

namespace rolegate::service {

enum class Health : std::uint8_t { kServing, kNotServing, kUnknownService };

// One of the things that make a server alive or ready.
struct HealthCheck {
  std::string name;   // such as `listener/127.0.0.1:8470`
  std::string fault;  // what is wrong, for people; empty: nothing is
};
using HealthChecks = std::vector<HealthCheck>;

// Whether nothing is wrong.
bool IsGood(const HealthChecks& checks);

// One that is told of changes.  Both are called from any thread, and never
// while a lock is held.
class HealthWatcher {
 public:
  virtual ~HealthWatcher() = default;

  // Something changed: ask again.
  virtual void OnHealth() = 0;
  // The watch is over: others need its place, or the server stops.
  virtual void End() = 0;
};

// The health of this process: of `""` and the services of the API, which are
// ready or not together, and of `rolegate.liveness`.  Knows no transport.
// Thread-safe.
class HealthStatus {
 public:
  // Watches that may be open at once, on all listeners.
  static constexpr std::size_t kMaxWatches = 1024;

  explicit HealthStatus(std::size_t max_watches = kMaxWatches)
      : shares_(max_watches) {}

  Health Of(absl::string_view service) const;

  // What Of("rolegate.liveness") and Of("") are made of.  A service is SERVING
  // if and only if its checks are good.
  HealthChecks Liveness() const;
  HealthChecks Readiness() const;

  // Whether a registry is in force.  Nothing makes the server ready after
  // Drain.
  void SetReady(bool ready);
  // Whether every listener accepts and answers, and every event loop turns.
  void SetLiveness(HealthChecks checks);
  void Drain();

  // Tells `watcher` of changes until Remove.  Where watches run short, the
  // oldest watch of the peer that has the most ends for it, and where `peer`
  // itself has its share, its own oldest (PeerShares).  False, and no watch,
  // after EndWatches.
  bool Add(std::shared_ptr<HealthWatcher> watcher, absl::string_view peer);
  void Remove(const HealthWatcher* watcher);

  // Ends all watches and takes no more.
  void EndWatches();

  std::size_t watches() const;

 private:
  struct Watch {
    std::shared_ptr<HealthWatcher> watcher;
    std::string peer;
  };
  using Watches = std::list<Watch>;  // the oldest first

  HealthChecks ReadinessLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Tell();
  // Takes a watch out and returns its watcher.
  std::shared_ptr<HealthWatcher> Take(Watches::iterator watch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::shared_ptr<HealthWatcher> TakeOldest(absl::string_view peer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  HealthChecks liveness_ ABSL_GUARDED_BY(mu_);  // none until the first look
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  PeerShares shares_ ABSL_GUARDED_BY(mu_);
  Watches watches_ ABSL_GUARDED_BY(mu_);
  std::unordered_map<const HealthWatcher*, Watches::iterator> places_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_HEALTH_STATUS_H_
