// A log that is followed while it is written, rotated and cut off.

#include "client/cli/log_follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/log_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rolegate::cli {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogFollowerTest : public ::testing::Test {
 protected:
  void Append(const std::string& text) const {
    std::ofstream(dir_.path("log"), std::ios::app) << text;
  }
  std::unique_ptr<LogFollower> Follow(std::size_t lines) const {
    auto follower = LogFollower::Open(dir_.path("log"), lines);
    EXPECT_TRUE(follower.ok()) << follower.status();
    return *std::move(follower);
  }
  static std::vector<std::string> Take(LogFollower& follower) {
    std::vector<std::string> lines;
    LogLine line;
    while (follower.Next(&line)) {
      lines.push_back(line.is_too_long ? "too long" : line.text);
    }
    return lines;
  }

  TempDir dir_;
};

TEST_F(LogFollowerTest, BeginsBeforeTheLastLines) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += absl::StrCat("line ", i, "\n");
  Append(text);
  EXPECT_THAT(Take(*Follow(2)), ElementsAre("line 29998", "line 29999"));
  EXPECT_THAT(Take(*Follow(0)), IsEmpty());
  EXPECT_EQ(Take(*Follow(20'000)).size(), 20'000u);
  EXPECT_EQ(Take(*Follow(50'000)).size(), 30'000u);
}

TEST_F(LogFollowerTest, TakesWholeLinesOnly) {
  Append("one\ntw");
  const auto follower = Follow(10);
  EXPECT_THAT(Take(*follower), ElementsAre("one"));
  Append("o\nthree");
  EXPECT_THAT(Take(*follower), ElementsAre("two"));
  LogLine line;
  ASSERT_TRUE(follower->TakeRest(&line));
  EXPECT_EQ(line.text, "three");
  EXPECT_TRUE(line.is_unterminated);
}

TEST_F(LogFollowerTest, GoesOnWithTheNextFileOnceTheOldOneIsRead) {
  Append("one\n");
  const auto follower = Follow(10);
  EXPECT_THAT(Take(*follower), ElementsAre("one"));
  Append("two\n");
  std::filesystem::rename(dir_.path("log"), dir_.path("log.1"));
  EXPECT_THAT(Take(*follower), ElementsAre("two"));
  // The writer has the old file until it opens the new one.
  std::ofstream(dir_.path("log.1"), std::ios::app) << "three\n";
  EXPECT_THAT(Take(*follower), ElementsAre("three"));
  std::ofstream(dir_.path("log.1"), std::ios::app) << "four\n";
  Append("five\n");
  EXPECT_THAT(Take(*follower), ElementsAre("four", "five"));
  EXPECT_FALSE(follower->WasTruncated());
}

TEST_F(LogFollowerTest, BeginsAnewAfterTheFileWasCutOff) {
  Append("one\ntwo\n");
  const auto follower = Follow(10);
  EXPECT_THAT(Take(*follower), ElementsAre("one", "two"));
  ASSERT_EQ(truncate(dir_.path("log").c_str(), 0), 0);
  Append("three\n");
  EXPECT_THAT(Take(*follower), ElementsAre("three"));
  EXPECT_TRUE(follower->WasTruncated());
  EXPECT_FALSE(follower->WasTruncated());
}

TEST_F(LogFollowerTest, SkipsALineThatIsTooLong) {
  Append("one\n");
  const auto follower = Follow(10);
  EXPECT_THAT(Take(*follower), ElementsAre("one"));
  for (int i = 0; i < 20; ++i) {
    Append(std::string(std::size_t{1} << 20, 'x'));
    EXPECT_THAT(Take(*follower), IsEmpty());
  }
  Append("\ntwo\n");
  EXPECT_THAT(Take(*follower), ElementsAre("too long", "two"));
}

TEST_F(LogFollowerTest, TellsOfALineThatIsTooLongAndHasNoEnd) {
  Append("one\n" + std::string(kMaxLogLine + 1, 'x'));
  const auto follower = Follow(10);
  EXPECT_THAT(Take(*follower), ElementsAre("one"));
  LogLine line;
  ASSERT_TRUE(follower->TakeRest(&line));
  EXPECT_TRUE(line.is_too_long);
  EXPECT_FALSE(follower->TakeRest(&line));
}

TEST_F(LogFollowerTest, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(LogFollower::Open(dir_.path("none"), 1).status().message(),
            absl::StrCat(dir_.path("none"), ": No such file or directory"));
}

// The lines of a pipe are shown as they come, and not once a buffer is full.
TEST_F(LogFollowerTest, APipeGivesALineBeforeItsWriterEnds) {
  const std::string path = dir_.path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int writer = open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  ASSERT_EQ(write(writer, "one\ntwo", 7), 7);
  std::atomic<bool> ended{false};
  std::thread end([&] {
    absl::SleepFor(absl::Seconds(1));
    ended = true;
    close(writer);
  });
  const auto reader = LogReader::Open(path);
  ASSERT_TRUE(reader.ok());
  LogLine line;
  ASSERT_TRUE((*reader)->Next(&line));
  EXPECT_EQ(line.text, "one");
  EXPECT_FALSE(ended);
  ASSERT_TRUE((*reader)->Next(&line));
  EXPECT_EQ(line.text, "two");
  EXPECT_TRUE(line.is_unterminated);
  EXPECT_FALSE((*reader)->Next(&line));
  end.join();
}

}  // namespace
}  // namespace rolegate::cli
