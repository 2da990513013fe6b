// `health_listen` answers gRPC's clients, and holds little for anybody else.

#include "service/net/health_connection.h"

#include <nghttp2/nghttp2.h>
#include <poll.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/health.pb.h"
#include "tests/support/memory_http2_client.h"

namespace rolegate::service {
namespace {

namespace v1 = grpc::health::v1;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

std::string Framed(const std::string& message, char compressed = 0) {
  std::string framed(1, compressed);
  for (int shift = 24; shift >= 0; shift -= 8) {
    framed += static_cast<char>(message.size() >> shift & 0xff);
  }
  return framed + message;
}

std::string Asking(const std::string& service) {
  v1::HealthCheckRequest request;
  request.set_service(service);
  return Framed(request.SerializeAsString());
}

using Answer = rolegate::testing::Http2Answer;

// A client and the connection that serves it.
class Peer {
 public:
  explicit Peer(HealthStatus* health, const std::string& name = "peer")
      : waker_(std::make_shared<HealthWaker>()),
        server_(std::make_unique<HealthConnection>(health, name, waker_)) {}

  // Opens a call and sends `body`, which ends the request if it is `last`.
  std::int32_t Open(const std::string& path, const std::string& body,
                    bool last = true, const std::string& method = "POST",
                    const std::string& type = "application/grpc") {
    return client_.Open({path, body, last, method, type, {}});
  }
  void Ping() { client_.Ping(); }

  // Sends what was said and takes what is answered.  False once the server
  // closes the connection.
  bool Exchange(bool read = true) {
    rolegate::testing::Carried carried;
    do {
      carried = rolegate::testing::Carry(client_, *server_, read);
      if (carried.closed) return false;
    } while (carried.moved);
    return !server_->done();
  }

  // What a call came to.
  Answer& Call(const std::string& path, const std::string& body,
               const std::string& method = "POST",
               const std::string& type = "application/grpc") {
    const std::int32_t stream = Open(path, body, true, method, type);
    Exchange();
    return answer(stream);
  }
  Answer& answer(std::int32_t stream) { return client_.answer(stream); }
  HealthConnection& server() { return *server_; }
  bool told_to_go() const { return !client_.goaways().empty(); }
  // Whether somebody woke the server's thread since the last time.
  bool Woken() {
    pollfd woken = {waker_->fd(), POLLIN, 0};
    const bool yes = poll(&woken, 1, 0) > 0;
    waker_->Clear();
    return yes;
  }

 private:
  const std::shared_ptr<HealthWaker> waker_;
  const std::unique_ptr<HealthConnection> server_;
  rolegate::testing::MemoryHttp2Client client_;
};

// A body with messages of these statuses.
std::string Said(
    const std::vector<v1::HealthCheckResponse::ServingStatus>& all) {
  std::string body;
  for (const auto status : all) {
    v1::HealthCheckResponse response;
    response.set_status(status);
    body += Framed(response.SerializeAsString());
  }
  return body;
}

constexpr auto kServing = v1::HealthCheckResponse::SERVING;
constexpr auto kNotServing = v1::HealthCheckResponse::NOT_SERVING;
constexpr auto kNobody = v1::HealthCheckResponse::SERVICE_UNKNOWN;

TEST(HealthConnectionTest, AnswersWhatItIsAsked) {
  struct Case {
    const char* description;
    const char* path;
    std::string body;
    std::string grpc_status;
    std::string answer;
    const char* method = "POST";
    const char* type = "application/grpc";
    const char* status = "200";
  };
  const Case cases[] = {
      {"all of it", kCheck, Asking(""), "0", Said({kServing})},
      {"one service", kCheck, Asking("rolegate.v1.PolicyService"), "0",
       Said({kServing})},
      {"with a codec's name", kCheck, Asking("rolegate.liveness"), "0",
       Said({kServing}), "POST", "application/grpc+proto"},
      {"nobody's name", kCheck, Asking("nobody"), "5", ""},
      {"a long name", kCheck, Asking(std::string(257, 'x')), "3", ""},
      {"a watch under a long name", kWatch, Asking(std::string(257, 'x')), "3",
       ""},
      {"another method", "/grpc.health.v1.Health/List", Asking(""), "12", ""},
      {"another service", "/rolegate.v1.AuthorizationService/Authorize", "",
       "12", ""},
      {"no message", kCheck, "", "13", ""},
      {"half a head", kCheck, "\x01", "12", ""},
      {"part of a message", kCheck, Asking("nobody").substr(0, 8), "13", ""},
      {"two messages", kCheck, Asking("") + Asking(""), "13", ""},
      {"a text that is no UTF-8", kCheck, Framed("\x0a\x01\xff"), "13", ""},
      {"a compressed message", kCheck, Framed("xyz", 1), "12", ""},
      {"another verb", kCheck, Asking(""), "", "", "PUT", "application/grpc",
       "405"},
      {"no gRPC", kCheck, Asking(""), "", "", "POST", "text/html", "415"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.description);
    HealthStatus health;
    health.SetReady(true);
    Peer peer(&health);
    Answer& answer = peer.Call(each.path, each.body, each.method, each.type);
    EXPECT_TRUE(answer.ended);
    EXPECT_EQ(answer.headers[":status"], each.status);
    EXPECT_EQ(answer.grpc_status(), each.grpc_status);
    EXPECT_EQ(answer.body, each.answer);
    // The connection goes on.
    EXPECT_EQ(peer.Call(kCheck, Asking("")).body, Said({kServing}));
    EXPECT_EQ(peer.server().calls(), 0u);
  }
}

TEST(HealthConnectionTest, TellsWhatChanges) {
  HealthStatus health;
  Peer peer(&health);
  const std::int32_t all = peer.Open(kWatch, Asking(""));
  const std::int32_t nobody = peer.Open(kWatch, Asking("nobody"));
  peer.Exchange();
  EXPECT_EQ(peer.answer(all).body, Said({kNotServing}));
  EXPECT_EQ(peer.answer(nobody).body, Said({kNobody}));
  EXPECT_EQ(health.watches(), 2u);
  peer.Woken();
  health.SetReady(true);
  EXPECT_TRUE(peer.Woken());
  peer.server().TellWatches();
  peer.Exchange();
  EXPECT_EQ(peer.answer(all).body, Said({kNotServing, kServing}));
  EXPECT_EQ(peer.answer(nobody).body, Said({kNobody}))
      << "nothing changed for this one";

  health.EndWatches();
  EXPECT_TRUE(peer.Woken());
  peer.server().TellWatches();
  peer.Exchange();
  EXPECT_TRUE(peer.answer(all).ended);
  EXPECT_EQ(peer.answer(all).grpc_status(), "8");
  EXPECT_EQ(peer.answer(nobody).grpc_status(), "8");
  EXPECT_EQ(peer.Call(kWatch, Asking("")).grpc_status(), "14")
      << "there are no more watches";
}

TEST(HealthConnectionTest, WatchesEndWithIt) {
  HealthStatus health;
  {
    Peer peer(&health);
    const std::int32_t watch = peer.Open(kWatch, Asking(""));
    peer.Exchange();
    EXPECT_EQ(health.watches(), 1u);
    peer.server().GoAway();
    EXPECT_FALSE(peer.Exchange()) << "nothing is left to be said";
    EXPECT_EQ(peer.answer(watch).grpc_status(), "14");
    EXPECT_EQ(health.watches(), 0u);
  }
  {
    Peer peer(&health);
    peer.Open(kWatch, Asking(""));
    peer.Exchange();
    EXPECT_EQ(health.watches(), 1u);
  }
  EXPECT_EQ(health.watches(), 0u);
  health.SetReady(true);  // tells nobody who is gone
}

TEST(HealthConnectionTest, HasEightCallsAtOnce) {
  HealthStatus health;
  Peer peer(&health);
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(peer.Open(kWatch, Asking("")));
  peer.Exchange();
  EXPECT_EQ(peer.server().calls(), 8u);
  // nghttp2 keeps the ninth back, as it was told to.
  const std::int32_t ninth = peer.Open(kCheck, Asking(""));
  peer.Exchange();
  EXPECT_FALSE(peer.answer(ninth).ended);
  EXPECT_EQ(peer.server().calls(), 8u);
  EXPECT_EQ(health.watches(), 8u);
}

TEST(HealthConnectionTest, TakesNoLargeRequest) {
  HealthStatus health;
  Peer peer(&health);
  const std::int32_t stream =
      peer.Open(kCheck, std::string(5000, '\0'), /*last=*/false);
  EXPECT_TRUE(peer.Exchange());
  EXPECT_EQ(peer.answer(stream).error, NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(peer.server().calls(), 0u);
}

// A client of good will is asked to go before it is cut off, and loses no call.
TEST(HealthConnectionTest, MaySendSoMuchAndNoMore) {
  HealthStatus health;
  health.SetReady(true);
  Peer peer(&health);
  int answered = 0;
  while (peer.Exchange() && !peer.told_to_go()) {
    ASSERT_LT(answered, 10'000);
    Answer& answer = peer.Call(kCheck, Asking(""));
    ASSERT_EQ(answer.body, Said({kServing}));
    ++answered;
  }
  EXPECT_TRUE(peer.told_to_go());
  EXPECT_TRUE(peer.server().done());
  EXPECT_GT(answered, 100);

  Peer rude(&health);
  bool open = true;
  std::size_t sent = 0;
  for (; open && sent < 10 * HealthConnection::kMaxReceived; sent += 17) {
    rude.Ping();
    open = rude.Exchange(/*read=*/false);
  }
  EXPECT_FALSE(open);
  EXPECT_LE(sent, HealthConnection::kMaxReceived);
}

TEST(HealthConnectionTest, ClosesWhatIsNoHttp2) {
  HealthStatus health;
  const struct {
    std::string beginning;
    std::string answer;  // begins with it
  } kRows[] = {
      {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 505 "},
      {std::string("\x16\x03\x01\x00\x05hello"), std::string("\0\0\0\x04", 4)},
      {"SSH-2.0-OpenSSH_9.2\r\n", ""},
      // A frame of 16 MiB.
      {absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                    std::string("\xff\xff\xff\x04\0\0\0\0\0", 9)),
       std::string("\0\0\x0c\x04", 4)},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.beginning);
    HealthConnection connection(&health, "peer",
                                std::make_shared<HealthWaker>());
    EXPECT_EQ(connection.Output(), "") << "the server speaks second";
    bool open = connection.Receive(row.beginning);
    std::string answer;
    for (auto more = connection.Output(); !more.empty();
         more = connection.Output()) {
      answer.append(more.data(), more.size());
    }
    open = open && !connection.done();
    EXPECT_FALSE(open);
    EXPECT_FALSE(connection.greeted());
    EXPECT_EQ(answer.substr(0, row.answer.size()), row.answer);
    EXPECT_EQ(answer.empty(), row.answer.empty());
  }
}

}  // namespace
}  // namespace rolegate::service
