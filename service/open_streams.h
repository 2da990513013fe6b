// The calls that stay open: streams of checks, watchers of the registry.

#ifndef ROLEGATE_SERVICE_OPEN_STREAMS_H_
#define ROLEGATE_SERVICE_OPEN_STREAMS_H_

#include <memory>
#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service {

// Both are called from any thread, and never while a lock is held.
class OpenStream {
 public:
  virtual ~OpenStream() = default;

  // The server stops: answer what was asked, and end with UNAVAILABLE.
  virtual void End() = 0;
  // Another revision of the registry is in force.
  virtual void OnRevision() {}
};

// Thread-safe.
class OpenStreams {
 public:
  // Of both kinds together; one that waits costs little.
  static constexpr std::size_t kMax = 4096;

  // False if there are too many, or the server stops.
  bool Add(std::shared_ptr<OpenStream> stream);
  void Remove(const std::shared_ptr<OpenStream>& stream);

  void NotifyRevision();
  // Takes no more, and ends those that are open.
  void EndAll();

 private:
  std::vector<std::shared_ptr<OpenStream>> All();

  absl::Mutex mu_;
  std::set<std::shared_ptr<OpenStream>> streams_ ABSL_GUARDED_BY(mu_);
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OPEN_STREAMS_H_
