// What an operator sees of a registry that does not load: at a cold start, from
// GetStatus and Reload, and with a generation kept from before.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/sessions/key_commands.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string R(const std::string& name) {
  return Role(name, Trust(kEc2), Allow("s3:*"));
}

std::string Show(const v1::GetStatusResponse& status) {
  std::string text;
  for (const v1::Fault& fault : status.faults()) {
    absl::StrAppend(&text, fault.code(), " ", fault.file(), ": ",
                    fault.message(), "\n");
  }
  return text;
}

struct FaultyRegistry {
  const char* name;
  std::function<void(const TempDir&)> break_it;
  std::function<void(const TempDir&)> mend;
  const char* fault;  // in GetStatus
};

// Each was once a registry that loaded nothing, or something else, and said
// that it had loaded.
std::vector<FaultyRegistry> FaultyRegistries() {
  return {
      {"a link of a volume that leads out",
       [](const TempDir& dir) {
         dir.Write("outside/evil.json", R("Evil"));
         fs::create_symlink("../outside", dir.path("r/..data"));
       },
       [](const TempDir& dir) { dir.Remove("r/..data"); },
       "UnreadableFile ..data: leads to `../outside`"},
      {"a link of a volume that does not come to rest",
       [](const TempDir& dir) {
         fs::create_symlink("..gone", dir.path("r/..data"));
       },
       [](const TempDir& dir) { dir.Remove("r/..data"); },
       "UnstableFile ..data: leads to `..gone`, which is not there"},
      {"a name that is no UTF-8",
       [](const TempDir& dir) { dir.Write("r/caf\xe9.json", R("Cafe")); },
       [](const TempDir& dir) { dir.Remove("r/caf\xe9.json"); },
       "InvalidFileName caf\\xE9.json: the name must be UTF-8"},
      {"a file that is taken for keys",
       [](const TempDir& dir) {
         dir.Write("r/p.json", R"({"OpenIDConnectProvider": {
             "Arn": "arn:aws:iam::123456789012:oidc-provider/o.example.com",
             "Url": "https://o.example.com", "ClientIDList": ["x"],
             "JwksFile": "keep.json"}})");
       },
       [](const TempDir& dir) { dir.Remove("r/p.json"); },
       "InvalidReference p.json: `JwksFile` names keep.json"},
      {"more faults than an answer holds",
       [](const TempDir& dir) {
         std::vector<std::string> roles(400, R"({"RoleName": "R", "A": 1})");
         dir.Write("r/many.json",
                   absl::StrCat(R"({"RoleDetailList": [)",
                                absl::StrJoin(roles, ","), "]}"));
       },
       [](const TempDir& dir) { dir.Remove("r/many.json"); },
       "MoreFaults : and 200 more"},
  };
}

TEST(RegistryFaultsSeen, ByReloadStatusAndLog) {
  for (const FaultyRegistry& c : FaultyRegistries()) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    dir.Write("r/keep.json", R("Keep"));
    ServerProcess server(
        {"--registry", dir.path("r"), "--listen", "127.0.0.1:0", "--dev"});
    ASSERT_TRUE(server.serving()) << server.log();
    const Client admin = server.Connect("service:ops");
    ASSERT_TRUE(admin.Reload().ok());
    const std::string revision = admin.GetStatus()->revision();
    c.break_it(dir);
    dir.Write("r/more.json", R("More"));
    dir.Write("r/revoked.json",
              R"({"RevokedSessions": [{"SourceIdentity": "alice"}]})");
    const auto reloaded = admin.Reload();
    EXPECT_TRUE(absl::IsFailedPrecondition(reloaded.status()))
        << reloaded.status();
    EXPECT_EQ(ErrorReason(reloaded.status()), "RegistryFaults");
    const auto status = admin.GetStatus();
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_THAT(Show(*status), HasSubstr(c.fault));
    EXPECT_TRUE(status->loaded());
    EXPECT_EQ(status->counts().roles(), 1);
    EXPECT_EQ(status->counts().revocations(), 1) << "revocations never wait";
    // The log is written once whoever asked for the reload has the answer.
    EXPECT_TRUE(Eventually([&] {
      return absl::StrContains(server.log(), "registry fault");
    })) << server.log();
    c.mend(dir);
    ASSERT_TRUE(admin.Reload().ok()) << Show(*admin.GetStatus());
    EXPECT_EQ(admin.GetStatus()->counts().roles(), 2);
    EXPECT_NE(admin.GetStatus()->revision(), revision);
  }
}

// Each fault names its file, and a file's path may be long.
TEST(RegistryFaultsSeen, InAStatusOfLittleMoreThanAMebibyte) {
  TempDir dir;
  std::string folder = "r";
  for (int i = 0; i < 15; ++i) {
    absl::StrAppend(&folder, "/", std::string(200, 'f'));
  }
  const std::vector<std::string> roles(300,
                                       R"({"RoleName": "R", "A": 1, "B": 2})");
  dir.Write(
      absl::StrCat(folder, "/many.json"),
      absl::StrCat(R"({"RoleDetailList": [)", absl::StrJoin(roles, ","), "]}"));
  ServerProcess server(
      {"--registry", dir.path("r"), "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  const auto status = server.Connect("service:ops").GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_GT(status->ByteSizeLong(), 1'000'000U);
  EXPECT_LT(status->ByteSizeLong(), 1'100'000U);
  EXPECT_EQ(status->faults().rbegin()->code(), "MoreFaults");
}

TEST(RegistryFaultsSeen, AtAColdStartWhichNeverSaysLoaded) {
  for (const FaultyRegistry& c : FaultyRegistries()) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    dir.Write("r/keep.json", R("Keep"));
    c.break_it(dir);
    ServerProcess server(
        {"--registry", dir.path("r"), "--listen", "127.0.0.1:0", "--dev"});
    ASSERT_TRUE(server.serving()) << server.log();
    const Client admin = server.Connect("service:ops");
    const auto status = admin.GetStatus();
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_FALSE(status->loaded());
    EXPECT_EQ(status->revision(), "");
    EXPECT_THAT(Show(*status), HasSubstr(c.fault));
    EXPECT_TRUE(absl::IsFailedPrecondition(admin.Reload().status()));
    EXPECT_THAT(server.log(), Not(HasSubstr("registry loaded")));
    EXPECT_THAT(server.log(),
                HasSubstr("the registry has faults, and nothing is in force"));
    c.mend(dir);
    EXPECT_TRUE(Eventually([&] { return admin.GetStatus()->loaded(); }));
    EXPECT_THAT(server.log(), HasSubstr("registry loaded"));
  }
}

class KeptRegistry : public ::testing::Test {
 protected:
  KeptRegistry() {
    dir_.Write("r/keep.json", R("Keep"));
    fs::create_directory(dir_.path("keys"));
    EXPECT_TRUE(
        service::NewKey(dir_.path("keys"), "k1", service::KeyKind::kSigning)
            .ok());
  }
  std::vector<std::string> Arguments(bool with_keys) {
    return {
        "--config",
        dir_.Write("rolegated.yaml",
                   absl::StrCat(
                       "registry: {dir: ", dir_.path("r"),
                       ", last_good_dir: ", dir_.path("kept"), "}\n",
                       with_keys ? absl::StrCat("session: {issuer: 'urn:i', "
                                                "audience: 'urn:a', keys_dir: ",
                                                dir_.path("keys"), "}\n")
                                 : "")),
        "--listen", "127.0.0.1:0", "--dev"};
  }
  TempDir dir_;
};

TEST_F(KeptRegistry, NeedsASealingKeyAndSaysWhatToDo) {
  for (const bool with_keys : {false, true}) {
    ServerProcess server(Arguments(with_keys));
    EXPECT_FALSE(server.serving());
    EXPECT_THAT(server.log(),
                HasSubstr("registry.last_good_dir: needs `session.keys_dir` "
                          "with a sealing key"));
    EXPECT_THAT(server.log(), HasSubstr("`rolegated keys new --sealing`"));
  }
}

TEST_F(KeptRegistry, IsServedOnlyIfAServerWithTheKeysKeptIt) {
  ASSERT_TRUE(
      service::NewKey(dir_.path("keys"), "k1", service::KeyKind::kSealing)
          .ok());
  std::string revision;
  {
    ServerProcess server(Arguments(true));
    ASSERT_TRUE(server.serving()) << server.log();
    revision = server.Connect("service:ops").GetStatus()->revision();
    EXPECT_EQ(server.Stop(), 0);
  }
  dir_.Write("r/broken.json", "{");
  const std::string kept = dir_.Read("kept/last-good");
  {
    ServerProcess server(Arguments(true));
    ASSERT_TRUE(server.serving()) << server.log();
    const auto status = server.Connect("service:ops").GetStatus();
    EXPECT_TRUE(status->from_last_good());
    EXPECT_EQ(status->revision(), revision);
  }
  // Whoever can write the folder makes no registry of it.
  std::string forged = kept;
  forged.replace(forged.find("s3:*"), 4, "ec2:");
  dir_.Write("kept/last-good", forged);
  {
    ServerProcess server(Arguments(true));
    ASSERT_TRUE(server.serving()) << server.log();
    const auto status = server.Connect("service:ops").GetStatus();
    EXPECT_FALSE(status->loaded());
    EXPECT_THAT(Show(*status), HasSubstr("was not written by a server"));
  }
  // Neither does another deployment, though it has the same keys.
  dir_.Write("kept/last-good", kept);
  std::vector<std::string> arguments = Arguments(true);
  std::string config = dir_.Read("rolegated.yaml");
  config.replace(config.find("urn:i"), 5, "urn:j");
  dir_.Write("rolegated.yaml", config);
  ServerProcess server(arguments);
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_FALSE(server.Connect("service:ops").GetStatus()->loaded());
}

TEST(AwsManagedDir, IsASettingOfTheServer) {
  TempDir dir;
  const auto policy = [](const std::string& action) {
    return absl::StrCat(R"({"PolicyName": "ReadOnlyAccess", )",
                        R"("Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", )",
                        R"("PolicyDocument": )", Allow(action), "}");
  };
  dir.Write("r/keep.json", R("Keep"));
  dir.Write("r/monday.json", policy("s3:Get*"));
  dir.Write("r/friday.json", policy("s3:*"));
  dir.Write("r/aws/pinned.json", policy("s3:List*"));
  struct {
    const char* value;
    bool serves;
    bool loads;
    const char* log;
  } const kCases[] = {
      {"", true, false, "DuplicateDefinition"},
      {"aws", true, true, "registry loaded"},
      {"aws/", true, true, "registry loaded"},
      {"REGISTRY/aws", true, true, "registry loaded"},
      {"elsewhere", true, false, "MissingPolicy"},
      {"../r/aws", false, false, "expected a folder of the registry"},
      {"/etc", false, false, "expected a folder of the registry"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.value);
    std::string value = c.value;
    if (value == "REGISTRY/aws") value = dir.path("r/aws");
    ServerProcess server(
        {"--config",
         dir.Write("rolegated.yaml",
                   absl::StrCat("registry: {dir: ", dir.path("r"),
                                ", aws_managed_dir: '", value, "'}\n")),
         "--listen", "127.0.0.1:0", "--dev"});
    EXPECT_EQ(server.serving(), c.serves) << server.log();
    EXPECT_THAT(server.log(), HasSubstr(c.log));
    if (!c.serves) continue;
    EXPECT_EQ(server.Connect("service:ops").GetStatus()->loaded(), c.loads);
  }
}

}  // namespace
}  // namespace rolegate::testing
