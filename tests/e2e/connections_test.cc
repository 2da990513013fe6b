// Connections and the health service under attack, and listeners that die.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/machine_limits.h"
#include "service/net/health_check.h"
#include "tests/support/documents.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_http2.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLiveness[] = "rolegate.liveness";
constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

absl::Status Health(const std::string& address,
                    const std::string& service = "") {
  return service::CheckHealth(address, service, "", absl::Seconds(3));
}

bool Answers(const std::string& bytes) {
  return absl::StrContains(bytes, "application/grpc") ||
         absl::StrContains(bytes, "grpc-status") || bytes.size() > 60;
}

class Connections : public ::testing::Test {
 protected:
  Connections() {
    service::RaiseDescriptorLimit();
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  }
  std::vector<std::string> Arguments() const {
    return {"--registry",      dir_.path("registry"), "--listen", "127.0.0.1:0",
            "--health-listen", "127.0.0.1:0",         "--dev"};
  }

  // The settings of a listener with a certificate of its own.
  std::string Tls() const {
    const std::string script = absl::StrCat(
        "cd ", dir_.path(), " && (",
        "openssl req -x509 -newkey ed25519 -nodes -keyout key.pem -out "
        "cert.pem -days 1 -subj /CN=server -addext "
        "subjectAltName=IP:127.0.0.1",
        ") >/dev/null 2>&1");
    EXPECT_EQ(std::system(script.c_str()), 0);
    return absl::StrCat("tls: {cert: ", dir_.path("cert.pem"),
                        ", key: ", dir_.path("key.pem"));
  }

  TempDir dir_;
};

// Whether a call of the health service is answered on a new connection.
bool GetsIn(const std::string& address, const std::string& source) {
  RawHttp2 caller(address, source);
  if (!caller.connected() || !caller.Greet() || !caller.Open(1, kCheck) ||
      !caller.Send(1, RawHttp2::Message("", 0), true)) {
    return false;
  }
  std::string answer;
  const absl::Time end = absl::Now() + absl::Seconds(3);
  while (absl::Now() < end && !Answers(answer)) {
    const std::string more = caller.Read(absl::Milliseconds(500));
    if (more.empty() && caller.IsClosed(absl::ZeroDuration())) return false;
    answer += more;
  }
  return Answers(answer);
}

TEST_F(Connections, ThatAreIdleTakeNeitherTheDoorNorAllPlaces) {
  ServerProcess server(Arguments(),
                       {.descriptors = 256, .most_descriptors = 1024});
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_THAT(server.log(), HasSubstr("\"descriptors\":1024"))
      << "the limit is raised to what the system allows";
  // More than the server may have descriptors, some with a preface and some
  // without a word.
  std::vector<std::unique_ptr<RawHttp2>> idle;
  for (int i = 0; i < 1100; ++i) {
    idle.push_back(std::make_unique<RawHttp2>(server.address()));
    ASSERT_TRUE(idle.back()->connected());
    if (i % 2 == 0) idle.back()->Greet();
  }
  for (int second = 0; second < 4; ++second) {
    EXPECT_TRUE(GetsIn(server.address(), "127.0.0.2"))
        << "somebody else gets in at once";
    EXPECT_EQ(Health(server.health_address(), kLiveness), absl::OkStatus());
    absl::SleepFor(absl::Seconds(1));
  }
  EXPECT_TRUE(GetsIn(server.address(), ""))
      << "and so does who shares the flood's address, for an idle connection";
  idle.clear();
  const Client client = server.Connect("service:ec2.amazonaws.com");
  EXPECT_TRUE(client.GetCallerIdentity().ok());
  EXPECT_EQ(Health(server.address()), absl::OkStatus());
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_THAT(server.log(), HasSubstr("connections run short"));
  EXPECT_THAT(server.log(), Not(HasSubstr("Too many open files")));
}

TEST_F(Connections, OfHealthListenAreFewAndCloseNoOtherDoor) {
  ServerProcess server(Arguments(), {.most_descriptors = 1024});
  ASSERT_TRUE(server.serving()) << server.log();
  std::vector<std::unique_ptr<RawHttp2>> idle;
  for (int i = 0; i < 900; ++i) {
    idle.push_back(std::make_unique<RawHttp2>(server.health_address()));
    idle.back()->Greet();
  }
  EXPECT_TRUE(GetsIn(server.address(), ""));
  EXPECT_TRUE(GetsIn(server.health_address(), "127.0.0.2"));
  EXPECT_LE(server.OpenDescriptors(), 250u);
}

TEST_F(Connections, OfHealthListenHoldNoMemory) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const std::uint64_t before = server.ResidentBytes();
  // Calls whose message never ends, on as many streams as get through.
  std::vector<std::unique_ptr<RawHttp2>> callers;
  const std::string half =
      RawHttp2::Message(std::string(900'000, 'x'), 1'000'000);
  std::uint64_t sent = 0;
  for (int i = 0; i < 50; ++i) {
    callers.push_back(std::make_unique<RawHttp2>(
        server.health_address(), absl::StrCat("127.0.1.", i + 1)));
    RawHttp2& caller = *callers.back();
    caller.Greet();
    for (std::uint32_t stream = 1; stream < 32; stream += 2) {
      if (!caller.Open(stream, kCheck)) break;
      sent += caller.SendWhatFits(stream, half, absl::Milliseconds(20));
    }
  }
  EXPECT_EQ(Health(server.health_address(), kLiveness), absl::OkStatus());
  EXPECT_LE(server.ResidentBytes(), before + 64 * kMiB)
      << sent / kMiB << " MiB were sent";
}

TEST_F(Connections, WatchesOfHealthAreBounded) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const std::uint64_t before = server.ResidentBytes();
  // On a listener of the API, where a connection may have many streams.
  std::vector<std::unique_ptr<RawHttp2>> callers;
  for (int i = 0; i < 100; ++i) {
    callers.push_back(std::make_unique<RawHttp2>(server.address()));
    RawHttp2& caller = *callers.back();
    caller.Greet();
    for (std::uint32_t stream = 1; stream < 400; stream += 2) {
      if (!caller.Open(stream, kWatch) ||
          !caller.Send(stream, RawHttp2::Message("", 0), true)) {
        break;
      }
    }
    while (!caller.Read(absl::Milliseconds(20)).empty()) {
    }
  }
  EXPECT_EQ(Health(server.address()), absl::OkStatus());
  EXPECT_LE(server.ResidentBytes(), before + 128 * kMiB);
  // Those watches that were not ended hold up nobody who stops the server.
  const absl::Time stopping = absl::Now();
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_LT(absl::Now() - stopping, absl::Seconds(5));
}

TEST_F(Connections, WithoutIdentityWriteNoLineOfTheirOwnIntoTheLog) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  RawHttp2 caller(server.address());
  ASSERT_TRUE(caller.Greet());
  for (std::uint32_t stream = 1; stream < 200; stream += 2) {
    ASSERT_TRUE(caller.Open(stream,
                            "/rolegate.v1.AuthorizationService/"
                            "Authorize"));
    // Field 3 of AuthorizeRequest is a text, and this is no UTF-8.
    ASSERT_TRUE(
        caller.Send(stream, RawHttp2::Message("\x1a\x02\xff\n", 4), true));
    if (stream % 20 == 1) caller.Read(absl::Milliseconds(20));
  }
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(server.log(), "invalid UTF-8");
  })) << server.log();
  EXPECT_EQ(server.Stop(), 0);
  int of_protobuf = 0;
  for (const absl::string_view line :
       absl::StrSplit(server.log(), '\n', absl::SkipEmpty())) {
    EXPECT_TRUE(absl::StartsWith(line, "{\"time\":")) << line;
    if (absl::StrContains(line, "protobuf")) ++of_protobuf;
  }
  EXPECT_LE(of_protobuf, 5);
}

TEST_F(Connections, AListenerThatDiesIsNoLongerAlive) {
  const std::string tls = Tls();
  const std::string config =
      dir_.Write("rolegated.yaml",
                 absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n",
                              "health_listen: 127.0.0.1:0\nlisteners:\n",
                              "  - {address: 127.0.0.1:0}\n",
                              "  - {address: 'localhost:0'}\n",
                              "  - {address: '0.0.0.0:0', ", tls, "}}\n",
                              "  - {address: '127.0.0.1:0', ", tls,
                              ", client_ca: ", dir_.path("cert.pem"),
                              "}, mappings: [{dns: a.example.org, ",
                              "principal: 'service:a.example.org'}]}\n",
                              "  - {address: 'unix:", dir_.path("s"),
                              "', principal: 'service:a.example.org'}\n"));
  ServerProcess server({"--config", config, "--log-level", "debug"});
  ASSERT_TRUE(server.serving()) << server.log();
  const auto alive = [&] {
    return Health(server.health_address(), kLiveness).ok();
  };
  // Longer than a dead listener would be taken for a live one.
  for (int second = 0; second < 11; ++second) {
    EXPECT_TRUE(alive()) << server.log();
    absl::SleepFor(absl::Seconds(1));
  }
  EXPECT_THAT(server.log(), Not(HasSubstr("does not answer")));

  ASSERT_EQ(std::rename(dir_.path("s").c_str(), dir_.path("away").c_str()), 0);
  EXPECT_TRUE(alive()) << "a short while is none";
  for (int i = 0; i < 300 && alive(); ++i) {
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_FALSE(alive());
  EXPECT_EQ(Health(server.health_address()), absl::OkStatus())
      << "the other listeners serve";
  EXPECT_THAT(server.log(),
              HasSubstr("a listener does not answer: rolegate.liveness is "
                        "NOT_SERVING"));
  EXPECT_THAT(server.log(), HasSubstr(dir_.path("s")));

  ASSERT_EQ(std::rename(dir_.path("away").c_str(), dir_.path("s").c_str()), 0);
  EXPECT_TRUE(Eventually(alive));
  EXPECT_EQ(server.Stop(), 0);
}

TEST_F(Connections, WhoseClientsSpeakSomethingElseAreToldSo) {
  const std::string config =
      dir_.Write("rolegated.yaml",
                 absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n",
                              "health_listen: 127.0.0.1:0\nlisteners:\n",
                              "  - {address: 127.0.0.1:0}\n",
                              "  - {address: '127.0.0.1:0', ", Tls(), "}}\n"));
  ServerProcess server({"--config", config});
  ASSERT_TRUE(server.serving()) << server.log();
  const HttpAnswer health = HttpGet(server.health_address(), "/livez");
  EXPECT_EQ(health.status, 505);
  EXPECT_THAT(health.body, HasSubstr("`operations_listen`"));
  if (!OverHttp2()) return;  // gRPC's library answers in binary
  const HttpAnswer plain = HttpGet(server.address(0), "/");
  EXPECT_EQ(plain.status, 505);
  EXPECT_EQ(plain.body,
            "this port speaks gRPC, which is HTTP/2; use a client of gRPC, and "
            "`operations_listen` for HTTP/1.1\n");
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(server.log(),
                             "\"sent\":\"HTTP/1.1\",\"expected\":\"HTTP/2\"");
  })) << server.log();

  const HttpAnswer tls = HttpGet(server.address(1), "/");
  EXPECT_EQ(tls.status, 400);
  EXPECT_THAT(tls.body, HasSubstr("this port speaks gRPC over TLS alone"));
  // A client of gRPC gives up, and does not send its call without TLS.
  EXPECT_EQ(Health(server.address(1)).code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(server.log(), HasSubstr("\"sent\":\"HTTP/1.1\",\"expected\":"
                                      "\"TLS\""));
  EXPECT_EQ(server.Stop(), 0);
}

}  // namespace
}  // namespace rolegate::testing
