// Threads for work that must not hold up those that answer quickly.
//
// Every task holds places from when it is submitted until its work is done,
// and the places are shared (places.h).  A task that finds none may get those
// of tasks that still wait; what waits is served in turns (fair_queue.h).

#ifndef ROLEGATE_SERVICE_BASE_WORKERS_H_
#define ROLEGATE_SERVICE_BASE_WORKERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "service/base/fair_queue.h"
#include "service/base/places.h"

namespace rolegate::service {

// Each lane has threads of its own, so that nobody who asks for a decision
// waits for a disk, and nobody who logs in waits for a reload or for a provider
// that he does not know.
enum class Lane : std::uint8_t {
  kCompute,     // as many threads as processors, two at least
  kMfa,         // writes used codes to a disk
  kFederation,  // asks identity providers for their keys
  kReload,      // reads the registry
};

// Stays its owner's, who must not end it while it waits or is worked on.
class Task : public Waiting {
 public:
  // Does the work, on a thread of the lane.  A lane: the work is not done and
  // goes on there, later, with the same places.
  virtual std::optional<Lane> Work() = 0;
  // Follows the last Work, once the places are given back.  The task may be
  // gone when it returns.
  virtual void AfterWork() = 0;
  // Comes in place of both for a task that waited: its places went to somebody
  // who holds less, or the workers end.  It may be gone when it returns.
  virtual void Dropped() = 0;

 protected:
  ~Task() = default;

 private:
  friend class Workers;
  enum class State : std::uint8_t { kOutside, kWaits, kIsWorkedOn };

  State state_ = State::kOutside;
  Lane lane_ = Lane::kCompute;
  int weight_ = 0;
};

// Thread-safe.
class Workers {
 public:
  explicit Workers(int places);
  // Drops what waits and ends after the work that runs.
  ~Workers();

  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False: there are no places, and nothing will be called.
  bool Submit(Task* task, Lane lane, Holder holder, int weight = 1);

  // Takes out a task that waits.  False if it waits no more.
  bool Withdraw(Task* task);

  // Runs a function as a task; false: there is no place.
  bool Run(Lane lane, Holder holder, std::function<void()> work);

  // How many places are held.
  int held() const;

 private:
  static constexpr std::size_t kLanes = 4;
  struct Queue {
    FairQueue waiting;
    absl::CondVar not_empty;
  };

  Queue& QueueOf(Lane lane) { return queues_[static_cast<std::size_t>(lane)]; }
  void Enqueue(Task* task, Lane lane, Holder holder)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Takes a task that waits out, with its places.
  void Leave(Task* task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns the task that gives places to `wanting`; null if there is none.
  Task* WhoGives(const Holder& wanting, int weight)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Loop(Lane lane);

  mutable absl::Mutex mu_;
  Places places_ ABSL_GUARDED_BY(mu_);
  std::array<Queue, kLanes> queues_ ABSL_GUARDED_BY(mu_);
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_WORKERS_H_
