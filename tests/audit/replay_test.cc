// Replays of logs that are written here: what flips, and what cannot be decided
// again and why.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/replay_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/replay_fixture.h"

namespace rolegate::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ReplayTest, FlipsAreCountedByWhoWhatAndWhy) {
  const std::string log = absl::StrCat(
      Issue(), Ask("ALLOW"), Ask("ALLOW"), Ask("IMPLICIT_DENY"),
      Ask("EXPLICIT_DENY",
          R"(,"statement":{"policy":"guard","sid":"No","index":3})"));
  const Replay& replay =
      Run({log}, ReaderWith(Policy(R"({"Sid": "Never", "Effect": "Deny",
                     "Action": "s3:*", "Resource": "*"})")));
  const ReplayTotals& totals = replay.totals();
  EXPECT_EQ(totals.decided, 5u);
  EXPECT_EQ(totals.same, 2u);
  EXPECT_EQ(totals.newly_denied, 2u);
  EXPECT_EQ(totals.otherwise_denied, 1u);
  EXPECT_EQ(totals.newly_allowed, 0u);
  const auto flips = replay.Flips();
  ASSERT_EQ(flips.size(), 2u);
  EXPECT_EQ(flips[0]->count, 2u);
  EXPECT_EQ(flips[0]->principal, RoleArn("Reader"));
  EXPECT_EQ(flips[0]->action, "s3:GetObject");
  EXPECT_EQ(flips[0]->resource, "arn:aws:s3:::b/k");
  EXPECT_EQ(flips[0]->was.verdict, Verdict::kAllow);
  EXPECT_EQ(flips[0]->is.verdict, Verdict::kExplicitDeny);
  EXPECT_EQ(SideText(flips[0]->was), "no statement");
  EXPECT_EQ(SideText(flips[0]->is), "`Never` of `p` (all.json:1)");
  EXPECT_EQ(flips[0]->example, "D1");
  EXPECT_EQ(ShowTime(flips[0]->first), "2026-11-02T10:00:01Z");
}

TEST_F(ReplayTest, ASessionIsWhatItsRecordSays) {
  const std::string tags = R"(,"tags":{"Team":["red"]})";
  struct Row {
    const char* description;
    std::string issued;
    std::string members;
    std::string permissions;
    std::string outcome;
  };
  const Row rows[] = {
      {"a tag", tags, "", AllowIf("aws:PrincipalTag/Team", "red"), "same"},
      {"another tag", tags, "", AllowIf("aws:PrincipalTag/Team", "blue"),
       "no statement"},
      {"the source identity", "", R"(,"source_identity":"alice")",
       AllowIf("aws:SourceIdentity", "alice"), "same"},
      {"the time of issue, in whole seconds", "", "",
       AllowIf("aws:TokenIssueTime", "2026-11-02T10:00:00Z"), "same"},
      {"the session's name", "", "", AllowIf("aws:userid", "AROAReader:tour"),
       "same"},
      {"what the provider said",
       R"(,"identity_keys":{"idp.example.com:sub":["jo"]})", "",
       AllowIf("idp.example.com:sub", "jo"), "same"},
      {"a session policy that allows",
       R"(,"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{)"
       R"(\"Effect\":\"Allow\",\"Action\":\"s3:Get*\",\"Resource\":\"*\"}]}")",
       "", Allow("s3:*"), "same"},
      {"a session policy that does not",
       R"(,"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{)"
       R"(\"Effect\":\"Allow\",\"Action\":\"s3:Put*\",\"Resource\":\"*\"}]}")",
       "", Allow("s3:*"), "no statement"},
      {"a managed session policy that the registry does not hold",
       R"(,"policy_arns":"arn:aws:iam::123456789012:policy/Gone")", "",
       Allow("s3:*"), "no statement"},
      {"a tag that a mask took, and nothing asks for",
       R"(,"tags":{"Team":["[masked]"]})", R"(,"masked":["/issued/tags/Team"])",
       Allow("s3:*"), "same"},
      {"a tag that a mask took", R"(,"tags":{"Team":["[masked]"]})",
       R"(,"masked":["/issued/tags/Team"])",
       AllowIf("aws:PrincipalTag/Team", "red"),
       "replaced: aws:PrincipalTag/Team"},
      {"tags that a mask took", R"(,"tags":"[masked]")",
       R"(,"masked":["/issued/tags"])", AllowIf("aws:PrincipalTag/Team", "red"),
       "replaced: aws:PrincipalTag/"},
      {"a session policy that a mask took", "",
       R"(,"masked":["/issued/policy"])", Allow("s3:*"),
       "replaced: issued.policy"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    EXPECT_EQ(
        Outcome(absl::StrCat(Issue(row.issued, row.members), Ask("ALLOW")),
                ReaderWith(row.permissions)),
        row.outcome);
  }
}

TEST_F(ReplayTest, WhatStandsInTheWayIsSaid) {
  constexpr char kService[] = R"("caller":"app.example.com")";
  struct Row {
    const char* description;
    std::string log;
    std::string outcome;
  };
  const std::string ip = R"(,"context":{"aws:SourceIp":["10.0.0.7"]})";
  const Row rows[] = {
      {"no record of the session", Ask("ALLOW"),
       "no_session: RGSAAAAAAAAAAAAAAAAA"},
      {"a passed-on session without a record",
       Ask("ALLOW", "",
           R"("principal":"arn:aws:sts::123456789012:assumed-role/Reader/tour",)"
           R"("principal_session":{"access_key_id":"RGSA9"},)"
           R"("caller":"app.example.com")"),
       "no_session: RGSA9"},
      {"a session that an administrator named",
       Ask("ALLOW", ip,
           R"("principal":"arn:aws:sts::123456789012:assumed-role/Reader/tour",)"
           R"("caller":"app.example.com")"),
       "same"},
      {"no record of the common context",
       absl::StrReplaceAll(
           Ask("ALLOW", R"(,"common_context_in":"D9")", kService),
           {{"\"authorize\"", "\"batch\""}}),
       "no_common_context: D9"},
      {"a value that was redacted, and decides",
       absl::StrCat(
           Issue(),
           Ask("ALLOW", R"(,"context":{"aws:SourceIp":["[redacted]"]})")),
       "replaced: aws:SourceIp"},
      {"a value that was masked, and decides",
       absl::StrCat(Issue(),
                    Ask("ALLOW", R"(,"context":{"aws:SourceIp":"[masked]"},)"
                                 R"("masked":["/context/aws:SourceIp"])")),
       "replaced: aws:SourceIp"},
      {"a key that was taken out",
       absl::StrCat(Issue(),
                    Ask("ALLOW", R"(,"context":{"a:b":["c"]},)"
                                 R"("masked":["/context/aws:SourceIp/0"])")),
       "replaced: aws:SourceIp"},
      {"a key of the common context that a mask of the context took",
       absl::StrCat(
           absl::StrReplaceAll(
               Ask("ALLOW", R"(,"masked":["/context/aws:sourceip"])", kService),
               {{"\"authorize\"", "\"batch\""}}),
           absl::StrReplaceAll(
               Ask("ALLOW", R"(,"common_context_in":"D1")", kService),
               {{"\"authorize\"", "\"batch\""}, {"\"D1\",\"c", "\"D2\",\"c"}})),
       "replaced: aws:sourceip"},
      {"a masked value that nothing asks for",
       absl::StrCat(Issue(),
                    Ask("ALLOW", R"(,"context":{"aws:SourceIp":["10.0.0.7"],)"
                                 R"("a:b":["[redacted]"]})")),
       "same"},
      {"the whole context",
       absl::StrCat(Issue(), Ask("ALLOW", R"(,"masked":["/context"])")),
       "replaced: context"},
      {"a masked peer does not matter",
       absl::StrCat(Issue(), Ask("ALLOW", ip + R"(,"masked":["/peer"])")),
       "same"},
      {"a masked caller beside a session does not matter",
       absl::StrCat(Issue(), Ask("ALLOW", ip + R"(,"masked":["/caller"])")),
       "same"},
      {"a masked caller",
       Ask("ALLOW", R"(,"masked":["/caller"])", R"("caller":"[masked]")"),
       "replaced: caller"},
      {"a masked session",
       Ask("ALLOW", R"(,"masked":["/session"])", R"("caller":"x")"),
       "replaced: session"},
      {"a masked action", Ask("ALLOW", R"(,"masked":["/action"])", kService),
       "replaced: action"},
      {"no caller at all", Ask("ALLOW", "", R"("trace_id":"0")"),
       "no_principal: caller"},
      {"a caller that is no principal",
       Ask("ALLOW", "", R"("caller":"arn:aws:iam::123456789012:group/g")"),
       "no_principal: `arn:aws:iam::123456789012:group/g` is not the ARN of a "
       "user, role session, federated user or root user"},
      {"a resource that is none",
       absl::StrReplaceAll(Ask("ALLOW", "", kService),
                           {{"arn:aws:s3:::b/k", "b/k"}}),
       "no_question: resource `b/k` is neither an ARN nor `*`"},
      {"a decision that a mask took",
       absl::StrReplaceAll(
           Ask("ALLOW", R"(,"masked":["/decision"])", kService),
           {{R"("decision":"ALLOW")", R"("decision":"[masked]")"}}),
       "no_decision: decision"},
      {"a session of another presenter: no policy was asked",
       absl::StrReplaceAll(
           Ask("IMPLICIT_DENY",
               R"(,"reason":"because the session is bound to another presenter")",
               kService),
           {{R"({"identity":"IMPLICIT_DENY"})", "{}"}}),
       "same"},
  };
  const std::string registry = absl::StrCat(
      ReaderWith(AllowIf("aws:SourceIp", "10.0.0.7")),
      R"(, {"ResourceArn": "arn:aws:s3:::b", "PolicyDocument": )",
      Policy(R"({"Effect": "Allow", "Principal": {"Service": "app.example.com"},
                 "Action": "s3:Get*", "Resource": "*", "Condition":
                 {"StringEquals": {"aws:SourceIp": "10.0.0.7"}}})"),
      "}");
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    EXPECT_EQ(Outcome(row.log, registry), row.outcome);
    EXPECT_THAT(faults_, IsEmpty());
  }
}

TEST_F(ReplayTest, AnAssumeRoleIsDecidedByTrustAndWithItsOwnDetails) {
  const std::string refused = absl::StrReplaceAll(
      Issue(), {{R"("decision":"ALLOW","layers":{"trust":"ALLOW"})",
                 R"("decision":"IMPLICIT_DENY","layers":{"trust":)"
                 R"("IMPLICIT_DENY"},"refused_action":"sts:AssumeRole",)"
                 R"("error":"AccessDenied")"},
                {R"("issued")", R"("was_issued")"}});
  const auto with = [](const std::string& log, const std::string& key) {
    return absl::StrReplaceAll(
        log, {{R"("context":{)", absl::StrCat(R"("context":{)", key, ",")}});
  };
  const std::string external = R"("sts:ExternalId":["shop-42"])";
  const std::string if_external = Policy(absl::StrCat(
      R"({"Effect": "Allow", "Principal": )", kEc2,
      R"(, "Action": "sts:AssumeRole", "Condition": {"StringEquals":
         {"sts:ExternalId": "shop-42"}}})"));
  const std::string wrong_code =
      absl::StrReplaceAll(refused, {{R"(,"refused_action":"sts:AssumeRole")",
                                     R"(,"reason":"the MFA code is wrong")"}});
  const std::string bad_policy = absl::StrReplaceAll(
      refused, {{R"(,"refused_action":"sts:AssumeRole")", ""},
                {"AccessDenied", "MalformedPolicyDocument"}});
  const std::string malformed =
      absl::StrReplaceAll(refused, {{R"({"trust":"IMPLICIT_DENY"})", "{}"}});
  const std::string web = absl::StrReplaceAll(
      with(Issue(), R"("idp.example.com:sub":["jo"])"),
      {{"sts:AssumeRole\"", "sts:AssumeRoleWithWebIdentity\""},
       {"ec2.amazonaws.com",
        "arn:aws:iam::123456789012:oidc-provider/idp.example.com"}});
  const std::string trusts_web = Policy(
      R"({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
          "Principal": {"Federated":
          "arn:aws:iam::123456789012:oidc-provider/idp.example.com"},
          "Condition": {"StringEquals": {"idp.example.com:sub": "jo"}}})");
  struct Row {
    const char* description;
    std::string log;
    std::string registry;
    std::string outcome;
  };
  const std::string trusted = ReaderWith(Allow("s3:*"));
  const std::string none = ReaderWith(
      Allow("s3:*"), Trust(R"({"Service": "lambda.amazonaws.com"})"));
  const Row rows[] = {
      {"trusted", Issue(), trusted, "same"},
      {"not any more", Issue(), none, "no statement"},
      {"refused, and now trusted", refused, trusted,
       "statement 0 of `AssumeRolePolicyDocument` (all.json:1)"},
      {"the role is gone", Issue(), Role("Other", Trust(kEc2), Allow("s3:*")),
       "the registry does not hold the role that is asked for"},
      {"an external id", with(Issue(), external),
       ReaderWith(Allow("s3:*"), if_external), "same"},
      {"no external id", Issue(), ReaderWith(Allow("s3:*"), if_external),
       "no statement"},
      {"tags need sts:TagSession",
       with(Issue(), R"("aws:RequestTag/Team":["red"],"aws:TagKeys":["Team"])"),
       trusted, "no statement"},
      {"a wrong code stays wrong", wrong_code, trusted, "same"},
      {"what the record does not hold", bad_policy, trusted,
       "no_input: MalformedPolicyDocument"},
      {"refused before any policy", malformed, trusted, "same"},
      {"an action that is none",
       absl::StrReplaceAll(Issue(), {{"sts:AssumeRole\"", "sts:Assume:\""}}),
       trusted, "no_question: sts:Assume:"},
      {"a shorter session is allowed",
       with(Issue(), R"("sts:DurationSeconds":["7200"])"), trusted,
       "The requested DurationSeconds exceeds the MaxSessionDuration set for "
       "this role."},
      {"what a token said", web, ReaderWith(Allow("s3:*"), trusts_web), "same"},
      {"what a token said does not fit",
       absl::StrReplaceAll(web, {{"[\"jo\"]", "[\"mo\"]"}}),
       ReaderWith(Allow("s3:*"), trusts_web), "no statement"},
      {"a masked external id that nothing asks for",
       with(
           absl::StrReplaceAll(
               Issue(), {{R"("layers")",
                          R"("masked":["/context/sts:ExternalId"],"layers")"}}),
           R"("sts:ExternalId":"[masked]")"),
       trusted, "same"},
      {"a masked external id",
       with(
           absl::StrReplaceAll(
               Issue(), {{R"("layers")",
                          R"("masked":["/context/sts:ExternalId"],"layers")"}}),
           R"("sts:ExternalId":"[masked]")"),
       ReaderWith(Allow("s3:*"), if_external), "replaced: sts:ExternalId"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    EXPECT_EQ(Outcome(row.log, row.registry), row.outcome);
    EXPECT_THAT(faults_, IsEmpty());
  }
}

TEST_F(ReplayTest, TheRegistryMayRevokeASessionOrLoseItsRole) {
  const std::string log = absl::StrCat(Issue(), Ask("ALLOW"));
  const std::string revoked = absl::StrCat(
      ReaderWith(Allow("s3:*")),
      R"(, {"RevokedSessions": [{"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA"}]})");
  Run({log}, revoked);
  ASSERT_EQ(replay_->Flips().size(), 1u);
  EXPECT_EQ(SideText(replay_->Flips()[0]->is),
            "the registry revokes the session");
  Run({log}, Role("Other", Trust(kEc2), Allow("s3:*")));
  EXPECT_EQ(replay_->totals().newly_denied, 2u);
}

// The server refuses such calls, so that nobody speaks for the registry.
TEST_F(ReplayTest, ACallerMayNotGiveWhatTheRegistryTells) {
  const auto ask = [](const std::string& resource, const std::string& key) {
    return absl::StrReplaceAll(
        Ask("ALLOW", absl::StrCat(R"(,"context":{")", key, R"(":["x"]})")),
        {{"arn:aws:s3:::b/k", resource}});
  };
  const std::string registry = absl::StrCat(
      ReaderWith(Allow("*")), R"(, {"OpenIDConnectProvider": {"Arn":
      "arn:aws:iam::123456789012:oidc-provider/idp.example.com",
      "Url": "https://idp.example.com", "ClientIDList": ["x"],
      "Jwks": {"keys": []}}})");
  const std::string role = RoleArn("Reader");
  const struct {
    std::string resource;
    std::string key;
    std::string outcome;
  } rows[] = {
      {role, "aws:resourceTag/Team",
       "the registry does not let callers give `aws:resourceTag/Team`"},
      {"arn:aws:s3:::b/k", "aws:ResourceTag/Team", "same"},
      {"arn:aws:s3:::b/k", "idp.example.com:sub",
       "the registry does not let callers give `idp.example.com:sub`"},
      {"arn:aws:s3:::b/k", "other.example.com:sub", "same"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(
        Outcome(absl::StrCat(Issue(), ask(row.resource, row.key)), registry),
        row.outcome)
        << row.key;
  }
}

TEST_F(ReplayTest, SampledRecordsCountForThoseThatAreLeftOut) {
  const std::string log =
      absl::StrCat(Issue(), Ask("ALLOW", R"(,"sample_rate":0.1)"),
                   Ask("ALLOW", R"(,"sample_rate":0.05)"));
  const Replay& replay = Run({log}, ReaderWith(Allow("ec2:*")));
  EXPECT_EQ(replay.totals().newly_denied, 2u);
  EXPECT_DOUBLE_EQ(replay.totals().newly_denied_estimate, 30);
  ASSERT_EQ(replay.Flips().size(), 1u);
  EXPECT_DOUBLE_EQ(replay.Flips()[0]->estimate, 30);
  EXPECT_THAT(ReplayText(replay, {}), HasSubstr("2 (about 30)"));
  EXPECT_THAT(ReplayText(replay, {}),
              HasSubstr("an estimate by `sample_rate`"));
}

TEST_F(ReplayTest, ABaselineTellsTheChangeFromWhatTheLogCannotShow) {
  const auto cause = [&](const std::string& decision, const std::string& now,
                         const std::string& before, bool of_baseline) {
    const std::string revision = Build(before)->revision();
    Run({absl::StrCat(Issue(),
                      Ask(decision, absl::StrCat(R"(,"registry_revision":")",
                                                 of_baseline ? revision : "f00",
                                                 R"(")")))},
        now, before);
    const auto flips = replay_->Flips();
    return flips.empty() ? "none" : std::string(FlipCauseName(flips[0]->cause));
  };
  const std::string allows = ReaderWith(Allow("s3:*"));
  const std::string denies = ReaderWith(Allow("ec2:*"));
  EXPECT_EQ(cause("ALLOW", denies, allows, true), "registry");
  EXPECT_EQ(replay_->totals().unlike_baseline, 0u);
  EXPECT_EQ(cause("ALLOW", denies, denies, false), "revision");
  EXPECT_EQ(cause("ALLOW", denies, denies, true), "environment");
  EXPECT_EQ(replay_->totals().unlike_baseline, 1u);
  EXPECT_EQ(replay_->totals().by_registry, 0u);
  EXPECT_EQ(cause("IMPLICIT_DENY", allows, denies, true), "registry");
  EXPECT_EQ(replay_->totals().widened_by_registry, 1u);
}

// Replicas write logs of their own, and a session of one asks another.
TEST_F(ReplayTest, LogsAreReadInTheOrderOfTheirTimes) {
  const Replay& replay =
      Run({Ask("ALLOW"), Issue()}, ReaderWith(Allow("s3:*")));
  EXPECT_EQ(replay.totals().same, 2u);
}

}  // namespace
}  // namespace rolegate::cli
