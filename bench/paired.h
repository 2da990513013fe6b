// Measures two things in turns, so that the machine's moods meet both.

#ifndef ROLEGATE_BENCH_PAIRED_H_
#define ROLEGATE_BENCH_PAIRED_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace rolegate::bench {

inline double Percentile(std::vector<double> values, double share) {
  const auto at = std::min(
      values.size() - 1,
      static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<long>(at),
                   values.end());
  return values[at];
}
inline double Median(const std::vector<double>& values) {
  return Percentile(values, 0.5);
}

// Nanoseconds of one `f(i)` in a batch of `count`.
template <typename F>
double TimeBatch(int count, F f) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) f(i);
  const std::chrono::duration<double, std::nano> took =
      std::chrono::steady_clock::now() - begin;
  return took.count() / count;
}

// The median over `batches` batches of `count`.
template <typename F>
double MedianOfBatches(int batches, int count, F f) {
  std::vector<double> times;
  TimeBatch(count, f);
  for (int i = 0; i < batches; ++i) times.push_back(TimeBatch(count, f));
  return Median(times);
}

struct Pair {
  double a = 0;  // medians, in nanoseconds
  double b = 0;
  double ratio = 0;  // the median of a/b of each pair
};

template <typename A, typename B>
Pair InTurns(int pairs, int count_a, A a, int count_b, B b) {
  std::vector<double> times_a;
  std::vector<double> times_b;
  std::vector<double> ratios;
  TimeBatch(count_a, a);
  TimeBatch(count_b, b);
  for (int i = 0; i < pairs; ++i) {
    times_a.push_back(TimeBatch(count_a, a));
    times_b.push_back(TimeBatch(count_b, b));
    ratios.push_back(times_a.back() / times_b.back());
  }
  return {Median(times_a), Median(times_b), Median(ratios)};
}

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_PAIRED_H_
