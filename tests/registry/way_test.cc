// The way to a registry's directory: every link on it, and every folder, may be
// swapped for another, and the registry sees it without waiting for the poll.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/registry/registry.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

// Two versions of a registry below one folder, `1` with role R1, `2` with R2.
class Checkout {
 public:
  Checkout() {
    for (const char* version : {"1", "2"}) {
      dir_.Write(absl::StrCat("versions/", version, "/deploy/iam/r.json"),
                 Role(absl::StrCat("R", version), Trust(kEc2), Allow("s3:*")));
    }
  }

  std::string path(const std::string& name) const { return dir_.path(name); }

  // Makes a link, or moves it, as git-sync does.
  void Link(const std::string& name, const std::string& target) const {
    const std::string fresh = path(name + ".tmp");
    fs::create_symlink(target, fresh);
    fs::rename(fresh, path(name));
  }

  // Reads the registry at `name`, changes it, and waits for less than the poll.
  void ExpectSeen(const std::string& name,
                  const std::function<void()>& change) const {
    RegistryOptions options;
    options.dir = path(name);
    options.quiet = absl::Milliseconds(20);
    options.poll = absl::Minutes(10);
    Registry registry(options);
    registry.Start();
    ASSERT_TRUE(registry.status().loaded);
    ASSERT_NE(registry.snapshot()->FindRole(RoleArn("R1")), nullptr);
    change();
    for (int i = 0; i < 500; ++i) {
      if (registry.snapshot()->FindRole(RoleArn("R2")) != nullptr) return;
      absl::SleepFor(absl::Milliseconds(10));
    }
    ADD_FAILURE() << "nobody saw it within 5 s";
  }

 private:
  TempDir dir_;
};

TEST(WayToTheRegistry, ALinkAboveTheDirectory) {
  const Checkout git;
  git.Link("current", "versions/1");
  git.ExpectSeen("current/deploy/iam",
                 [&] { git.Link("current", "versions/2"); });
}

TEST(WayToTheRegistry, TheDirectoryItself) {
  const Checkout git;
  git.Link("iam", "versions/1/deploy/iam");
  git.ExpectSeen("iam", [&] { git.Link("iam", "versions/2/deploy/iam"); });
  git.ExpectSeen("versions/1/../1/deploy/iam/", [&] {
    fs::rename(git.path("versions/1/deploy/iam"), git.path("old"));
    fs::rename(git.path("versions/2/deploy/iam"),
               git.path("versions/1/deploy/iam"));
  });
}

TEST(WayToTheRegistry, ALinkThatALinkLeadsTo) {
  const Checkout git;
  git.Link("release", "versions/1");
  git.Link("current", git.path("release"));  // an absolute path
  git.ExpectSeen("current/deploy/iam",
                 [&] { git.Link("release", "versions/2"); });
}

TEST(WayToTheRegistry, TwoLinksOneAfterTheOther) {
  const Checkout git;
  git.Link("current", "versions");
  git.Link("versions/live", "1");
  git.ExpectSeen("current/live/deploy/iam",
                 [&] { git.Link("versions/live", "2"); });
}

TEST(WayToTheRegistry, ALinkThatIsRemovedAndMadeAgain) {
  const Checkout git;
  git.Link("current", "versions/1");
  git.ExpectSeen("current/deploy/iam", [&] {
    fs::remove(git.path("current"));
    fs::create_symlink("versions/2", git.path("current"));
  });
}

TEST(WayToTheRegistry, AFolderThatAnotherReplaces) {
  const Checkout git;
  git.ExpectSeen("versions/1/deploy/iam", [&] {
    fs::rename(git.path("versions/1"), git.path("old"));
    fs::rename(git.path("versions/2"), git.path("versions/1"));
  });
}

// A swap leads to another way, which is watched as the first one was.
TEST(WayToTheRegistry, SwapAfterSwap) {
  const Checkout git;
  git.Link("current", "versions/2");
  git.Link("release-b", "versions/1");
  git.ExpectSeen("release-b/deploy/iam", [&] {
    git.Link("release-b", "versions/1/.");
    absl::SleepFor(absl::Milliseconds(200));
    git.Link("release-b", "current");
  });
}

// Names beside the way do not make the registry read its directory.
TEST(WayToTheRegistry, OtherNamesDoNotMatter) {
  const Checkout git;
  git.Link("current", "versions/1");
  RegistryOptions options;
  options.dir = git.path("current/deploy/iam");
  options.quiet = absl::Milliseconds(1);
  options.poll = absl::Minutes(10);
  Registry registry(options);
  registry.Start();
  const std::uint64_t before = registry.status().reloads;
  for (int i = 0; i < 20; ++i) git.Link("other", "versions/2");
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(registry.status().reloads, before);
}

}  // namespace
}  // namespace rolegate
