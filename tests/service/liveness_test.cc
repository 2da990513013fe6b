// An event loop that hangs is noticed, and one that stalls for a moment is not
// taken for dead.  What is told of listeners stands in
// connection_acceptor_test.cc.

#include "service/net/liveness.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/http2/event_loop.h"

namespace rolegate::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Milliseconds(300);

class LivenessTest : public ::testing::Test {
 protected:
  // Looks as quickly as a test can wait for.
  void Watch() {
    std::vector<http2::Executor*> loops;
    for (const auto& loop : loops_.all()) loops.push_back(loop.get());
    liveness_ = std::make_unique<Liveness>(
        std::vector<ProbeTarget>(), loops, &acceptor_, &log_,
        [this](HealthChecks checks) {
          absl::MutexLock lock(&mu_);
          ++rounds_;
          checks_ = std::move(checks);
          was_dead_ = was_dead_ || !IsGood(checks_);
        },
        Liveness::Pace{.interval = absl::Milliseconds(20),
                       .loop_patience = kPatience});
  }
  // Waits for a round after which it holds.
  template <typename Condition>
  bool Soon(Condition condition) {
    const absl::Time end = absl::Now() + absl::Seconds(10);
    while (absl::Now() < end) {
      {
        absl::MutexLock lock(&mu_);
        if (condition()) return true;
      }
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  int rounds() {
    absl::MutexLock lock(&mu_);
    return rounds_;
  }

  absl::Mutex mu_;
  // The rest is guarded by it.
  int rounds_ = 0;
  HealthChecks checks_;  // of the last round
  bool was_dead_ = false;
  std::string logged_;
  Logger log_{{}, [this](absl::string_view line) {
                absl::MutexLock lock(&mu_);
                absl::StrAppend(&logged_, line, "\n");
              }};
  ConnectionAcceptor acceptor_{&log_};
  http2::EventLoops loops_{2};
  std::unique_ptr<Liveness> liveness_;
};

TEST_F(LivenessTest, ALoopThatHangsIsDeadUntilItTurnsAgain) {
  Watch();
  ASSERT_TRUE(Soon([&] { return rounds_ > 5 && !was_dead_; }));

  absl::Notification end;
  // Also if the test fails, because the loop could not be joined otherwise.
  absl::Cleanup let_it_turn = [&end] { end.Notify(); };
  const absl::Time begin = absl::Now();
  loops_.all()[1]->Post([&end] { end.WaitForNotification(); });
  ASSERT_TRUE(Soon([&] { return was_dead_; }));
  EXPECT_GE(absl::Now() - begin, kPatience);
  {
    absl::MutexLock lock(&mu_);
    ASSERT_EQ(checks_.size(), 2u);
    EXPECT_EQ(checks_[0].name, "event-loop/0");
    EXPECT_EQ(checks_[0].fault, "") << "the other one turns";
    EXPECT_EQ(checks_[1].name, "event-loop/1");
    EXPECT_THAT(checks_[1].fault, HasSubstr("has not turned for "));
    EXPECT_THAT(logged_, HasSubstr("an event loop does not turn: "
                                   "rolegate.liveness is NOT_SERVING"));
  }

  std::move(let_it_turn).Invoke();
  EXPECT_TRUE(Soon([&] { return IsGood(checks_); }));
  absl::MutexLock lock(&mu_);
  EXPECT_THAT(logged_, HasSubstr("an event loop turns again"));
}

TEST_F(LivenessTest, ALoopThatStallsForAMomentIsNotDead) {
  Watch();
  ASSERT_TRUE(Soon([&] { return rounds_ > 2; }));
  for (int i = 0; i < 5; ++i) {
    absl::Notification over;
    loops_.all()[0]->Post([&over] {
      absl::SleepFor(kPatience / 3);
      over.Notify();
    });
    over.WaitForNotification();
    ASSERT_TRUE(Soon([&, before = rounds()] { return rounds_ > before + 2; }));
  }
  absl::MutexLock lock(&mu_);
  EXPECT_FALSE(was_dead_) << logged_;
  EXPECT_THAT(logged_, Not(HasSubstr("does not turn")));
}

}  // namespace
}  // namespace rolegate::service
