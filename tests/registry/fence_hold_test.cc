// A fenced folder with a fault is held back by itself: what goes on, what stays
// in force, and when the whole generation is held back all the same.

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/registry/fence.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/system_hooks.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_seal.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kA[] = "111111111111";
constexpr char kB[] = "222222222222";
constexpr char kCentral[] = "999999999999";

std::string RoleOf(const std::string& account, const std::string& name,
                   const std::string& more = "") {
  return absl::StrCat(R"({"RoleName": ")", name, R"(", "Arn": "arn:aws:iam::)",
                      account, ":role/", name, R"(", "RoleId": "AROA)", account,
                      name, R"(", "AssumeRolePolicyDocument": )", Trust(kEc2),
                      more, "}");
}
std::string PolicyOf(const std::string& account, const std::string& name) {
  return absl::StrCat(R"({"PolicyName": ")", name,
                      R"(", "Arn": "arn:aws:iam::)", account, ":policy/", name,
                      R"(", "PolicyDocument": )", Allow("s3:*"), "}");
}
std::string Attaching(const std::string& account, const std::string& name) {
  return absl::StrCat(R"(, "AttachedManagedPolicies": [{"PolicyName": ")", name,
                      R"(", "PolicyArn": "arn:aws:iam::)", account, ":policy/",
                      name, R"("}])");
}
std::string RevocationOf(const std::string& account, const std::string& role) {
  return absl::StrCat(R"({"RoleArn": "arn:aws:iam::)", account, ":role/", role,
                      R"(", "IssuedBefore": "2026-01-01T00:00:00Z"})");
}

RegistryOptions OptionsFor(const TempDir& dir) {
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  options.quiet = absl::Milliseconds(10);
  options.fence_faults = FenceFaults::kHoldFolder;
  for (const auto& [path, account] :
       {std::pair{"team-a", kA}, std::pair{"team-b", kB}}) {
    Fence fence;
    fence.path = path;
    fence.accounts = {account};
    options.fences.push_back(fence);
  }
  return options;
}

class FenceHold : public ::testing::Test {
 protected:
  FenceHold() {
    dir_.Write("central.json", RoleOf(kCentral, "Old"));
    dir_.Write("team-a/r.json", RoleOf(kA, "Old"));
    dir_.Write("team-b/r.json", RoleOf(kB, "Old"));
  }

  void Start(RegistryOptions options) {
    registry_.emplace(std::move(options));
    registry_->Start();
  }
  void Start() {
    Start(OptionsFor(dir_));
    ASSERT_TRUE(registry_->status().loaded);
  }
  RegistryStatus Reload() { return registry_->Reload(); }
  bool Has(const std::string& account, const std::string& role) {
    return registry_->snapshot()->FindRole(testing::RoleArn(role, account)) !=
           nullptr;
  }
  std::size_t Revoked() { return registry_->snapshot()->revocations().size(); }
  static std::vector<std::string> HeldOf(const RegistryStatus& status) {
    std::vector<std::string> paths;
    for (const HeldFolder& folder : status.held_folders) {
      paths.push_back(folder.path);
    }
    return paths;
  }

  TempDir dir_;
  std::optional<Registry> registry_;
};

TEST_F(FenceHold, WhateverIsWrongInAFolderHoldsThatFolderBackAlone) {
  const struct {
    const char* name;
    std::function<void()> spoil;
    const char* code;
  } kCases[] = {
      {"no JSON", [&] { dir_.Write("team-a/x.json", "{"); }, "JsonSyntax"},
      {"outside of its fence",
       [&] { dir_.Write("team-a/x.json", RoleOf(kB, "X")); }, "OutsideFence"},
      {"another's revocation",
       [&] {
         dir_.Write("team-a/x.json",
                    absl::StrCat(R"({"RevokedSessions": [)",
                                 RevocationOf(kB, "Old"), "]}"));
       },
       "OutsideFence"},
      {"a name without a definition",
       [&] {
         dir_.Write("team-a/x.json", RoleOf(kA, "X", Attaching(kA, "None")));
       },
       "MissingPolicy"},
      {"a definition that stands outside",
       [&] {
         dir_.Write("team-a/x.json",
                    RoleOf(kCentral, "Old", R"(, "Tags": [])"));
       },
       "OutsideFence"},
      {"a name that another of its roles has",
       [&] { dir_.Write("team-a/x.json", RoleOf(kA, "OLD")); },
       "DuplicateDefinition"},
      {"no file", [&] { mkfifo(dir_.path("team-a/x.json").c_str(), 0600); },
       "UnreadableFile"},
      {"a link out of the registry",
       [&] { fs::create_symlink("/etc", dir_.path("team-a/x.json")); },
       "UnreadableFile"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    dir_.Remove("team-a");
    dir_.Write("team-a/r.json", RoleOf(kA, "Old"));
    dir_.Write("team-a/gone.json", RoleOf(kA, "Gone"));
    dir_.Remove("team-b/new.json");
    dir_.Write("central.json", RoleOf(kCentral, "Old"));
    Start();
    dir_.Remove("team-a/gone.json");
    dir_.Write("team-a/new.json", RoleOf(kA, "New"));
    c.spoil();
    dir_.Write("team-b/new.json", RoleOf(kB, "New"));
    dir_.Write("central.json", absl::StrCat("[", RoleOf(kCentral, "Old"), ",",
                                            RoleOf(kCentral, "New"), "]"));
    const RegistryStatus status = Reload();
    EXPECT_FALSE(status.held_back);
    EXPECT_THAT(HeldOf(status), ElementsAre("team-a"));
    EXPECT_THAT(status.faults,
                AllOf(Contains(Field(&Diagnostic::code, c.code)),
                      Each(Field(&Diagnostic::file, StartsWith("team-a/")))));
    EXPECT_EQ(status.held_folders.at(0).faults, status.faults);
    EXPECT_TRUE(Has(kA, "Old"));
    EXPECT_TRUE(Has(kA, "Gone")) << "what the folder had is kept whole";
    EXPECT_FALSE(Has(kA, "New")) << "nothing of it is new";
    EXPECT_TRUE(Has(kB, "New"));
    EXPECT_TRUE(Has(kCentral, "New"));
    EXPECT_EQ(Revoked(), 0U);
  }
}

TEST_F(FenceHold, TheRevisionIsThatOfWhatIsInForce) {
  Start();
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  const RegistryStatus status = Reload();
  ASSERT_THAT(HeldOf(status), ElementsAre("team-a"));
  TempDir same;
  same.Write("central.json", RoleOf(kCentral, "Old"));
  same.Write("team-a/r.json", RoleOf(kA, "Old"));
  same.Write("team-b/r.json", RoleOf(kB, "New"));
  Registry cold(OptionsFor(same));
  cold.Start();
  EXPECT_EQ(status.revision, cold.status().revision);
}

TEST_F(FenceHold, RevocationsNeverWait) {
  Start();
  // Of the folder that is held back: what it may revoke is in force at once.
  dir_.Write("team-a/x.json", absl::StrCat("[", R"({"RevokedSessions": [)",
                                           RevocationOf(kA, "Old"), ",",
                                           RevocationOf(kB, "Old"), "]},{}]"));
  dir_.Write("team-b/x.json", absl::StrCat(R"({"RevokedSessions": [)",
                                           RevocationOf(kB, "Old"), "]}"));
  dir_.Write("revoked.json",
             R"({"RevokedSessions": [{"SourceIdentity": "mallory"}]})");
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  EXPECT_EQ(Revoked(), 3U);
  EXPECT_EQ(registry_->status().revision, registry_->snapshot()->revision());
  // What others take back is over, what a faulty file takes back is not.
  dir_.Write("team-a/x.json", "[{}]");
  dir_.Remove("revoked.json");
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  EXPECT_EQ(Revoked(), 2U);
  // Nor is anything over while all is held back.
  dir_.Write("central.json", "{");
  dir_.Remove("team-b/x.json");
  EXPECT_TRUE(Reload().held_back);
  EXPECT_EQ(Revoked(), 2U);
  dir_.Write("central.json", RoleOf(kCentral, "Old"));
  dir_.Remove("team-a/x.json");
  EXPECT_THAT(HeldOf(Reload()), IsEmpty());
  EXPECT_EQ(Revoked(), 0U);
}

TEST_F(FenceHold, AFaultOutsideOfFencesHoldsAllBack) {
  Start();
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  dir_.Write("central.json", "{");
  const RegistryStatus status = Reload();
  EXPECT_TRUE(status.held_back);
  EXPECT_THAT(HeldOf(status), IsEmpty());
  EXPECT_EQ(status.faults.size(), 2U);
  EXPECT_FALSE(Has(kB, "New"));
  // The folder may be held back before that.
  dir_.Write("central.json", RoleOf(kCentral, "Old"));
  EXPECT_FALSE(Reload().held_back);
  EXPECT_TRUE(Has(kB, "New"));
  dir_.Write("central.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "Newer"));
  const RegistryStatus both = Reload();
  EXPECT_TRUE(both.held_back);
  EXPECT_THAT(HeldOf(both), ElementsAre("team-a")) << "of what is in force";
  EXPECT_FALSE(Has(kB, "Newer"));
}

TEST_F(FenceHold, AFaultyFolderWithoutLastGoodFilesIsNotLeftOut) {
  dir_.Remove("team-a");
  Start();
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  EXPECT_TRUE(Reload().held_back);
  EXPECT_FALSE(Has(kB, "New"));

  Registry cold(OptionsFor(dir_));
  cold.Start();
  EXPECT_FALSE(cold.status().loaded);
}

TEST_F(FenceHold, AFolderThatWasEmptiedHasNoLastGoodFilesAndThatIsKnown) {
  Start();
  dir_.Remove("team-a/r.json");
  EXPECT_THAT(Reload().faults, IsEmpty());
  // Nobody is held up by who empties his folder before he breaks it.
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  EXPECT_TRUE(Has(kB, "New"));
  EXPECT_FALSE(Has(kA, "Old"));
}

TEST_F(FenceHold, TheFolderThatChangedIsHeldBackWhoeverTheFaultIsNamedAfter) {
  RegistryOptions options = OptionsFor(dir_);
  options.fences[1].accounts = {kA, kB};
  dir_.Write("team-a/p.json", PolicyOf(kA, "P"));
  dir_.Write("team-a/q.json", PolicyOf(kA, "Q"));
  dir_.Write("central.json", RoleOf(kCentral, "Old", Attaching(kA, "P")));
  dir_.Write("team-b/q.json", RoleOf(kB, "Q", Attaching(kA, "Q")));
  Start(options);
  for (const char* policy : {"team-a/p.json", "team-a/q.json"}) {
    SCOPED_TRACE(policy);
    const std::string text = dir_.Read(policy);
    dir_.Remove(policy);
    dir_.Write("team-b/r.json", RoleOf(kB, policy[7] == 'p' ? "New" : "Newer"));
    const RegistryStatus status = Reload();
    EXPECT_THAT(HeldOf(status), ElementsAre("team-a"));
    EXPECT_TRUE(Has(kB, policy[7] == 'p' ? "New" : "Newer"));
    EXPECT_THAT(status.faults,
                Each(Field(&Diagnostic::message,
                           HasSubstr(", which is due to a change in fence "
                                     "`team-a`"))));
    dir_.Write(policy, text);
    EXPECT_THAT(Reload().faults, IsEmpty());
  }
}

TEST_F(FenceHold, WhatNoFileRevokesAnyMoreDoesNotPileUp) {
  for (const FenceFaults faults :
       {FenceFaults::kHoldAll, FenceFaults::kHoldFolder}) {
    RegistryOptions options = OptionsFor(dir_);
    options.fence_faults = faults;
    dir_.Remove("team-a/x.json");
    Start(options);
    dir_.Write("team-a/x.json",
               absl::StrCat(R"([{"RevokedSessions": [)",
                            RevocationOf(kA, "Old"), "]},{}]"));
    Reload();
    for (int i = 0; i < 10; ++i) {
      dir_.Write(
          "team-a/x.json",
          absl::StrCat(R"([{"RevokedSessions": [)",
                       RevocationOf(kA, absl::StrCat("None", i)), "]},{}]"));
      EXPECT_THAT(Reload().faults, ::testing::Not(IsEmpty()));
    }
    EXPECT_EQ(Revoked(), 2U) << "that of a role, and the last one";
    EXPECT_TRUE(registry_->snapshot()->revocations().HasRole(
        testing::RoleArn("Old", kA), absl::UnixEpoch()));
  }
}

TEST_F(FenceHold, KeptAndNewFilesThatDoNotLoadTogetherHoldAllBack) {
  dir_.Write("team-a/p.json", PolicyOf(kA, "P"));
  dir_.Write("central.json", RoleOf(kCentral, "Old", Attaching(kA, "P")));
  Start();
  // The policy has a new name, and is asked for by it; another file is broken.
  dir_.Write("team-a/p.json", PolicyOf(kA, "Q"));
  dir_.Write("central.json", RoleOf(kCentral, "Old", Attaching(kA, "Q")));
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  const RegistryStatus status = Reload();
  EXPECT_TRUE(status.held_back);
  EXPECT_FALSE(Has(kB, "New"));
  EXPECT_THAT(status.faults,
              Contains(Field(&Diagnostic::message,
                             StartsWith("no policy `arn:aws:iam::111111111111:"
                                        "policy/Q` in the registry"))));
}

TEST_F(FenceHold, WhatIsMissingForAFaultyFileIsNoFaultOfOthers) {
  dir_.Write("team-a/p.json", PolicyOf(kA, "P"));
  dir_.Write("central.json", RoleOf(kCentral, "Old", Attaching(kA, "P")));
  Start();
  dir_.Write("team-a/p.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  const RegistryStatus status = Reload();
  EXPECT_THAT(HeldOf(status), ElementsAre("team-a"));
  EXPECT_THAT(status.faults,
              ElementsAre(Field(&Diagnostic::file, "team-a/p.json")));
  EXPECT_TRUE(Has(kB, "New"));
}

TEST_F(FenceHold, AFolderWhoseFaultComesOutWithAnothersIsHeldBackToo) {
  RegistryOptions options = OptionsFor(dir_);
  options.fences[1].accounts = {kA, kB};
  dir_.Write("team-a/p.json", PolicyOf(kA, "P"));
  Start(options);
  // team-b asks for what is new in team-a.
  dir_.Write("team-a/p.json", PolicyOf(kA, "Q"));
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New", Attaching(kA, "Q")));
  dir_.Write("central.json", RoleOf(kCentral, "New"));
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a", "team-b"));
  EXPECT_TRUE(Has(kCentral, "New"));
  EXPECT_FALSE(Has(kB, "New"));
}

TEST_F(FenceHold, FoldersComeBackOneByOne) {
  Start();
  dir_.Write("team-a/r.json", "{");
  const RegistryStatus first = Reload();
  ASSERT_THAT(HeldOf(first), ElementsAre("team-a"));
  dir_.Write("team-b/r.json", "{");
  const RegistryStatus second = Reload();
  ASSERT_THAT(HeldOf(second), ElementsAre("team-a", "team-b"));
  EXPECT_EQ(second.held_folders[0].since, first.held_folders[0].since);
  EXPECT_GT(second.held_folders[1].since, first.held_folders[0].since);
  EXPECT_EQ(second.held_back_since, first.held_back_since);
  dir_.Write("team-a/r.json", RoleOf(kA, "New"));
  const RegistryStatus third = Reload();
  EXPECT_THAT(HeldOf(third), ElementsAre("team-b"));
  EXPECT_EQ(third.held_folders[0].since, second.held_folders[1].since);
  EXPECT_TRUE(Has(kA, "New"));
  EXPECT_TRUE(Has(kB, "Old"));
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  const RegistryStatus last = Reload();
  EXPECT_THAT(HeldOf(last), IsEmpty());
  EXPECT_THAT(last.faults, IsEmpty());
  EXPECT_TRUE(Has(kB, "New"));
}

TEST_F(FenceHold, AFolderThatGoesIsGone) {
  Start();
  dir_.Write("team-a/r.json", "{");
  ASSERT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  dir_.Remove("team-a");
  const RegistryStatus gone = Reload();
  EXPECT_THAT(gone.faults, IsEmpty());
  EXPECT_FALSE(Has(kA, "Old"));
}

TEST_F(FenceHold, AFolderByAnotherNameHasNoFence) {
  Start();
  dir_.Write("team-a/r.json", "{");
  ASSERT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  fs::rename(dir_.path("team-a"), dir_.path("squad-a"));
  const RegistryStatus status = Reload();
  EXPECT_TRUE(status.held_back) << "its fault stands in no fence";
  EXPECT_TRUE(Has(kA, "Old"));
}

TEST_F(FenceHold, AFaultInAnInnerFenceHoldsTheInnerFolderBack) {
  RegistryOptions options = OptionsFor(dir_);
  Fence inner = options.fences[0];
  inner.path = "team-a/bots";
  options.fences.push_back(inner);
  dir_.Write("team-a/bots/r.json", RoleOf(kA, "Bot"));
  Start(options);
  dir_.Write("team-a/bots/r.json", "{");
  dir_.Write("team-a/r.json", RoleOf(kA, "New"));
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a/bots"));
  EXPECT_TRUE(Has(kA, "New"));
  EXPECT_TRUE(Has(kA, "Bot"));
  dir_.Write("team-a/bots/r.json", RoleOf(kA, "NewBot"));
  dir_.Write("team-a/r.json", "{");
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  EXPECT_TRUE(Has(kA, "New"));
  EXPECT_TRUE(Has(kA, "NewBot"));
}

TEST_F(FenceHold, WatchedEditsOfOthersAreInForceAtOnce) {
  RegistryOptions options = OptionsFor(dir_);
  options.reload = ReloadMode::kAuto;
  Start(options);
  const auto eventually = [](const std::function<bool()>& condition) {
    for (int i = 0; i < 500 && !condition(); ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    return condition();
  };
  dir_.Write("team-a/r.json", "{");
  EXPECT_TRUE(
      eventually([&] { return !registry_->status().held_folders.empty(); }));
  for (int i = 0; i < 3; ++i) {
    const std::string name = absl::StrCat("New", i);
    dir_.Write("team-b/r.json", RoleOf(kB, name));
    EXPECT_TRUE(eventually([&] { return Has(kB, name); }));
    EXPECT_TRUE(Has(kA, "Old"));
    EXPECT_THAT(HeldOf(registry_->status()), ElementsAre("team-a"))
        << "the folder's own files did not change";
  }
  dir_.Write("team-a/r.json", RoleOf(kA, "New"));
  EXPECT_TRUE(eventually(
      [&] { return registry_->status().faults.empty() && Has(kA, "New"); }));
}

// The system has so many inotify watches, and one author has more folders.
TEST_F(FenceHold, WatchesAreNotUsedUpByOneAuthor) {
  for (int i = 0; i < 20; ++i) {
    dir_.Write(absl::StrCat("team-a/f", i, "/x.txt"), "");
  }
  dir_.Write("team-b/deep/r.json", RoleOf(kB, "Deep"));
  RegistryOptions options = OptionsFor(dir_);
  options.reload = ReloadMode::kAuto;
  options.poll = absl::Hours(1);
  // Those of the registry and its parent, of the other's two folders, and some.
  testing::SystemHooks::Get().max_watches = 8;
  Start(options);
  EXPECT_THAT(registry_->status().watch_fault,
              HasSubstr("fs.inotify.max_user_watches"));
  const auto appears = [&](const std::string& role) {
    for (int i = 0; i < 500 && !Has(kB, role); ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    return Has(kB, role);
  };
  dir_.Write("team-b/deep/r.json", RoleOf(kB, "Deeper"));
  EXPECT_TRUE(appears("Deeper"));
  // A folder that comes later takes the place of one of his.
  dir_.Write("team-b/late/r.json", RoleOf(kB, "Late"));
  EXPECT_TRUE(appears("Late"));
  absl::SleepFor(absl::Milliseconds(200));
  dir_.Write("team-b/late/r.json", RoleOf(kB, "Later"));
  EXPECT_TRUE(appears("Later"));
  registry_.reset();
  testing::SystemHooks::Get().max_watches = 0;
}

TEST_F(FenceHold, ARestartKeepsWhatTheFolderHad) {
  TempDir kept;
  RegistryOptions options = OptionsFor(dir_);
  options.last_good_dir = kept.path("kept");
  options.last_good_seal = testing::MakeTestSeal();
  Start(options);
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  ASSERT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  const std::string revision = registry_->status().revision;
  for (const char* name : {"New", "Newer"}) {
    SCOPED_TRACE(name);
    registry_.reset();
    dir_.Write("team-b/r.json", RoleOf(kB, name));
    Start(options);
    const RegistryStatus status = registry_->status();
    ASSERT_TRUE(status.loaded);
    EXPECT_FALSE(status.from_last_good) << "most of it is of the directory";
    EXPECT_THAT(HeldOf(status), ElementsAre("team-a"));
    EXPECT_TRUE(Has(kA, "Old"));
    EXPECT_TRUE(Has(kB, name));
    EXPECT_EQ(status.revision == revision, name == std::string("New"));
  }
  // With a fault outside of fences the whole of what was kept is served: the
  // held folder's old files, and what the others had.
  registry_.reset();
  dir_.Write("central.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "Newest"));
  Start(options);
  EXPECT_TRUE(registry_->status().from_last_good);
  EXPECT_TRUE(registry_->status().held_back);
  EXPECT_TRUE(Has(kA, "Old"));
  EXPECT_TRUE(Has(kB, "Newer"));
  dir_.Write("central.json", RoleOf(kCentral, "New"));
  EXPECT_THAT(HeldOf(Reload()), ElementsAre("team-a"));
  EXPECT_TRUE(Has(kA, "Old"));
  EXPECT_TRUE(Has(kB, "Newest"));
}

TEST_F(FenceHold, IsOffUnlessItIsSet) {
  RegistryOptions options = OptionsFor(dir_);
  options.fence_faults = FenceFaults::kHoldAll;
  Start(options);
  dir_.Write("team-a/r.json", "{");
  dir_.Write("team-b/r.json", RoleOf(kB, "New"));
  EXPECT_TRUE(Reload().held_back);
  EXPECT_FALSE(Has(kB, "New"));
}

}  // namespace
}  // namespace rolegate
