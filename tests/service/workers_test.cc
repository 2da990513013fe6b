// Work beside the threads that answer: bounded, in turns, given up when nobody
// waits for it.

#include "service/base/workers.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

// Says what became of it.
class Job final : public Task {
 public:
  explicit Job(std::function<std::optional<Lane>()> work =
                   [] { return std::optional<Lane>(); })
      : work_(std::move(work)) {}

  std::optional<Lane> Work() override { return work_(); }
  void AfterWork() override { End("done"); }
  void Dropped() override { End("dropped"); }

  std::string end() {
    ended_.WaitForNotification();
    return end_;
  }
  bool ended() const { return ended_.HasBeenNotified(); }

 private:
  void End(const char* how) {
    end_ = how;
    ended_.Notify();
  }

  const std::function<std::optional<Lane>()> work_;
  std::string end_;
  absl::Notification ended_;
};

// Keeps the one thread of the MFA lane until it is let go.
class Blocker {
 public:
  explicit Blocker(Workers* workers)
      : job_([this] {
          started_.Notify();
          go_.WaitForNotification();
          return std::optional<Lane>();
        }) {
    EXPECT_TRUE(workers->Submit(&job_, Lane::kMfa, {"blocker", "blocker"}));
    started_.WaitForNotification();
  }
  ~Blocker() {
    LetGo();
    job_.end();
  }
  void LetGo() {
    if (!go_.HasBeenNotified()) go_.Notify();
  }

 private:
  absl::Notification started_;
  absl::Notification go_;
  Job job_;
};

TEST(Workers, WorkIsDoneAndItsPlaceGivenBack) {
  Workers workers(2);
  for (int i = 0; i < 100; ++i) {
    Job job([&] {
      EXPECT_EQ(workers.held(), 1);
      return std::optional<Lane>();
    });
    ASSERT_TRUE(workers.Submit(&job, Lane::kCompute, {"a", "p"}));
    EXPECT_EQ(job.end(), "done");
    EXPECT_EQ(workers.held(), 0) << "before anybody is answered";
  }
}

TEST(Workers, GoesOnInAnotherLaneWithItsPlace) {
  Workers workers(2);
  std::vector<std::thread::id> threads;
  Job job([&]() -> std::optional<Lane> {
    threads.push_back(std::this_thread::get_id());
    EXPECT_EQ(workers.held(), 1);
    if (threads.size() == 1) return Lane::kFederation;
    return std::nullopt;
  });
  ASSERT_TRUE(workers.Submit(&job, Lane::kCompute, {"a", "p"}));
  EXPECT_EQ(job.end(), "done");
  ASSERT_EQ(threads.size(), 2u);
  EXPECT_NE(threads[0], threads[1]);
}

TEST(Workers, ALaneThatIsHeldUpHoldsUpNoOther) {
  Workers workers(10);
  const Blocker blocker(&workers);
  Job waits;
  ASSERT_TRUE(workers.Submit(&waits, Lane::kMfa, {"a", "p"}));
  for (Lane lane : {Lane::kCompute, Lane::kFederation, Lane::kReload}) {
    Job job;
    ASSERT_TRUE(workers.Submit(&job, lane, {"a", "p"}));
    EXPECT_EQ(job.end(), "done");
  }
  EXPECT_FALSE(waits.ended());
  ASSERT_TRUE(workers.Withdraw(&waits));
}

TEST(Workers, WhoHoldsTheMostGivesWhatCameLast) {
  Workers workers(10);
  const Blocker blocker(&workers);  // holds one
  std::vector<std::unique_ptr<Job>> flood;
  for (int i = 0; i < 9; ++i) {
    flood.push_back(std::make_unique<Job>());
    ASSERT_TRUE(workers.Submit(flood.back().get(), Lane::kMfa, {"a", "p"}));
  }
  Job more;
  EXPECT_FALSE(workers.Submit(&more, Lane::kMfa, {"a", "p"}));
  Job polite;
  ASSERT_TRUE(workers.Submit(&polite, Lane::kMfa, {"b", "q"}));
  EXPECT_EQ(flood.back()->end(), "dropped");
  EXPECT_FALSE(flood.front()->ended());
  EXPECT_EQ(workers.held(), 10);
  for (const auto& each : flood) workers.Withdraw(each.get());
  ASSERT_TRUE(workers.Withdraw(&polite));
  EXPECT_EQ(workers.held(), 1);
}

TEST(Workers, ThePoliteIsServedBesideAFlood) {
  Workers workers(100);
  Blocker blocker(&workers);
  absl::Mutex mu;
  std::vector<std::string> order;
  const auto note = [&](const std::string& name) {
    return [&, name] {
      absl::MutexLock lock(&mu);
      order.push_back(name);
      return std::optional<Lane>();
    };
  };
  std::vector<std::unique_ptr<Job>> jobs;
  for (int i = 0; i < 80; ++i) {
    jobs.push_back(std::make_unique<Job>(note("flood")));
    ASSERT_TRUE(workers.Submit(jobs.back().get(), Lane::kMfa, {"a", "p"}));
  }
  for (int i = 0; i < 3; ++i) {
    jobs.push_back(std::make_unique<Job>(note("polite")));
    ASSERT_TRUE(workers.Submit(jobs.back().get(), Lane::kMfa, {"b", "q"}));
  }
  blocker.LetGo();
  for (const auto& job : jobs) EXPECT_EQ(job->end(), "done");
  for (std::size_t turn : {1u, 3u, 5u}) EXPECT_EQ(order[turn], "polite");
}

TEST(Workers, WhatIsWithdrawnIsNeverWorkedOn) {
  Workers workers(10);
  Job job([] {
    ADD_FAILURE() << "nobody waits for it";
    return std::optional<Lane>();
  });
  {
    const Blocker blocker(&workers);
    ASSERT_TRUE(workers.Submit(&job, Lane::kMfa, {"a", "p"}));
    EXPECT_TRUE(workers.Withdraw(&job));
    EXPECT_FALSE(workers.Withdraw(&job));
  }
  EXPECT_FALSE(job.ended());
}

TEST(Workers, WhatWaitsAtTheEndIsDropped) {
  Job waits;
  {
    absl::Notification go;
    absl::Notification started;
    Workers workers(10);
    ASSERT_TRUE(workers.Run(Lane::kReload, {"", "reload"}, [&] {
      started.Notify();
      go.WaitForNotification();
    }));
    started.WaitForNotification();
    ASSERT_TRUE(workers.Submit(&waits, Lane::kReload, {"a", "p"}));
    go.Notify();
    // Either way it ends with the workers.
  }
  EXPECT_TRUE(waits.ended());
}

}  // namespace
}  // namespace rolegate::service
