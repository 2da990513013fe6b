// Calls a server for a while, and prints rate, latencies and the server's CPU
// time as JSON.
//
// Closed loop (no --rate): each of --in_flight callers asks again as soon as
// it is answered.  Open loop: calls are due at random moments, --rate of them
// a second; a call's latency counts from the moment it was due, not from when
// there was room for it, so that a stall of the server is not hidden by the
// calls that it kept from being made.

#include <sys/prctl.h>
#include <time.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/grpc_client.h"
#include "bench/histogram.h"
#include "bench/load_requests.h"

ABSL_FLAG(std::string, address, "", "HOST:PORT or unix:/path");
ABSL_FLAG(std::string, method, "authorize", rolegate::bench::kMethods);
ABSL_FLAG(std::string, sessions_from, "",
          "where to assume the roles; empty: ask without a session");
ABSL_FLAG(std::string, role, "Role", "the typical roles, without their number");
ABSL_FLAG(int, sessions, 1, "sessions that take turns");
ABSL_FLAG(bool, token_anew, false,
          "send the session's token whole with each call, and do not let the "
          "connection's table of headers keep it");
ABSL_FLAG(int, stride, 1, "between the numbers of the sessions' roles");
ABSL_FLAG(int, in_flight, 16, "calls open at once, at most");
ABSL_FLAG(double, rate, 0, "calls a second; 0: a closed loop");
ABSL_FLAG(double, warm_up, 0.3, "seconds before the measurement");
ABSL_FLAG(double, seconds, 1, "seconds of the measurement");
ABSL_FLAG(int, pid, 0, "the server's, for its CPU time");
ABSL_FLAG(std::string, tls, "",
          "a folder with ca.pem, client.pem and client.key; empty: no TLS");
ABSL_FLAG(std::string, capture, "", "write one response to this file and end");

namespace rolegate::bench {
namespace {

constexpr int kConnections = 4;

using Calls = std::vector<std::unique_ptr<Call>>;

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(seconds));
}

// User and system time that the server has used.
double ServerCpuSeconds() {
  clockid_t clock = 0;
  timespec time{};
  if (absl::GetFlag(FLAGS_pid) == 0 ||
      clock_getcpuclockid(absl::GetFlag(FLAGS_pid), &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) / 1e9;
}

double OwnCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) / 1e9;
}

// Processor time of the server and of this program.
struct Cpu {
  double server = ServerCpuSeconds();
  double own = OwnCpuSeconds();
};

// What came of the calls that ended within the measurement.
class Measurement {
 public:
  Measurement()
      : begin_(Clock::now() + Seconds(absl::GetFlag(FLAGS_warm_up))),
        end_(begin_ + Seconds(absl::GetFlag(FLAGS_seconds))) {}

  void Add(const Call& call, Clock::time_point now) {
    if (now < begin_) return;
    if (!cpu_begin_.has_value()) cpu_begin_.emplace();
    if (now >= end_) {
      Stop();
      return;
    }
    if (!call.ok() && ++failed_ == 1) std::cerr << call.error() << "\n";
    latencies_.Add(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - call.due)
            .count()));
  }
  Clock::time_point end() const { return end_; }

  void Print() {
    Stop();
    const double count = static_cast<double>(latencies_.total());
    const Cpu begin = cpu_begin_.value_or(*cpu_end_);
    const auto each = [count](double from, double to) {
      return count == 0 ? 0 : (to - from) * 1e6 / count;
    };
    const auto us = [&](double share) {
      return latencies_.Percentile(share) / 1e3;
    };
    std::cout << absl::StrCat(
        "{\"calls\":", count, ",\"failed\":", failed_,
        ",\"rate\":", count / absl::GetFlag(FLAGS_seconds),
        ",\"cpu_us\":", each(begin.server, cpu_end_->server),
        ",\"own_cpu_us\":", each(begin.own, cpu_end_->own),
        ",\"p50_us\":", us(0.5), ",\"p90_us\":", us(0.9),
        ",\"p99_us\":", us(0.99), ",\"p999_us\":", us(0.999), "}\n");
  }

 private:
  void Stop() {
    if (!cpu_end_.has_value()) cpu_end_.emplace();
  }

  const Clock::time_point begin_;
  const Clock::time_point end_;
  std::optional<Cpu> cpu_begin_;
  std::optional<Cpu> cpu_end_;
  Histogram latencies_;
  int failed_ = 0;
};

void ClosedLoop(GrpcClient* client, const Calls& calls,
                Measurement* measurement) {
  for (const auto& call : calls) {
    call->due = Clock::now();
    client->Start(call.get());
  }
  std::size_t open = calls.size();
  while (open > 0) {
    for (Call* const call : client->Wait()) {
      const Clock::time_point now = Clock::now();
      measurement->Add(*call, now);
      if (now >= measurement->end()) {
        --open;
        continue;
      }
      call->due = now;
      client->Start(call);
    }
  }
}

void OpenLoop(GrpcClient* client, const Calls& calls,
              Measurement* measurement) {
  prctl(PR_SET_TIMERSLACK, 1);  // by default a sleeper may wake 50 us late
  std::mt19937_64 random(1);
  std::exponential_distribution<double> gap(absl::GetFlag(FLAGS_rate));
  std::vector<Call*> free;
  for (const auto& call : calls) free.push_back(call.get());
  Clock::time_point due = Clock::now();
  while (due < measurement->end() || free.size() < calls.size()) {
    for (; due < measurement->end() && due <= Clock::now() && !free.empty();
         due += Seconds(gap(random))) {
      free.back()->due = due;
      client->Start(free.back());
      free.pop_back();
    }
    const bool waits_for_time = due < measurement->end() && !free.empty();
    for (Call* const call :
         waits_for_time ? client->WaitUntil(due) : client->Wait()) {
      measurement->Add(*call, Clock::now());
      free.push_back(call);
    }
  }
}

int Capture(GrpcClient* client, Call* call, const std::string& path) {
  client->Start(call);
  client->Wait();
  if (!call->ok()) {
    std::cerr << "the call to capture failed: " << call->error() << "\n";
    return 1;
  }
  std::ofstream(path, std::ios::binary) << call->answer();
  return 0;
}

// Answers over streams say themselves whether they are good.
bool LastAreGood(const Calls& calls, const std::string& method) {
  if (!absl::StartsWith(method, "stream")) return true;
  for (const auto& call : calls) {
    const std::string error = StreamError(call->answer());
    if (error.empty()) continue;
    std::cerr << error << "\n";
    return false;
  }
  return true;
}

int Main() {
  LoadOptions options;
  options.method = absl::GetFlag(FLAGS_method);
  options.sessions_from = absl::GetFlag(FLAGS_sessions_from);
  options.role = absl::GetFlag(FLAGS_role);
  options.sessions = absl::GetFlag(FLAGS_sessions);
  options.stride = absl::GetFlag(FLAGS_stride);
  options.token_anew = absl::GetFlag(FLAGS_token_anew);
  const auto requests = MakeRequests(options);
  TlsFiles tls;
  if (const std::string folder = absl::GetFlag(FLAGS_tls); !folder.empty()) {
    tls = {folder + "/ca.pem", folder + "/client.pem", folder + "/client.key"};
  }
  GrpcClient client(absl::GetFlag(FLAGS_address), kConnections, tls);
  Calls calls;
  for (std::size_t i = 0;
       i < static_cast<std::size_t>(absl::GetFlag(FLAGS_in_flight)); ++i) {
    calls.push_back(std::make_unique<Call>(requests[i % requests.size()],
                                           i % kConnections));
  }
  const std::string capture = absl::GetFlag(FLAGS_capture);
  if (!capture.empty()) return Capture(&client, calls.front().get(), capture);
  Measurement measurement;
  if (absl::GetFlag(FLAGS_rate) > 0) {
    OpenLoop(&client, calls, &measurement);
  } else {
    ClosedLoop(&client, calls, &measurement);
  }
  measurement.Print();
  return LastAreGood(calls, options.method) ? 0 : 1;
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return rolegate::bench::Main();
}
