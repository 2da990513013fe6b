// Frames that ask for nothing, over and over: a session bears them for a while,
// and no decent client notices the bound.

#include <nghttp2/nghttp2.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/support/http2_session_fixture.h"
#include "tests/support/http2_wire.h"

namespace rolegate::service::http2 {
namespace {

// Frames of one kind, over and over, after a call that is finished.
constexpr int kClosed = -1;  // without a word
struct Flood {
  const char* what;
  // The bytes of the i-th, which may open the stream of this number.
  std::string (*bytes)(int stream);
  int error = NGHTTP2_ENHANCE_YOUR_CALM;
};

// Opens a stream whose call waits for its message.
std::string Opened(int stream, const std::string& more = "") {
  return Frame(NGHTTP2_HEADERS, kEndHeaders, stream,
               Headers("/t/Endless", more));
}

constexpr Flood kFloods[] = {
    {"windows of the connection",
     [](int) { return Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Number(1)); }},
    {"priorities",
     [](int) { return Frame(NGHTTP2_PRIORITY, 0, 1, Number(0) + "x"); }},
    {"windows of a finished stream",
     [](int) { return Frame(NGHTTP2_WINDOW_UPDATE, 0, 1, Number(1)); }},
    {"headers of a finished stream",
     [](int) {
       return Frame(NGHTTP2_HEADERS, kEndHeaders | kEnd, 1, Headers("/t/None"));
     }},
    {"data of a finished stream",
     [](int) { return Frame(NGHTTP2_DATA, 0, 1, "x"); }},
    {"data of a finished stream, of padding alone",
     [](int) {
       return Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, Byte(2) + "xx");
     }},
    {"data of a finished stream, of nothing",
     [](int) { return Frame(NGHTTP2_DATA, 0, 1, ""); }},
    {"the end of a finished stream",
     [](int) { return Frame(NGHTTP2_DATA, kEnd, 1, ""); }},
    {"pongs that nobody asked for",
     [](int) {
       return Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, std::string(8, 'x'));
     }},
    {"settings that nobody sent",
     [](int) { return Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""); },
     NGHTTP2_PROTOCOL_ERROR},
    {"farewells while a call is open",
     [](int stream) {
       return (stream == 3 ? Opened(3) : "") +
              Frame(NGHTTP2_GOAWAY, 0, 0, Number(0) + Number(0));
     }},
    {"alternative services",
     [](int) { return Frame(NGHTTP2_ALTSVC, 0, 0, Byte(0) + Byte(1) + "hx"); }},
    {"origins", [](int) { return Frame(NGHTTP2_ORIGIN, 0, 0, ""); }},
    {"priorities by RFC 9218",
     [](int) {
       return Frame(NGHTTP2_PRIORITY_UPDATE, 0, 0, Number(1) + "u=1");
     }},
    {"frames of a type that does not exist yet",
     [](int) { return Frame(0xfa, 0, 0, ""); }},
    {"the same on a stream", [](int) { return Frame(0xfa, 0, 1, "grease"); }},
    {"data of nothing while a call is open",
     [](int stream) {
       return (stream == 3 ? Opened(3) : "") + Frame(NGHTTP2_DATA, 0, 3, "");
     }},
    {"windows while a call is open",
     [](int stream) {
       return (stream == 3 ? Opened(3) : "") +
              Frame(NGHTTP2_WINDOW_UPDATE, 0, 3, Number(1));
     }},
    {"continuations of nothing",
     [](int stream) {
       return stream == 3 ? Frame(NGHTTP2_HEADERS, 0, 3, Headers("/t/Endless"))
                          : Frame(NGHTTP2_CONTINUATION, 0, 3, "");
     },
     kClosed},
    {"resets of a finished stream",
     [](int) { return Frame(NGHTTP2_RST_STREAM, 0, 1, Number(8)); }},
    {"resets",
     [](int stream) {
       return Opened(stream) + Frame(NGHTTP2_RST_STREAM, 0, stream, Number(8));
     },
     NGHTTP2_INTERNAL_ERROR},
    // The server has to reset these streams itself (CVE-2025-8671).
    {"a window of nothing",
     [](int stream) {
       return Opened(stream) +
              Frame(NGHTTP2_WINDOW_UPDATE, 0, stream, Number(0));
     },
     NGHTTP2_PROTOCOL_ERROR},
    {"a window that overflows",
     [](int stream) {
       return Opened(stream) +
              Frame(NGHTTP2_WINDOW_UPDATE, 0, stream, Number(0x7fffffff));
     }},
    {"more data than announced",
     [](int stream) {
       return Opened(stream, Field("content-length", "1")) +
              Frame(NGHTTP2_DATA, 0, stream, "xx");
     }},
    {"headers that no request may have",
     [](int stream) { return Opened(stream, Field("connection", "close")); }},
    {"trailers that do not end",
     [](int stream) {
       return Opened(stream) +
              Frame(NGHTTP2_HEADERS, kEndHeaders, stream, Field("x", "y"));
     }},
};

TEST(Http2Floods, FramesThatAskForNothingAreBorneOnlySoLong) {
  for (const Flood& flood : kFloods) {
    SCOPED_TRACE(flood.what);
    Wire wire;
    // More than come in one read, which are counted before they are looked at.
    wire.limits_.idle_frame_burst = 5'000;
    wire.limits_.idle_frames_per_second = 1;
    wire.limits_.reset_burst = 50;
    wire.limits_.resets_per_second = 1;
    wire.Connect();
    wire.Send(Greeting());
    wire.Send(
        Frame(NGHTTP2_HEADERS, kEndHeaders | kEnd, 1, Headers("/t/None")));
    ASSERT_TRUE(wire.Await(NGHTTP2_HEADERS).has_value());
    for (int i = 0; i < 20'000; ++i) {
      if (!wire.Send(flood.bytes(3 + 2 * i))) break;
    }
    // nghttp2's own count of resets may be full first.
    const int error = wire.AwaitGoAway().value_or(kClosed);
    EXPECT_TRUE(error == flood.error || error == NGHTTP2_INTERNAL_ERROR)
        << error;
    if (error == kClosed) wire.ExpectClosedAfter(absl::ZeroDuration());
  }
}

TEST_F(Http2Session, ThousandsOfResetsAreBorneAndAFloodIsNot) {
  Connect();
  // As many as a client may give up at one deadline.
  for (int i = 0; i < 3000; ++i) {
    const std::int32_t id = Open({.path = kSilent});
    SendToServer();
    if (i % 100 == 99) {
      ASSERT_TRUE(Exchange());
    }
    client_->Reset(id);
  }
  ASSERT_TRUE(Exchange());
  EXPECT_EQ(Ask({}).grpc_status(), "0");
  EXPECT_TRUE(client_->goaways().empty());
  bool open = true;
  for (int i = 0; open && i < 40'000; ++i) {
    const std::int32_t id = Open({.path = kSilent});
    SendToServer();  // so that the server hears of the call
    client_->Reset(id);
    if (i % 100 == 99) open = Exchange() && client_->goaways().empty();
  }
  EXPECT_FALSE(open);
  EXPECT_EQ(
      Counted(door_,
              R"(rolegate_http2_goaways_total{reason="resets",peer="other"})"),
      1);
}

TEST_F(Http2Session, PingsThatComeTooOftenSendTheirClientAway) {
  Connect();
  for (int i = 0; i < 3; ++i) {
    client_->Ping();
    EXPECT_TRUE(Exchange());
  }
  Ask({});  // an answer makes up for them
  for (int i = 0; i < 2; ++i) {
    client_->Ping();
    EXPECT_TRUE(Exchange());
  }
  client_->Ping();
  EXPECT_FALSE(Exchange());
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(
      Counted(door_,
              R"(rolegate_http2_goaways_total{reason="pings",peer="other"})"),
      1);
}

TEST_F(Http2Session, FramesThatAskForNothingAreBorneOnlySoLong) {
  Connect();
  Exchange();
  bool open = true;
  int sent = 0;
  for (; open && sent < 100'000; ++sent) {
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    nghttp2_submit_settings(client_->session(), NGHTTP2_FLAG_NONE, &setting, 1);
    open = Exchange();
  }
  EXPECT_FALSE(open);
  EXPECT_GE(sent, 9'000);
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

// A frame of priorities, which mean nothing here.
std::string Priority(char stream) {
  const std::string head = {0, 0, 5, NGHTTP2_PRIORITY, 0, 0, 0, 0, stream};
  return head + std::string(5, '\0');
}

TEST_F(Http2Session, PrioritiesAreBorneOnlySoLong) {
  Connect();
  Exchange();
  int sent = 0;
  while (sent < 100'000 && Receive(Priority(1)) && Exchange()) ++sent;
  EXPECT_GE(sent, 9'000);
  EXPECT_LT(sent, 100'000);
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(
      Counted(door_,
              R"(rolegate_http2_goaways_total{reason="frames",peer="other"})"),
      1);
  EXPECT_GE(
      Counted(
          door_,
          R"(rolegate_http2_useless_frames_total{kind="idle",peer="other"})"),
      9'000);
}

TEST_F(Http2Session, WhatFollowsTheLastStrawOpensNoStream) {
  limits_.idle_frame_burst = 10;
  limits_.idle_frames_per_second = 0;
  const std::string setting = {0, 0, 0, NGHTTP2_SETTINGS, 0, 0, 0, 0, 0};
  for (const std::string& frame : {setting, Priority(1)}) {
    Connect();
    Exchange();
    std::string bytes;
    for (int i = 0; i < 20; ++i) bytes += frame;
    Open({});
    for (auto more = client_->Output(); !more.empty();
         more = client_->Output()) {
      bytes.append(more.data(), more.size());
    }
    EXPECT_TRUE(Receive(bytes));
    EXPECT_FALSE(Exchange());
    EXPECT_EQ(counts_.started, 0) << "its answer would be lost";
    ASSERT_FALSE(client_->goaways().empty());
    EXPECT_EQ(client_->goaways().back(), 0);
    session_.reset();
  }
}

// Frames that nobody has defined, as decent clients send them to keep servers
// tolerant (RFC 8701), and frames that they cannot help.
TEST_F(Http2Session, DecentClientsAreNotSentAway) {
  limits_.idle_frame_burst = 100;
  limits_.idle_frames_per_second = 0;
  const std::string grease = Frame(0x0a + 0x1f, 0, 0, "grease");
  // What was on its way when a call was given up or refused.
  const std::string late = Frame(NGHTTP2_DATA, 0, 1, std::string(16, 'x'));
  const std::string pong = Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678");
  for (const std::string& frame : {grease, late, pong}) {
    Connect();
    EXPECT_EQ(Ask({}).grpc_status(), "0");
    for (int i = 0; i < 500; ++i) {
      EXPECT_TRUE(Receive(frame + frame + frame + frame));
      ASSERT_EQ(Ask({}).grpc_status(), "0") << i;
    }
    EXPECT_TRUE(client_->goaways().empty());
    session_.reset();
  }
}

// A client tells, over and over, how much more it can take.
TEST_F(Http2Session, WhoReadsLargeAnswersIsNotSentAway) {
  limits_.idle_frame_burst = 100;
  limits_.idle_frames_per_second = 0;
  Connect();
  const std::string message = Message(std::string(1'000'000, 'x'));
  for (int i = 0; i < 10; ++i) {
    const std::int32_t id = Open({.path = kOne, .body = message});
    for (int j = 0; j < 200 && !answer(id).ended; ++j) Exchange();
    ASSERT_EQ(answer(id).grpc_status(), "0") << i;
  }
}

TEST_F(Http2Session, APriorityOfTheConnectionIsAnError) {
  Connect();
  Exchange();
  Receive(Priority(0));
  EXPECT_FALSE(Exchange());
  EXPECT_EQ(client_->goaway_error(),
            static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
}

}  // namespace
}  // namespace rolegate::service::http2
