// What changed with the last generations, as operators see it.

#include "engine/registry/generation_history.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;
using ::testing::IsEmpty;

struct FileText {
  std::string name;
  std::string text;
};

std::vector<std::shared_ptr<const ParsedFile>> Parse(
    const std::vector<FileText>& texts) {
  std::vector<std::shared_ptr<const ParsedFile>> files;
  for (const FileText& each : texts) {
    files.push_back(ParseRegistryFile(each.name, each.text, RegistryOptions()));
    EXPECT_TRUE(files.back()->faults.empty()) << each.name;
  }
  return files;
}

std::string RoleOf(const std::string& name,
                   const std::string& action = "s3:*") {
  return testing::Role(name, Trust(testing::kEc2), Allow(action));
}
std::string UserOf(const std::string& name) {
  return absl::StrCat(R"({"UserName": ")", name,
                      R"(", "Arn": "arn:aws:iam::123456789012:user/)", name,
                      R"("})");
}
std::string PolicyOf(const std::string& action) {
  return absl::StrCat(
      R"({"PolicyName": "p", "Arn": "arn:aws:iam::123456789012:policy/p", )",
      R"("PolicyDocument": )", Allow(action), "}");
}
constexpr char kRevocation[] =
    R"({"RevokedSessions": [{"SourceIdentity": "ann", "Reason": "left"}]})";

std::string Show(absl::string_view what, const ChangedNames& names) {
  if (names.count == 0) return "";
  return absl::StrCat(
      what, absl::StrJoin(names.names, ","),
      names.count > names.names.size() ? absl::StrCat(" of ", names.count) : "",
      ";");
}
std::string Show(absl::string_view kind, const ChangesOfKind& changes) {
  const std::string text =
      absl::StrCat(Show("+", changes.added), Show("-", changes.removed),
                   Show("~", changes.changed));
  return text.empty() ? "" : absl::StrCat(kind, " ", text);
}
std::string Show(const GenerationChanges& changes) {
  return absl::StrCat(
      Show("roles", changes.roles), Show("users", changes.users),
      Show("groups", changes.groups), Show("policies", changes.policies),
      Show("files", changes.files));
}

TEST(GenerationChanges, NamesWhatCameWentAndChanged) {
  const std::string a = RoleArn("A");
  const std::string b = RoleArn("B");
  const struct {
    const char* description;
    std::vector<FileText> before;
    std::vector<FileText> after;
    std::string shown;
  } kCases[] = {
      {"nothing", {{"a", RoleOf("A")}}, {{"a", RoleOf("A")}}, ""},
      {"only white space",
       {{"a", RoleOf("A")}},
       {{"a", RoleOf("A") + "\n"}},
       ""},
      {"a role came",
       {{"a", RoleOf("A")}},
       {{"a", RoleOf("A")}, {"b", RoleOf("B")}},
       absl::StrCat("roles +", b, ";")},
      {"a role went",
       {{"a", RoleOf("A")}, {"b", RoleOf("B")}},
       {{"a", RoleOf("A")}},
       absl::StrCat("roles -", b, ";")},
      {"a role changed",
       {{"a", RoleOf("A")}},
       {{"a", RoleOf("A", "s3:Get*")}},
       absl::StrCat("roles ~", a, ";")},
      {"a role moved to another file",
       {{"a", RoleOf("A")}},
       {{"b", RoleOf("A")}},
       ""},
      {"a role moved and changed",
       {{"a", RoleOf("A")}},
       {{"b", RoleOf("A", "s3:Get*")}},
       absl::StrCat("roles ~", a, ";")},
      {"one of many in a file",
       {{"a", absl::StrCat("[", RoleOf("A"), ",", RoleOf("B"), "]")}},
       {{"a", absl::StrCat("[", RoleOf("B"), "]")}},
       absl::StrCat("roles -", a, ";")},
      {"a user and a policy",
       {{"a", UserOf("ann")}, {"p", PolicyOf("s3:*")}},
       {{"a", UserOf("bob")}, {"p", PolicyOf("s3:Get*")}},
       "users +arn:aws:iam::123456789012:user/bob;"
       "-arn:aws:iam::123456789012:user/ann;"
       "policies ~arn:aws:iam::123456789012:policy/p;"},
      {"what has no name of its own",
       {{"a", RoleOf("A")}},
       {{"a", RoleOf("A")}, {"revoked", kRevocation}},
       "files +revoked;"},
      {"more names than are kept",
       {},
       {{"a", absl::StrCat("[", RoleOf("A"), ",", RoleOf("B"), ",", RoleOf("C"),
                           "]")}},
       absl::StrCat("roles +", a, ",", b, " of 3;")},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(Show(ChangesBetween(ContentTree(Parse(c.before)),
                                  ContentTree(Parse(c.after)), 2)),
              c.shown);
  }
}

// A registry that is read again and again.
class History : public ::testing::Test {
 protected:
  void Load(const std::vector<FileText>& files) {
    Diagnostics faults;
    snapshot_ = BuildSnapshot(Parse(files), RegistryOptions(), &faults);
    ASSERT_NE(snapshot_, nullptr);
    status_ = RegistryStatus();
    status_.loaded = true;
    status_.revision = snapshot_->revision();
    status_.loaded_at = now_;
    status_.counts = snapshot_->counts();
    Note();
  }
  void HoldBack(std::size_t faults) {
    status_.held_back = true;
    status_.faults.assign(faults, Diagnostic());
    Note();
  }
  void Note() {
    history_.Note(status_, snapshot_.get(), now_);
    now_ += absl::Seconds(1);
  }

  std::string Shown() const {
    std::vector<std::string> lines;
    for (const GenerationRecord& record : history_.Recent()) {
      lines.push_back(absl::StrCat(
          absl::ToUnixSeconds(record.time), "-",
          absl::ToUnixSeconds(record.last_read), " ", record.times, " ",
          record.in_force ? "in force" : "held back",
          record.first ? ", first" : "",
          record.from_last_good ? ", from last good" : "",
          record.fault_count > 0
              ? absl::StrCat(", ", record.fault_count, " faults")
              : "",
          record.changes.empty() ? "" : ", ", Show(record.changes)));
    }
    return absl::StrJoin(lines, "\n");
  }

  std::shared_ptr<const Snapshot> snapshot_;
  RegistryStatus status_;
  GenerationHistory history_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(History, TellsTheNewestFirst) {
  EXPECT_EQ(Shown(), "");
  Load({{"a", RoleOf("A")}});
  Load({{"a", RoleOf("A")}, {"b", RoleOf("B")}});
  EXPECT_EQ(Shown(), absl::StrCat("1-1 1 in force, roles +", RoleArn("B"),
                                  ";\n0-0 1 in force, first"));
}

TEST_F(History, AReadingThatChangedNothingIsNotNoted) {
  Load({{"a", RoleOf("A")}});
  Load({{"a", RoleOf("A")}});
  EXPECT_EQ(Shown(), "0-0 1 in force, first");
}

TEST_F(History, ARowOfHeldBackGenerationsIsOne) {
  Load({{"a", RoleOf("A")}});
  HoldBack(1);
  HoldBack(2);
  Load({{"a", RoleOf("A")}});
  HoldBack(12);
  EXPECT_EQ(Shown(),
            "4-4 1 held back, 12 faults\n"
            "3-3 1 in force\n"
            "1-2 2 held back, 2 faults\n"
            "0-0 1 in force, first");
  EXPECT_EQ(history_.Recent()[0].faults.size(), GenerationHistory::kMaxFaults);
}

TEST_F(History, NothingInForceFromTheStart) {
  HoldBack(1);
  EXPECT_EQ(Shown(), "0-0 1 held back, 1 faults");
  Load({{"a", RoleOf("A")}});
  EXPECT_EQ(Shown(), "1-1 1 in force, first\n0-0 1 held back, 1 faults");
}

TEST_F(History, WhatAnEarlierRunKeptIsWhatTheNextOneChanges) {
  Diagnostics faults;
  snapshot_ =
      BuildSnapshot(Parse({{"a", RoleOf("A")}}), RegistryOptions(), &faults);
  status_.loaded = true;
  status_.from_last_good = true;
  HoldBack(1);
  Load({{"a", RoleOf("A")}, {"b", RoleOf("B")}});
  EXPECT_EQ(Shown(), absl::StrCat("1-1 1 in force, roles +", RoleArn("B"),
                                  ";\n0-0 1 held back, from last good, 1 "
                                  "faults"));
}

TEST_F(History, FoldersThatAreHeldBackAreToldWithWhatIsInForce) {
  Load({{"a", RoleOf("A")}});
  status_.faults.assign(1, Diagnostic());
  Note();
  EXPECT_EQ(Shown(), "0-1 1 in force, 1 faults\n0-0 1 in force, first");
}

TEST_F(History, KeepsSoManyRecords) {
  for (int i = 0; i < 50; ++i) {
    Load({{"a", RoleOf("A", absl::StrCat("s3:Get", i))}});
  }
  const auto records = history_.Recent();
  ASSERT_EQ(records.size(), GenerationHistory::kMaxRecords);
  EXPECT_EQ(absl::ToUnixSeconds(records.front().time), 49);
}

}  // namespace
}  // namespace rolegate
