// Latencies in buckets less than one percent wide, from a nanosecond to hours.

#ifndef ROLEGATE_BENCH_HISTOGRAM_H_
#define ROLEGATE_BENCH_HISTOGRAM_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rolegate::bench {

class Histogram {
 public:
  void Add(std::uint64_t value) {
    ++counts_[BucketOf(value)];
    ++total_;
  }
  std::uint64_t total() const { return total_; }

  // The value that `share` of all values do not exceed.
  double Percentile(double share) const {
    const auto rank =
        static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > rank) return ValueOf(i);
    }
    return 0;
  }

 private:
  // Each power of two is cut into 128; smaller values have one each.
  static constexpr int kBits = 7;
  static constexpr std::uint64_t kParts = std::uint64_t{1} << kBits;
  static constexpr std::size_t kBuckets = kParts * (64 - kBits + 1);

  static std::size_t BucketOf(std::uint64_t value) {
    if (value < kParts) return value;
    const int shift = std::bit_width(value) - 1 - kBits;
    return (static_cast<std::size_t>(shift + 1) << kBits) +
           ((value >> shift) - kParts);
  }
  static double ValueOf(std::size_t bucket) {
    if (bucket < kParts) return static_cast<double>(bucket);
    const std::size_t shift = (bucket >> kBits) - 1;
    return static_cast<double>((bucket & (kParts - 1)) + kParts) *
           static_cast<double>(std::uint64_t{1} << shift);
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t total_ = 0;
};

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_HISTOGRAM_H_
