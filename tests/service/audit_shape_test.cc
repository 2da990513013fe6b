// What the audit log keeps of what it is given: masks, samples, old files, and
// CloudTrail's shape.

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/audit/audit_log.h"
#include "service/audit/cloudtrail_line.h"
#include "service/audit/old_files.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

AuditRecord Decision() {
  AuditRecord record;
  record.time = absl::FromUnixSeconds(1'795'955'600);
  record.decision_id = "01M8";
  record.caller = "arn:aws:sts::123456789012:assumed-role/Reader/ci";
  record.peer = "ipv4:10.0.0.7:51442";
  record.session = {"RGSA1", "arn:aws:iam::123456789012:role/Reader", "ci"};
  record.action = "s3:GetObject";
  record.resource = "arn:aws:s3:::bucket/a";
  record.context.Add("aws:SourceIp", {"10.1.2.3"});
  record.context.Add("shop:Color", {"red", "blue"});
  record.reason = "because";
  record.layers[0] = {true, Verdict::kImplicitDeny};
  return record;
}

std::string Masked(const std::vector<std::string>& pointers,
                   const AuditRecord& record) {
  const auto masks = AuditMasks::Parse(pointers, MaskableMembers());
  EXPECT_TRUE(masks.ok()) << masks.status();
  std::string line;
  AppendAuditLine(record, *masks, &line);
  return line;
}

TEST(AuditMasks, LeaveOutTheMembersTheyPointTo) {
  AuditRecord record = Decision();
  record.common_context.Add("aws:SourceIp", {"10.9.9.9"});
  const std::string all = Masked({}, record);
  const struct {
    const char* pointer;
    std::vector<std::string> gone;  // and nothing else is
  } kCases[] = {
      {"/reason", {",\"reason\":\"because\""}},
      {"/peer", {",\"peer\":\"ipv4:10.0.0.7:51442\""}},
      {"/session/session_name", {",\"session_name\":\"ci\""}},
      {"/session",
       {",\"session\":{\"access_key_id\":\"RGSA1\",\"role_arn\":\"arn:aws:iam::"
        "123456789012:role/Reader\",\"session_name\":\"ci\"}"}},
      {"/context/shop:Color", {",\"shop:Color\":[\"red\",\"blue\"]"}},
      {"/context/SHOP:color", {",\"shop:Color\":[\"red\",\"blue\"]"}},
      {"/context",
       {",\"context\":{\"aws:SourceIp\":[\"10.1.2.3\"],\"shop:Color\":[\"red\","
        "\"blue\"]}",
        ",\"common_context\":{\"aws:SourceIp\":[\"10.9.9.9\"]}"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.pointer);
    std::string expected = all;
    for (const std::string& gone : c.gone) {
      const std::size_t at = expected.find(gone);
      ASSERT_NE(at, std::string::npos) << expected;
      expected.erase(at, gone.size());
    }
    expected.insert(expected.rfind('}'),
                    absl::StrCat(",\"masked\":[\"", c.pointer, "\"]"));
    EXPECT_EQ(Masked({c.pointer}, record), expected);
  }
  // The same key may come with a batch.
  EXPECT_THAT(Masked({"/context/aws:SourceIp"}, record),
              HasSubstr("\"context\":{\"shop:Color\":[\"red\",\"blue\"]},"
                        "\"common_context\":{}"));
}

TEST(AuditMasks, HoldInCloudTrailsShapeForWhatCameWithABatch) {
  AuditRecord record = Decision();
  record.kind = AuditKind::kBatch;
  record.common_context.Add("aws:SourceIp", {"10.9.9.9"});
  const auto masks = AuditMasks::Parse(
      {"/requestParameters/context/aws:SourceIp", "/sourceIPAddress"},
      MaskableCloudTrailMembers());
  ASSERT_TRUE(masks.ok()) << masks.status();
  std::string line;
  AppendCloudTrailLine(record, *masks, &line);
  for (const char* const address : {"10.1.2.3", "10.9.9.9", "10.0.0.7"}) {
    EXPECT_THAT(line, Not(HasSubstr(address)));
  }
  EXPECT_THAT(line, HasSubstr("\"shop:Color\":[\"red\",\"blue\"]"));
}

TEST(AuditMasks, WithNothingToLeaveOutTheLineSaysNothingOfThem) {
  EXPECT_EQ(Masked({"/context/no:SuchKey", "/issued/policy"}, Decision()),
            Masked({}, Decision()));
}

TEST(AuditMasks, WhatIsNoPointerToSuchAMemberIsRefused) {
  const struct {
    const char* pointer;
    const char* why;
  } kCases[] = {
      {"", "expected a JSON pointer"},
      {"reason", "expected a JSON pointer"},
      {"#/reason", "expected a JSON pointer"},
      {"/context/a~2", "expected a JSON pointer"},
      {"/decision", "points to no member that a mask may leave out"},
      {"/timestamp", "points to no member that a mask may leave out"},
      {"/reasons", "these are `/caller`, "},
      {"/reason/x",
       "points into `reason`, which has no members: expected `/reason`"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.pointer);
    const auto masks = AuditMasks::Parse({c.pointer}, MaskableMembers());
    ASSERT_FALSE(masks.ok());
    EXPECT_THAT(masks.status().message(),
                HasSubstr(absl::StrCat("audit.masks: `", c.pointer, "`")));
    EXPECT_THAT(masks.status().message(), HasSubstr(c.why));
  }
}

class AuditShape : public ::testing::Test {
 protected:
  AuditShape() { options_.path = dir_.path("audit"); }

  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(dir_.path())) {
      names.push_back(file.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TempDir dir_;
  AuditOptions options_;
  Logger logger_{{}, [](absl::string_view) {}};
};

TEST_F(AuditShape, WantsWhatIsSet) {
  const struct {
    AuditDecisions decisions;
    double sample_allows;
    int low, high;  // of 10,000 that allow
  } kCases[] = {
      {AuditDecisions::kAll, 1, 10'000, 10'000},
      {AuditDecisions::kAll, 0.25, 2'200, 2'800},  // six sigma: 260
      {AuditDecisions::kAll, 0, 0, 0},
      {AuditDecisions::kDenied, 1, 0, 0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.sample_allows);
    options_.decisions = c.decisions;
    options_.sample_allows = c.sample_allows;
    const auto log = *AuditLog::Open(options_, &logger_);
    int wanted = 0;
    for (int i = 0; i < 10'000; ++i) {
      wanted += log->Wants(Verdict::kAllow) ? 1 : 0;
      EXPECT_TRUE(log->Wants(Verdict::kImplicitDeny));
      EXPECT_TRUE(log->Wants(Verdict::kExplicitDeny));
    }
    EXPECT_GE(wanted, c.low);
    EXPECT_LE(wanted, c.high);
  }
}

TEST_F(AuditShape, ASampleSaysItsShare) {
  AuditRecord record = Decision();
  EXPECT_EQ(Masked({}, record).find("sample_rate"), std::string::npos);
  record.sample_rate = 0.25;
  EXPECT_THAT(Masked({}, record), HasSubstr(",\"sample_rate\":0.25,"));
}

TEST_F(AuditShape, AFullFileIsPutAsideBetweenLines) {
  options_.max_file_bytes = 5'000;
  options_.max_files = 3;
  dir_.Write("audit.old", "somebody's");
  dir_.Write("audit.20261129T115216.123456Z.gz", "somebody's");
  const std::string oldest = dir_.Write("audit.20200101T000000.000000Z", "x\n");
  constexpr std::size_t kLines = 200;
  {
    const auto log = *AuditLog::Open(options_, &logger_);
    for (std::size_t i = 0; i < kLines; ++i) {
      log->Write(Decision());
    }
    EXPECT_EQ(log->stats().lost_full, 0u);
  }
  std::vector<std::string> names = Files();
  EXPECT_EQ(std::count(names.begin(), names.end(), "audit.old"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(),
                       "audit.20261129T115216.123456Z.gz"),
            1);
  EXPECT_FALSE(std::filesystem::exists(oldest));
  ASSERT_THAT(names, SizeIs(1 + options_.max_files + 2));
  for (const std::string& name : names) {
    const std::string text = dir_.Read(name);
    if (text == "somebody's") continue;
    SCOPED_TRACE(name);
    EXPECT_LT(text.size(), options_.max_file_bytes + 1'000);
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(text.front(), '{');
    EXPECT_EQ(text.back(), '\n');
    struct stat status;
    ASSERT_EQ(stat(dir_.path(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
}

TEST_F(AuditShape, AnOldFileIsPutAside) {
  options_.max_file_age = absl::Milliseconds(1);
  dir_.Write("audit", "{}\n");
  absl::SleepFor(absl::Milliseconds(1'100));  // births have whole seconds
  AuditLog::Open(options_, &logger_).value()->Write(Decision());
  EXPECT_THAT(Files(), SizeIs(2));
  EXPECT_EQ(dir_.Read(Files()[1]), "{}\n");
}

TEST_F(AuditShape, WhereNoFileCanBePutAsideTheOldOneIsWrittenOn) {
  std::string name(252, 'a');  // no room for a time behind it
  options_.path = dir_.path(name);
  options_.max_file_bytes = 1;
  {
    const auto log = *AuditLog::Open(options_, &logger_);
    for (int i = 0; i < 10; ++i) {
      log->Write(Decision());
      absl::SleepFor(absl::Milliseconds(8));
    }
  }
  EXPECT_THAT(Files(), ElementsAre(name));
  const std::string text = dir_.Read(name);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
}

TEST_F(AuditShape, NoNameIsTakenTwice) {
  const absl::Time now = absl::FromUnixSeconds(1'795'955'600);
  for (int i = 0; i < 3; ++i) {
    dir_.Write("audit", absl::StrCat(i));
    EXPECT_TRUE(PutAside(dir_.path("audit"), now).ok());
  }
  EXPECT_THAT(Files(), ElementsAre("audit.20261129T123320.000000Z",
                                   "audit.20261129T123320.000001Z",
                                   "audit.20261129T123320.000002Z"));
  // Not made by PutAside, and so neither counted nor removed.
  std::filesystem::create_directory(dir_.path("audit.20261129T123320.000003Z"));
  EXPECT_TRUE(RemoveOldFiles(dir_.path("audit"), 0).ok());
  EXPECT_THAT(Files(), ElementsAre("audit.20261129T123320.000003Z"));
  EXPECT_THAT(PutAside(dir_.path("audit"), now).message(),
              HasSubstr(absl::StrCat("`", dir_.path("audit"), "`")));
}

TEST_F(AuditShape, AfterTheClockWentBackTheNewestFileIsStillKept) {
  const absl::Time future = absl::FromUnixSeconds(1'895'955'600);
  const absl::Time now = absl::FromUnixSeconds(1'795'955'600);
  for (const absl::Time time : {future, now, now}) {
    dir_.Write("audit", absl::FormatTime(time));
    ASSERT_TRUE(PutAside(dir_.path("audit"), time).ok());
  }
  dir_.Write("audit", "the newest");
  ASSERT_TRUE(PutAside(dir_.path("audit"), now).ok());
  ASSERT_TRUE(RemoveOldFiles(dir_.path("audit"), 2).ok());
  ASSERT_THAT(Files(), ElementsAre("audit.20300129T222000.000002Z",
                                   "audit.20300129T222000.000003Z"));
  EXPECT_EQ(dir_.Read(Files()[1]), "the newest");
}

TEST_F(AuditShape, BehindALinkTheFileIsPutAsideAndNotTheLink) {
  const TempDir disk;
  std::filesystem::create_symlink(disk.path("lines"), dir_.path("audit"));
  options_.max_file_bytes = 1;
  options_.max_files = 2;
  {
    const auto log = *AuditLog::Open(options_, &logger_);
    for (int i = 0; i < 10; ++i) {
      log->Write(Decision());
      absl::SleepFor(absl::Milliseconds(8));
    }
  }
  EXPECT_THAT(Files(), ElementsAre("audit"));
  EXPECT_TRUE(std::filesystem::is_symlink(dir_.path("audit")));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(disk.path(""))) {
    EXPECT_TRUE(entry.is_regular_file());
    ++files;
  }
  EXPECT_EQ(files, options_.max_files + 1);
}

TEST(CloudTrail, ASessionIsRecordedAsStsDoes) {
  AuditRecord record = Decision();
  record.kind = AuditKind::kAssumeRole;
  record.action = "sts:AssumeRole";
  record.user_id = "AROA1:ci";
  record.resource = "arn:aws:iam::210987654321:role/Writer";
  record.context = {};
  record.context.Add("sts:RoleSessionName", {"deploy"});
  record.context.Add("sts:ExternalId", {"ex"});
  record.context.Add("sts:DurationSeconds", {"900"});
  record.context.Add("aws:RequestTag/team", {"blue"});
  record.context.Add("aws:TagKeys", {"team"});
  record.decision = Verdict::kAllow;
  record.reason = "";
  record.issued = {"RGSA2", record.resource, "deploy"};
  record.assumed_role_id = "AROA2:deploy";
  record.assumed_role_arn =
      "arn:aws:sts::210987654321:assumed-role/Writer/deploy";
  record.issued_policy_arns = "arn:aws:iam::aws:policy/A";
  record.issued_until = absl::FromUnixSeconds(1'795'956'500);
  std::string line;
  AppendCloudTrailLine(record, {}, &line);
  EXPECT_EQ(
      line,
      absl::StrCat(
          R"({"eventVersion":"1.11","userIdentity":{"type":"AssumedRole",)"
          R"("principalId":"AROA1:ci",)"
          R"("arn":"arn:aws:sts::123456789012:assumed-role/Reader/ci",)"
          R"("accountId":"123456789012","accessKeyId":"RGSA1","sessionContext":)"
          R"({"sessionIssuer":{"type":"Role","principalId":"AROA1",)"
          R"("arn":"arn:aws:iam::123456789012:role/Reader",)"
          R"("accountId":"123456789012","userName":"Reader"}}},)"
          R"("eventTime":"2026-11-29T12:33:20Z","eventSource":"sts.amazonaws.com",)"
          R"("eventName":"AssumeRole","awsRegion":"us-east-1",)"
          R"("sourceIPAddress":"10.0.0.7","requestParameters":{)"
          R"("roleArn":"arn:aws:iam::210987654321:role/Writer",)"
          R"("roleSessionName":"deploy","externalId":"ex","durationSeconds":900,)"
          R"("tags":[{"key":"team","value":"blue"}],)"
          R"("policyArns":[{"arn":"arn:aws:iam::aws:policy/A"}]},)"
          R"("responseElements":{"credentials":{"accessKeyId":"RGSA2",)"
          R"("expiration":"Nov 29, 2026, 12:48:20 PM"},"assumedRoleUser":{)"
          R"("assumedRoleId":"AROA2:deploy",)"
          R"("arn":"arn:aws:sts::210987654321:assumed-role/Writer/deploy"}},)"
          R"("additionalEventData":{"kind":"assume_role","decision":"ALLOW",)"
          R"("layers":{"trust":"IMPLICIT_DENY"},"duration_us":0},)"
          R"("requestID":"01M8","eventID":"01M8","readOnly":true,"resources":[)"
          R"({"ARN":"arn:aws:iam::210987654321:role/Writer",)"
          R"("accountId":"210987654321","type":"AWS::IAM::Role"}],)"
          R"("eventType":"AwsApiCall","managementEvent":true,)"
          R"("recipientAccountId":"210987654321","eventCategory":"Management"})",
          "\n"));
}

TEST(CloudTrail, WhoCalls) {
  const struct {
    const char* action;
    const char* caller;
    const char* principal;
    const char* identity;
  } kCases[] = {
      {"sts:AssumeRole", "arn:aws:iam::123456789012:user/team/ada", "",
       R"({"type":"IAMUser","principalId":"AIDA",)"
       R"("arn":"arn:aws:iam::123456789012:user/team/ada",)"
       R"("accountId":"123456789012","userName":"ada"})"},
      {"sts:AssumeRole", "arn:aws:iam::123456789012:root", "",
       R"({"type":"Root","principalId":"AIDA",)"
       R"("arn":"arn:aws:iam::123456789012:root",)"
       R"("accountId":"123456789012"})"},
      {"sts:AssumeRole", "ec2.amazonaws.com", "",
       R"({"type":"AWSService","invokedBy":"ec2.amazonaws.com"})"},
      {"sts:AssumeRole", "", "", R"({"type":"Unknown"})"},
      {"sts:AssumeRoleWithWebIdentity",
       "arn:aws:iam::123456789012:oidc-provider/idp.example",
       "idp.example:sts.amazonaws.com:system:serviceaccount:a:b",
       R"({"type":"WebIdentityUser",)"
       R"("principalId":"idp.example:sts.amazonaws.com:system:serviceaccount)"
       R"(:a:b","userName":"system:serviceaccount:a:b",)"
       R"("identityProvider":)"
       R"("arn:aws:iam::123456789012:oidc-provider/idp.example"})"},
      {"sts:AssumeRoleWithSAML", "arn:aws:iam::123456789012:saml-provider/corp",
       "arn:aws:iam::123456789012:saml-provider/corp",
       R"({"type":"SAMLUser",)"
       R"("principalId":"arn:aws:iam::123456789012:saml-provider/corp",)"
       R"("identityProvider":)"
       R"("arn:aws:iam::123456789012:saml-provider/corp"})"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.caller);
    AuditRecord record;
    record.kind = AuditKind::kAssumeRole;
    record.action = c.action;
    record.caller = c.caller;
    record.principal = c.principal;
    record.user_id = "AIDA";
    std::string line;
    AppendCloudTrailLine(record, {}, &line);
    EXPECT_THAT(line, HasSubstr(absl::StrCat("\"userIdentity\":", c.identity)));
  }
}

TEST(CloudTrail, WhatAwsHasNoRecordOf) {
  const struct {
    AuditKind kind;
    const char* action;
    const char* name;
    const char* category;
  } kCases[] = {
      {AuditKind::kAuthorize, "s3:GetObject", "Authorize", "Data"},
      {AuditKind::kBatch, "s3:GetObject", "BatchAuthorize", "Data"},
      {AuditKind::kAdministration, "rolegate:Reload", "Reload", "Management"},
      {AuditKind::kAuthentication, "", "Authenticate", "Management"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    AuditRecord record = Decision();
    record.kind = c.kind;
    record.action = c.action;
    std::string line;
    AppendCloudTrailLine(record, {}, &line);
    EXPECT_THAT(line, HasSubstr(absl::StrCat("\"eventSource\":\"rolegate\","
                                             "\"eventName\":\"",
                                             c.name, "\"")));
    EXPECT_THAT(line, HasSubstr(absl::StrCat("\"eventCategory\":\"", c.category,
                                             "\"}")));
    EXPECT_THAT(line, HasSubstr("\"errorCode\":\"AccessDenied\","
                                "\"errorMessage\":\"because\","));
  }
}

TEST(CloudTrail, NoSecretGetsThrough) {
  constexpr char kToken[] = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
  AuditRecord record = Decision();
  record.kind = AuditKind::kAssumeRole;
  record.action = kToken;
  record.resource = absl::StrCat("arn:", kToken);
  record.caller = kToken;
  record.reason = kToken;
  record.issued_policy_arns = kToken;
  record.context = {};
  record.context.Add("sts:RoleSessionName", {kToken});
  record.context.Add(absl::StrCat("aws:RequestTag/", kToken), {kToken});
  std::string line;
  AppendCloudTrailLine(record, {}, &line);
  EXPECT_EQ(line.find("eyJ"), std::string::npos) << line;
  record.resource = "472913";  // an MFA code in the wrong field
  line.clear();
  AppendCloudTrailLine(record, {}, &line);
  EXPECT_EQ(line.find("472913"), std::string::npos) << line;
}

}  // namespace
}  // namespace rolegate::service
