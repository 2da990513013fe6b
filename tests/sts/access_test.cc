// What the registry adds to a question: condition keys of the caller and the
// resource, policies of groups, an organisation's limits.

#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const char kAbsent[] = "(absent)";

constexpr char kEntities[] = R"([
  {"UserName": "bob", "Path": "/team/", "UserId": "AIDABOB",
   "Arn": "arn:aws:iam::123456789012:user/team/bob",
   "GroupList": ["Readers", "Writers"],
   "Tags": [{"Key": "team", "Value": "red"}],
   "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {
     "Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "app:Own", "Resource": "*"}]}}]},
  {"GroupName": "Readers", "GroupId": "AGPA1",
   "Arn": "arn:aws:iam::123456789012:group/Readers",
   "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": {
     "Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": ["app:Read", "app:Drop"],
        "Resource": "*"}]}}]},
  {"GroupName": "Writers", "GroupId": "AGPA2",
   "Arn": "arn:aws:iam::123456789012:group/Writers",
   "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": {
     "Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "app:Write", "Resource": "*"},
       {"Effect": "Deny", "Action": "app:Drop", "Resource": "*"}]}}]},
  {"Organization": {"Id": "o-abc123", "ManagementAccount": "111111111111",
   "Root": {"Id": "r-root", "ServiceControlPolicies": [
     {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}],
     "ResourceControlPolicies": [
     {"Version": "2012-10-17", "Statement": [
       {"Effect": "Deny", "Principal": "*", "Action": "s3:Put*",
        "Resource": "*"}]}],
     "Accounts": ["111111111111", "222222222222"]}}}
])";

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    const std::string roles = absl::StrCat(
        "[",
        Role("R", Trust(kEc2), Allow("s3:*"),
             R"(, "Tags": [{"Key": "Team", "Value": "blue"},
                           {"Key": "site", "Value": "a"}])"),
        ",", Role("Any", Trust(kEc2), Allow("*"), "", "111111111111"), ",",
        Role("Any", Trust(kEc2), Allow("*"), "", "222222222222"), "]");
    Diagnostics faults;
    const RegistryOptions options;
    snapshot_ =
        BuildSnapshot({ParseRegistryFile("entities.json", kEntities, options),
                       ParseRegistryFile("roles.json", roles, options)},
                      options, &faults);
    EXPECT_NE(snapshot_, nullptr)
        << (faults.empty() ? "" : ToString(faults[0]));
  }

  Subject Named(const std::string& name) {
    return *SubjectByName(name, *snapshot_, kNow);
  }
  // A session "s" of the role R with these tags.
  Subject Session(std::vector<Tag> tags) {
    auto session = std::make_shared<RoleSession>();
    session->role_arn = RoleArn("R");
    session->role_id = "AROAR";
    session->session_name = "s";
    session->tags = std::move(tags);
    session->issued_at = kNow;
    session->expires_at = kNow + absl::Hours(1);
    return Subject::OfSession(std::move(session));
  }
  bool Allowed(const Subject& subject, const std::string& action,
               const std::string& resource = "arn:aws:s3:::b/k") {
    const RequestContext context;
    const Circumstances circumstances(*snapshot_, {}, subject, context, kNow);
    return Decide(Question(circumstances, *ActionName::Parse(action),
                           *ResourceName::Parse(resource), ""))
        .allowed();
  }
  // Whether the key has this value, or none for kAbsent: a condition of a
  // resource policy asks.
  bool Has(const Subject& subject, const std::string& key,
           const std::string& value, const RequestContext& context = {},
           const std::string& resource = "arn:aws:s3:::b/k",
           const std::string& resource_account = "123456789012") {
    const std::string condition =
        value == kAbsent ? absl::StrCat(R"({"Null": {")", key, R"(": "true"}})")
                         : absl::StrCat(R"({"StringEquals": {")", key,
                                        R"(": ")", value, R"("}})");
    Diagnostics faults;
    const auto policy = Policy::CompileText(
        rolegate::testing::Policy(absl::StrCat(
            R"({"Effect": "Deny", "Principal": "*", "Action": "*",
                "Resource": "*", "Condition": )",
            condition, "}")),
        PolicyKind::kResource, {"asks", "", ""}, &faults);
    if (policy == nullptr) {
      ADD_FAILURE() << ToString(faults[0]);
      return false;
    }
    const rolegate::Policy* const policies[] = {policy.get()};
    const Circumstances circumstances(*snapshot_, {}, subject, context, kNow);
    return Decide(Question(circumstances, *ActionName::Parse("app:Ask"),
                           *ResourceName::Parse(resource), resource_account,
                           policies))
               .verdict == Verdict::kExplicitDeny;
  }

  std::shared_ptr<const Snapshot> snapshot_;
};

using AccessKeys = AccessTest;
using AccessLayers = AccessTest;

// AWS: the table of principal key values in "IAM policy elements: Variables
// and tags".
TEST_F(AccessKeys, OfEachKindOfCaller) {
  Subject anonymous;
  struct {
    const char* name;
    Subject subject;
    const char* userid;
    const char* username;
    const char* type;
    const char* arn;
    const char* account;
    const char* is_service;
    const char* issue_time;
  } const kCases[] = {
      {"root", Named("123456789012"), "123456789012", kAbsent, "Account",
       "arn:aws:iam::123456789012:root", "123456789012", "false", kAbsent},
      {"user", Named("arn:aws:iam::123456789012:user/team/bob"), "AIDABOB",
       "bob", "User", "arn:aws:iam::123456789012:user/team/bob", "123456789012",
       "false", kAbsent},
      {"federated user", Named("arn:aws:sts::123456789012:federated-user/fay"),
       "123456789012:fay", kAbsent, "FederatedUser",
       "arn:aws:sts::123456789012:federated-user/fay", "123456789012", "false",
       kAbsent},
      {"role session", Session({}), "AROAR:s", kAbsent, "AssumedRole",
       "arn:aws:iam::123456789012:role/R", "123456789012", "false",
       "2023-11-14T22:13:20Z"},
      {"service", Named("service:ec2.amazonaws.com"), kAbsent, kAbsent, kAbsent,
       kAbsent, kAbsent, "true", kAbsent},
      {"anonymous", anonymous, "anonymous", kAbsent, "Anonymous", kAbsent,
       "anonymous", kAbsent, kAbsent},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_TRUE(Has(c.subject, "aws:userid", c.userid));
    EXPECT_TRUE(Has(c.subject, "aws:username", c.username));
    EXPECT_TRUE(Has(c.subject, "aws:PrincipalType", c.type));
    EXPECT_TRUE(Has(c.subject, "aws:PrincipalArn", c.arn));
    EXPECT_TRUE(Has(c.subject, "aws:PrincipalAccount", c.account));
    EXPECT_TRUE(Has(c.subject, "aws:PrincipalIsAWSService", c.is_service));
    EXPECT_TRUE(Has(c.subject, "aws:TokenIssueTime", c.issue_time));
    EXPECT_TRUE(Has(c.subject, "aws:EpochTime", "1700000000"));
    EXPECT_TRUE(Has(c.subject, "aws:MultiFactorAuthPresent", kAbsent));
  }
}

TEST_F(AccessKeys, TagsOfTheSessionAreOverThoseOfTheRole) {
  EXPECT_TRUE(Has(Session({}), "aws:PrincipalTag/team", "blue"));
  const Subject tagged = Session({{"TEAM", "green"}});
  EXPECT_TRUE(Has(tagged, "aws:PrincipalTag/team", "green"));
  EXPECT_TRUE(Has(tagged, "aws:PrincipalTag/Team", "green"));
  EXPECT_TRUE(Has(tagged, "aws:PrincipalTag/site", "a"));
  EXPECT_TRUE(Has(Named("arn:aws:iam::123456789012:user/team/bob"),
                  "aws:PrincipalTag/Team", "red"));
}

TEST_F(AccessKeys, ResourceTagsOfARoleAreTheRegistrys) {
  for (const char* key : {"aws:ResourceTag/team", "iam:ResourceTag/TEAM"}) {
    EXPECT_TRUE(Has(Session({}), key, "blue", {}, RoleArn("R"))) << key;
    EXPECT_TRUE(Has(Session({}), key, kAbsent)) << key;
  }
}

TEST_F(AccessKeys, TheResourcesAccountIsAbsentIfNobodyKnowsIt) {
  const Subject anonymous;
  const auto has = [&](const std::string& value, const std::string& account) {
    return Has(anonymous, "aws:ResourceAccount", value, {}, "arn:aws:s3:::b/k",
               account);
  };
  EXPECT_TRUE(has("111111111111", "111111111111"));
  EXPECT_FALSE(has(kAbsent, "111111111111"));
  EXPECT_TRUE(has(kAbsent, ""));
}

TEST_F(AccessKeys, CalledVia) {
  const Subject bob = Named("arn:aws:iam::123456789012:user/team/bob");
  EXPECT_TRUE(Has(bob, "aws:CalledViaFirst", kAbsent));
  EXPECT_TRUE(Has(bob, "aws:ViaAWSService", "false"));
  RequestContext context;
  const absl::string_view via[] = {"a.amazonaws.com", "b.amazonaws.com"};
  context.SetList(ContextKey("aws:CalledVia"), via);
  context.Set(ContextKey("aws:ViaAWSService"), "true");
  EXPECT_TRUE(Has(bob, "aws:CalledViaFirst", "a.amazonaws.com", context));
  EXPECT_TRUE(Has(bob, "aws:CalledViaLast", "b.amazonaws.com", context));
  EXPECT_TRUE(Has(bob, "aws:ViaAWSService", "true", context));
}

TEST_F(AccessLayers, AUserHasThePoliciesOfItsGroups) {
  const Subject bob = Named("arn:aws:iam::123456789012:user/team/bob");
  EXPECT_TRUE(Allowed(bob, "app:Own"));
  EXPECT_TRUE(Allowed(bob, "app:Read"));
  EXPECT_TRUE(Allowed(bob, "app:Write"));
  EXPECT_FALSE(Allowed(bob, "app:Drop")) << "one group denies it";
  EXPECT_FALSE(Allowed(bob, "app:Other"));
}

TEST_F(AccessLayers, TheManagementAccountIsNotLimited) {
  const Subject management = Named(RoleArn("Any", "111111111111"));
  const Subject member = Named(RoleArn("Any", "222222222222"));
  EXPECT_TRUE(Allowed(management, "s3:GetObject"));
  EXPECT_TRUE(Allowed(management, "s3:PutObject"));
  EXPECT_FALSE(Allowed(member, "s3:GetObject")) << "no SCP allows it";
  EXPECT_TRUE(Allowed(member, "ec2:RunInstances"));
  EXPECT_FALSE(Allowed(member, "s3:PutObject"));
}

}  // namespace
}  // namespace rolegate
