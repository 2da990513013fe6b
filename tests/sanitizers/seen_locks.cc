// Threads that Abseil's locks keep apart, each lock in its turn: no report of
// ThreadSanitizer.  With an argument, threads that nothing keeps apart: one.

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <absl/time/clock.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <thread>
#include <vector>

namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 200;

void OnThreads(const std::function<void()>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

// Each thread adds to one number, and waits for others now and then.
int CountTogether() {
  absl::Mutex mu;
  absl::CondVar changed;
  int count = 0;
  OnThreads([&] {
    for (int i = 0; i < kRounds; ++i) {
      if (i % 3 != 0) {
        mu.Lock();
      } else if (!mu.TryLock()) {
        mu.LockWhen(absl::Condition(
            +[](int* all) { return *all >= 0; }, &count));
      }
      ++count;
      if (i % 10 == 0) changed.WaitWithTimeout(&mu, absl::Milliseconds(1));
      changed.Signal();
      mu.Unlock();
      const absl::ReaderMutexLock lock(&mu);
      if (count < 0) std::abort();
    }
  });
  return count;
}

// A value that a thread hands over in each of the ways.
int HandOver() {
  absl::Mutex mu;
  bool ready = false;
  int by_condition = 0;
  int by_notification = 0;
  absl::Notification there;
  std::thread giver([&] {
    by_notification = 1;
    there.Notify();
    absl::SleepFor(absl::Milliseconds(20));
    const absl::MutexLock lock(&mu);
    by_condition = 1;
    ready = true;
  });
  std::thread waiter([&] {
    const absl::MutexLock lock(&mu);
    mu.Await(absl::Condition(&ready));
    ++by_condition;
  });
  {
    const absl::MutexLock lock(&mu);
    while (
        !mu.AwaitWithTimeout(absl::Condition(&ready), absl::Milliseconds(1))) {
    }
    ++by_condition;
  }
  there.WaitForNotification();
  ++by_notification;
  waiter.join();
  const int sum = by_condition + by_notification;
  giver.join();
  return sum;
}

// Nothing keeps the threads apart.
int Race() {
  int count = 0;
  OnThreads([&count] {
    for (int i = 0; i < kRounds; ++i) ++count;
  });
  return count;
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    std::cout << Race() << "\n";
    return 0;
  }
  return CountTogether() == kThreads * kRounds && HandOver() == 5 ? 0 : 1;
}
