// Counts what a test program takes from the heap.

#ifndef ROLEGATE_TESTS_SUPPORT_ALLOCATIONS_H_
#define ROLEGATE_TESTS_SUPPORT_ALLOCATIONS_H_

namespace rolegate::testing {

// Counts the calls of operator new, of all threads, while it lives.  One at a
// time.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();

  int count() const;
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_ALLOCATIONS_H_
