// A caller that speaks HTTP/2 (RFC 9113) as no gRPC client would: it takes no
// answers, leaves streams open and cancels what it has just asked.

#ifndef ROLEGATE_TESTS_SUPPORT_RUDE_CLIENT_H_
#define ROLEGATE_TESTS_SUPPORT_RUDE_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace rolegate::testing {

struct RudeOptions {
  std::string server;  // HOST:PORT with numbers, or unix:/path
  // The address to call from, "127.0.0.2": a peer of its own.
  std::string source;
  std::string token;               // a session; empty: none
  std::uint32_t window = 1 << 20;  // bytes of each answer that are taken
};

// One connection.  Fails the test if it cannot be had.  Not thread-safe.
class RudeClient {
 public:
  explicit RudeClient(const RudeOptions& options);
  ~RudeClient();  // closes the connection

  // Opens a call with one message; `path`: "/package.Service/Method".
  // `half_open`: nothing is said to be the last message.  What is opened is
  // sent by Exchange.  The call's stream.
  std::int32_t Open(const std::string& path, const std::string& message,
                    bool half_open = false);
  void Cancel(std::int32_t stream);

  // Sends and receives for so long, or until all that was opened has ended; for
  // no time, sends what fits and receives what is there.
  void Exchange(absl::Duration time);

  // How many calls were opened; of them those that ended, by an answer, an
  // error or a reset; and of those how many ended with RESOURCE_EXHAUSTED, with
  // UNAVAILABLE, well, and because the server gave them up.
  int opened() const;
  int ended() const;
  int throttled() const;
  int unavailable() const;
  int answered() const;
  int given_up() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_RUDE_CLIENT_H_
