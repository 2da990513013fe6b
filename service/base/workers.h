// Threads for slow work, which must not delay calls that are answered quickly.
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

// The kinds of work.  Each lane has threads of its own, so that nobody who asks
// for a decision waits for a disk, and nobody who logs in waits for a reload or
// for somebody else's identity provider.
enum class Lane : std::uint8_t {
  kCompute,     // as many threads as processors, two at least
  kMfa,         // writes used codes to a disk
  kFederation,  // asks identity providers for their keys
  kReload,      // reads the registry
};

// A piece of work.  Its owner keeps it, and must not destroy it while it waits
// or runs.
class Task : public Waiting {
 public:
  // Does the work, on a thread of the lane.  If it returns a lane, the work is
  // not done and goes on there later, with the same places.
  virtual std::optional<Lane> Work() = 0;
  // Called after the last Work, when the places are free again.  The task may
  // be gone when it returns.
  virtual void AfterWork() = 0;
  // Called instead of both for a task that waited, if its places went to
  // somebody who holds fewer or if the workers end.  The task may be gone when
  // it returns.
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
  // Drops the tasks that wait, and ends after those that run.
  ~Workers();

  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Returns false if there are no places; then nothing will be called.
  bool Submit(Task* task, Lane lane, Holder holder, int weight = 1);

  // Takes out a task that waits.  Returns false if it no longer waits.
  bool Withdraw(Task* task);

  // Runs a function as a task.  Returns false if there is no place.
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
