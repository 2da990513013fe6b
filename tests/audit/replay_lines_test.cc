// Replays of logs that are packed, large, damaged or made to do harm.

#include <zlib.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/log_reader.h"
#include "client/cli/replay_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/audit/replay_fixture.h"

namespace rolegate::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ReplayTest, ALogMayBePacked) {
  const std::string text = absl::StrCat(Issue(), Ask("ALLOW"));
  const std::string path = dir_.path("packed.gz");
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const auto count = [](const std::string& name, absl::Status* status) {
    AuditStream stream([](absl::string_view, absl::string_view) {});
    EXPECT_TRUE(stream.Open({name}).ok());
    PlacedEntry placed;
    int records = 0;
    while (stream.Next(&placed)) ++records;
    *status = stream.status();
    return records;
  };
  absl::Status status;
  EXPECT_EQ(count(path, &status), 2);
  EXPECT_TRUE(status.ok()) << status;
  const std::string packed = dir_.Read("packed.gz");
  const std::string cut =
      dir_.Write("cut.gz", packed.substr(0, packed.size() / 2));
  count(cut, &status);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cut.gz: cannot be read behind line"));
}

TEST_F(ReplayTest, LinesThatAreNoRecordsAreNamedByTheirNumber) {
  const std::string deep = absl::StrCat(R"({"kind":"authorize","x":)",
                                        std::string(100'000, '['), "}");
  const std::string log = absl::StrJoin(
      std::vector<std::string>{
          Issue() + "not json", "[]", R"({"kind":"authorize"})",
          R"({"timestamp":"2026-11-02T10:00:00Z"})",
          R"({"timestamp":"yesterday","kind":"authorize"})",
          "{\"timestamp\":\"2026-11-02T10:00:00Z\",\"kind\":\"\xff\"}",
          R"({"kind":"authorize","kind":"batch"})",
          R"({"timestamp":"2026-11-02T10:00:00Z","kind":"authorize",)"
          R"("context":{"a":{"b":1}}})",
          "{\"kind\":\"a\x1b[2J\"}", deep, "",
          absl::StrCat(R"({"kind":")", std::string(kMaxLogLine, 'x')),
          R"({"timestamp":"2026-11-02T10:00:00Z","kind":"au)"},
      "\n");
  Run({log}, ReaderWith(Allow("s3:*")));
  EXPECT_THAT(
      faults_,
      ElementsAre(
          "log0:2 column 2: not JSON: the text `ot` must stand in double "
          "quotes",
          "log0:3 is no audit record: no object",
          "log0:4 is no audit record: it has no `timestamp`",
          "log0:5 is no audit record: it has no `kind`",
          "log0:6 is no audit record: `timestamp` is not an RFC 3339 time",
          HasSubstr("log0:7 column "), "log0:8 column 21: duplicate key `kind`",
          "log0:9 is no audit record: `context` is not an object of lists",
          HasSubstr("log0:10 column "), HasSubstr("log0:11 column "),
          absl::StrCat("log0:13 is longer than ", kMaxLogLine, " bytes"),
          HasSubstr("log0:14 is cut off, for the log ends within it: ")));
  for (const std::string& fault : faults_) {
    EXPECT_THAT(fault, Not(HasSubstr("\x1b")));
    EXPECT_LT(fault.size(), 400u);
  }
  EXPECT_EQ(replay_->totals().decided, 1u);
  EXPECT_EQ(lines_, 14u);
}

// Whatever a byte becomes, each line is a record or a fault.
TEST_F(ReplayTest, NoLineIsLostWhateverItHolds) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::string good = absl::StrCat(
      Issue(R"(,"tags":{"Team":["red"]},"policy_arns":"a,b")"),
      Ask("ALLOW", R"(,"context":{"aws:SourceIp":["10.0.0.7"]},)"
                   R"("masked":["/context/a~1b"],"sample_rate":0.5)"));
  constexpr char kBytes[] = "\"{}[]:,\\u0~/\x01\x7f\xc3\xff 9-e";
  std::string log;
  constexpr int kCopies = 3000;
  for (int i = 0; i < kCopies; ++i) {
    std::string bad = good;
    for (std::uint64_t change = 0; change <= random() % 3; ++change) {
      char& at = bad[random() % bad.size()];
      if (at == '\n') continue;
      at = random() % 2 == 0 ? kBytes[random() % (sizeof(kBytes) - 1)]
                             : bad[random() % bad.size()];
      if (at == '\n') at = ' ';
    }
    log += bad;
  }
  const ReplayTotals& totals =
      Run({log}, ReaderWith(AllowIf("aws:SourceIp", "10.0.0.7"))).totals();
  std::uint64_t others = 0;
  for (const auto& [kind, count] : totals.other_kinds) others += count;
  EXPECT_EQ(lines_, std::uint64_t{2 * kCopies});
  EXPECT_EQ(totals.decided + totals.not_decided() + others + faults_.size(),
            lines_);
  EXPECT_GT(totals.decided, 100u);
  EXPECT_GT(faults_.size(), 100u);
}

TEST_F(ReplayTest, CloudTrailIsRefusedByItsName) {
  Run({R"({"eventVersion":"1.08","eventSource":"sts.amazonaws.com"})"},
      ReaderWith(Allow("s3:*")));
  EXPECT_TRUE(absl::IsUnimplemented(status_));
  EXPECT_THAT(std::string(status_.message()),
              HasSubstr("log0:1: is CloudTrail's format"));
}

TEST_F(ReplayTest, OtherKindsAreCountedAndWhatWasLost) {
  const std::string time = R"({"timestamp":"2026-11-02T10:00:00Z","kind":")";
  const Replay& replay =
      Run({absl::StrCat(time, R"(administration","decision":"ALLOW"})", "\n",
                        time, R"(audit_loss","lost":17})", "\n", time,
                        R"(of_a_later_version"})")},
          ReaderWith(Allow("s3:*")));
  EXPECT_EQ(replay.totals().decided, 0u);
  EXPECT_EQ(replay.totals().lost, 17u);
  EXPECT_EQ(replay.totals().other_kinds,
            (std::map<std::string, std::uint64_t>{
                {"administration", 1}, {"audit_loss", 1}, {"unknown", 1}}));
}

TEST_F(ReplayTest, GroupsBeyondTheirBoundAreCountedTogether) {
  std::string log = Issue();
  for (int i = 0; i < 1000; ++i) {
    log += absl::StrReplaceAll(Ask("ALLOW"), {{"b/k", absl::StrCat("b/", i)}});
  }
  const Replay& replay =
      Run({log}, ReaderWith(Allow("ec2:*")), "", std::size_t{64} << 10);
  std::uint64_t sum = 0;
  for (const Flip* flip : replay.Flips()) sum += flip->count;
  EXPECT_EQ(sum, 1000u);
  EXPECT_LT(replay.Flips().size(), 200u);
  EXPECT_EQ(replay.Flips()[0]->resource, "");
  EXPECT_EQ(replay.Flips()[0]->principal, RoleArn("Reader"));
  EXPECT_GT(replay.Flips()[0]->count, 800u);
  EXPECT_THAT(ReplayText(replay, {}), HasSubstr("(several)"));
}

TEST_F(ReplayTest, ReportsShowNoControlCharactersOfTheLog) {
  const std::string log = absl::StrCat(
      Issue(),
      absl::StrReplaceAll(
          Ask("ALLOW",
              R"(,"statement":{"policy":"p\u001b[2J\u009b","index":0})"),
          {{"b/k", "b/\\u001b]0;x\\u0007\\u2028|<b>`"}}));
  const Replay& replay = Run({log}, ReaderWith(Allow("ec2:*")));
  ASSERT_EQ(replay.Flips().size(), 1u);
  for (const std::string& report :
       {ReplayText(replay, {}), ReplayMarkdown(replay, {}),
        ReplayJson(replay, {})}) {
    for (const char* bad : {"\x1b", "\x07", "\xc2\x9b", "\xe2\x80\xa8"}) {
      EXPECT_THAT(report, Not(HasSubstr(bad)));
    }
    EXPECT_THAT(report, HasSubstr("b/"));
  }
  EXPECT_THAT(ReplayMarkdown(replay, {}), HasSubstr("&#124;&#60;b&#62;&#96;"));
}

// A report goes into the comments of a merge request, whose author wrote the
// registry that it shows.
TEST_F(ReplayTest, NothingOfALogOrARegistryIsMarkdown) {
  const std::string evil = "![i](http://x.example/i)<img src=x>@all *b*";
  const Replay& replay = Run(
      {absl::StrCat(
          Issue(),
          Ask("ALLOW", absl::StrCat(R"(,"statement":{"policy":")", evil,
                                    R"(|\\|`","sid":")", evil,
                                    R"(","index":0,"file":")", evil, "\"}")),
          absl::StrReplaceAll(Ask("ALLOW"), {{"s3:GetObject", evil + "`"}}))},
      ReaderWith(Allow("ec2:*")));
  ASSERT_EQ(replay.Flips().size(), 1u);
  ASSERT_EQ(replay.totals().not_decided(), 1u);
  const std::string report = ReplayMarkdown(replay, {});
  // What is left once code is taken out has no text of theirs.
  std::string rest = report;
  const auto take_out = [&rest](const std::string& begin,
                                const std::string& end) {
    for (std::size_t at = 0; (at = rest.find(begin)) != std::string::npos;) {
      const std::size_t last = rest.find(end, at + begin.size());
      ASSERT_NE(last, std::string::npos);
      const std::string code = rest.substr(at, last - at);
      ASSERT_EQ(code.find('\n'), std::string::npos);
      rest.erase(at, last + end.size() - at);
    }
  };
  take_out("`", "`");
  take_out("<code>", "</code>");
  for (const char* bad : {"![", "<img", "@all", "*b*", "`", "\\", "http:"}) {
    EXPECT_THAT(rest, Not(HasSubstr(bad)));
  }
  const std::string row = report.substr(report.find("| newly denied"));
  EXPECT_EQ(std::count(row.begin(), row.begin() + row.find('\n'), '|'), 8);
}

TEST_F(ReplayTest, HoweverSmallASampleItsEstimateIsANumber) {
  const std::string ask = absl::StrReplaceAll(
      Ask("ALLOW", R"(,"sample_rate":5e-324)"), {{"\n", ""}});
  const Replay& replay = Run({absl::StrCat(Issue(), ask, "\n", ask, "\n")},
                             ReaderWith(Allow("ec2:*")));
  rapidjson::Document json;
  EXPECT_FALSE(json.Parse(ReplayJson(replay, {}).c_str()).HasParseError());
  EXPECT_EQ(replay.totals().newly_denied, 2u);
}

}  // namespace
}  // namespace rolegate::cli
