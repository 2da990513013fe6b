#include "bench/counted.h"

#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>
#include <new>

#include "absl/synchronization/mutex.h"

namespace rolegate::bench {
namespace {
thread_local constinit Counts counts;
}  // namespace

Counts CountsOfThread() { return counts; }

namespace {

void* Allocate(std::size_t size) {
  ++counts.allocations;
  return std::malloc(size);
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace rolegate::bench

void* operator new(std::size_t size) {
  if (void* const memory = rolegate::bench::Allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return rolegate::bench::Allocate(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

// These stand in for the C library's and Abseil's own, which they call.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Function = int (*)(pthread_mutex_t*);
  static const auto next =
      rolegate::bench::Next<Function>("pthread_mutex_lock");
  ++rolegate::bench::counts.locks;
  return next(mutex);
}

#define ROLEGATE_COUNT_ABSL(function, symbol)                         \
  extern "C" void function(absl::Mutex* mutex) asm(symbol);           \
  extern "C" void function(absl::Mutex* mutex) {                      \
    using Function = void (*)(absl::Mutex*);                          \
    static const auto next = rolegate::bench::Next<Function>(symbol); \
    ++rolegate::bench::counts.locks;                                  \
    next(mutex);                                                      \
  }
ROLEGATE_COUNT_ABSL(CountedLock, "_ZN4absl12lts_202206235Mutex4LockEv")
ROLEGATE_COUNT_ABSL(CountedReaderLock,
                    "_ZN4absl12lts_202206235Mutex10ReaderLockEv")
