// Start, health, faults at start-up, sockets, signals and the end.

#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/sessions/key_commands.h"
#include "tests/support/documents.h"
#include "tests/support/paths.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

int HealthCheck(const std::string& address, const std::string& service = "") {
  const std::string command =
      absl::StrCat(ProgramPath("rolegated"), " healthcheck --server ", address,
                   " --service '", service, "' >/dev/null 2>&1");
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST(Lifecycle, WaitsWhileTheRegistryHasFaults) {
  TempDir registry;
  registry.Write("role.json", "{\n  \"RoleName\": oops }");
  ServerProcess server(
      {"--registry", registry.path(), "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(HealthCheck(server.address()), 1);
  EXPECT_EQ(HealthCheck(server.address(), "rolegate.v1.AuthorizationService"),
            1);
  EXPECT_EQ(HealthCheck(server.address(), "rolegate.liveness"), 0);

  const Client client = server.Connect("service:ec2.amazonaws.com");
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource("*");
  EXPECT_EQ(ErrorReason(client.Authorize(request).status()),
            "RegistryNotLoaded");
  EXPECT_TRUE(client.GetSigningKeys().ok());
  const auto status = client.GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_FALSE(status->loaded());
  ASSERT_EQ(status->faults_size(), 1);
  EXPECT_EQ(status->faults(0).file(), "role.json");
  EXPECT_EQ(status->faults(0).line(), 2);
  EXPECT_EQ(status->faults(0).column(), 15);
  EXPECT_EQ(client.Reload().status().code(),
            absl::StatusCode::kFailedPrecondition);

  registry.Write("role.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  EXPECT_TRUE(Eventually([&] { return HealthCheck(server.address()) == 0; }));
  EXPECT_EQ(server.Stop(), 0);
}

TEST(Lifecycle, SighupReadsAManualRegistry) {
  TempDir registry;
  TempDir config;
  registry.Write("a.json", Role("A", Trust(kEc2), Allow("s3:*")));
  const std::string file = config.Write(
      "rolegated.yaml", absl::StrCat("registry:\n  dir: ", registry.path(),
                                     "\n  reload: manual\n"));
  ServerProcess server({"--config", file, "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client client = server.Connect("service:ops");
  registry.Write("b.json", Role("B", Trust(kEc2), Allow("s3:*")));
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_EQ(client.GetStatus()->counts().roles(), 1);
  server.Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return client.GetStatus()->counts().roles() == 2; }));
  registry.Write("c.json", Role("C", Trust(kEc2), Allow("s3:*")));
  EXPECT_EQ(client.Reload()->counts().roles(), 3);
}

class LogLevelBySighup : public ::testing::Test {
 protected:
  // Sets the level and a limit in the file.
  void Configure(const std::string& level, int max_batch_checks) const {
    dir_.Write("rolegated.yaml",
               absl::StrCat("registry: {dir: ", dir_.path("registry"),
                            "}\nlog: {level: ", level,
                            "}\nlimits: {max_batch_checks: ", max_batch_checks,
                            "}\n"));
  }
  std::vector<std::string> Serving() const {
    dir_.Write("registry/a.json", Role("A", Trust(kEc2), Allow("s3:*")));
    return {"--config", dir_.path("rolegated.yaml"), "--listen", "127.0.0.1:0",
            "--dev"};
  }
  // How often the log of a server holds a text.
  static int Count(const ServerProcess& server, const std::string& text) {
    const std::string log = server.log();
    int count = 0;
    for (std::size_t at = log.find(text); at != std::string::npos;
         at = log.find(text, at + 1)) {
      ++count;
    }
    return count;
  }
  // What the server logs, from the level `info`, when it hears of the signal.
  static constexpr char kReloading[] = "\"message\":\"reloading: SIGHUP\"";

  TempDir dir_;
};

TEST_F(LogLevelBySighup, IsAppliedAndNothingElseIs) {
  Configure("info", 500);
  ServerProcess server(Serving());
  ASSERT_TRUE(server.serving()) << server.log();
  Configure("error", 1);
  server.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] {
    return Count(server,
                 R"("message":"the log level is changed","from":"info",)"
                 R"("to":"error")") == 1;
  })) << server.log();
  EXPECT_EQ(Count(server, kReloading), 1);

  // At that level it tells of no reload.
  dir_.Write("registry/b.json", Role("B", Trust(kEc2), Allow("s3:*")));
  const Client client = server.Connect("service:ops");
  server.Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return client.GetStatus()->counts().roles() == 2; }));
  EXPECT_EQ(Count(server, kReloading), 1) << server.log();
  EXPECT_EQ(Count(server, "settings were changed"), 0) << server.log();

  Configure("info", 1);
  server.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] {
    return Count(server, R"("settings":"limits.max_batch_checks"})") == 1;
  })) << server.log();
  EXPECT_EQ(Count(server, R"("from":"error","to":"info")"), 1);
  v1::BatchAuthorizeRequest batch;
  for (int i = 0; i < 2; ++i) {
    auto* const check = batch.add_checks();
    check->set_action("s3:GetObject");
    check->set_resource("*");
  }
  EXPECT_TRUE(client.BatchAuthorize(batch).ok()) << "the limit is as before";
}

TEST_F(LogLevelBySighup, AFlagStandsOverTheFileThenToo) {
  Configure("info", 500);
  std::vector<std::string> arguments = Serving();
  arguments.insert(arguments.end(), {"--log-level", "warning"});
  ServerProcess server(arguments);
  ASSERT_TRUE(server.serving()) << server.log();
  Configure("debug", 1);
  server.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] {
    return Count(server, R"("settings":"limits.max_batch_checks"})") == 1;
  })) << server.log();
  EXPECT_EQ(Count(server, "the log level is changed"), 0) << server.log();
}

TEST_F(LogLevelBySighup, AFaultInTheFileChangesNoLevel) {
  Configure("info", 500);
  ServerProcess server(Serving());
  ASSERT_TRUE(server.serving()) << server.log();
  dir_.Write("rolegated.yaml",
             absl::StrCat("registry: {dir: ", dir_.path("registry"),
                          "}\nlog: {level: loud}\n"));
  server.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] {
    return Count(server, "the configuration has a fault since the start") == 1;
  })) << server.log();
  server.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Count(server, kReloading) == 2; }))
      << server.log();
}

TEST(Lifecycle, NoTwoServersShareAPortOrASocket) {
  TempDir registry;
  TempDir run;
  registry.Write("a.json", Role("A", Trust(kEc2), Allow("s3:*")));
  const std::string config = run.Write(
      "rolegated.yaml",
      absl::StrCat("registry: {dir: ", registry.path(), "}\nlisteners:\n",
                   "  - address: unix:", run.path("socket"),
                   "\n    principals: [\"service:*\"]\n"));
  ServerProcess first({"--config", config});
  ASSERT_TRUE(first.serving()) << first.log();
  struct stat status = {};
  ASSERT_EQ(stat(run.path("socket").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
  ServerProcess second({"--config", config});
  EXPECT_FALSE(second.serving());
  EXPECT_THAT(second.log(), HasSubstr("another server listens on socket"));
  EXPECT_NE(second.Wait(), 0);
  EXPECT_TRUE(first.Connect("service:shop").GetCallerIdentity().ok());

  ServerProcess tcp({"--registry", registry.path(), "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(tcp.serving());
  ServerProcess thief(
      {"--registry", registry.path(), "--listen", tcp.address()});
  EXPECT_FALSE(thief.serving());
  EXPECT_THAT(thief.log(), HasSubstr("another process uses the address"));
}

TEST(Lifecycle, TerminationFinishesWhatIsInFlight) {
  TempDir registry;
  registry.Write("a.json", Role("A", Trust(kEc2), Allow("s3:*")));
  ServerProcess server(
      {"--registry", registry.path(), "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      ClientOptions options;
      options.server = server.address();
      options.principal = "service:load";
      options.deadline = absl::Milliseconds(500);
      const Client client = *Client::Connect(options);
      while (!stop) {
        const auto identity = client.GetCallerIdentity();
        if (identity.ok()) {
          ++answered;
          continue;
        }
        // Refused, or no server: never an answer that breaks off.
        EXPECT_TRUE(absl::IsUnavailable(identity.status()) ||
                    absl::IsDeadlineExceeded(identity.status()))
            << identity.status();
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return answered > 200; }));
  EXPECT_EQ(server.Stop(), 0);
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(server.log(), HasSubstr("stopped"));
}

TEST(Lifecycle, KilledAnywhereItStartsFromAWholeGeneration) {
  TempDir registry;
  TempDir state;
  std::filesystem::create_directory(state.path("keys"));
  for (const auto kind :
       {service::KeyKind::kSigning, service::KeyKind::kSealing}) {
    ASSERT_TRUE(service::NewKey(state.path("keys"), "k1", kind).ok());
  }
  const std::string config = state.Write(
      "rolegated.yaml",
      absl::StrCat("registry: {dir: ", registry.path(),
                   ", last_good_dir: ", state.path("last-good"), "}\n",
                   "session: {issuer: 'urn:i', audience: 'urn:a', keys_dir: ",
                   state.path("keys"), "}\n"));
  const auto write = [&](int generation) {
    // Both roles carry the generation, so that a mixture shows.
    for (const char* name : {"Left", "Right"}) {
      registry.Write(
          absl::StrCat(name, ".json"),
          Role(name, Trust(kEc2), Allow(absl::StrCat("g:N", generation))));
    }
  };
  write(0);
  for (int i = 1; i <= 8; ++i) {
    ServerProcess server(
        {"--config", config, "--listen", "127.0.0.1:0", "--dev"});
    ASSERT_TRUE(server.serving()) << server.log();
    write(i);
    // Within the quiet time, the reading, the writing of the last good one, or
    // after it.
    absl::SleepFor(absl::Milliseconds(90 + 7 * i));
    server.Signal(SIGKILL);
    server.Wait();
  }
  registry.Write("broken.json", "{");
  ServerProcess server(
      {"--config", config, "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ops = server.Connect("service:ec2.amazonaws.com");
  ASSERT_TRUE(ops.GetStatus()->loaded()) << server.log();
  EXPECT_TRUE(ops.GetStatus()->from_last_good());
  EXPECT_EQ(ops.GetStatus()->faults_size(), 1);
  const Client left = ops.WithSession(AssumeOrDie(ops, RoleArn("Left")));
  const Client right = ops.WithSession(AssumeOrDie(ops, RoleArn("Right")));
  int found = 0;
  for (int i = 0; i <= 8; ++i) {
    const std::string action = absl::StrCat("g:N", i);
    EXPECT_EQ(left.IsAllowed(action, "*"), right.IsAllowed(action, "*"));
    if (left.IsAllowed(action, "*")) ++found;
  }
  EXPECT_EQ(found, 1);
}

}  // namespace
}  // namespace rolegate::testing
