// What the filters of `rolegate audit` take and leave, and what people see.

#include "client/cli/audit_filter.h"

#include <string>
#include <vector>

#include "client/cli/audit_groups.h"
#include "client/cli/audit_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRecord[] =
    R"({"timestamp":"2026-11-02T10:00:00.25Z","kind":"authorize",)"
    R"("decision_id":"D1","trace_id":"4bf9","caller":)"
    R"("arn:aws:sts::123456789012:assumed-role/Reader/tour","session":)"
    R"({"access_key_id":"RGSA1","role_arn":)"
    R"("arn:aws:iam::123456789012:role/team/Reader","session_name":"tour"},)"
    R"("action":"s3:GetObject","resource":"arn:aws:s3:::b/secret/a",)"
    R"("decision":"IMPLICIT_DENY","reason":"User: x is not authorized to )"
    R"(perform: s3:GetObject because no identity-based policy allows it",)"
    R"("layers":{"identity":"IMPLICIT_DENY"}})";

AuditEntry Parse(const std::string& line) {
  absl::StatusOr<AuditEntry> entry = ParseAuditEntry(line);
  EXPECT_TRUE(entry.ok()) << entry.status();
  return *std::move(entry);
}

TEST(AuditFilterTest, PatternsAreThoseOfPolicies) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } rows[] = {
      {"*", "anything", true},
      {"arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b", true},
      {"arn:aws:s3:::b/?", "arn:aws:s3:::b/a", true},
      {"arn:aws:s3:::b/?", "arn:aws:s3:::b/ab", false},
      {"arn:aws:s3:::b/?", "arn:aws:s3:::b/\xc3\xa4", true},
      {"*/secret/*", "arn:aws:s3:::b/secret/a", true},
      {"arn:aws:s3:::B/*", "arn:aws:s3:::b/a", false},
      // No wildcard of an ARN goes beyond one of its first five parts.
      {"arn:*:b/a", "arn:aws:s3:::b/a", false},
      {"arn:*:s3:*:*:b/a", "arn:aws:s3:::b/a", true},
      {"", "", true},
      {"", "a", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(MatchesPattern(row.pattern, row.text), row.matches)
        << row.pattern << " " << row.text;
  }
}

TEST(AuditFilterTest, MomentsAreTimesDaysAndHowLongAgo) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const struct {
    const char* text;
    const char* time;  // null: none
  } rows[] = {
      {"2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z"},
      {"2026-11-02T10:00:00.5+02:00", "2026-11-02T08:00:00.500Z"},
      {"2026-11-02", "2026-11-02T00:00:00Z"},
      {"1h", "2027-01-15T07:00:00Z"},
      {"1h30m", "2027-01-15T06:30:00Z"},
      {"7d", "2027-01-08T08:00:00Z"},
      {"0.5d", "2027-01-14T20:00:00Z"},
      {"yesterday", nullptr},
      {"-1h", nullptr},
      {"inf", nullptr},
      {"-1d", nullptr},
      {"", nullptr},
  };
  for (const auto& row : rows) {
    const auto moment = ParseMoment(row.text, now);
    ASSERT_EQ(moment.has_value(), row.time != nullptr) << row.text;
    if (moment.has_value()) {
      EXPECT_EQ(ShowTime(*moment), row.time);
    }
  }
}

TEST(AuditFilterTest, ARecordMatchesEachKindOfFilterByAnyOfItsValues) {
  const AuditEntry entry = Parse(kRecord);
  const absl::Time time = entry.time;
  const struct {
    const char* description;
    AuditFilter filter;
    bool matches;
  } rows[] = {
      {"no filter", {}, true},
      {"the caller", {.principals = {"*assumed-role/Reader/*"}}, true},
      {"the caller's role", {.principals = {"*:role/team/Reader"}}, true},
      {"somebody else", {.principals = {"*Writer*"}}, false},
      {"one of two", {.principals = {"*Writer*", "*Reader*"}}, true},
      {"an action in another letter case", {.actions = {"S3:get*"}}, true},
      {"another action", {.actions = {"s3:Put*"}}, false},
      {"a resource", {.resources = {"arn:aws:s3:::b/secret/*"}}, true},
      {"a resource in another letter case",
       {.resources = {"arn:aws:s3:::b/SECRET/*"}},
       false},
      {"any denial", {.decisions = {"deny"}}, true},
      {"this denial", {.decisions = {"IMPLICIT_DENY"}}, true},
      {"the other denial", {.decisions = {"EXPLICIT_DENY"}}, false},
      {"what allows", {.decisions = {"ALLOW"}}, false},
      {"the kind", {.kinds = {"batch", "authorize"}}, true},
      {"another kind", {.kinds = {"assume_role"}}, false},
      {"the decision", {.decision_id = "D1"}, true},
      {"another decision", {.decision_id = "D"}, false},
      {"the trace", {.trace_id = "4bf9"}, true},
      {"another trace", {.trace_id = "4bf8"}, false},
      {"the session", {.access_key_id = "RGSA1"}, true},
      {"another session", {.access_key_id = "RGSA2"}, false},
      {"since then", {.since = time}, true},
      {"after then", {.since = time + absl::Nanoseconds(1)}, false},
      {"before then", {.until = time}, false},
      {"until after then", {.until = time + absl::Nanoseconds(1)}, true},
      {"both of two kinds",
       {.actions = {"s3:*"}, .resources = {"arn:aws:s3:::other/*"}},
       false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(row.filter.Matches(entry), row.matches) << row.description;
  }
}

TEST(AuditTextTest, ALineForPeople) {
  EXPECT_EQ(EntryText(Parse(kRecord)),
            "2026-11-02T10:00:00.250Z  IMPLICIT_DENY  "
            "arn:aws:sts::123456789012:assumed-role/Reader/tour  s3:GetObject  "
            "arn:aws:s3:::b/secret/a  no identity-based policy allows it");
  EXPECT_EQ(EntryText(Parse(
                R"({"timestamp":"2026-11-02T10:00:00Z","kind":"audit_loss",)"
                R"("lost":3})")),
            "2026-11-02T10:00:00Z  LOST           -  -  -  3 records");
  EXPECT_EQ(
      EntryText(Parse(
          R"({"timestamp":"2026-11-02T10:00:00Z","kind":"authentication",)"
          R"("peer":"10.0.0.7","decision":"IMPLICIT_DENY","layers":{},)"
          R"("error":"ExpiredToken","reason":"the session has expired"})")),
      "2026-11-02T10:00:00Z  IMPLICIT_DENY  10.0.0.7  -  -  "
      "ExpiredToken: the session has expired");
}

TEST(AuditTextTest, NothingOfALogControlsATerminal) {
  const std::string line =
      "{\"timestamp\":\"2026-11-02T10:00:00Z\",\t\"kind\":\"authorize\","
      "\"caller\":\"a\\u001b[2J\xc2\x9b"
      "2J\xe2\x80\xa8\x7f\","
      "\"decision\":\"ALLOW\"}";
  for (const std::string& shown : {EntryText(Parse(line)), SafeLine(line)}) {
    for (const char* bad : {"\x1b", "\xc2\x9b", "\xe2\x80\xa8", "\x7f"}) {
      EXPECT_THAT(shown, Not(HasSubstr(bad)));
    }
  }
  // What is shown in place of the line says the same.
  const AuditEntry again = Parse(SafeLine(line));
  EXPECT_EQ(again.caller, Parse(line).caller);
}

TEST(AuditGroupsTest, CountsByDecisionPrincipalAndAction) {
  AuditGroups groups(2);
  groups.Add(Parse(kRecord));
  groups.Add(Parse(kRecord));
  const auto record = [](const std::string& caller) {
    return Parse(
        R"({"timestamp":"2026-11-02T10:00:00Z","kind":"authorize","caller":")" +
        caller + R"(","action":"s3:GetObject","decision":"ALLOW",)" +
        R"("sample_rate":0.5})");
  };
  groups.Add(record("b"));
  groups.Add(record("c"));
  groups.Add(record("d"));
  EXPECT_EQ(groups.Text(),
            "2      (about 4)  others         -  -\n"
            "2      (about 2)  IMPLICIT_DENY  "
            "arn:aws:iam::123456789012:role/team/Reader  s3:GetObject\n"
            "1      (about 2)  ALLOW          b  s3:GetObject\n"
            "5 records\n");
}

}  // namespace
}  // namespace rolegate::cli
