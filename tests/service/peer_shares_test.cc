// Shares bind when places run short, and never before.

#include "service/base/peer_shares.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

using Answer = PeerShares::Answer;

struct Held {
  std::string peer;
  std::size_t places;
};

PeerShares SharesOf(std::size_t max, const std::vector<Held>& all) {
  PeerShares shares(max);
  for (const Held& held : all) {
    for (std::size_t i = 0; i < held.places; ++i) shares.Add(held.peer);
  }
  return shares;
}

std::vector<Held> Strangers(std::size_t count) {
  std::vector<Held> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({absl::StrCat("stranger ", i), 1});
  }
  return all;
}

TEST(PeerShares, BindWhenPlacesRunShort) {
  const struct {
    const char* description;
    std::size_t max;
    std::vector<Held> held;
    const char* peer;
    Answer answer;
  } kCases[] = {
      {"nobody holds anything", 100, {}, "a", Answer::kIn},
      {"one peer alone may hold nine of ten",
       100,
       {{"a", 89}},
       "a",
       Answer::kIn},
      {"and no more", 100, {{"a", 90}}, "a", Answer::kInsteadOfOwn},
      {"the last tenth is for others", 100, {{"a", 90}}, "b", Answer::kIn},
      {"also its last place", 100, {{"a", 90}, {"b", 9}}, "b", Answer::kIn},
      {"then the greediest gives back",
       100,
       {{"a", 90}, {"b", 10}},
       "b",
       Answer::kInsteadOfGreediest},
      {"until both have the same",
       100,
       {{"a", 50}, {"b", 50}},
       "b",
       Answer::kInsteadOfOwn},
      {"a third has a third",
       100,
       {{"a", 50}, {"b", 50}},
       "c",
       Answer::kInsteadOfGreediest},
      {"no share binds while there is room",
       100,
       {{"a", 70}, {"b", 10}},
       "a",
       Answer::kIn},
      {"it does when there is none",
       100,
       {{"a", 80}, {"b", 10}},
       "a",
       Answer::kInsteadOfOwn},
      {"who has less than its share gets in",
       100,
       {{"a", 80}, {"b", 10}},
       "b",
       Answer::kIn},
      {"more peers than places: a new one still has a turn", 20, Strangers(20),
       "a", Answer::kInsteadOfGreediest},
      {"and who had it gives its own", 20, Strangers(20), "stranger 3",
       Answer::kInsteadOfOwn},
      {"one place in all", 1, {{"a", 1}}, "a", Answer::kInsteadOfOwn},
      {"one place in all, for another",
       1,
       {{"a", 1}},
       "b",
       Answer::kInsteadOfGreediest},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(SharesOf(c.max, c.held).Ask(c.peer), c.answer) << c.description;
  }
}

TEST(PeerShares, CountsWhoHoldsWhat) {
  PeerShares shares = SharesOf(100, {{"a", 3}, {"b", 5}, {"c", 1}});
  EXPECT_EQ(shares.total(), 9u);
  EXPECT_EQ(shares.peers(), 3u);
  EXPECT_EQ(shares.greediest(), "b");
  for (int i = 0; i < 3; ++i) shares.Remove("b");
  EXPECT_EQ(shares.greediest(), "a");
  shares.Remove("c");
  shares.Remove("c");
  shares.Remove("nobody");
  EXPECT_EQ(shares.count("c"), 0u);
  EXPECT_EQ(shares.peers(), 2u);
  EXPECT_EQ(shares.total(), 5u);
  for (int i = 0; i < 3; ++i) shares.Remove("a");
  for (int i = 0; i < 2; ++i) shares.Remove("b");
  EXPECT_EQ(shares.total(), 0u);
  EXPECT_EQ(shares.greediest(), "");
}

}  // namespace
}  // namespace rolegate::service
