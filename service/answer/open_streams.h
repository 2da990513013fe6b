// The calls that stay open: streams of checks, watchers of the registry.

#ifndef ROLEGATE_SERVICE_ANSWER_OPEN_STREAMS_H_
#define ROLEGATE_SERVICE_ANSWER_OPEN_STREAMS_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/sts/api_error.h"
#include "engine/sts/result.h"
#include "service/base/monotonic.h"
#include "service/base/places.h"

namespace rolegate::service {

// Its methods are called from any thread, and never while a lock is held.
class OpenStream {
 public:
  virtual ~OpenStream() = default;

  // Answers what was asked and ends with `why`.  May come more than once; the
  // first reason holds.
  virtual void End(const ApiError& why) = 0;
  // Another revision of the registry is in force.
  virtual void OnRevision() {}

  MonotonicTime last_used() const {
    return MonotonicTime(
        MonotonicTime::duration(last_used_.load(std::memory_order_relaxed)));
  }

 protected:
  // Something was asked or told.
  void Touch() {
    last_used_.store(MonotonicNow().time_since_epoch().count(),
                     std::memory_order_relaxed);
  }

 private:
  std::atomic<MonotonicTime::rep> last_used_{
      MonotonicNow().time_since_epoch().count()};
};

// Streams have places of their own, apart from calls, and shared by the same
// rule.  Where there is none left, the stream that was not used for the longest
// time ends, of the holder that has the most.  Thread-safe.
class OpenStreams {
 public:
  explicit OpenStreams(int places) : places_(places) {}

  // Refuses a stream if there are too many, or the server stops.
  Refusal Add(std::shared_ptr<OpenStream> stream, Holder holder);
  void Remove(const std::shared_ptr<OpenStream>& stream);

  void NotifyRevision();
  // Ends those that were not used since.
  void EndUnused(MonotonicTime since);
  // Takes no more, and ends those that are open.  `why` is told to both.
  void EndAll(const ApiError& why);

  std::size_t size() const;

 private:
  // A holder's peer and principal.
  using Key = std::pair<std::string, std::string>;
  using Streams = std::set<std::shared_ptr<OpenStream>>;

  // Takes out a stream whose place goes to `wanting`; null: there is none.
  std::shared_ptr<OpenStream> TakeBack(const Holder& wanting)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Leave(OpenStream* stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<std::shared_ptr<OpenStream>> All();

  mutable absl::Mutex mu_;
  Places places_ ABSL_GUARDED_BY(mu_);
  std::map<Key, Streams> by_holder_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<const OpenStream*, Key> holder_of_ ABSL_GUARDED_BY(mu_);
  Refusal ending_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_OPEN_STREAMS_H_
