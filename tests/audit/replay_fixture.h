// Logs that tests write, and what replays of them come to.

#ifndef ROLEGATE_TESTS_AUDIT_REPLAY_FIXTURE_H_
#define ROLEGATE_TESTS_AUDIT_REPLAY_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/audit_stream.h"
#include "client/cli/replay.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate::cli {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

inline std::shared_ptr<const Snapshot> Build(const std::string& entities) {
  const RegistryOptions options;
  Diagnostics faults;
  auto snapshot =
      BuildSnapshot({ParseRegistryFile(
                        "all.json", absl::StrCat("[", entities, "]"), options)},
                    options, &faults);
  EXPECT_NE(snapshot, nullptr) << (faults.empty() ? "" : ToString(faults[0]));
  return snapshot;
}

inline std::string ReaderWith(const std::string& permissions,
                              const std::string& trust = Trust(kEc2)) {
  return Role("Reader", trust, permissions);
}

// A statement with a condition that one key has one value.
inline std::string AllowIf(const std::string& key, const std::string& value) {
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition":
          {"StringEquals": {")",
      key, R"(": ")", value, R"("}}})"));
}

inline constexpr char kSession[] =
    R"("session":{"access_key_id":"RGSAAAAAAAAAAAAAAAAA","role_arn":"arn:aws:iam::)"
    R"(123456789012:role/Reader","session_name":"tour"})";

// The record that issued the session RGSAAAAAAAAAAAAAAAAA; `more` are members
// of `issued`.
inline std::string Issue(const std::string& more = "",
                         const std::string& members = "") {
  return absl::StrCat(
      R"({"timestamp":"2026-11-02T10:00:00.5Z","kind":"assume_role",)"
      R"("decision_id":"D0","caller":"ec2.amazonaws.com",)"
      R"("action":"sts:AssumeRole","resource":")",
      RoleArn("Reader"),
      R"(","context":{"sts:RoleSessionName":["tour"]},"decision":"ALLOW",)"
      R"("layers":{"trust":"ALLOW"},"issued":{"access_key_id":"RGSAAAAAAAAAAAAAAAAA",)"
      R"("role_arn":")",
      RoleArn("Reader"),
      R"(","session_name":"tour","expires_at":"2026-11-02T11:00:00Z")", more,
      "}", members, "}\n");
}

// A question of the session about s3:GetObject.
inline std::string Ask(const std::string& decision,
                       const std::string& more = "",
                       const std::string& who = kSession) {
  return absl::StrCat(
      R"({"timestamp":"2026-11-02T10:00:01Z","kind":"authorize",)"
      R"("decision_id":"D1",)",
      who, R"(,"action":"s3:GetObject","resource":"arn:aws:s3:::b/k",)",
      R"("decision":")", decision, R"(","layers":{"identity":")", decision,
      R"("})", more, "}\n");
}

class ReplayTest : public ::testing::Test {
 protected:
  // Replays logs one after the other in their order of time.
  const Replay& Run(const std::vector<std::string>& logs,
                    const std::string& entities,
                    const std::string& baseline = "",
                    std::size_t max_group_bytes = std::size_t{1} << 20) {
    registry_ = Build(entities);
    if (!baseline.empty()) baseline_ = Build(baseline);
    replay_ = std::make_unique<Replay>(*registry_, baseline_.get(),
                                       AccessOptions(), max_group_bytes);
    faults_.clear();
    AuditStream stream([&](absl::string_view place, absl::string_view fault) {
      faults_.push_back(absl::StrCat(
          absl::StrReplaceAll(place, {{dir_.path() + "/", ""}}), " ", fault));
    });
    std::vector<std::string> names;
    for (std::size_t i = 0; i < logs.size(); ++i) {
      names.push_back(dir_.Write(absl::StrCat("log", i), logs[i]));
    }
    EXPECT_TRUE(stream.Open(names).ok());
    PlacedEntry placed;
    while (stream.Next(&placed)) replay_->Take(std::move(placed));
    status_ = stream.status();
    lines_ = stream.lines();
    return *replay_;
  }

  // What stands in the way of the only record, or its verdict.
  std::string Outcome(const std::string& log, const std::string& entities) {
    const ReplayTotals& totals = Run({log}, entities).totals();
    for (std::size_t i = 1; i < kObstacleCount; ++i) {
      if (totals.undecided[i].count == 0) continue;
      return absl::StrCat(ObstacleName(static_cast<Obstacle>(i)), ": ",
                          totals.undecided[i].first_missing);
    }
    const auto flips = replay_->Flips();
    return flips.empty() ? "same" : SideText(flips[0]->is);
  }

  TempDir dir_;
  std::shared_ptr<const Snapshot> registry_;
  std::shared_ptr<const Snapshot> baseline_;
  std::unique_ptr<Replay> replay_;
  std::vector<std::string> faults_;
  absl::Status status_;
  std::uint64_t lines_ = 0;
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_TESTS_AUDIT_REPLAY_FIXTURE_H_
