// Files that cannot be read or do not come to rest: faults with their names,
// and everything else's revocations are in force.

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/system_hooks.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::ScopedReadHook;
using ::rolegate::testing::SystemHooks;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string R(const std::string& name, const std::string& action = "s3:*") {
  return Role(name, Trust(kEc2), Allow(action));
}
std::string RevokeIdentity(const std::string& name) {
  return absl::StrCat(R"({"RevokedSessions": [{"SourceIdentity": ")", name,
                      R"("}]})");
}
std::string Show(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    absl::StrAppend(&text, one.code, " ", ToString(one), "\n");
  }
  return text;
}

class Restless : public ::testing::Test {
 protected:
  Restless() {
    dir_.Write("a.json", R("A"));
    options_.dir = dir_.path();
    options_.reload = ReloadMode::kManual;
    options_.max_delay = absl::Milliseconds(100);
  }
  void Start() {
    registry_.emplace(options_);
    registry_->Start();
  }
  bool IsRevoked(const std::string& identity) {
    return registry_->snapshot()->revocations().HasSourceIdentity(identity);
  }

  TempDir dir_;
  RegistryOptions options_;
  std::optional<Registry> registry_;
};

// Makes what is read of `name` fail, or change.
std::function<int(const std::string&)> On(
    const std::string& name, std::function<int(const std::string&)> hook) {
  return [=](const std::string& path) {
    return absl::EndsWith(path, "/" + name) ? hook(path) : 0;
  };
}
int Append(const std::string& path) {
  std::ofstream(path, std::ios::app) << " ";
  return 0;
}

TEST_F(Restless, AFaultNamesTheFileAndTheOthersRevokeAllTheSame) {
  struct {
    const char* name;
    std::function<int(const std::string&)> on_read;
    const char* fault;
    bool own_revocation;  // of the file itself
  } const kCases[] = {
      {"EIO", [](const std::string&) { return EIO; },
       "UnreadableFile team/x.json: cannot read: Input/output error", false},
      {"EISDIR", [](const std::string&) { return EISDIR; },
       "UnreadableFile team/x.json: cannot read: Is a directory", false},
      {"written all the time", &Append,
       "UnstableFile team/x.json: is written while it is read", true},
      {"replaced all the time",
       [](const std::string& path) {
         fs::copy_file(path, path + ".new");
         fs::rename(path + ".new", path);
         return 0;
       },
       "UnstableFile team/x.json: is written while it is read", true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    dir_.Remove("revoked.json");
    dir_.Remove("team");
    Start();
    ASSERT_THAT(Show(registry_->status().faults), IsEmpty());
    const std::string revision = registry_->status().revision;
    dir_.Write("team/x.json", RevokeIdentity("own"));
    dir_.Write("b.json", R("B"));
    dir_.Write("revoked.json", RevokeIdentity("alice"));
    {
      const ScopedReadHook hook(On("x.json", c.on_read));
      const RegistryStatus status = registry_->Reload();
      ASSERT_EQ(status.faults.size(), 1u) << Show(status.faults);
      EXPECT_THAT(Show(status.faults), HasSubstr(c.fault));
      EXPECT_EQ(status.failed_reloads, 1u);
      EXPECT_NE(status.revision, revision) << "revocations are in force";
      EXPECT_TRUE(IsRevoked("alice"));
      EXPECT_EQ(IsRevoked("own"), c.own_revocation);
      EXPECT_EQ(registry_->snapshot()->FindRole(RoleArn("B")), nullptr);
    }
    const RegistryStatus mended = registry_->Reload();
    EXPECT_THAT(Show(mended.faults), IsEmpty());
    EXPECT_NE(registry_->snapshot()->FindRole(RoleArn("B")), nullptr);
    dir_.Remove("b.json");
  }
}

TEST_F(Restless, RevocationsDoNotWaitForAFileToComeToRest) {
  options_.max_delay = absl::Seconds(5);
  Start();
  dir_.Write("x.json", R("X"));
  dir_.Write("revoked.json", RevokeIdentity("alice"));
  const ScopedReadHook hook(On("x.json", &Append));
  std::atomic<bool> done{false};
  std::thread reload([&] {
    registry_->Reload();
    done = true;
  });
  for (int i = 0; i < 400 && !IsRevoked("alice"); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_TRUE(IsRevoked("alice"));
  EXPECT_FALSE(done) << "the file is still waited for";
  EXPECT_THAT(Show(registry_->status().faults), IsEmpty());
  reload.join();
  EXPECT_THAT(Show(registry_->status().faults), HasSubstr("x.json"));
}

TEST_F(Restless, AColdStartLoadsNothingAndSaysWhy) {
  dir_.Write("x.json", R("X"));
  for (const bool read_error : {false, true}) {
    const ScopedReadHook hook(On("x.json", [=](const std::string& path) {
      return read_error ? EIO : Append(path);
    }));
    Start();
    const RegistryStatus status = registry_->status();
    EXPECT_FALSE(status.loaded);
    EXPECT_EQ(status.revision, "");
    EXPECT_EQ(registry_->snapshot(), nullptr);
    EXPECT_THAT(Show(status.faults), HasSubstr("x.json"));
    EXPECT_GT(status.held_back_since, absl::UnixEpoch());
  }
}

TEST_F(Restless, AReadErrorIsAFaultAtOnce) {
  options_.max_delay = absl::Seconds(30);
  const ScopedReadHook hook(
      On("a.json", [](const std::string&) { return EIO; }));
  const absl::Time begin = absl::Now();
  Start();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_THAT(Show(registry_->status().faults), HasSubstr("a.json"));
}

// Root may read everything.
TEST_F(Restless, WhatMayNotBeReadIsAFault) {
  chmod(dir_.path().c_str(), 0755);
  Start();
  dir_.Write("x.json", R("X"));
  dir_.Write("closed/y.json", R("Y"));
  dir_.Write("listed/z.json", R("Z"));
  dir_.Write("revoked.json", RevokeIdentity("alice"));
  chmod(dir_.path("x.json").c_str(), 0);
  chmod(dir_.path("closed").c_str(), 0);
  chmod(dir_.path("listed").c_str(), 0444);
  const uid_t user = geteuid();
  if (user == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const RegistryStatus status = registry_->Reload();
  if (user == 0) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(Show(status.faults),
            "UnreadableFile closed: cannot open: Permission denied\n"
            "UnreadableFile listed/: cannot list: Permission denied\n"
            "UnreadableFile listed/..data: cannot read the link: "
            "Permission denied\n"
            "UnreadableFile x.json: cannot open: Permission denied\n");
  EXPECT_TRUE(IsRevoked("alice"));
  chmod(dir_.path("closed").c_str(), 0755);
  chmod(dir_.path("listed").c_str(), 0755);
}

// What is written after a look at the changed files, and before they were read,
// may hold the Deny that moved out of them.
TEST_F(Restless, OneFileIsNotServedWithoutAnotherThatWasWrittenBefore) {
  options_.reload = ReloadMode::kAuto;
  options_.quiet = absl::Milliseconds(20);
  options_.max_delay = absl::Seconds(2);
  dir_.Write("b.json", R("B", "s3:Get*"));
  registry_.emplace(options_);
  std::atomic<int> mixtures{0};
  registry_->SetListener([&](const RegistryStatus&) {
    const auto snapshot = registry_->snapshot();
    const bool moved = snapshot->FindRole(RoleArn("NewB")) != nullptr;
    if (moved && snapshot->FindRole(RoleArn("C")) == nullptr) ++mixtures;
  });
  registry_->Start();
  std::atomic<bool> written{false};
  {
    const ScopedReadHook hook(On("b.json", [&](const std::string&) {
      if (!written.exchange(true)) dir_.Write("c.json", R("C"));
      return 0;
    }));
    dir_.Write("b.json", R("NewB"));
    for (int i = 0; i < 500; ++i) {
      if (registry_->snapshot()->FindRole(RoleArn("C")) != nullptr) break;
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  EXPECT_TRUE(written);
  EXPECT_NE(registry_->snapshot()->FindRole(RoleArn("C")), nullptr);
  EXPECT_EQ(mixtures, 0);
}

// A wall clock that is set back by an hour must not stop the poll for one.
TEST_F(Restless, ThePollDoesNotWaitForTheWallClock) {
  SystemHooks& hooks = SystemHooks::Get();
  hooks.inotify_missing = true;
  options_.reload = ReloadMode::kAuto;
  options_.poll = absl::Milliseconds(200);
  Start();
  hooks.inotify_missing = false;
  hooks.wall_clock_offset = -3600;
  absl::SleepFor(absl::Milliseconds(300));
  dir_.Write("b.json", R("B"));
  bool found = false;
  for (int i = 0; i < 500 && !found; ++i) {
    found = registry_->snapshot()->FindRole(RoleArn("B")) != nullptr;
    absl::SleepFor(absl::Milliseconds(10));
  }
  hooks.wall_clock_offset = 0;
  EXPECT_TRUE(found);
}

TEST_F(Restless, TheQuietTimeDoesNotWaitForTheWallClock) {
  SystemHooks& hooks = SystemHooks::Get();
  options_.reload = ReloadMode::kAuto;
  options_.quiet = absl::Milliseconds(200);
  options_.max_delay = absl::Milliseconds(400);
  Start();
  // Written again and again, so that it is never quiet: max_delay ends the
  // wait, whatever the wall clock shows.
  bool found = false;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100 && !found; ++i) {
    if (i == 2) hooks.wall_clock_offset = -3600;
    dir_.Write("b.json", R("B"));
    found = registry_->snapshot()->FindRole(RoleArn("B")) != nullptr;
    absl::SleepFor(absl::Milliseconds(50));
  }
  hooks.wall_clock_offset = 0;
  EXPECT_TRUE(found);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
}

TEST_F(Restless, WithoutInotifyTheStatusSaysSo) {
  SystemHooks::Get().inotify_missing = true;
  options_.reload = ReloadMode::kAuto;
  Start();
  EXPECT_THAT(registry_->status().watch_fault,
              HasSubstr("inotify is not available: Too many open files"));
  EXPECT_THAT(Show(registry_->status().findings),
              HasSubstr("UnwatchedDirectory " + dir_.path()));
  EXPECT_THAT(Show(registry_->status().findings),
              HasSubstr("changes are seen only every 10s"));
  options_.reload = ReloadMode::kManual;
  Start();
  EXPECT_EQ(registry_->status().watch_fault, "") << "nobody looks for changes";
  SystemHooks::Get().inotify_missing = false;
  options_.reload = ReloadMode::kAuto;
  Start();
  EXPECT_EQ(registry_->status().watch_fault, "");
  EXPECT_THAT(Show(registry_->status().findings), IsEmpty());
}

// A name that cannot be shown as it is must not hide what is wrong, nor write
// lines of its own.
TEST_F(Restless, ANameThatNobodyCanShowIsAFaultThatCanBe) {
  const struct {
    std::string file;
    const char* shown;
  } kCases[] = {
      {"caf\xe9.json", "caf\\xE9.json"},
      {"t\xe9"
       "am/x.json",
       "t\\xE9"
       "am/x.json"},
      {"overlong\xc0\xaf.json", "overlong\\xC0\\xAF.json"},
      {"half\xed\xa0\x80.json", "half\\xED\\xA0\\x80.json"},
      {"a\nloads: 5 roles.json", "a\\x0Aloads: 5 roles.json"},
      {"\x1b[2J.json", "\\x1B[2J.json"},
      {"c1\xc2\x9b"
       "2J.json",
       "c1\\xC2\\x9B"
       "2J.json"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.shown);
    TempDir dir;
    dir.Write("a.json", R("A"));
    dir.Write(c.file, R("X"));
    options_.dir = dir.path();
    Start();
    EXPECT_EQ(Show(registry_->status().faults),
              absl::StrCat("InvalidFileName ", c.shown,
                           ": the name must be UTF-8 without control "
                           "characters\n"));
  }
  TempDir dir;
  dir.Write("caf\xc3\xa9.json", R("A"));
  dir.Write("caf\xe9.txt", "of no interest");
  options_.dir = dir.path();
  Start();
  EXPECT_THAT(Show(registry_->status().faults), IsEmpty());
}

}  // namespace
}  // namespace rolegate
