// A peer that does something too often is slowed down, and nobody else.

#include "service/base/peer_limiter.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const MonotonicTime kNow{hours(1000)};

int TakeAll(PeerLimiter* limiter, absl::string_view peer, MonotonicTime now) {
  int taken = 0;
  while (limiter->Take(peer, now)) ++taken;
  return taken;
}

TEST(PeerLimiter, LetsABurstPassAndThenTheRate) {
  PeerLimiter limiter(3);
  EXPECT_EQ(TakeAll(&limiter, "a", kNow), 30);
  EXPECT_EQ(TakeAll(&limiter, "a", kNow), 0);
  EXPECT_EQ(TakeAll(&limiter, "a", kNow + seconds(1)), 3);
  EXPECT_EQ(TakeAll(&limiter, "a", kNow + hours(1)), 30)
      << "never more than a burst";
}

TEST(PeerLimiter, PeersDoNotShare) {
  PeerLimiter limiter(1);
  EXPECT_TRUE(limiter.untouched());
  EXPECT_FALSE(limiter.Exhausted("a", kNow));
  TakeAll(&limiter, "a", kNow);
  EXPECT_FALSE(limiter.untouched());
  EXPECT_TRUE(limiter.Exhausted("a", kNow));
  EXPECT_FALSE(limiter.Exhausted("b", kNow));
  EXPECT_EQ(TakeAll(&limiter, "b", kNow), 10);
  EXPECT_FALSE(limiter.Exhausted("a", kNow + seconds(1)));
}

TEST(PeerLimiter, AClockThatGoesBackFillsNothing) {
  PeerLimiter limiter(1);
  TakeAll(&limiter, "a", kNow);
  EXPECT_FALSE(limiter.Take("a", kNow - hours(1)));
  EXPECT_FALSE(limiter.Take("a", kNow));
  EXPECT_TRUE(limiter.Take("a", kNow + seconds(1)));
}

TEST(PeerLimiter, ZeroIsNoLimit) {
  PeerLimiter limiter(0);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limiter.Take("a", kNow));
  EXPECT_FALSE(limiter.Exhausted("a", kNow));
  EXPECT_EQ(limiter.peers(), 0u);
}

TEST(PeerLimiter, RemembersABoundedNumberOfPeers) {
  PeerLimiter limiter(1, 100);
  TakeAll(&limiter, "busy", kNow);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(limiter.Take("busy", kNow)) << "it is heard of all the time";
    EXPECT_TRUE(limiter.Take(absl::StrCat("other", i), kNow));
  }
  EXPECT_EQ(limiter.peers(), 100u);
}

}  // namespace
}  // namespace rolegate::service
