// Connections of HTTP/2 over real sockets and a real event loop, with limits
// that a test can wait for: what lasts too long ends.

#include <nghttp2/nghttp2.h>

#include <string>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/support/http2_wire.h"

namespace rolegate::service::http2 {
namespace {

class Http2Connection : public ::testing::Test, public Wire {};

TEST_F(Http2Connection, WhoDoesNotBeginIsClosed) {
  limits_.handshake_timeout = kShort;
  Connect();
  Send("PRI * HTTP/2.0");
  ExpectClosedAfter(kShort);
  EXPECT_EQ(
      Counted(
          door_,
          R"(rolegate_http2_connections_ended_total{reason="handshake_time",peer="other"})"),
      1);
}

TEST_F(Http2Connection, WhoDoesNotBeginTlsIsClosed) {
  limits_.handshake_timeout = kShort;
  tls_.emplace();
  const absl::Status set = tls_->Set(Certificate());
  ASSERT_TRUE(set.ok()) << set;
  Connect();
  ExpectClosedAfter(kShort);
}

TEST_F(Http2Connection, HeadersThatDoNotEndCloseTheirConnection) {
  // A block that is refused need not end either.
  for (const std::string& more : {Field("x", "y"), Field(":late", "y")}) {
    Wire wire;
    wire.limits_.handshake_timeout = kShort;
    wire.Connect();
    wire.Send(Greeting());
    wire.Send(Frame(NGHTTP2_PING, 0, 0, std::string(8, 'x')));
    ASSERT_TRUE(wire.Await(NGHTTP2_PING).has_value());
    absl::SleepFor(2 * kShort);
    EXPECT_FALSE(wire.owner_.closed()) << "it has begun";
    wire.began_ = absl::Now();
    wire.Send(Frame(NGHTTP2_HEADERS, 0, 1, Headers("/t/None", more)));
    wire.ExpectClosedAfter(kShort);
    EXPECT_EQ(
        Counted(
            wire.door_,
            R"(rolegate_http2_connections_ended_total{reason="headers_time",peer="other"})"),
        1);
  }
}

TEST_F(Http2Connection, WhoDoesNotAnswerAPingIsClosed) {
  limits_.keepalive_time = kShort;
  limits_.keepalive_timeout = kShort;
  Connect();
  Send(Greeting());
  const auto ping = Await(NGHTTP2_PING);
  ASSERT_TRUE(ping.has_value());
  // One that answers stays.
  Send(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping->substr(9)));
  ASSERT_TRUE(Await(NGHTTP2_PING).has_value());
  EXPECT_FALSE(owner_.closed());
  ExpectClosedAfter(3 * kShort);
  EXPECT_EQ(
      Counted(
          door_,
          R"(rolegate_http2_connections_ended_total{reason="no_pong",peer="other"})"),
      1);
}

TEST_F(Http2Connection, AConnectionThatIsOldIsAskedToGoAndThenClosed) {
  limits_.max_age = kShort;
  limits_.age_grace = kShort;
  Connect();
  Send(Greeting());
  const auto goaway = Await(NGHTTP2_GOAWAY);
  ASSERT_TRUE(goaway.has_value());
  EXPECT_EQ(goaway->substr(9, 4), "\x7f\xff\xff\xff") << "it names none yet";
  EXPECT_FALSE(owner_.closed());
  ExpectClosedAfter(2 * kShort);
  EXPECT_EQ(
      Counted(
          door_,
          R"(rolegate_http2_connections_ended_total{reason="age",peer="other"})"),
      1);
  EXPECT_EQ(
      Counted(door_,
              R"(rolegate_http2_goaways_total{reason="age",peer="other"})"),
      1)
      << "once, however often its age is looked at";
}

TEST_F(Http2Connection, WhoDoesNotReadItsAnswersIsClosed) {
  limits_.send_timeout = kShort;
  Connect();
  // The largest windows that there are.
  Send(Greeting(std::string("\0\4\x7f\xff\xff\xff", 6)));
  Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\x7f\xfe\0\0", 4)));
  Send(Frame(NGHTTP2_HEADERS, kEndHeaders, 1, Headers("/t/Endless")));
  Send(Frame(NGHTTP2_DATA, kEnd, 1, std::string(5, '\0')));
  ExpectClosedAfter(kShort);
  EXPECT_EQ(
      Counted(
          door_,
          R"(rolegate_http2_connections_ended_total{reason="unsent_time",peer="other"})"),
      1);
  EXPECT_GE(Counted(door_, R"(rolegate_http2_stalls_total{peer="other"})"), 1);
}

TEST_F(Http2Connection, WhoStaysAfterTheEndIsClosedSoon) {
  Connect();
  Send(Greeting());
  OnLoop([this] { connection_->GoAway(); });
  EXPECT_EQ(AwaitGoAway(), NGHTTP2_NO_ERROR);
  // The peer read all of it and does not close.
  ExpectClosedAfter(absl::Seconds(1));
  EXPECT_LT(absl::Now() - began_, absl::Seconds(5));
}

TEST_F(Http2Connection, AWindowThatOverflowsEndsTheConnection) {
  Connect();
  Send(Greeting());
  Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Number(0x7fffffff)));
  EXPECT_EQ(AwaitGoAway(), NGHTTP2_FLOW_CONTROL_ERROR);
  EXPECT_EQ(
      Counted(
          door_,
          R"(rolegate_http2_goaways_total{reason="protocol",peer="other"})"),
      1);
}

TEST_F(Http2Connection, HeadersBeyondAllMeasureEndTheConnection) {
  Connect();
  Send(Greeting());
  std::string block = Headers("/t/None");
  while (block.size() < 16'000) block += Field("x", std::string(120, 'x'));
  Send(Frame(NGHTTP2_HEADERS, 0, 1, block));
  bool open = true;
  int sent = 0;
  for (; open && sent < 1'000; ++sent) {
    open = Send(Frame(NGHTTP2_CONTINUATION, 0, 1, block));
  }
  EXPECT_LT(sent, 100);
  ExpectClosedAfter(absl::ZeroDuration());
}

}  // namespace
}  // namespace rolegate::service::http2
