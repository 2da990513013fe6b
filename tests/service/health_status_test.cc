// What the health service says, to whom, and how many may listen.

#include "service/answer/health_status.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

struct FakeWatcher : HealthWatcher {
  void OnHealth() override { ++told; }
  void End() override { ++ended; }
  int told = 0;
  int ended = 0;
};

HealthChecks OfListener(bool alive) {
  return {{"listener/a", ""}, {"listener/b", alive ? "" : "it is dead"}};
}

TEST(HealthStatus, NamesAndStates) {
  const struct {
    const char* description;
    bool ready, alive, draining;
    Health api, liveness;
  } kCases[] = {
      {"before a registry is loaded", false, true, false, Health::kNotServing,
       Health::kServing},
      {"serving", true, true, false, Health::kServing, Health::kServing},
      {"a listener is dead", true, false, false, Health::kServing,
       Health::kNotServing},
      {"stopping", true, true, true, Health::kNotServing, Health::kServing},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    HealthStatus health;
    health.SetReady(c.ready);
    health.SetLiveness(OfListener(c.alive));
    if (c.draining) health.Drain();
    for (const char* service :
         {"", "rolegate.v1.SecurityTokenService",
          "rolegate.v1.AuthorizationService", "rolegate.v1.RegistryService",
          "rolegate.v1.PolicyService"}) {
      EXPECT_EQ(health.Of(service), c.api) << service;
    }
    EXPECT_EQ(health.Of("rolegate.liveness"), c.liveness);
    EXPECT_EQ(IsGood(health.Readiness()), c.api == Health::kServing);
    EXPECT_EQ(IsGood(health.Liveness()), c.liveness == Health::kServing);
    EXPECT_EQ(health.Of("rolegate"), Health::kUnknownService);
  }
}

TEST(HealthStatus, WatchersAreToldOfChangesAndOfNothingElse) {
  HealthStatus health;
  const auto watcher = std::make_shared<FakeWatcher>();
  ASSERT_TRUE(health.Add(watcher, "a"));
  health.SetReady(true);
  health.SetReady(true);
  health.SetLiveness(OfListener(true));
  EXPECT_EQ(watcher->told, 1);
  health.SetLiveness(OfListener(false));
  health.Drain();
  EXPECT_EQ(watcher->told, 3);
  health.Remove(watcher.get());
  health.SetLiveness(OfListener(true));
  EXPECT_EQ(watcher->told, 3);
  EXPECT_EQ(health.watches(), 0u);
}

TEST(HealthStatus, WatchesAreBoundedAndShared) {
  HealthStatus health(20);
  std::vector<std::shared_ptr<FakeWatcher>> greedy;
  for (int i = 0; i < 1000; ++i) {
    greedy.push_back(std::make_shared<FakeWatcher>());
    ASSERT_TRUE(health.Add(greedy.back(), "greedy"));
    ASSERT_LE(health.watches(), 20u);
  }
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(greedy[i]->ended, i < 982 ? 1 : 0) << "the oldest end: " << i;
  }
  std::vector<std::shared_ptr<FakeWatcher>> polite;
  for (int i = 0; i < 5; ++i) {
    polite.push_back(std::make_shared<FakeWatcher>());
    ASSERT_TRUE(health.Add(polite.back(), absl::StrCat("polite ", i)));
  }
  EXPECT_EQ(health.watches(), 20u);
  for (const auto& watcher : polite) EXPECT_EQ(watcher->ended, 0);
  EXPECT_EQ(greedy[982]->ended + greedy[983]->ended + greedy[984]->ended, 3);
  EXPECT_EQ(greedy[985]->ended, 0);
}

TEST(HealthStatus, EndsWithTheServer) {
  HealthStatus health;
  const auto watcher = std::make_shared<FakeWatcher>();
  ASSERT_TRUE(health.Add(watcher, "a"));
  health.EndWatches();
  EXPECT_EQ(watcher->ended, 1);
  EXPECT_EQ(health.watches(), 0u);
  EXPECT_FALSE(health.Add(watcher, "a"));
  health.Remove(watcher.get());
}

}  // namespace
}  // namespace rolegate::service
