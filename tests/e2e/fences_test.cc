// Teams that write their own folders of one registry, by a real server.

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kA[] = "111111111111";
constexpr char kB[] = "222222222222";

class TeamFolders : public ::testing::Test {
 protected:
  TeamFolders() {
    dir_.Write("registry/team-a/r.json", RoleIn(kA, "R", Allow("*")));
    dir_.Write("registry/team-b/r.json", RoleIn(kB, "R", Allow("*")));
    const std::string config =
        dir_.Write("rolegated.yaml",
                   absl::StrCat("registry:\n  dir: ", dir_.path("registry"), R"(
  fence_faults: hold_folder
  fences:
    - {path: team-a, accounts: ['111111111111']}
    - {path: team-b, accounts: ['222222222222']}
listeners: [{address: '127.0.0.1:0'}]
)"));
    server_.emplace(std::vector<std::string>{"--config", config, "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
    ec2_.emplace(server_->Connect("service:ec2.amazonaws.com"));
  }

  static std::string RoleIn(const std::string& account, const std::string& name,
                            const std::string& policy) {
    return absl::StrCat(R"({"RoleName": ")", name, R"(", "Arn": ")",
                        RoleArn(name, account), R"(", "RoleId": "AROA)",
                        account, R"(", "AssumeRolePolicyDocument": )",
                        Trust(kEc2),
                        R"(, "RolePolicyList": [{"PolicyName": "p",
                            "PolicyDocument": )",
                        policy, "}]}");
  }
  Client Session(const std::string& account) {
    return ec2_->WithSession(AssumeOrDie(*ec2_, RoleArn("R", account)));
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
  std::optional<Client> ec2_;
};

TEST_F(TeamFolders, OneTeamsFaultHoldsBackNobodyElsesDeny) {
  const Client of_a = Session(kA);
  const Client of_b = Session(kB);
  ASSERT_TRUE(of_b.IsAllowed("s3:GetObject", "*"));

  // team-a grants itself another's role, and takes a permission from its own.
  dir_.Write("registry/team-a/r.json", RoleIn(kA, "R", Allow("ec2:*")));
  dir_.Write("registry/team-a/evil.json", RoleIn(kB, "Evil", Allow("*")));
  ASSERT_TRUE(
      Eventually([&] { return ec2_->GetStatus()->held_folders_size() == 1; }));
  // team-b forbids, and the security team revokes: both at once.
  dir_.Write("registry/team-b/r.json",
             RoleIn(kB, "R", Policy(R"({"Effect": "Allow", "Action": "*",
                               "Resource": "*"},
                              {"Effect": "Deny", "Action": "s3:*",
                               "Resource": "*"})")));
  ASSERT_TRUE(Eventually([&] { return !of_b.IsAllowed("s3:GetObject", "*"); }));
  EXPECT_TRUE(of_b.IsAllowed("ec2:RunInstances", "*"));
  EXPECT_TRUE(of_a.IsAllowed("s3:GetObject", "*")) << "its last good files";

  const auto status = ec2_->GetStatus();
  EXPECT_FALSE(status->held_back());
  ASSERT_EQ(status->held_folders_size(), 1);
  const v1::HeldFolder& held = status->held_folders(0);
  EXPECT_EQ(held.path(), "team-a");
  EXPECT_GT(held.held_since().seconds(), 0);
  ASSERT_EQ(held.faults_size(), 1);
  EXPECT_EQ(held.faults(0).file(), "team-a/evil.json");
  EXPECT_EQ(held.faults(0).code(), "OutsideFence");
  EXPECT_EQ(held.faults(0).message(),
            "role `arn:aws:iam::222222222222:role/Evil` stands outside of "
            "fence `team-a`, whose accounts are `111111111111`");
  EXPECT_EQ(status->faults_size(), 1);
  EXPECT_THAT(server_->log(),
              HasSubstr("a folder of the registry is held back"));

  dir_.Write(
      "registry/revoked.json",
      absl::StrCat(R"({"RevokedSessions": [{"RoleArn": ")", RoleArn("R", kA),
                   R"(", "IssuedBefore": "2099-01-01T00:00:00Z"}]})"));
  EXPECT_TRUE(Eventually([&] {
    return ErrorReason(of_a.GetCallerIdentity().status()) == "ExpiredToken";
  }));

  // A reload says what it left as it was.
  const auto reload = ec2_->Reload();
  EXPECT_EQ(ErrorReason(reload.status()), "RegistryFaults");
  EXPECT_THAT(reload.status().message(),
              HasSubstr("the registry has 1 faults and keeps the last good "
                        "files of `team-a` while everything else is in force"));

  dir_.Remove("registry/team-a/evil.json");
  dir_.Remove("registry/revoked.json");
  ASSERT_TRUE(ec2_->Reload().ok());
  EXPECT_EQ(ec2_->GetStatus()->held_folders_size(), 0);
  EXPECT_FALSE(of_a.IsAllowed("s3:GetObject", "*"));
}

}  // namespace
}  // namespace rolegate::testing
