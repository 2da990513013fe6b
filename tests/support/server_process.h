// The real server, in a process of its own.

#ifndef ROLEGATE_TESTS_SUPPORT_SERVER_PROCESS_H_
#define ROLEGATE_TESTS_SUPPORT_SERVER_PROCESS_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rolegate/client.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {

// Whether servers are told to use `transport: http2`, the default, in place of
// gRPC's library.
bool OverHttp2();

class ServerProcess {
 public:
  // What the process may have; 0: what the test has.
  struct Limits {
    rlim_t descriptors = 0;       // to begin with
    rlim_t most_descriptors = 0;  // to which it may raise that
  };

  // Waits until it serves or ends.
  explicit ServerProcess(std::vector<std::string> arguments)
      : ServerProcess(std::move(arguments), Limits()) {}
  ServerProcess(std::vector<std::string> arguments, const Limits& limits);
  ~ServerProcess();  // kills it

  bool serving() const { return !addresses_.empty(); }
  const std::string& address(std::size_t i = 0) const {
    return addresses_.at(i);
  }
  const std::string& health_address() const { return health_address_; }
  const std::string& operations_address() const { return operations_address_; }
  std::string log() const { return dir_.Read("log"); }

  // What it has in use now.
  std::uint64_t ResidentBytes() const;
  std::size_t OpenDescriptors() const;

  void Signal(int signal) const;
  // Waits for the end; the exit code, or minus the signal.
  int Wait();
  int Stop();  // SIGTERM, then Wait

  Client Connect(const std::string& principal,
                 const std::string& token = "") const;

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  std::vector<std::string> addresses_;
  std::string health_address_;
  std::string operations_address_;
};

// Calls until it holds, ten seconds at most.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

// A session's token; fails the test if the role cannot be assumed.
std::string AssumeOrDie(const Client& client, const std::string& role_arn);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_SERVER_PROCESS_H_
