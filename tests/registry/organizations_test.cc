// Organisations: which policies a name stands for, and who may claim what.

#include "absl/strings/str_join.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kManagement[] = "111111111111";
constexpr char kMember[] = "222222222222";
constexpr char kScpArn[] =
    "arn:aws:organizations::111111111111:policy/o-abc/service_control_policy/"
    "p-guard";

std::string Managed(const std::string& arn, const std::string& name,
                    const std::string& document) {
  return absl::StrCat(R"({"PolicyName": ")", name, R"(", "Arn": ")", arn,
                      R"(", "PolicyDocument": )", document, "}");
}
std::string Iam(const std::string& account, const std::string& name,
                const std::string& document) {
  return Managed(absl::StrCat("arn:aws:iam::", account, ":policy/", name), name,
                 document);
}
// `scps` and `accounts` are JSON lists.
std::string Organization(const std::string& scps,
                         const std::string& accounts = R"(["222222222222"])",
                         const std::string& id = "o-abc",
                         const std::string& management = kManagement,
                         const std::string& kind = "ServiceControlPolicies") {
  return absl::StrCat(
      R"({"Organization": {"Id": ")", id, R"(", )",
      management.empty()
          ? ""
          : absl::StrCat(R"("ManagementAccount": ")", management, R"(", )"),
      R"("Root": {"Id": "r-1", ")", kind, R"(": )", scps, R"(, "Accounts": )",
      accounts, "}}}");
}
const char kRcp[] =
    R"({"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Principal": "*", "Action": "s3:Put*", "Resource": "*"}]})";

std::string Show(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    absl::StrAppend(&text, one.code, " ", ToString(one), "\n");
  }
  return text;
}

class Organizations : public ::testing::Test {
 protected:
  RegistryStatus Load(const std::vector<std::string>& files) {
    TempDir dir;
    for (std::size_t i = 0; i < files.size(); ++i) {
      dir.Write(absl::StrCat(i, ".json"), files[i]);
    }
    RegistryOptions options;
    options.dir = dir.path();
    options.reload = ReloadMode::kManual;
    options.allow_empty = true;
    registry_.emplace(options);
    registry_->Start();
    return registry_->status();
  }
  // Whether the first SCP of the account's root is this document.
  bool IsLimitedBy(const std::string& document) {
    Diagnostics none;
    const auto policy =
        Policy::CompileText(document, PolicyKind::kScp, {}, &none);
    return registry_->snapshot()
               ->FindAccount(kMember)
               ->scp_levels.at(0)
               .at(0)
               ->content_digest() == policy->content_digest();
  }
  std::optional<Registry> registry_;
};

TEST_F(Organizations, ANameIsLookedUpWhereTheOrganizationStands) {
  const std::string guard = Allow("s3:Get*");
  const std::string other = Allow("*");
  const struct {
    const char* name;
    std::vector<std::string> files;
    const char* fault;  // empty: the account is limited by `guard`
  } kCases[] = {
      {"a policy of the organisation",
       {Managed(kScpArn, "Guard", guard), Organization(R"(["Guard"])")},
       ""},
      {"a policy of the management account",
       {Iam(kManagement, "Guard", guard), Organization(R"(["Guard"])")},
       ""},
      {"a policy of AWS",
       {Iam("aws", "Guard", guard), Organization(R"(["Guard"])")},
       ""},
      {"beside another account's policy of the name",
       {Iam(kMember, "Guard", other), Managed(kScpArn, "Guard", guard),
        Organization(R"(["Guard"])")},
       ""},
      {"another account's policy alone",
       {Iam(kMember, "Guard", guard), Organization(R"(["Guard"])")},
       "no policy of the name `Guard` in the management account 111111111111"},
      {"another account's policy by its ARN",
       {Iam(kMember, "Guard", guard),
        Organization(R"(["arn:aws:iam::222222222222:policy/Guard"])")},
       ""},
      {"an ARN without a policy",
       {Organization(R"(["arn:aws:iam::222222222222:policy/Guard"])")},
       "no policy `arn:aws:iam::222222222222:policy/Guard`"},
      {"two policies of the name",
       {Managed(kScpArn, "Guard", guard), Iam(kManagement, "Guard", other),
        Organization(R"(["Guard"])")},
       "several policies have the name `Guard`"},
      {"one that takes the name for AWS's own",
       {Managed(kScpArn, "Guard", guard), Iam("aws", "Guard", other),
        Organization(R"(["Guard"])")},
       "several policies have the name `Guard`"},
      {"two equal ones",
       {Managed(kScpArn, "Guard", guard), Iam(kManagement, "Guard", guard),
        Organization(R"(["Guard"])")},
       ""},
      {"no management account",
       {Iam(kManagement, "Guard", guard),
        Organization(R"(["Guard"])", "[]", "o-abc", "")},
       "name it, or give the policy's ARN"},
      {"an RCP among the SCPs",
       {Managed(kScpArn, "Guard", kRcp), Organization(R"(["Guard"])")},
       "`Guard` is a resource control policy"},
      {"an SCP among the RCPs",
       {Managed(kScpArn, "Guard", guard),
        Organization(R"(["Guard"])", "[]", "o-abc", kManagement,
                     "ResourceControlPolicies")},
       "`Guard` is no resource control policy"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const RegistryStatus status = Load(c.files);
    if (*c.fault != '\0') {
      EXPECT_THAT(Show(status.faults), HasSubstr(c.fault));
      continue;
    }
    ASSERT_THAT(Show(status.faults), IsEmpty());
    EXPECT_TRUE(IsLimitedBy(guard));
  }
}

TEST_F(Organizations, NobodyReplacesFullAwsAccess) {
  const std::string full = R"({"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "*", "Resource": "*"}]})";
  const std::string nothing = R"({"Version": "2012-10-17", "Statement": [
      {"Effect": "Deny", "Action": "*", "Resource": "*"}]})";
  const std::string named = Organization(R"(["FullAWSAccess"])");
  const struct {
    const char* name;
    std::vector<std::string> files;
    const char* fault;  // empty: it stays what it is
  } kCases[] = {
      {"nobody defines it", {named}, ""},
      {"an export has it",
       {Managed("arn:aws:organizations::aws:policy/service_control_policy/"
                "p-FullAWSAccess",
                "FullAWSAccess", full),
        named},
       ""},
      {"another account", {Iam(kMember, "FullAWSAccess", nothing), named}, ""},
      {"as AWS's",
       {Managed("arn:aws:organizations::aws:policy/service_control_policy/"
                "p-FullAWSAccess",
                "FullAWSAccess", nothing),
        named},
       "several policies have the name `FullAWSAccess`"},
      {"the management account",
       {Iam(kManagement, "FullAWSAccess", nothing), named},
       "several policies have the name `FullAWSAccess`"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const RegistryStatus status = Load(c.files);
    if (*c.fault != '\0') {
      EXPECT_THAT(Show(status.faults), HasSubstr(c.fault));
      continue;
    }
    ASSERT_THAT(Show(status.faults), IsEmpty());
    EXPECT_TRUE(IsLimitedBy(full));
  }
}

TEST_F(Organizations, NobodyElseClaimsAnOrganizationOrAnAccount) {
  const std::string scps = R"(["FullAWSAccess"])";
  const std::string first = Organization(scps);
  const struct {
    const char* name;
    std::string second;
    const char* fault;  // empty: both load
  } kCases[] = {
      {"two organisations",
       Organization(scps, R"(["444444444444"])", "o-other", "333333333333"),
       ""},
      {"the same id",
       Organization(scps, R"(["444444444444"])", "o-abc", "333333333333"),
       "organization `o-abc` is already defined in 0.json:1:18"},
      {"the same again", first,
       "organization `o-abc` is already defined in 0.json:1:18"},
      {"another's member",
       Organization(scps, R"(["222222222222"])", "o-other", "333333333333"),
       "account 222222222222 already belongs to an organization in "
       "0.json:1:151"},
      {"another's management account as a member",
       Organization(scps, R"(["111111111111"])", "o-other", "333333333333"),
       "account 111111111111 already belongs to an organization in "
       "0.json:1:18"},
      {"another's management account as its own",
       Organization(scps, "[]", "o-other", kManagement),
       "account 111111111111 already belongs to an organization in "
       "0.json:1:18"},
      {"another's member as its management account",
       Organization(scps, "[]", "o-other", kMember),
       "account 222222222222 already belongs to an organization in "
       "0.json:1:151"},
  };
  for (const auto& c : kCases) {
    for (const bool swapped : {false, true}) {
      SCOPED_TRACE(
          absl::StrCat(c.name, swapped ? ", which is read first" : ""));
      const RegistryStatus status =
          Load(swapped ? std::vector<std::string>{c.second, first}
                       : std::vector<std::string>{first, c.second});
      EXPECT_EQ(status.loaded, *c.fault == '\0') << Show(status.faults);
      if (swapped) continue;
      EXPECT_THAT(Show(status.faults), HasSubstr(c.fault));
    }
  }
  ASSERT_THAT(Show(Load({first}).faults), IsEmpty());
  EXPECT_TRUE(
      registry_->snapshot()->FindAccount(kManagement)->is_management_account);
}

// Another path makes another ARN, but users name groups without it.
TEST_F(Organizations, AGroupsNameIsUniqueInItsAccount) {
  const auto group = [](const std::string& path, const std::string& name) {
    return absl::StrCat(R"({"GroupName": ")", name,
                        R"(", "Arn": "arn:aws:iam::123456789012:group/)", path,
                        name, R"("})");
  };
  EXPECT_THAT(Show(Load({group("", "Readers"), group("a/", "Writers")}).faults),
              IsEmpty());
  EXPECT_THAT(Show(Load({group("", "Readers"), group("a/", "readers")}).faults),
              HasSubstr("names are unique in an account"));
}

}  // namespace
}  // namespace rolegate
