// Places for calls: what is asked, of whom, again and again.

#ifndef ROLEGATE_BENCH_LOAD_SLOT_H_
#define ROLEGATE_BENCH_LOAD_SLOT_H_

#include <grpcpp/completion_queue.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace rolegate::bench {

using Clock = std::chrono::steady_clock;

// One place for a call.  Used again and again, by one thread at a time.
class Slot {
 public:
  virtual ~Slot() = default;

  // Asks.  The tag of its events is the slot.
  virtual void Start(grpc::CompletionQueue* queue) = 0;
  // Takes an event of the queue.  Whether the call is answered by that.
  virtual bool Finishes(bool event_ok) = 0;
  // Of the last call that was answered.
  virtual bool ok() const = 0;
  virtual std::string Error() const = 0;
  virtual std::string Answer() const = 0;

  Clock::time_point due;
};

struct LoadOptions {
  std::string address;
  std::string method;  // a name of `kMethods`
  // The server of the sessions, which lets its callers be EC2; empty: none.
  std::string sessions_from;
  std::string role;  // of the first session is this and "0"
  int sessions = 1;  // that take turns
  int stride = 1;    // between the numbers of their roles
  int in_flight = 1;
};

inline constexpr char kMethods[] =
    "authorize, denied, explain, batch, batch-contexts, stream, "
    "stream-contexts or assume-role";

// Ends the program if sessions cannot be had or the method is unknown.
std::vector<std::unique_ptr<Slot>> MakeSlots(const LoadOptions& options);

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_LOAD_SLOT_H_
