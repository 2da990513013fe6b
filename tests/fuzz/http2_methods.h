// Methods of every kind that cost nothing, for a session of HTTP/2 without a
// server around it.  Some answer at once.  The others wait until the fuzzer
// says what they do.

#ifndef ROLEGATE_TESTS_FUZZ_HTTP2_METHODS_H_
#define ROLEGATE_TESTS_FUZZ_HTTP2_METHODS_H_

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/base/workers.h"
#include "service/http2/router.h"
#include "service/rpc/stream.h"

namespace rolegate::fuzz {

// Every message is a google.protobuf.StringValue.
inline constexpr std::array<absl::string_view, 8> kPaths = {
    "/f/Now",     // unary, answered at once
    "/f/Worker",  // unary, answered by a worker
    "/f/One",     // one message, answered by several
    "/f/Many",    // each message is answered
    "/f/Wait",    // one message; the fuzzer says what the handler does
    "/f/Listen",  // the same of many messages
    "/f/Refuse",  // refused as soon as it starts
    "/f/None",    // nobody answers it
};

class StreamOfFuzzer;

// What the calls of a session share.
class Http2Methods {
 public:
  Http2Methods();
  ~Http2Methods();

  Http2Methods(const Http2Methods&) = delete;
  Http2Methods& operator=(const Http2Methods&) = delete;

  void AddTo(service::http2::Router* router);

  // A worker takes a task that waits; one that took it is done; the places of
  // one that waits go to somebody else.
  void BeginWork(std::size_t which);
  void EndWork(std::size_t which);
  void Drop(std::size_t which);

  // A stream that waits does something; nothing if it may not.
  void Act(std::size_t which, std::size_t what);

  // Whatever is left ends, once no session is there any more.
  void EndAll();

  // What a UnaryCall asks for.
  static void Submit(service::Task* task);
  static bool Withdraw(service::Task* task);

  // Calls that began and are not over, unary or not.
  int open() const { return open_; }
  void Enter() { ++open_; }
  void Leave() { --open_; }
  static Http2Methods& current();

 private:
  friend class StreamOfFuzzer;

  std::vector<service::Task*> waiting_;
  std::vector<service::Task*> running_;
  std::vector<StreamOfFuzzer*> streams_;
  std::vector<std::function<void()>> endings_;
  int open_ = 0;
};

}  // namespace rolegate::fuzz

#endif  // ROLEGATE_TESTS_FUZZ_HTTP2_METHODS_H_
