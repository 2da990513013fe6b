// The generation that is kept: nobody but a server with the key makes one, and
// no crash, neighbour or change of keys loses it.

#include "engine/registry/last_good.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_seal.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::MakeTestSeal;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::TestSeal;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;

constexpr std::uint64_t kMaxBytes = 1 << 20;

std::vector<RegistryFileText> Files(const std::string& text = "text") {
  return {{"a.json", text}, {"team/b.json", "more"}};
}

class LastGood : public ::testing::Test {
 protected:
  LastGoodStore Store(std::uint64_t max_bytes = kMaxBytes) {
    return {dir_.path("kept"), seal_, max_bytes};
  }
  std::string Load() {
    const auto files = Store().Load();
    if (!files.ok()) return std::string(files.status().message());
    std::string all;
    for (const RegistryFileText& file : *files) {
      absl::StrAppend(&all, file.name, "=", file.text, " ");
    }
    return all;
  }
  std::string Kept() { return dir_.Read("kept/last-good"); }

  const std::string whole_ = "a.json=text team/b.json=more ";
  TempDir dir_;
  std::shared_ptr<TestSeal> seal_ = MakeTestSeal();
};

TEST_F(LastGood, IsLoadedAsItWasSaved) {
  EXPECT_THAT(Load(), HasSubstr("no generation is kept in"));
  ASSERT_TRUE(Store().Save(Files()).ok());
  EXPECT_EQ(Load(), whole_);
  struct stat st {};
  ASSERT_EQ(stat(dir_.path("kept").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  ASSERT_EQ(stat(dir_.path("kept/last-good").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(LastGood, AnyOtherByteIsRefused) {
  ASSERT_TRUE(Store().Save(Files()).ok());
  const std::string kept = Kept();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    std::string altered = kept;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    dir_.Write("kept/last-good", altered);
    EXPECT_FALSE(Store().Load().ok()) << i;
    dir_.Write("kept/last-good", kept.substr(0, i));
    EXPECT_FALSE(Store().Load().ok()) << i;
  }
  dir_.Write("kept/last-good", kept);
  EXPECT_EQ(Load(), whole_);
}

TEST_F(LastGood, WhatNoServerWithTheKeyWroteIsRefused) {
  const auto forge = [&](std::map<std::string, std::string> keys) {
    LastGoodStore other(dir_.path("kept"),
                        std::make_shared<TestSeal>(std::move(keys)), kMaxBytes);
    return other.Save(Files("forged")).ok();
  };
  struct {
    const char* name;
    std::function<void()> make;
    const char* message;
  } const kCases[] = {
      {"the format without a MAC",
       [&] {
         dir_.Write("kept/last-good", absl::StrCat("rolegate-last-good 1 ",
                                                   std::string(64, '0'), "\n"));
       },
       "was kept by an older release, without a MAC: remove it"},
      {"another key of the same name",
       [&] {
         ASSERT_TRUE(forge({{"k1", "guessed"}}));
       },
       "is damaged, or was not written by a server with this one's sealing "
       "keys"},
      {"a key that nobody has",
       [&] {
         ASSERT_TRUE(forge({{"k9", "x"}}));
       },
       "under a sealing key that is not there any more"},
      {"a link to a good one",
       [&] {
         fs::rename(dir_.path("kept/last-good"), dir_.path("elsewhere"));
         fs::create_symlink(dir_.path("elsewhere"),
                            dir_.path("kept/last-good"));
       },
       "is a link and no plain file"},
      {"a pipe",
       [&] {
         dir_.Remove("kept/last-good");
         mkfifo(dir_.path("kept/last-good").c_str(), 0600);
       },
       "is no plain file"},
      {"a folder",
       [&] {
         dir_.Remove("kept/last-good");
         fs::create_directories(dir_.path("kept/last-good"));
       },
       "is no plain file"},
      {"more than fits",
       [&] { dir_.Write("kept/last-good", std::string(kMaxBytes + 1, 'x')); },
       "is larger than 1048576 bytes"},
      {"a folder that others may write",
       [&] { chmod(dir_.path("kept").c_str(), 0770); },
       "must belong to the server's user and be open to nobody else"},
      {"a folder that others may read",
       [&] { chmod(dir_.path("kept").c_str(), 0705); },
       "must belong to the server's user and be open to nobody else"},
      {"a link to a folder",
       [&] {
         fs::rename(dir_.path("kept"), dir_.path("elsewhere"));
         fs::create_symlink("elsewhere", dir_.path("kept"));
       },
       "cannot open the folder"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    dir_.Remove("kept");
    dir_.Remove("elsewhere");
    ASSERT_TRUE(Store().Save(Files()).ok());
    c.make();
    EXPECT_THAT(Load(), HasSubstr(c.message));
  }
}

TEST_F(LastGood, WithoutAKeyNothingIsKept) {
  seal_ = nullptr;
  EXPECT_THAT(std::string(Store().Save(Files()).message()),
              HasSubstr("needs a sealing key"));
  EXPECT_THAT(Load(), HasSubstr("needs a sealing key"));
  EXPECT_FALSE(fs::exists(dir_.path("kept")));
}

TEST_F(LastGood, ACrashWhileItIsWrittenLeavesTheOneBefore) {
  ASSERT_TRUE(Store().Save(Files()).ok());
  const std::string left = dir_.Write("kept/last-good.new.7.0", "half");
  EXPECT_EQ(Load(), whole_);
  ASSERT_TRUE(Store().Save(Files("next")).ok());
  EXPECT_TRUE(fs::exists(left)) << "another server may be writing it";
  fs::last_write_time(left,
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  ASSERT_TRUE(Store().Save(Files("next")).ok());
  EXPECT_FALSE(fs::exists(left));
  EXPECT_EQ(Load(), "a.json=next team/b.json=more ");
}

TEST_F(LastGood, ReplicasMayShareTheFolder) {
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&, i] {
      LastGoodStore store = Store();
      for (int n = 0; n < 30; ++n) {
        EXPECT_TRUE(
            store.Save(Files(std::string(4096, static_cast<char>('a' + i))))
                .ok());
        EXPECT_TRUE(store.Load().ok());
      }
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_THAT(Load(), HasSubstr("team/b.json=more"));
  int files = 0;
  for (const auto& file : fs::directory_iterator(dir_.path("kept"))) {
    static_cast<void>(file);
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST_F(LastGood, OutlivesTheRotationOfKeys) {
  LastGoodStore store = Store();
  ASSERT_TRUE(store.Save(Files()).ok());
  seal_->SetKeys({{"k1", "secret one"}, {"k2", "secret two"}});
  EXPECT_EQ(Load(), whole_) << "the old key verifies still";
  ASSERT_TRUE(store.Renew().ok());
  seal_->SetKeys({{"k2", "secret two"}});
  EXPECT_EQ(Load(), whole_) << "it was signed again";
  EXPECT_TRUE(store.Renew().ok());

  // A key that is taken away before anybody looked.
  seal_->SetKeys({{"k3", "secret three"}});
  EXPECT_TRUE(absl::IsDataLoss(store.Renew()));
  EXPECT_TRUE(store.Renew().ok()) << "said once";
}

class LastGoodRegistry : public LastGood {
 protected:
  LastGoodRegistry() {
    dir_.Write("r/a.json", Role("A", Trust(kEc2), Allow("s3:*")));
    options_.dir = dir_.path("r");
    options_.reload = ReloadMode::kAuto;
    options_.poll = absl::Milliseconds(50);
    options_.last_good_dir = dir_.path("kept");
    options_.last_good_seal = seal_;
  }
  RegistryOptions options_;
};

TEST_F(LastGoodRegistry, AForgedOneIsNoRegistry) {
  LastGoodStore forger(dir_.path("kept"),
                       std::make_shared<TestSeal>(
                           std::map<std::string, std::string>{{"k1", "x"}}),
                       kMaxBytes);
  ASSERT_TRUE(
      forger.Save({{"evil.json", Role("Evil", Trust(kEc2), Allow("*"))}}).ok());
  dir_.Write("r/broken.json", "{");
  Registry registry(options_);
  registry.Start();
  EXPECT_FALSE(registry.status().loaded);
  EXPECT_EQ(registry.snapshot(), nullptr);
  std::string faults;
  for (const Diagnostic& fault : registry.status().faults) {
    absl::StrAppend(&faults, ToString(fault), "\n");
  }
  EXPECT_THAT(faults, HasSubstr("was not written by a server with this one's"));
}

TEST_F(LastGoodRegistry, IsKeptUnderTheKeyThatSignsNow) {
  {
    Registry registry(options_);
    registry.Start();
    ASSERT_TRUE(registry.status().loaded);
    // k1 is taken away at once: the generation is kept anew under k2.
    seal_->SetKeys({{"k2", "secret two"}});
    for (int i = 0; i < 200 && !Store().Load().ok(); ++i) {
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
  dir_.Write("r/broken.json", "{");
  Registry registry(options_);
  registry.Start();
  EXPECT_TRUE(registry.status().from_last_good);
  EXPECT_NE(registry.snapshot()->FindRole(RoleArn("A")), nullptr);
}

TEST_F(LastGoodRegistry, WhatCannotBeKeptIsAFinding) {
  fs::create_directory(dir_.path("kept"));
  chmod(dir_.path("kept").c_str(), 0755);
  Registry registry(options_);
  registry.Start();
  EXPECT_TRUE(registry.status().loaded);
  ASSERT_EQ(registry.status().findings.size(), 1u);
  EXPECT_THAT(registry.status().findings[0].message,
              HasSubstr("be open to nobody else"));
  chmod(dir_.path("kept").c_str(), 0700);
  EXPECT_TRUE(registry.Reload().findings.empty());
}

}  // namespace
}  // namespace rolegate
