// What waits is served in turns.

#include "service/base/fair_queue.h"

#include <deque>
#include <string>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

struct Item : Waiting {
  explicit Item(std::string text) : name(std::move(text)) {}
  const std::string name;
};

class FairQueueTest : public ::testing::Test {
 protected:
  Item* Push(const std::string& name, const std::string& peer,
             const std::string& principal) {
    items_.emplace_back(name);
    queue_.Push(&items_.back(), {peer, principal});
    return &items_.back();
  }
  std::string PopAll() {
    std::vector<std::string> names;
    while (Waiting* const next = queue_.Pop()) {
      names.push_back(static_cast<Item*>(next)->name);
    }
    EXPECT_TRUE(queue_.empty());
    return absl::StrJoin(names, " ");
  }

  std::deque<Item> items_;
  FairQueue queue_;
};

TEST_F(FairQueueTest, OneHolderIsServedInItsOrder) {
  for (const char* name : {"1", "2", "3"}) Push(name, "a", "p");
  EXPECT_EQ(PopAll(), "1 2 3");
  EXPECT_EQ(PopAll(), "");
}

TEST_F(FairQueueTest, PeersTakeTurns) {
  for (const char* name : {"a1", "a2", "a3"}) Push(name, "a", "p");
  for (const char* name : {"b1", "b2"}) Push(name, "b", "q");
  Push("c1", "c", "r");
  EXPECT_EQ(PopAll(), "a1 b1 c1 a2 b2 a3");
}

TEST_F(FairQueueTest, PrincipalsOfOnePeerTakeItsTurns) {
  for (const char* name : {"p1", "p2", "p3"}) Push(name, "a", "p");
  for (const char* name : {"q1", "q2"}) Push(name, "a", "q");
  for (const char* name : {"b1", "b2", "b3"}) Push(name, "b", "p");
  EXPECT_EQ(PopAll(), "p1 b1 q1 b2 p2 b3 q2 p3");
}

TEST_F(FairQueueTest, WhomAGatewayCarriesTakesTurnsAsAPeerDoes) {
  for (const char* name : {"p1", "p2", "p3"}) Push(name, "", "p");
  Push("q1", "", "q");
  Push("b1", "b", "p");
  EXPECT_EQ(PopAll(), "p1 q1 b1 p2 p3");
}

TEST_F(FairQueueTest, WhoComesAgainWaitsForTheOthersOnce) {
  for (const char* name : {"a1", "a2", "a3"}) Push(name, "a", "p");
  Push("b1", "b", "q");
  EXPECT_EQ(static_cast<Item*>(queue_.Pop())->name, "a1");
  EXPECT_EQ(static_cast<Item*>(queue_.Pop())->name, "b1");
  Push("b2", "b", "q");
  EXPECT_EQ(PopAll(), "a2 b2 a3");
}

TEST_F(FairQueueTest, WhatIsRemovedIsNotServed) {
  Push("a1", "a", "p");
  Item* const a2 = Push("a2", "a", "p");
  Item* const b1 = Push("b1", "b", "q");
  Push("a3", "a", "p");
  EXPECT_EQ(static_cast<const Item*>(FairQueue::NewestLike(*a2))->name, "a3");
  std::vector<Waiting*> each;
  queue_.AddOneOfEach(&each);
  EXPECT_EQ(each.size(), 2u);
  queue_.Remove(a2);
  queue_.Remove(b1);
  EXPECT_EQ(queue_.size(), 2u);
  EXPECT_EQ(PopAll(), "a1 a3");
}

}  // namespace
}  // namespace rolegate::service
