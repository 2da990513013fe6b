// Pointers of eight bytes to what several owners share: std::shared_ptr takes
// sixteen, and sixteen more beside what it points to, which is much where a
// registry has a million of them.

#ifndef ROLEGATE_ENGINE_MEMORY_COUNTED_PTR_H_
#define ROLEGATE_ENGINE_MEMORY_COUNTED_PTR_H_

#include <atomic>
#include <cstdint>
#include <utility>

namespace rolegate {

// A pointer to an object that counts its owners.  `T` derives from Counted<T>,
// and is immutable once it has several owners.
template <typename T>
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  bool has_one_owner() const {
    return owners_.load(std::memory_order_acquire) == 1;
  }

 private:
  template <typename>
  friend class CountedPtr;

  mutable std::atomic<std::uint32_t> owners_{0};
};

// An owner of a `T`, or null.  It is as safe between threads as
// std::shared_ptr.
template <typename T>
class CountedPtr {
 public:
  CountedPtr() = default;
  explicit CountedPtr(T* object) : object_(object) { Hold(); }
  ~CountedPtr() { Drop(); }

  CountedPtr(const CountedPtr& other) : object_(other.object_) { Hold(); }
  CountedPtr(CountedPtr&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)) {}
  CountedPtr& operator=(CountedPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  void Hold() {
    if (object_ == nullptr) return;
    object_->owners_.fetch_add(1, std::memory_order_relaxed);
  }
  void Drop() {
    if (object_ != nullptr &&
        object_->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete object_;
    }
  }

  T* object_ = nullptr;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_COUNTED_PTR_H_
