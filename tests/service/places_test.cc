// Who gets how many places: rows of demands, and what comes of them.

#include "service/base/places.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

struct Demand {
  const char* peer;
  const char* principal;
  int wants;
  int gets;
};

// Places that all can be taken back, as those of calls that wait.
class Market {
 public:
  explicit Market(int total) : places_(total) {}

  bool Ask(const Holder& wanting, int weight = 1) {
    while (!places_.Fits(wanting, weight)) {
      std::vector<const Holder*> waiting;
      for (const auto& [holder, held] : held_) {
        if (held > 0) waiting.push_back(&holder);
      }
      const std::ptrdiff_t giver = places_.WhoGives(waiting, wanting, weight);
      if (giver < 0) return false;
      const Holder victim = *waiting[static_cast<std::size_t>(giver)];
      places_.Give(victim, 1);
      --Held(victim);
    }
    places_.Take(wanting, weight);
    Held(wanting) += weight;
    return true;
  }

  int& Held(const Holder& holder) {
    for (auto& [each, held] : held_) {
      if (each == holder) return held;
    }
    return held_.emplace_back(holder, 0).second;
  }

 private:
  Places places_;
  std::deque<std::pair<Holder, int>> held_;
};

struct Row {
  const char* what;
  std::vector<Demand> demands;  // in the order in which they come
  int total = 100;
};

const Row kRows[] = {
    {"who is alone gets all but a tenth", {{"a", "p", 1000, 90}}},
    {"a sidecar's socket with many callers gets as much",
     {{"s", "p", 50, 40}, {"s", "q", 30, 30}, {"s", "r", 20, 20}}},
    {"nothing binds while there is room",
     {{"a", "p", 80, 80}, {"b", "q", 20, 20}}},
    {"who comes late gets a share all the same",
     {{"a", "p", 1000, 50}, {"b", "q", 1000, 50}}},
    {"a small demand is met in full, the rest goes to the large ones",
     {{"a", "p", 1000, 45}, {"b", "q", 1000, 45}, {"c", "r", 10, 10}}},
    {"who asks from many addresses under one name is one",
     {{"a", "p", 30, 16},
      {"b", "p", 30, 17},
      {"c", "p", 30, 17},
      {"d", "q", 1000, 50}}},
    {"who has many names at one address is one",
     {{"a", "p", 30, 16},
      {"a", "q", 30, 17},
      {"a", "r", 30, 17},
      {"d", "s", 1000, 50}}},
    {"callers of one socket share what the socket gets",
     {{"s", "p", 1000, 45}, {"s", "q", 1000, 45}}},
    {"a gateway is many: its subjects count, and not its address",
     {{"", "p", 1000, 33}, {"", "q", 1000, 33}, {"", "r", 1000, 34}}},
    {"a gateway's subject is as good as a direct caller",
     {{"", "p", 1000, 50}, {"d", "q", 1000, 50}}},
    {"one place is one place", {{"a", "p", 5, 1}, {"b", "q", 5, 0}}, 1},
};

TEST(Places, WhoGetsHowMany) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.what);
    Market market(row.total);
    for (const Demand& demand : row.demands) {
      for (int i = 0; i < demand.wants; ++i) {
        market.Ask({demand.peer, demand.principal});
      }
    }
    for (const Demand& demand : row.demands) {
      EXPECT_NEAR(market.Held({demand.peer, demand.principal}), demand.gets, 1)
          << demand.peer << " " << demand.principal;
    }
  }
}

TEST(Places, NobodyGivesToWhoHoldsAsMuch) {
  Market market(10);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(market.Ask({"a", "p"}));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(market.Ask({"b", "q"}));
  EXPECT_FALSE(market.Ask({"a", "p"}));
  EXPECT_FALSE(market.Ask({"b", "q"}));
  EXPECT_TRUE(market.Ask({"c", "r"}));
}

TEST(Places, OneOfAThousandNamesTakesNothingFromAPoliteOne) {
  Market market(100);
  ASSERT_TRUE(market.Ask({"polite", "p"}));
  ASSERT_TRUE(market.Ask({"polite", "p"}));
  for (int i = 0; i < 1000; ++i) {
    market.Ask({"flood", absl::StrCat("name", i)});
  }
  EXPECT_EQ(market.Held({"polite", "p"}), 2);
  EXPECT_TRUE(market.Ask({"polite", "p"})) << "and it gets more if it asks";
}

TEST(Places, LargeRequestsWeighMore) {
  Market market(100);
  int taken = 0;
  while (market.Ask({"a", "p"}, 17)) ++taken;
  EXPECT_EQ(taken, 5);
  EXPECT_TRUE(market.Ask({"b", "q"}, 17));
  Places places(10);
  EXPECT_TRUE(places.Fits({"a", "p"}, 1000)) << "counts as the most";
  places.Take({"a", "p"}, 1000);
  EXPECT_EQ(places.held(), 9);
  places.Give({"a", "p"}, 1000);
  EXPECT_EQ(places.held(), 0);
}

TEST(Places, WhatIsGivenBackIsForgotten) {
  Places places(10);
  places.Take({"a", "p"}, 1);
  places.Take({"a", "q"}, 2);
  EXPECT_EQ(places.HeldByPeer("a"), 3);
  EXPECT_EQ(places.HeldByPrincipal("q"), 2);
  places.Give({"a", "q"}, 2);
  places.Give({"a", "p"}, 1);
  EXPECT_EQ(places.HeldByPeer("a"), 0);
  EXPECT_EQ(places.held(), 0);
}

}  // namespace
}  // namespace rolegate::service
