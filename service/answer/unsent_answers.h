// Bounds what answers hold in memory that their callers do not take.

#ifndef ROLEGATE_SERVICE_ANSWER_UNSENT_ANSWERS_H_
#define ROLEGATE_SERVICE_ANSWER_UNSENT_ANSWERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/base/monotonic.h"

namespace rolegate::service {

// An answer on its way out.  It must be taken out before it ends.
class UnsentAnswer {
 public:
  UnsentAnswer() = default;
  UnsentAnswer(const UnsentAnswer&) = delete;
  UnsentAnswer& operator=(const UnsentAnswer&) = delete;

 protected:
  ~UnsentAnswer() = default;

 private:
  friend class UnsentAnswers;

  // What ends the call, to be run when no lock is held.  The call may be over
  // by then; what it needs, it keeps.
  virtual std::function<void()> Ending() = 0;

  UnsentAnswer* before_ = nullptr;
  UnsentAnswer* after_ = nullptr;
  std::size_t bytes_ = 0;
  MonotonicTime since_;
  bool listed_ = false;
};

// Answers that stay unsent for long, or that take too much memory together, are
// given up, the oldest first: whoever reads what it asked for has none that is
// old.  Thread-safe.
class UnsentAnswers {
 public:
  // What a call takes besides its answer, about.
  static constexpr std::size_t kBytesOfCall = std::size_t{16} << 10;

  UnsentAnswers(std::uint64_t max_bytes, absl::Duration max_age)
      : max_bytes_(max_bytes), max_age_(ToMonotonic(max_age)) {}

  // `bytes`: of the answer as it is sent.  It is held as a message, and as what
  // is made of it, too.
  void Add(UnsentAnswer* answer, std::size_t bytes);
  void Remove(UnsentAnswer* answer);

  // Gives up what is too old; to be called every second or so.
  void GiveUpOld(MonotonicTime now);

  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // How many were given up.
  std::uint64_t given_up() const {
    return given_up_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kShards = 8;
  struct alignas(64) Shard {
    absl::Mutex mu;
    UnsentAnswer* oldest ABSL_GUARDED_BY(mu) = nullptr;
    UnsentAnswer* newest ABSL_GUARDED_BY(mu) = nullptr;
  };

  Shard& ShardOf(const UnsentAnswer* answer);
  void Unlink(Shard* shard, UnsentAnswer* answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard->mu);
  // Gives up the oldest until there is room.
  void MakeRoom();
  // Takes out the oldest of a shard if it came before `than`.
  std::function<void()> TakeOldest(Shard* shard, MonotonicTime than);

  const std::uint64_t max_bytes_;
  const MonotonicTime::duration max_age_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_UNSENT_ANSWERS_H_
