// Work that is done by several threads at once, while a registry is read.

#ifndef ROLEGATE_ENGINE_MEMORY_PARALLEL_H_
#define ROLEGATE_ENGINE_MEMORY_PARALLEL_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace rolegate {

// How many threads may share work.  More than four would wait for memory, and
// requests are to be answered meanwhile.
inline std::size_t MaxThreads() {
  return std::min(4U, std::thread::hardware_concurrency());
}

// Calls `f(i)` once for each i below `count`, in no order, and returns when all
// calls have.  The caller does it alone if there are fewer than two times
// `worth` calls or but one processor: a thread keeps some of the memory that it
// worked in.  Else it leaves all to threads, whose heaps are their own, so that
// what `f` leaves behind does not lie scattered among what the caller has only
// for the while.  `f` must not throw.
template <typename F>
void ForEachInParallel(std::size_t count, std::size_t worth, F f) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) f(i);
  };
  std::vector<std::thread> helpers;
  const std::size_t threads = std::min(MaxThreads(), count / worth);
  if (threads < 2) {
    work();
    return;
  }
  for (std::size_t i = 0; i < threads; ++i) helpers.emplace_back(work);
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_PARALLEL_H_
