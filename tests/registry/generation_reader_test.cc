// What a reading of the registry's directory builds upon: the states that the
// reader can be in, and what may be taken over from the reading before.

#include "engine/registry/generation_reader.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/known_files.h"
#include "engine/registry/reading_basis.h"
#include "engine/registry/snapshot_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::kEc2;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::IsEmpty;
using State = ReadingBasis::State;

TEST(ReadingBasis, EachStateAndWhatLeadsOutOfIt) {
  const auto snapshot = EmptySnapshot();
  const auto set = [&](ReadingBasis& basis) { basis.Set(snapshot); };
  const auto outdate = [](ReadingBasis& basis) { basis.Outdate(); };
  const auto lose = [](ReadingBasis& basis) { basis.Lose(); };
  const struct {
    const char* description;
    std::vector<std::function<void(ReadingBasis&)>> steps;
    State state;
  } kCases[] = {
      {"nothing was read", {}, State::kNothing},
      {"a clean reading", {set}, State::kCurrent},
      {"something changed that nobody named", {set, outdate}, State::kOutdated},
      {"and again", {set, outdate, outdate}, State::kOutdated},
      {"it was read", {set, outdate, set}, State::kCurrent},
      {"it has faults", {set, outdate, lose}, State::kNothing},
      {"files changed while they were read", {set, lose}, State::kNothing},
      {"a change does not bring back what is lost",
       {set, lose, outdate},
       State::kNothing},
      {"a change before the first reading", {outdate}, State::kNothing},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    ReadingBasis basis;
    for (const auto& step : c.steps) step(basis);
    EXPECT_EQ(basis.state(), c.state);
    EXPECT_EQ(basis.is_current(), c.state == State::kCurrent);
    EXPECT_EQ(basis.snapshot(),
              c.state == State::kNothing ? nullptr : snapshot);
  }
}

TEST(KnownFiles, AFileIsUnchangedOnlyIfItsTimesTellSo) {
  FileState state;
  state.inode = 7;
  state.size = 3;
  FileState other = state;
  other.size = 4;
  FileState racy = state;
  racy.racy = true;
  const auto file = ParseRegistryFile("a.json", "[]", RegistryOptions());
  const struct {
    const char* description;
    FileState known;
    const char* name;
    FileState state;
    bool unchanged;
  } kCases[] = {
      {"the same state", state, "a.json", state, true},
      {"another size", state, "a.json", other, false},
      {"another name", state, "b.json", state, false},
      {"written a moment before it was read", racy, "a.json", state, false},
      {"a state that nobody knows", FileState(), "a.json", state, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    KnownFiles known;
    known.Put(c.known, file);
    EXPECT_EQ(known.IsUnchanged(c.name, c.state), c.unchanged);
  }
}

TEST(KnownFiles, ItHoldsOneFileOfAName) {
  KnownFiles known;
  const auto first = ParseRegistryFile("a.json", "[]", RegistryOptions());
  const auto second = ParseRegistryFile("a.json", "[ ]", RegistryOptions());
  known.Put(FileState(), first);
  known.Put(FileState(), second);
  EXPECT_EQ(known.size(), 1U);
  EXPECT_EQ(known.Find("a.json"), second);
  EXPECT_EQ(known.FindContent("a.json", second->content_digest), second);
  EXPECT_EQ(known.FindContent("a.json", first->content_digest), nullptr);
  known.Remove("b.json");
  EXPECT_EQ(known.size(), 1U);
  known.Remove("a.json");
  EXPECT_EQ(known.Find("a.json"), nullptr);
  EXPECT_EQ(known.size(), 0U);
}

std::string RoleOf(const std::string& account, const std::string& more = "") {
  return absl::StrCat(R"({"RoleName": "R", "Arn": ")",
                      testing::RoleArn("R", account), R"(", "RoleId": "AROA)",
                      account, R"(", "AssumeRolePolicyDocument": )",
                      Trust(kEc2), more, "}");
}

// Team A's folder has a fault, and so the snapshot in force has an older file
// in its place.
class HeldFolder : public ::testing::Test {
 protected:
  HeldFolder() {
    dir_.Write("team-a/r.json", RoleOf("111111111111"));
    dir_.Write("team-b/r.json", RoleOf("222222222222"));
    RegistryOptions options;
    options.dir = dir_.path();
    options.fence_faults = FenceFaults::kHoldFolder;
    for (const auto& [path, account] : {std::pair{"team-a", "111111111111"},
                                        std::pair{"team-b", "222222222222"}}) {
      Fence fence;
      fence.path = path;
      fence.accounts = {account};
      options.fences.push_back(fence);
    }
    reader_.emplace(std::move(options));
  }

  // Waits until the times of files tell whether they were written again.
  static void Rest() { absl::SleepFor(absl::Milliseconds(60)); }

  Generation ReadHeld() {
    reader_->Read();
    dir_.Write("team-a/r.json", "{");
    Rest();
    return reader_->Read();
  }

  TempDir dir_;
  std::optional<GenerationReader> reader_;
};

MATCHER(HoldsTeamA, "") {
  return arg.snapshot != nullptr && arg.held.size() == 1 &&
         arg.held[0].path == "team-a" && arg.faults.size() == 1 &&
         arg.faults[0].file == "team-a/r.json";
}

TEST_F(HeldFolder, ReadingTheSameFilesAgainTellsItsFaultsAgain) {
  ASSERT_THAT(ReadHeld(), HoldsTeamA());
  const Generation again = reader_->Read();
  EXPECT_THAT(again, HoldsTeamA());
  EXPECT_FALSE(again.changed);
}

TEST_F(HeldFolder, NoUpdateForgetsIt) {
  ASSERT_THAT(ReadHeld(), HoldsTeamA());
  dir_.Write("team-b/r.json", RoleOf("222222222222", R"(, "Tags": [])"));
  EXPECT_FALSE(reader_->ReadChanged({"team-b/r.json"}).has_value());
  EXPECT_THAT(reader_->Read(), HoldsTeamA());
}

TEST_F(HeldFolder, WithoutTheFaultAnUpdateIsEnough) {
  reader_->Read();
  dir_.Write("team-b/r.json", RoleOf("222222222222", R"(, "Tags": [])"));
  const std::optional<Generation> updated =
      reader_->ReadChanged({"team-b/r.json"});
  ASSERT_TRUE(updated.has_value());
  EXPECT_TRUE(updated->changed);
  EXPECT_THAT(updated->held, IsEmpty());
}

TEST(GenerationReader, KeptTextsLoadOrSayThatTheyHaveFaults) {
  const GenerationReader reader{RegistryOptions()};
  const struct {
    const char* description;
    std::vector<RegistryFileText> texts;
    std::string error;
  } kCases[] = {
      {"a role", {{"a.json", RoleOf("111111111111")}}, ""},
      {"no JSON",
       {{"a.json", "{"}},
       "the generation kept in last_good_dir has faults"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    const auto snapshot = reader.ReadKept(c.texts);
    EXPECT_EQ(snapshot.status().message(), c.error);
    if (snapshot.ok()) {
      EXPECT_EQ((*snapshot)->roles().size(), 1U);
    }
  }
}

}  // namespace
}  // namespace rolegate
