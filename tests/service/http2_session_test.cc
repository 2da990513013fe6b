// A session of HTTP/2, driven by bytes in memory: what it answers, what it
// refuses, and how it goes.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/http2_session_fixture.h"

namespace rolegate::service::http2 {
namespace {

TEST_F(Http2Session, AnswersACall) {
  Connect();
  const Answer answer = Ask({});
  EXPECT_EQ(answer.headers.at(":status"), "200");
  EXPECT_EQ(answer.headers.at("content-type"), "application/grpc");
  EXPECT_EQ(answer.headers.at("grpc-accept-encoding"), "identity,gzip");
  EXPECT_EQ(answer.grpc_status(), "0");
  EXPECT_EQ(answer.body, Message("hello"));
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(counts_.done, 1);
}

TEST_F(Http2Session, RefusesWhatBreaksTheRules) {
  const std::string large = Message(std::string(1 << 20, 'x'));
  const struct {
    const char* what;
    Asking asking;
    const char* http;
    const char* status;
  } kRows[] = {
      {"GET", {.method = "GET"}, "405", ""},
      {"another type", {.type = "application/json"}, "415", ""},
      {"another path", {.path = "/test.Echo/None"}, "200", "12"},
      {"a path that is none", {.path = "*"}, "", ""},
      {"no timeout", {.more = {{"grpc-timeout", "soon"}}}, "200", "13"},
      {"an unknown encoding", {.more = {{"grpc-encoding", "br"}}}, "200", "12"},
      {"binary metadata that is none", {.more = {{"x-bin", "*"}}}, "200", "13"},
      {"large metadata",
       {.more = {{"x", std::string(15'900, 'x')},
                 {"y", std::string(600, 'y')}}},
       "200",
       "8"},
      {"no message", {.body = ""}, "200", "12"},
      {"two messages", {.body = Message("a") + Message("b")}, "200", "12"},
      {"half a message", {.body = Message("hello").substr(0, 7)}, "200", "13"},
      {"no frame", {.body = "\x07hello"}, "200", "13"},
      {"no Protobuf", {.body = std::string("\0\0\0\0\x01\xff", 6)}, "200", "3"},
      {"compressed without saying how",
       {.body = std::string("\1\0\0\0\0", 5)},
       "200",
       "13"},
      {"no gzip",
       {.body = std::string("\1\0\0\0\1x", 6),
        .more = {{"grpc-encoding", "gzip"}}},
       "200",
       "13"},
      {"a message that is too large", {.body = large}, "200", "8"},
  };
  Connect();
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.what);
    const Answer answer = Ask(row.asking);
    EXPECT_TRUE(answer.ended);
    EXPECT_EQ(answer.grpc_status(), row.status);
    if (*row.http != '\0') {
      EXPECT_EQ(answer.headers.at(":status"), row.http);
    }
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(Ask({}).grpc_status(), "0") << "the connection goes on";
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(Http2Session, StreamsAreReadMessageByMessage) {
  Connect();
  const std::int32_t id = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    const std::string message = Message(absl::StrCat("message ", i));
    client_->SendMore(id, message.substr(0, 3), false);
    Exchange();
    EXPECT_EQ(answer(id).body, expected) << "it is not whole yet";
    client_->SendMore(id, message.substr(3), false);
    Exchange();
    expected += message;
    EXPECT_EQ(answer(id).body, expected);
  }
  client_->SendMore(id, Message("a") + Message("b"), true);
  Exchange();
  EXPECT_EQ(answer(id).body, expected + Message("a") + Message("b"));
  EXPECT_EQ(answer(id).grpc_status(), "0");
  EXPECT_EQ(counts_.done, 1);
  EXPECT_EQ(counts_.cancelled, 0);
}

TEST_F(Http2Session, LargeMessagesGetThrough) {
  Connect();
  const std::string message = Message(std::string(1'000'000, 'x'));
  for (const char* path : {kOne, kMany}) {
    const std::int32_t id = Open({.path = path, .body = message});
    for (int i = 0; i < 200 && !answer(id).ended; ++i) {
      Exchange();
    }
    EXPECT_EQ(answer(id).body.size(), message.size());
    EXPECT_EQ(answer(id).grpc_status(), "0");
  }
}

// Nothing else is sent meanwhile that would take the windows along.
TEST_F(Http2Session, ManyMessagesAreReadBeforeTheOnlyAnswer) {
  Connect();
  std::string all;
  for (int i = 0; i < 20; ++i) all += Message(std::string(20'000, 'x'));
  const std::int32_t id = Open({.path = kCount, .body = all});
  Exchange();
  EXPECT_EQ(answer(id).body, Message("20"));
  EXPECT_EQ(answer(id).grpc_status(), "0");
}

TEST_F(Http2Session, AnswersCarryTheMetadataOfTheirRoute) {
  Connect();
  Answer answer = Ask({.path = kMetadata, .more = {{"question", "why"}}});
  EXPECT_EQ(answer.body, Message("hello"));
  EXPECT_EQ(answer.headers["first"], "why");
  EXPECT_EQ(answer.headers["last-bin"], "AP8");
  EXPECT_EQ(answer.grpc_status(), "0");
  // What ends without a message has the trailing part alone.
  answer = Ask({.path = kMetadata, .body = ""});
  EXPECT_EQ(answer.grpc_status(), "12");
  EXPECT_EQ(answer.headers.count("first"), 0u);
  EXPECT_EQ(answer.headers["last-bin"], "AP8");
}

TEST_F(Http2Session, ACallThatIsGivenUpIsCancelled) {
  Connect();
  const std::int32_t id = Open({.path = kSilent});
  Exchange();
  EXPECT_EQ(counts_.started, 1);
  client_->Reset(id);
  Exchange();
  EXPECT_EQ(counts_.cancelled, 1);
  EXPECT_EQ(counts_.done, 1);
  Open({.path = kSilent});
  Exchange();
  session_.reset();  // the connection breaks
  loop_.Run();
  EXPECT_EQ(counts_.cancelled, 2);
  EXPECT_EQ(counts_.done, 2);
}

TEST_F(Http2Session, AnswersWhatIsOnItsWayWhenItGoes) {
  Connect();
  const std::int32_t open = Open({.path = kMany, .body = "", .last = false});
  Exchange();
  session_->BeginGoAway();
  // The client has not heard of it yet.
  EXPECT_FALSE(session_->gone());
  const std::int32_t crossing = Open({});
  EXPECT_TRUE(Exchange());
  EXPECT_TRUE(session_->gone());
  EXPECT_EQ(answer(crossing).grpc_status(), "0");
  ASSERT_EQ(client_->goaways().size(), 2u);
  EXPECT_EQ(client_->goaways()[0], 0x7fffffff);
  EXPECT_EQ(client_->goaways()[1], crossing)
      << "once it has heard, the last is named";
  client_->SendMore(open, Message("hello"), true);
  EXPECT_FALSE(Exchange()) << "nothing is left";
  EXPECT_EQ(answer(open).grpc_status(), "0");
  EXPECT_TRUE(session_->done());
}

TEST_F(Http2Session, NamesWhatCameBeforeItsGoAwayLeft) {
  Connect();
  Exchange();
  session_->GoAway();
  // Comes while the GOAWAY waits to be sent.
  const std::int32_t crossing = Open({});
  SendToServer();
  Exchange();
  ASSERT_FALSE(client_->goaways().empty());
  EXPECT_EQ(client_->goaways().back(), crossing)
      << "its client asks again what is not named";
  EXPECT_EQ(answer(crossing).grpc_status(), "0");
}

TEST_F(Http2Session, WhatIsNoHttp2IsClosed) {
  Connect();
  EXPECT_FALSE(session_->Receive("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
}

}  // namespace
}  // namespace rolegate::service::http2
