// AWS-managed policies of exports of different days, and which of them holds.

#include "absl/strings/str_replace.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kReadOnly[] = "arn:aws:iam::aws:policy/ReadOnlyAccess";

// What `get-account-authorization-details` prints of an account on a day: a
// role that has AWS's ReadOnlyAccess, whose default version is `version`.
std::string Export(const std::string& account, int version) {
  return absl::StrReplaceAll(
      R"({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [ROLE],
          "Policies": [{"PolicyName": "ReadOnlyAccess",
            "PolicyId": "ANPAILL3HVNFSB6DCOWYQ", "Arn": "ARN", "Path": "/",
            "DefaultVersionId": "vN", "AttachmentCount": 1, "IsAttachable": true,
            "PolicyVersionList": [{"VersionId": "vN", "IsDefaultVersion": true,
              "CreateDate": "2026-11-28T10:00:00+00:00", "Document": POLICY}]}],
          "IsTruncated": false})",
      {{"ROLE",
        Role("Reader", Trust(kEc2), Allow("sqs:*"),
             absl::StrCat(R"(, "AttachedManagedPolicies": [{"PolicyName": )",
                          R"("ReadOnlyAccess", "PolicyArn": ")", kReadOnly,
                          R"("}])"),
             account)},
       {"ARN", kReadOnly},
       {"vN", absl::StrCat("v", version)},
       {"POLICY", Allow(absl::StrCat("s3:Get", version))}});
}
constexpr char kMonday[] = "111111111111";
constexpr char kFriday[] = "222222222222";

// By itself, as `get-policy-version` gives the document.
std::string Managed(const std::string& arn, const std::string& action) {
  return absl::StrCat(R"({"PolicyName": ")", arn.substr(arn.rfind('/') + 1),
                      R"(", "Arn": ")", arn, R"(", "PolicyDocument": )",
                      Allow(action), "}");
}

class AwsManaged : public ::testing::Test {
 protected:
  RegistryStatus Load(const std::string& aws_managed_dir = "") {
    RegistryOptions options;
    options.dir = dir_.path();
    options.reload = ReloadMode::kManual;
    options.aws_managed_dir = aws_managed_dir;
    registry_.emplace(options);
    registry_->Start();
    return registry_->status();
  }
  // What Reader of an account is allowed by AWS's policy.
  std::string Holds(const std::string& account) {
    const rolegate::Role* const role =
        registry_->snapshot()->FindRole(RoleArn("Reader", account));
    for (int version = 1; version < 10; ++version) {
      Diagnostics none;
      const auto policy =
          Policy::CompileText(Allow(absl::StrCat("s3:Get", version)),
                              PolicyKind::kIdentity, {}, &none);
      for (const rolegate::Policy* one : role->identity.policies) {
        if (one->content_digest() == policy->content_digest()) {
          return absl::StrCat("v", version);
        }
      }
    }
    return "none";
  }

  TempDir dir_;
  std::optional<Registry> registry_;
};

std::string Show(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    absl::StrAppend(&text, SeverityName(one.severity), " ", one.code, " ",
                    ToString(one), "\n");
  }
  return text;
}

TEST_F(AwsManaged, ExportsOfOneDayAgree) {
  dir_.Write("monday.json", Export(kMonday, 3));
  dir_.Write("friday.json", Export(kFriday, 3));
  EXPECT_THAT(Show(Load().faults), IsEmpty());
  EXPECT_EQ(Holds(kMonday), "v3");
}

TEST_F(AwsManaged, ThoseOfDifferentDaysAreAFaultThatNamesBothAndTheRemedy) {
  dir_.Write("monday.json", Export(kMonday, 3));
  dir_.Write("friday.json", Export(kFriday, 4));
  const RegistryStatus status = Load();
  EXPECT_FALSE(status.loaded);
  ASSERT_EQ(status.faults.size(), 1u) << Show(status.faults);
  const std::string fault = Show(status.faults);
  EXPECT_THAT(fault, HasSubstr("error DuplicateDefinition monday.json:"));
  EXPECT_THAT(fault, HasSubstr("is defined differently in friday.json:"));
  EXPECT_THAT(fault, HasSubstr("(`v3` here, `v4` there)"));
  EXPECT_THAT(fault, HasSubstr("`registry.aws_managed_dir`"));
}

TEST_F(AwsManaged, TheOneBelowTheFolderHolds) {
  // Whatever the order of names and versions.
  for (const char* folder : {"aws", "zz/aws-managed"}) {
    for (const int pinned : {2, 3, 4, 5}) {
      SCOPED_TRACE(absl::StrCat(folder, " ", pinned));
      dir_.Remove("aws");
      dir_.Remove("zz");
      dir_.Write("monday.json", Export(kMonday, 3));
      dir_.Write("friday.json", Export(kFriday, 4));
      dir_.Write(absl::StrCat(folder, "/deep/read-only.json"),
                 Managed(kReadOnly, absl::StrCat("s3:Get", pinned)));
      const RegistryStatus status = Load(folder);
      ASSERT_THAT(Show(status.faults), IsEmpty());
      EXPECT_EQ(Holds(kMonday), absl::StrCat("v", pinned));
      EXPECT_EQ(Holds(kFriday), absl::StrCat("v", pinned));
      EXPECT_THAT(Show(status.findings),
                  HasSubstr("suggestion DuplicateDefinition"));
      EXPECT_THAT(Show(status.findings),
                  HasSubstr("which is the one in force"));
    }
  }
}

TEST_F(AwsManaged, TheFolderHelpsNobodyElse) {
  const struct {
    const char* name;
    const char* file;  // beside `pinned/aws.json`, which has ReadOnlyAccess
    std::string text;
    const char* fault;  // empty: it loads
  } kCases[] = {
      {"another file of the folder", "pinned/b.json",
       Managed(kReadOnly, "s3:*"),
       "keep only one of them below `registry.aws_managed_dir`"},
      {"a folder whose name begins alike", "pinned-too/b.json",
       Managed(kReadOnly, "s3:*"), ""},
      {"an account's own policy", "pinned/b.json",
       Managed("arn:aws:iam::123456789012:policy/Own", "s3:*"),
       "`arn:aws:iam::123456789012:policy/Own` is defined differently"},
      {"an account of a name alike", "pinned/b.json",
       Managed("arn:aws:iam::123456789012:policy/aws/Own", "s3:*"), ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    dir_.Remove("pinned");
    dir_.Remove("pinned-too");
    dir_.Write("own.json",
               Managed("arn:aws:iam::123456789012:policy/Own", "sqs:*"));
    dir_.Write("pinned/aws.json", Managed(kReadOnly, "s3:Get3"));
    dir_.Write(c.file, c.text);
    const RegistryStatus status = Load("pinned");
    if (*c.fault == '\0') {
      EXPECT_THAT(Show(status.faults), IsEmpty());
    } else {
      EXPECT_THAT(Show(status.faults), HasSubstr(c.fault));
    }
  }
}

// Otherwise a definition that was to be kept out would hold.
TEST_F(AwsManaged, AFolderWithoutOneIsAFault) {
  dir_.Write("monday.json", Export(kMonday, 3));
  for (const bool there : {false, true}) {
    if (there) {
      dir_.Write("pinned/own.json",
                 Managed("arn:aws:iam::123456789012:policy/Own", "s3:*"));
    }
    EXPECT_THAT(Show(Load("pinned").faults),
                HasSubstr("error MissingPolicy pinned: no AWS-managed policy"));
  }
}

TEST_F(AwsManaged, OtherPartitionsHaveThemToo) {
  const std::string arn = "arn:aws-cn:iam::aws:policy/job/Billing";
  dir_.Write("a.json", Managed(arn, "s3:Get1"));
  dir_.Write("b.json", Managed(arn, "s3:Get2"));
  EXPECT_THAT(Show(Load().faults), HasSubstr("registry.aws_managed_dir"));
  dir_.Write("pinned/c.json", Managed(arn, "s3:Get3"));
  EXPECT_THAT(Show(Load("pinned").faults), IsEmpty());
}

}  // namespace
}  // namespace rolegate
