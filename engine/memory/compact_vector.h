// A vector for lists that are empty most of the time.

#ifndef ROLEGATE_ENGINE_MEMORY_COMPACT_VECTOR_H_
#define ROLEGATE_ENGINE_MEMORY_COMPACT_VECTOR_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace rolegate {

// It takes no more than a pointer while it is empty.
template <typename T>
class CompactVector {
 public:
  CompactVector() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): it takes a vector's place.
  CompactVector(std::vector<T> all)
      : all_(all.empty() ? nullptr
                         : std::make_unique<std::vector<T>>(std::move(all))) {}

  CompactVector(const CompactVector& other)
      : all_(other.empty() ? nullptr
                           : std::make_unique<std::vector<T>>(*other.all_)) {}
  CompactVector& operator=(const CompactVector& other) {
    return *this = CompactVector(other);
  }
  CompactVector(CompactVector&&) noexcept = default;
  CompactVector& operator=(CompactVector&&) noexcept = default;

  bool empty() const { return all_ == nullptr || all_->empty(); }
  std::size_t size() const { return all_ == nullptr ? 0 : all_->size(); }
  const T* begin() const { return all_ == nullptr ? nullptr : all_->data(); }
  const T* end() const { return begin() + size(); }
  const T& operator[](std::size_t index) const { return (*all_)[index]; }
  absl::Span<const T> span() const { return {begin(), size()}; }

  void push_back(T element) {
    if (all_ == nullptr) all_ = std::make_unique<std::vector<T>>();
    all_->push_back(std::move(element));
  }

 private:
  std::unique_ptr<std::vector<T>> all_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_COMPACT_VECTOR_H_
