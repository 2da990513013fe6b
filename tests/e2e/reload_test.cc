// A registry that is rewritten under constant load.

#include <filesystem>
#include <thread>

#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

namespace fs = std::filesystem;

// Swaps generations as Kubernetes and git-sync do: a new folder, then one
// rename of the link `..data`.
class LinkedRegistry {
 public:
  explicit LinkedRegistry(const TempDir& dir) : dir_(dir) {}

  // Exactly one of g:Left and g:Right is allowed, by two files that agree only
  // within one generation.
  void Publish(int number) {
    const std::string folder = absl::StrCat("..g", number);
    const bool left = number % 2 == 0;
    dir_.Write(folder + "/role.json",
               Role("R", Trust(kEc2), Allow(left ? "g:*" : "g:Right")));
    dir_.Write(
        folder + "/limit.json",
        absl::StrCat(
            R"({"ResourceArn": "arn:aws:g:::x",)", R"("PolicyDocument": )",
            Policy(absl::StrCat(R"({"Effect": "Deny", "Principal": "*",)",
                                R"("Action": ")", left ? "g:Right" : "g:Left",
                                R"(", "Resource": "*"})")),
            "}"));
    fs::create_symlink(folder, dir_.path("..data_tmp"));
    fs::rename(dir_.path("..data_tmp"), dir_.path("..data"));
    if (number > 3) dir_.Remove(absl::StrCat("..g", number - 3));
  }

 private:
  const TempDir& dir_;
};

TEST(Reload, AThousandRewritesUnderLoadLoseAndMixNothing) {
  TempDir dir;
  LinkedRegistry registry(dir);
  registry.Publish(0);
  ServerProcess server({"--registry", dir.path(), "--listen", "127.0.0.1:0",
                        "--dev", "--log-level", "error"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ec2 = server.Connect("service:ec2.amazonaws.com");
  const std::string token = AssumeOrDie(ec2, RoleArn("R"));

  std::atomic<bool> stop{false};
  std::atomic<int> batches{0};
  std::atomic<int> left_generations{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      const Client session = server.Connect("", token);
      v1::BatchAuthorizeRequest request;
      for (const char* action : {"g:Left", "g:Right"}) {
        auto* const check = request.add_checks();
        check->set_action(action);
        check->set_resource("arn:aws:g:::x");
      }
      while (!stop) {
        const auto response = session.BatchAuthorize(request);
        ASSERT_TRUE(response.ok()) << response.status();
        const bool left = response->results(0).decision() == v1::DECISION_ALLOW;
        const bool right =
            response->results(1).decision() == v1::DECISION_ALLOW;
        ASSERT_NE(left, right) << "a mixture of two generations";
        if (left) ++left_generations;
        ++batches;
      }
    });
  }
  for (int i = 1; i <= 1000; ++i) {
    registry.Publish(i);
    absl::SleepFor(absl::Milliseconds(5));
  }
  // The last generation comes into force.
  const Client session = server.Connect("", token);
  registry.Publish(1001);
  EXPECT_TRUE(Eventually(
      [&] { return session.IsAllowed("g:Right", "arn:aws:g:::x"); }));
  stop = true;
  for (std::thread& caller : callers) caller.join();
  const auto status = ec2.GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->faults_size(), 0) << status->DebugString();
  EXPECT_GT(status->reloads(), 3);
  EXPECT_GT(batches, 100);
  RecordProperty("batches", batches);
  RecordProperty("reloads", static_cast<int>(status->reloads()));
}

TEST(Reload, RunningSessionsSeeEditsAndDeletedRolesEndThem) {
  TempDir dir;
  dir.Write("role.json", Role("R", Trust(kEc2), Allow("s3:GetObject")));
  dir.Write("keep.json", Role("Keep", Trust(kEc2), Allow("s3:GetObject")));
  ServerProcess server(
      {"--registry", dir.path(), "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ec2 = server.Connect("service:ec2.amazonaws.com");
  const Client session = ec2.WithSession(AssumeOrDie(ec2, RoleArn("R")));
  EXPECT_FALSE(session.IsAllowed("s3:PutObject", "*"));
  dir.Write("role.json", Role("R", Trust(kEc2), Allow("s3:*")));
  EXPECT_TRUE(
      Eventually([&] { return session.IsAllowed("s3:PutObject", "*"); }));
  dir.Remove("role.json");
  EXPECT_TRUE(Eventually([&] {
    return ErrorReason(session.GetCallerIdentity().status()) ==
           "InvalidClientTokenId";
  }));
}

TEST(Reload, ASessionIsOfTheVeryRoleThatGaveIt) {
  const auto role = [](const std::string& name, const std::string& id) {
    return absl::StrCat(
        R"({"RoleName": ")", name, R"(", "Arn": ")", RoleArn(name),
        R"(", "RoleId": ")", id, R"(", "AssumeRolePolicyDocument": )",
        Trust(kEc2),
        R"(, "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": )",
        Allow("s3:*"), "}]}");
  };
  struct {
    const char* name;
    std::string file;  // where the role stands afterwards
    std::string text;
    bool lives;
  } const kRows[] = {
      {"moved to another file", "other.json", role("R", "AROAONE"), true},
      {"renamed", "role.json", role("S", "AROAONE"), false},
      {"made again under its name", "role.json", role("R", "AROATWO"), false},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    TempDir dir;
    dir.Write("registry/role.json", role("R", "AROAONE"));
    dir.Write("registry/keep.json", role("Keep", "AROAKEEP"));
    ServerProcess server({"--registry", dir.path("registry"), "--listen",
                          "127.0.0.1:0", "--dev"});
    ASSERT_TRUE(server.serving()) << server.log();
    const Client ec2 = server.Connect("service:ec2.amazonaws.com");
    const Client session = ec2.WithSession(AssumeOrDie(ec2, RoleArn("R")));
    const auto state = [&] {
      return ErrorReason(session.GetCallerIdentity().status());
    };
    ASSERT_EQ(state(), "");
    // Away first, so that what comes is another generation.
    dir.Remove("registry/role.json");
    EXPECT_TRUE(Eventually([&] { return state() == "InvalidClientTokenId"; }));
    const Client admin = server.Connect("service:x");
    const std::string before = admin.GetStatus()->revision();
    dir.Write(absl::StrCat("registry/", row.file), row.text);
    EXPECT_TRUE(
        Eventually([&] { return admin.GetStatus()->revision() != before; }));
    EXPECT_EQ(state(), row.lives ? "" : "InvalidClientTokenId");
  }
}

}  // namespace
}  // namespace rolegate::testing
