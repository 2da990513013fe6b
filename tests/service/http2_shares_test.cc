// What a session of HTTP/2 holds for a peer, and for how long.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/http2_session_fixture.h"

namespace rolegate::service::http2 {
namespace {

TEST_F(Http2Session, WhoDoesNotReadIsNotReadFrom) {
  Connect(/*window=*/0);
  const std::string message = Message(std::string(1000, 'x'));
  std::string all;
  for (int i = 0; i < 1000; ++i) all += message;
  const std::int32_t id = Open({.path = kMany, .body = all, .last = false});
  Exchange();
  EXPECT_EQ(answer(id).body, "");
  EXPECT_LE(pool_->held(), 80'000u) << "one window and a little more";
  // Other calls of the connection go on.
  EXPECT_EQ(Ask({.path = "/test.Echo/None"}).grpc_status(), "12");
  client_->Reset(id);
  Exchange();
  EXPECT_EQ(counts_.done, 1);
  EXPECT_EQ(pool_->held(), 0u);
}

TEST_F(Http2Session, DeadlinesAndMessagesThatDoNotCome) {
  limits_.message_timeout = absl::Milliseconds(50);
  Connect();
  const std::int32_t late =
      Open({.path = kSilent, .more = {{"grpc-timeout", "50m"}}});
  const std::int32_t half = Open(
      {.path = kOne, .body = Message("hello").substr(0, 7), .last = false});
  const std::int32_t none = Open({.path = kOne, .body = "", .last = false});
  const std::int32_t idle = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  EXPECT_EQ(answer(late).grpc_status(), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  loop_.Ring();
  Exchange();
  for (const std::int32_t id : {late, half, none}) {
    EXPECT_EQ(answer(id).grpc_status(), "4") << id;
    EXPECT_TRUE(answer(id).ended);
  }
  EXPECT_EQ(counts_.cancelled, 1);
  client_->SendMore(idle, Message("later"), true);
  Exchange();
  EXPECT_EQ(answer(idle).grpc_status(), "0") << "a stream may be silent";
}

// As above, but the first message has been answered.
TEST_F(Http2Session, AStreamSaysWhyItEndsEarly) {
  Connect();
  const std::int32_t late =
      Open({.path = kMany, .last = false, .more = {{"grpc-timeout", "50m"}}});
  Exchange();
  EXPECT_EQ(answer(late).body, Message("hello"));
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  loop_.Ring();
  Exchange();
  EXPECT_EQ(answer(late).grpc_status(), "4");
  EXPECT_TRUE(answer(late).ended);
  EXPECT_EQ(counts_.done, 1);
}

TEST_F(Http2Session, AStreamWithoutWindowEndsAllTheSame) {
  Connect(Message("hello").size());  // as much as the first answer takes
  const std::int32_t late =
      Open({.path = kMany, .last = false, .more = {{"grpc-timeout", "50m"}}});
  Exchange();
  EXPECT_EQ(answer(late).body, Message("hello"));
  for (const int wait : {120, 1200}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    loop_.Ring();
    Exchange();
  }
  EXPECT_TRUE(answer(late).ended);
  EXPECT_EQ(counts_.done, 1);
}

TEST_F(Http2Session, HalfSentMessagesHoldNoMoreThanTheirShare) {
  limits_.max_receiving_bytes = 1 << 20;
  Connect();
  const std::string half =
      Message(std::string(300'000, 'x')).substr(0, 290'000);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(Open({.path = kOne, .body = half, .last = false}));
    Exchange();
    EXPECT_LE(pool_->held(), limits_.max_receiving_bytes);
  }
  int refused = 0;
  for (const std::int32_t id : ids) refused += answer(id).grpc_status() == "8";
  EXPECT_GE(refused, 17);
  EXPECT_LT(refused, 20);
  EXPECT_EQ(Ask({}).grpc_status(), "0") << "what comes whole needs no share";
}

TEST_F(Http2Session, CallsThatWaitForTheirCallersCount) {
  limits_.max_receiving_bytes = 1 << 18;
  Connect();
  int refused = 0;
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(Open({.path = kOne, .body = "", .last = false}));
    Exchange();
  }
  for (const std::int32_t id : ids) refused += answer(id).grpc_status() == "8";
  EXPECT_GT(refused, 50);
}

TEST_F(Http2Session, AGatewaysCallersAreCountedByTheirTokens) {
  limits_.max_receiving_bytes = 1 << 20;
  const std::string half =
      Message(std::string(300'000, 'x')).substr(0, 290'000);
  const auto call = [&](const char* token) {
    const std::int32_t id =
        Open({.path = kOne,
              .body = half,
              .last = false,
              .more = {{"authorization", absl::StrCat("Bearer ", token)}}});
    Exchange();
    return id;
  };
  for (const bool gateway : {false, true}) {
    gateway_ = gateway;
    Connect();
    // More than there is, and before the first is stale.
    for (int i = 0; i < 5; ++i) call("greedy");
    // Somebody else asks for as much, with nothing held so far.
    const std::int32_t other = call("modest");
    EXPECT_EQ(answer(other).grpc_status(), gateway ? "" : "8") << gateway;
    session_.reset();
  }
}

TEST_F(Http2Session, NoMoreStreamsThanTheLimit) {
  limits_.max_streams = 4;
  Connect();
  std::vector<std::int32_t> ids;
  // Before the client has heard of the limit.
  for (int i = 0; i < 10; ++i) ids.push_back(Open({.path = kSilent}));
  EXPECT_TRUE(Exchange());
  EXPECT_LE(counts_.started, 4);
  EXPECT_EQ(calls_, counts_.started);
}

}  // namespace
}  // namespace rolegate::service::http2
