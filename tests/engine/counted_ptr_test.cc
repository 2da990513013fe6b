// What several own lives as long as the last of them.

#include "engine/memory/counted_ptr.h"

#include <utility>

#include "gtest/gtest.h"

namespace rolegate {
namespace {

class Thing : public Counted<Thing> {
 public:
  explicit Thing(int* alive) : alive_(alive) { ++*alive_; }
  ~Thing() { --*alive_; }

 private:
  int* const alive_;
};

TEST(CountedPtr, KeepsWhatItPointsToUntilTheLastOwnerGoes) {
  int alive = 0;
  CountedPtr<const Thing> first(new Thing(&alive));
  EXPECT_TRUE(first->has_one_owner());
  {
    const CountedPtr<const Thing> second = first;
    EXPECT_EQ(second.get(), first.get());
    EXPECT_FALSE(first->has_one_owner());
    first = CountedPtr<const Thing>();
    EXPECT_FALSE(first);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(CountedPtr, MovesWithoutAnotherOwner) {
  int alive = 0;
  CountedPtr<const Thing> from(new Thing(&alive));
  CountedPtr<const Thing> to(new Thing(&alive));
  EXPECT_EQ(alive, 2);
  to = std::move(from);
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(to->has_one_owner());
  const CountedPtr<const Thing> moved = std::move(to);
  EXPECT_TRUE(moved->has_one_owner());
}

TEST(CountedPtr, MayBeAssignedToItself) {
  int alive = 0;
  CountedPtr<const Thing> thing(new Thing(&alive));
  const CountedPtr<const Thing>& same = thing;
  thing = same;
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(thing->has_one_owner());
}

}  // namespace
}  // namespace rolegate
