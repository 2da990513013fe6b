// Calls a server for a while, and prints rate, latencies and the server's CPU
// time as JSON.
//
// Closed loop (no --rate): each of --in_flight callers asks again as soon as
// it is answered.  Open loop: calls are due at random moments, --rate of them
// a second; a call's latency counts from the moment it was due, not from when
// there was room for it, so that a stall of the server is not hidden by the
// calls that it kept from being made.

#include <grpcpp/completion_queue.h>
#include <sys/prctl.h>
#include <time.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "bench/histogram.h"
#include "bench/load_slot.h"

ABSL_FLAG(std::string, address, "", "HOST:PORT or unix:/path");
ABSL_FLAG(std::string, method, "authorize", rolegate::bench::kMethods);
ABSL_FLAG(std::string, sessions_from, "",
          "where to assume the roles; empty: ask without a session");
ABSL_FLAG(std::string, role, "Role", "the typical roles, without their number");
ABSL_FLAG(int, sessions, 1, "sessions that take turns");
ABSL_FLAG(int, stride, 1, "between the numbers of the sessions' roles");
ABSL_FLAG(int, in_flight, 16, "calls open at once, at most");
ABSL_FLAG(double, rate, 0, "calls a second; 0: a closed loop");
ABSL_FLAG(double, warm_up, 0.3, "seconds before the measurement");
ABSL_FLAG(double, seconds, 1, "seconds of the measurement");
ABSL_FLAG(int, pid, 0, "the server's, for its CPU time");
ABSL_FLAG(std::string, capture, "", "write one response to this file and end");

namespace rolegate::bench {
namespace {

using Slots = std::vector<std::unique_ptr<Slot>>;

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

// What came of the calls that ended within the measurement.
class Measurement {
 public:
  Measurement()
      : begin_(Clock::now() + Seconds(absl::GetFlag(FLAGS_warm_up))),
        end_(begin_ + Seconds(absl::GetFlag(FLAGS_seconds))) {}

  void Add(const Slot& slot, Clock::time_point now) {
    if (now < begin_) return;
    if (!cpu_begin_.has_value()) cpu_begin_ = ServerCpuSeconds();
    if (now >= end_) {
      Stop();
      return;
    }
    if (!slot.ok() && ++failed_ == 1) std::cerr << slot.Error() << "\n";
    latencies_.Add(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - slot.due)
            .count()));
  }
  Clock::time_point end() const { return end_; }

  void Print() {
    Stop();
    const double count = static_cast<double>(latencies_.total());
    const double cpu = *cpu_end_ - cpu_begin_.value_or(*cpu_end_);
    const auto us = [&](double share) {
      return latencies_.Percentile(share) / 1e3;
    };
    std::cout << absl::StrCat(
        "{\"calls\":", count, ",\"failed\":", failed_,
        ",\"rate\":", count / absl::GetFlag(FLAGS_seconds),
        ",\"cpu_us\":", count == 0 ? 0 : cpu * 1e6 / count,
        ",\"p50_us\":", us(0.5), ",\"p90_us\":", us(0.9),
        ",\"p99_us\":", us(0.99), ",\"p999_us\":", us(0.999), "}\n");
  }

 private:
  void Stop() {
    if (!cpu_end_.has_value()) cpu_end_ = ServerCpuSeconds();
  }

  const Clock::time_point begin_;
  const Clock::time_point end_;
  std::optional<double> cpu_begin_;
  std::optional<double> cpu_end_;
  Histogram latencies_;
  int failed_ = 0;
};

void ClosedLoop(const Slots& slots, Measurement* measurement) {
  grpc::CompletionQueue queue;
  for (const auto& slot : slots) {
    slot->due = Clock::now();
    slot->Start(&queue);
  }
  std::size_t open = slots.size();
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    auto* const slot = static_cast<Slot*>(tag);
    if (!slot->Finishes(ok)) continue;
    const Clock::time_point now = Clock::now();
    measurement->Add(*slot, now);
    if (now >= measurement->end()) {
      --open;
      continue;
    }
    slot->due = now;
    slot->Start(&queue);
  }
  measurement->Print();
}

class OpenLoop {
 public:
  OpenLoop(const Slots& slots, Measurement* measurement)
      : measurement_(measurement), slots_(slots.size()) {
    for (const auto& slot : slots) free_.push_back(slot.get());
  }

  void Run() {
    // By default the system may wake a sleeper 50 us late.
    prctl(PR_SET_TIMERSLACK, 1);
    std::thread answers([this] { TakeAnswers(); });
    std::mt19937_64 random(1);
    std::exponential_distribution<double> gap(absl::GetFlag(FLAGS_rate));
    Clock::time_point due = Clock::now();
    while (due < measurement_->end()) {
      std::this_thread::sleep_until(due);
      Slot* const slot = TakeSlot();
      slot->due = due;
      slot->Start(&queue_);
      due += Seconds(gap(random));
    }
    {
      const absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &OpenLoop::AllFree));
    }
    queue_.Shutdown();
    answers.join();
    measurement_->Print();
  }

 private:
  bool HasFree() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return !free_.empty();
  }
  bool AllFree() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return free_.size() == slots_;
  }
  Slot* TakeSlot() {
    const absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(this, &OpenLoop::HasFree));
    Slot* const slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void TakeAnswers() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      auto* const slot = static_cast<Slot*>(tag);
      if (!slot->Finishes(ok)) continue;
      measurement_->Add(*slot, Clock::now());
      const absl::MutexLock lock(&mu_);
      free_.push_back(slot);
    }
  }

  Measurement* const measurement_;
  const std::size_t slots_;
  grpc::CompletionQueue queue_;
  absl::Mutex mu_;
  std::vector<Slot*> free_ ABSL_GUARDED_BY(mu_);
};

int Capture(Slot* slot, const std::string& path) {
  grpc::CompletionQueue queue;
  slot->Start(&queue);
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok) && !slot->Finishes(ok)) {
  }
  if (!slot->ok()) {
    std::cerr << "the call to capture failed\n";
    return 1;
  }
  std::ofstream(path, std::ios::binary) << slot->Answer();
  return 0;
}

int Main() {
  LoadOptions options;
  options.address = absl::GetFlag(FLAGS_address);
  options.method = absl::GetFlag(FLAGS_method);
  options.sessions_from = absl::GetFlag(FLAGS_sessions_from);
  options.role = absl::GetFlag(FLAGS_role);
  options.sessions = absl::GetFlag(FLAGS_sessions);
  options.stride = absl::GetFlag(FLAGS_stride);
  options.in_flight = absl::GetFlag(FLAGS_in_flight);
  const Slots slots = MakeSlots(options);
  const std::string capture = absl::GetFlag(FLAGS_capture);
  if (!capture.empty()) return Capture(slots.front().get(), capture);
  Measurement measurement;
  if (absl::GetFlag(FLAGS_rate) > 0) {
    OpenLoop(slots, &measurement).Run();
  } else {
    ClosedLoop(slots, &measurement);
  }
  return 0;
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return rolegate::bench::Main();
}
