// Reloads: what is picked up, what is held back, and that a registry that came
// about step by step equals one that was loaded cold.

#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>
#include <thread>

#include "absl/time/clock.h"
#include "engine/registry/registry.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_seal.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

RegistryOptions OptionsFor(const TempDir& dir) {
  RegistryOptions options;
  options.dir = dir.path();
  options.quiet = absl::Milliseconds(20);
  return options;
}

std::string R(const std::string& name, const std::string& action = "s3:*") {
  return Role(name, Trust(kEc2), Allow(action));
}

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

class RegistryReload : public ::testing::Test {
 protected:
  RegistryReload() {
    dir_.Write("a.json", R("A"));
    registry_.emplace(OptionsFor(dir_));
    registry_->Start();
    EXPECT_TRUE(registry_->status().loaded);
  }
  bool Has(const std::string& name) {
    return registry_->snapshot()->FindRole(testing::RoleArn(name)) != nullptr;
  }
  TempDir dir_;
  std::optional<Registry> registry_;
};

TEST_F(RegistryReload, PlainEditsNewFilesAndDeletes) {
  dir_.Write("b.json", R("B"));
  EXPECT_TRUE(Eventually([&] { return Has("B"); }));
  dir_.Write("b.json", R("C"));
  EXPECT_TRUE(Eventually([&] { return Has("C") && !Has("B"); }));
  dir_.Remove("b.json");
  EXPECT_TRUE(Eventually([&] { return !Has("C"); }));
}

TEST_F(RegistryReload, AtomicRenamesAndNewFolders) {
  dir_.Write(".b.json.tmp", R("B"));
  fs::rename(dir_.path(".b.json.tmp"), dir_.path("b.json"));
  EXPECT_TRUE(Eventually([&] { return Has("B"); }));
  dir_.Write("team/deep/c.json", R("C"));
  EXPECT_TRUE(Eventually([&] { return Has("C"); }));
  dir_.Write("team/deep/d.json", R("D"));
  EXPECT_TRUE(Eventually([&] { return Has("D"); }));
  fs::rename(dir_.path("team"), dir_.path("squad"));
  dir_.Write("squad/deep/e.json", R("E"));
  EXPECT_TRUE(Eventually([&] { return Has("E") && Has("D"); }));
}

TEST_F(RegistryReload, AFaultHoldsTheWholeGenerationBack) {
  const std::string revision = registry_->snapshot()->revision();
  dir_.Write("b.json", R("B"));
  dir_.Write("c.json", "{");
  EXPECT_TRUE(Eventually([&] { return !registry_->status().faults.empty(); }));
  EXPECT_EQ(registry_->snapshot()->revision(), revision);
  EXPECT_FALSE(Has("B"));
  EXPECT_GT(registry_->status().held_back_since, absl::UnixEpoch());
  dir_.Remove("c.json");
  EXPECT_TRUE(Eventually([&] { return Has("B"); }));
  EXPECT_TRUE(registry_->status().faults.empty());
}

TEST_F(RegistryReload, ADirectoryThatBecameEmptyIsAFault) {
  dir_.Remove("a.json");
  EXPECT_TRUE(Eventually([&] { return !registry_->status().faults.empty(); }));
  EXPECT_EQ(registry_->status().faults[0].code, "EmptyRegistry");
  EXPECT_TRUE(Has("A"));
}

// In a process of its own, and where that may be of a user of its own, so that
// nobody else goes without inotify meanwhile: the system counts by user.
TEST(RegistryWatch, WithoutInotifyItSaysSoAndPolls) {
  TempDir dir;
  fs::permissions(dir.path(), fs::perms(0755));
  dir.Write("a.json", R("A"));
  enum Outcome { kRight, kHadInotify, kNotLoaded, kNotSaid, kNotPolled };
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobodyElses = 61'234;
    constexpr int kMoreThanTheLimit = 100'000;
    if (getuid() == 0 && setuid(kNobodyElses) != 0) _exit(kHadInotify);
    int made = 0;
    while (made < kMoreThanTheLimit && inotify_init1(IN_CLOEXEC) >= 0) ++made;
    if (made == kMoreThanTheLimit) _exit(kHadInotify);
    RegistryOptions options = OptionsFor(dir);
    options.poll = absl::Milliseconds(100);
    Registry registry(options);
    registry.Start();
    if (!registry.status().loaded) _exit(kNotLoaded);
    const Diagnostics findings = registry.status().findings;
    const bool said = std::any_of(
        findings.begin(), findings.end(), [](const Diagnostic& finding) {
          return finding.code == "UnwatchedDirectory" &&
                 finding.message ==
                     "inotify is not available: Too many open files "
                     "(fs.inotify.max_user_instances); changes are seen only "
                     "every 100ms";
        });
    if (!said) _exit(kNotSaid);
    _exit(Eventually([&] {
      return registry.snapshot()->FindRole(testing::RoleArn("B")) != nullptr;
    })
              ? kRight
              : kNotPolled);
  }
  absl::SleepFor(absl::Milliseconds(300));
  dir.Write("b.json", R("B"));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), kRight);
  EXPECT_TRUE(WIFEXITED(status));
}

TEST_F(RegistryReload, ThatIsWatchedSaysNothingOfIt) {
  for (const Diagnostic& finding : registry_->status().findings) {
    EXPECT_NE(finding.code, "UnwatchedDirectory");
  }
}

TEST(RegistryLinks, KubernetesSwapsAVolume) {
  TempDir dir;
  const auto publish = [&](const std::string& folder, const std::string& role) {
    dir.Write(folder + "/role.json", R(role));
    fs::create_symlink(folder, dir.path("..data_tmp"));
    fs::rename(dir.path("..data_tmp"), dir.path("..data"));
  };
  publish("..1", "A");
  fs::create_symlink("..data/role.json", dir.path("role.json"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  ASSERT_TRUE(registry.status().loaded);
  EXPECT_EQ(registry.snapshot()->counts().roles, 1u) << "read once";
  publish("..2", "B");
  dir.Remove("..1");
  EXPECT_TRUE(Eventually([&] {
    return registry.snapshot()->FindRole(testing::RoleArn("B")) != nullptr;
  }));
}

TEST(RegistryDigest, StepByStepEqualsCold) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  TempDir dir;
  dir.Write("keep.json", R("Keep"));
  RegistryOptions options = OptionsFor(dir);
  options.reload = ReloadMode::kManual;
  Registry warm(options);
  warm.Start();
  for (int step = 0; step < 60; ++step) {
    const int file = static_cast<int>(random() % 8);
    const std::string name = absl::StrCat("f", file, ".json");
    switch (random() % 4) {
      case 0:
        dir.Remove(name);
        break;
      case 1:  // held back, until it is written again
        dir.Write(name, "{");
        break;
      default:
        dir.Write(name, R(absl::StrCat("R", file),
                          absl::StrCat("s3:Get", random() % 3)));
    }
    const RegistryStatus status = warm.Reload();
    Registry cold(options);
    cold.Start();
    EXPECT_EQ(cold.status().loaded, status.faults.empty());
    EXPECT_EQ(cold.status().faults, status.faults);
    if (cold.status().loaded) {
      EXPECT_EQ(cold.status().revision, status.revision) << "step " << step;
    }
  }
}

TEST(RegistryConcurrency, ReadersSeeWholeGenerationsAndNeverWait) {
  TempDir dir;
  const auto write = [&](int generation) {
    dir.Write("left.json", R(absl::StrCat("Left", generation)));
    dir.Write("right.json", R(absl::StrCat("Right", generation)));
  };
  write(0);
  RegistryOptions options = OptionsFor(dir);
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto snapshot = registry.snapshot();
        ASSERT_EQ(snapshot->roles().size(), 2u);
        const absl::string_view left = snapshot->roles()[0]->name().substr(4);
        const absl::string_view right = snapshot->roles()[1]->name().substr(5);
        ASSERT_EQ(left, right);
      }
    });
  }
  for (int i = 1; i < 100; ++i) {
    write(i);
    registry.Reload();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(RegistryLastGood, IsServedWhenTheDirectoryHasFaultsAtStart) {
  TempDir dir;
  TempDir kept;
  RegistryOptions options = OptionsFor(dir);
  options.reload = ReloadMode::kManual;
  options.last_good_dir = kept.path("last-good");
  options.last_good_seal = testing::MakeTestSeal();
  dir.Write("a.json", R("A"));
  std::string revision;
  {
    Registry registry(options);
    registry.Start();
    revision = registry.status().revision;
  }
  dir.Write("a.json", "{");
  Registry registry(options);
  registry.Start();
  EXPECT_TRUE(registry.status().loaded);
  EXPECT_TRUE(registry.status().from_last_good);
  EXPECT_EQ(registry.status().revision, revision);
  EXPECT_FALSE(registry.status().faults.empty());
}

}  // namespace
}  // namespace rolegate
