// Counts the memory that is asked for and the locks that are taken, in
// programs that link counted.cc.

#ifndef ROLEGATE_BENCH_COUNTED_H_
#define ROLEGATE_BENCH_COUNTED_H_

namespace rolegate::bench {

struct Counts {
  long long allocations = 0;
  long long locks = 0;
};

// Those of this thread so far.
Counts CountsOfThread();

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_COUNTED_H_
