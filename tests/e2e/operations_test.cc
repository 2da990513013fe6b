// `operations_listen` of a real server: what it says, also while the server
// stops, and what strangers can do to it.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/net/health_check.h"
#include "tests/support/documents.h"
#include "tests/support/http_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

class Operations : public ::testing::Test {
 protected:
  Operations() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  }
  // `more` are settings, in YAML.
  void Start(const std::string& more = "",
             const std::string& address = "127.0.0.1:0") {
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n", more));
    server_ = std::make_unique<ServerProcess>(std::vector<std::string>{
        "--config", config, "--listen", "127.0.0.1:0", "--dev",
        "--health-listen", "127.0.0.1:0", "--operations-listen", address});
    ASSERT_TRUE(server_->serving()) << server_->log();
    ASSERT_NE(server_->operations_address(), "");
  }
  // The status and the body of a page; the status is 0 if nobody answers.
  HttpAnswer Get(const std::string& path) const {
    return HttpGet(server_->operations_address(), path);
  }
  bool HealthServes(const std::string& service) const {
    return service::CheckHealth(server_->health_address(), service, "",
                                absl::Seconds(3))
        .ok();
  }

  TempDir dir_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(Operations, AreOffUnlessTheyAreSet) {
  const ServerProcess server({"--registry", dir_.path("registry"), "--listen",
                              "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(server.operations_address(), "");
}

TEST_F(Operations, SayWhetherTheServerLivesAndIsReady) {
  Start();
  EXPECT_EQ(Get("/livez").status, 200);
  EXPECT_EQ(Get("/livez").body, "ok");
  EXPECT_EQ(Get("/readyz").body, "ok");
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(
        Get("/livez?verbose").body,
        absl::StrCat("[+]listener/", server_->address(), " ok\n"));
  })) << Get("/livez?verbose").body;
  EXPECT_THAT(Get("/livez?verbose").body, HasSubstr("livez check passed\n"));
  EXPECT_EQ(Get("/readyz?verbose").body,
            "[+]registry ok\n[+]shutdown ok\nreadyz check passed\n");
  const HttpAnswer unknown = Get("/metricz");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body,
            "expected one of /livez, /readyz, /metrics, /status\n");
}

TEST_F(Operations, ShowWhetherTheEventLoopsTurn) {
  Start();
  // gRPC's library has none.
  const bool has_loops = OverHttp2();
  const auto shown = [&] { return Get("/livez?verbose").body; };
  EXPECT_TRUE(
      Eventually([&] { return absl::StrContains(shown(), "[+]listener/"); }));
  EXPECT_EQ(absl::StrContains(shown(), "[+]event-loop/0 ok\n"), has_loops)
      << shown();
}

TEST_F(Operations, AgreeWithTheHealthServiceAboutARegistryThatIsMissing) {
  dir_.Write("registry/r.json", "{");
  Start();
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/readyz").body,
            "[-]registry failed: no registry is in force\n[+]shutdown ok\n"
            "readyz check failed\n");
  EXPECT_FALSE(HealthServes(""));
  EXPECT_EQ(Get("/livez").status, 200);
  EXPECT_TRUE(HealthServes("rolegate.liveness"));

  dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  EXPECT_TRUE(Eventually([&] { return Get("/readyz").status == 200; }));
  EXPECT_TRUE(HealthServes(""));
}

TEST_F(Operations, SayThatTheServerStopsUntilItHasStopped) {
  Start("limits: {drain_delay: 2s}\n");
  ASSERT_EQ(Get("/readyz").status, 200);
  server_->Signal(SIGTERM);
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(Eventually([&] { return Get("/readyz").status == 503; }));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1)) << "at once, not later";
  EXPECT_THAT(Get("/readyz").body,
              HasSubstr("[-]shutdown failed: the server is stopping\n"));
  // It lives until nobody answers any more.
  absl::Time last;
  for (HttpAnswer livez = Get("/livez"); livez.status != 0;
       livez = Get("/livez")) {
    EXPECT_EQ(livez.status, 200) << livez.body;
    EXPECT_EQ(livez.body, "ok");
    last = absl::Now();
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GE(last - begin, absl::Milliseconds(1900));
  EXPECT_EQ(server_->Wait(), 0);
}

TEST_F(Operations, AreServedOnASocketToo) {
  const std::string address = absl::StrCat("unix:", dir_.path("operations"));
  Start("", address);
  EXPECT_EQ(server_->operations_address(), address);
  EXPECT_EQ(Get("/livez").body, "ok");
  ServerProcess second({"--registry", dir_.path("registry"), "--listen",
                        "127.0.0.1:0", "--operations-listen", address});
  EXPECT_FALSE(second.serving());
  EXPECT_THAT(second.log(), HasSubstr("another server listens on socket"));
  EXPECT_EQ(Get("/livez").body, "ok");
}

TEST_F(Operations, SayWhatIsMissingWhereNobodyCanBeKnown) {
  Start("operations: {console: true}\n",
        absl::StrCat("unix:", dir_.path("operations")));
  HttpConnection connection(server_->operations_address());
  connection.Send("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string answer = connection.Read(absl::Seconds(5));
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 401"));
  EXPECT_THAT(answer, HasSubstr("set `operations.principal` on a Unix"));
  EXPECT_THAT(server_->log(), HasSubstr("nobody may use the console"));
  EXPECT_EQ(Get("/metrics").status, 200);
}

TEST_F(Operations, TheSocketIsOpenToWhomItsFileSays) {
  const std::string path = dir_.path("operations");
  struct stat file = {};
  Start("", absl::StrCat("unix:", path));
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0660u);
  server_.reset();
  Start("operations: {mode: '0600'}\n", absl::StrCat("unix:", path));
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  server_.reset();
  // Root may give the file to any group, and others to their own.
  const gid_t group = geteuid() == 0 ? 1 : getgid();
  Start(absl::StrCat("operations: {mode: '0660', group: '", group, "'}\n"),
        absl::StrCat("unix:", path));
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_gid, group);
  ServerProcess nobody(
      {"--registry", dir_.path("registry"), "--listen", "127.0.0.1:0",
       "--config",
       dir_.Write("group.yaml",
                  absl::StrCat("operations_listen: 'unix:", dir_.path("other"),
                               "'\noperations: {group: "
                               "no-such-group}\n"))});
  EXPECT_FALSE(nobody.serving());
  EXPECT_THAT(nobody.log(), HasSubstr("this machine has no group "
                                      "`no-such-group`"));
}

TEST_F(Operations, AreServedToThisMachineAloneWithoutTlsAndAuthenticators) {
  ServerProcess server({"--registry", dir_.path("registry"), "--listen",
                        "127.0.0.1:0", "--operations-listen", "0.0.0.0:0"});
  EXPECT_FALSE(server.serving());
  EXPECT_THAT(server.log(),
              HasSubstr("operations: `0.0.0.0:0` is reachable from other "
                        "machines and has no TLS: set `tls`, or listen on "
                        "loopback or a Unix socket"));
  EXPECT_THAT(server.log(),
              HasSubstr("operations: `0.0.0.0:0` is reachable from other "
                        "machines, and nothing says who calls: write "
                        "`mappings` of certificates or tokens, or listen on "
                        "loopback or a Unix socket"));
}

TEST_F(Operations, AskOnASocketIfItsCallersAreNamed) {
  const std::string address = absl::StrCat("unix:", dir_.path("operations"));
  dir_.Write("admins.json",
             Policy(R"({"Effect": "Allow", "Action": "rolegate:ReadMetrics",
                        "Resource": "*", "Principal": {"Service": "agent"}})"));
  const std::string policy =
      absl::StrCat("admin_policy: ", dir_.path("admins.json"), "\n");
  Start(absl::StrCat(policy, "operations: {principal: 'service:agent'}\n"),
        address);
  EXPECT_EQ(Get("/metrics").status, 200);
  server_.reset();
  Start(absl::StrCat(policy, "operations: {principal: 'service:other'}\n"),
        address);
  EXPECT_EQ(Get("/metrics").status, 403);
  EXPECT_EQ(Get("/livez").body, "ok");
}

TEST_F(Operations, AFloodOfConnectionsClosesNoDoorForLong) {
  Start();
  std::vector<std::unique_ptr<HttpConnection>> idle;
  for (int i = 0; i < 500; ++i) {
    idle.push_back(
        std::make_unique<HttpConnection>(server_->operations_address()));
    if (i % 2 == 0) idle.back()->Send("GET /livez HTTP/1.1\r\nHost: a\r\nA: b");
  }
  EXPECT_LE(server_->OpenDescriptors(), 150u);
  EXPECT_TRUE(HealthServes("rolegate.liveness"));
  EXPECT_TRUE(server_->Connect("service:a.example").GetCallerIdentity().ok());
  EXPECT_EQ(
      HttpGet(server_->operations_address(), "/livez", "127.0.0.2").status, 200)
      << "another peer has places of its own";
  // The flood's own peer gets in once one of its connections has been idle.
  EXPECT_TRUE(Eventually([&] { return Get("/livez").status == 200; }));
}

TEST_F(Operations, SlowHeadersEndInTime) {
  Start("limits: {handshake_timeout: 500ms}\n");
  HttpConnection silent(server_->operations_address());
  HttpConnection slow(server_->operations_address());
  const absl::Time begin = absl::Now();
  slow.Send("GET /livez HTTP/1.1\r\nHost: a\r\nA: ");
  while (!slow.Ends(absl::Milliseconds(50)) &&
         absl::Now() - begin < absl::Seconds(10)) {
    slow.Send("b");
  }
  EXPECT_TRUE(silent.Ends(absl::Seconds(5)));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(500));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
}

TEST_F(Operations, WhatIsNoRequestIsRefusedAndHoldsNoMemory) {
  Start();
  const struct {
    const char* description;
    std::string bytes;
    const char* answer;
  } kCases[] = {
      {"large headers",
       absl::StrCat("GET /livez HTTP/1.1\r\nHost: a\r\nA: ",
                    std::string(9000, 'b')),
       "HTTP/1.1 431 "},
      {"a path without end", absl::StrCat("GET /", std::string(9000, 'b')),
       "HTTP/1.1 431 "},
      {"a body",
       absl::StrCat(
           "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
           std::string(60'000, 'b')),
       "HTTP/1.1 413 "},
      {"a body in chunks",
       "GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
       "chunked\r\n\r\n5\r\nabcde",
       "HTTP/1.1 413 "},
      {"another method", "DELETE /livez HTTP/1.1\r\nHost: a\r\n\r\n",
       "HTTP/1.1 405 "},
      {"garbage", std::string("\x16\x03\x01\x00\xff\r\n\r\n", 9),
       "HTTP/1.1 400 "},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400 "},
  };
  for (const auto& c : kCases) {
    HttpConnection connection(server_->operations_address());
    connection.Send(c.bytes);
    EXPECT_TRUE(absl::StartsWith(connection.Read(absl::Seconds(5)), c.answer))
        << c.description;
  }
  const std::uint64_t before = server_->ResidentBytes();
  for (int i = 0; i < 300; ++i) {
    for (const auto& c : kCases) {
      HttpConnection connection(server_->operations_address());
      connection.Send(c.bytes);
    }
  }
  EXPECT_TRUE(Eventually([&] { return Get("/livez").status == 200; }));
  EXPECT_LE(server_->ResidentBytes(), before + 16 * kMiB);
}

}  // namespace
}  // namespace rolegate::testing
