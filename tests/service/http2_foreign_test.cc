// Clients that speak something else than their port: each is told so in words
// that it understands, and nothing else is done for it.

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <time.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "service/http2/preface.h"
#include "tests/support/http2_wire.h"

namespace rolegate::service::http2 {
namespace {

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr char kHello[] = "\x16\x03\x01\x02\x0b\x01";

TEST(Http2Foreign, TheFirstBytesTellTheProtocol) {
  const struct {
    std::string bytes;
    Protocol protocol;
  } kRows[] = {
      {kGet, Protocol::kHttp1},
      {"POST /v1 HTTP/1.1\r\n", Protocol::kHttp1},
      {"PR /v1 HTTP/1.1\r\n", Protocol::kHttp1},
      {"PROPFIND", Protocol::kHttp1},
      {"G", Protocol::kHttp1},
      {"GET /" + std::string(2000, 'x'), Protocol::kHttp1},
      {"INVALID CONNECTION PREFACE\r\n\r\n", Protocol::kUnknown},
      {"P", Protocol::kHttp2},
      {Greeting(), Protocol::kHttp2},
      {Greeting().substr(0, 10), Protocol::kHttp2},
      {"PRI * HTTP/2.0\r\n\r\nSM\n", Protocol::kHttp1},
      {kHello, Protocol::kTls},
      {"\x16", Protocol::kUnknown},
      {"get / HTTP/1.1", Protocol::kUnknown},
      {" / HTTP/1.1", Protocol::kUnknown},
      {std::string(3, '\0'), Protocol::kUnknown},
      {std::string(100, 'A'), Protocol::kUnknown},
      {"SSH-2.0-OpenSSH_9.2\r\n", Protocol::kUnknown},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(ProtocolOf(row.bytes), row.protocol) << row.bytes;
  }
}

// What a server says, without TLS.
struct Said {
  std::string text;
  std::vector<std::pair<Protocol, Expected>> foreign;
};

Said SaidTo(Wire* wire, const std::vector<std::string>& pieces) {
  wire->Connect();
  for (const std::string& piece : pieces) {
    EXPECT_TRUE(wire->Send(piece));
    wire->OnLoop([] {});  // so that pieces are read one by one
  }
  Said said{wire->AwaitEnd(), {}};
  wire->OnLoop([&] { said.foreign = wire->owner_.foreign(); });
  return said;
}

TEST(Http2Foreign, APortWithoutTlsTellsWhatItSpeaks) {
  const struct {
    const char* what;
    std::vector<std::string> pieces;
  } kRows[] = {
      {"HTTP/1.1", {kGet}},
      {"HTTP/1.1 in pieces",
       {"P", "OST / HTTP/1.1\r\nHost: localhost\r\n\r\n"}},
      {"an upgrade",
       {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"}},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.what);
    Wire wire;
    const Said said = SaidTo(&wire, row.pieces);
    EXPECT_TRUE(absl::StartsWith(said.text, "HTTP/1.1 505 ")) << said.text;
    const std::string sentence =
        "this port speaks gRPC, which is HTTP/2; use a client of gRPC, and "
        "`operations_listen` for HTTP/1.1\n";
    EXPECT_TRUE(absl::EndsWith(said.text, "\r\n\r\n" + sentence));
    EXPECT_TRUE(absl::StrContains(
        said.text, absl::StrCat("Content-Length: ", sentence.size(), "\r\n")));
    ASSERT_EQ(said.foreign.size(), 1u);
    EXPECT_EQ(said.foreign[0].first, Protocol::kHttp1);
    EXPECT_EQ(said.foreign[0].second, Expected::kHttp2);
  }
}

// A client of TLS finds what a server of HTTP/2 begins with.
TEST(Http2Foreign, APortWithoutTlsAnswersTlsByHttp2) {
  Wire wire;
  const Said said = SaidTo(&wire, {kHello});
  EXPECT_EQ(said.text,
            Frame(NGHTTP2_SETTINGS, 0, 0, "") +
                Frame(NGHTTP2_GOAWAY, 0, 0,
                      Number(0) + Number(NGHTTP2_INADEQUATE_SECURITY) +
                          "this port speaks gRPC without TLS; use a client of "
                          "gRPC without TLS"));
  ASSERT_EQ(said.foreign.size(), 1u);
  EXPECT_EQ(said.foreign[0].first, Protocol::kTls);
}

TEST(Http2Foreign, WhatNobodyKnowsIsClosedWithoutAWord) {
  for (const bool tls : {false, true}) {
    Wire wire;
    if (tls) {
      wire.tls_.emplace();
      ASSERT_TRUE(wire.tls_->Set(Certificate()).ok());
    }
    const Said said = SaidTo(&wire, {"SSH-2.0-OpenSSH_9.2\r\n"});
    EXPECT_EQ(said.text, "");
    ASSERT_EQ(said.foreign.size(), 1u);
    EXPECT_EQ(said.foreign[0].first, Protocol::kUnknown);
    wire.ExpectClosedAfter(absl::ZeroDuration());
  }
}

TEST(Http2Foreign, TheServerSpeaksSecond) {
  Wire wire;
  wire.limits_.handshake_timeout = kShort;
  const Said said = SaidTo(&wire, {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"});
  EXPECT_EQ(said.text, "");
  EXPECT_TRUE(said.foreign.empty());
  wire.ExpectClosedAfter(kShort);
}

TEST(Http2Foreign, APortWithTlsTellsSoInPlainText) {
  const std::string sentence =
      "this port speaks gRPC over TLS alone; use a client of gRPC with TLS";
  for (const Protocol protocol : {Protocol::kHttp1, Protocol::kHttp2}) {
    Wire wire;
    wire.tls_.emplace();
    ASSERT_TRUE(wire.tls_->Set(Certificate()).ok());
    const bool http1 = protocol == Protocol::kHttp1;
    const Said said = SaidTo(
        &wire, {http1 ? kGet
                      : Greeting() + Frame(NGHTTP2_HEADERS, kEndHeaders | kEnd,
                                           1, Headers("/t/Endless"))});
    if (http1) {
      EXPECT_TRUE(absl::StartsWith(said.text, "HTTP/1.1 400 Bad Request\r\n"));
      EXPECT_TRUE(absl::EndsWith(said.text, "\r\n\r\n" + sentence + "\n"));
    } else {
      EXPECT_EQ(
          said.text,
          Frame(NGHTTP2_GOAWAY, 0, 0,
                Number(0) + Number(NGHTTP2_INADEQUATE_SECURITY) + sentence));
    }
    ASSERT_EQ(said.foreign.size(), 1u);
    EXPECT_EQ(said.foreign[0].first, protocol);
    EXPECT_EQ(said.foreign[0].second, Expected::kTls);
  }
}

// A client of TLS that offers `alpn`, each name behind its length; it sends
// `bytes` and reads to the end.  None if there is no handshake.
std::optional<std::string> AnswerOverTls(Wire* wire, const std::string& alpn,
                                         const std::string& bytes) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()),
                                                 &SSL_free);
  SSL_set_alpn_protos(tls.get(),
                      reinterpret_cast<const unsigned char*>(alpn.data()),
                      static_cast<unsigned int>(alpn.size()));
  SSL_set_fd(tls.get(), wire->client_.get());
  if (SSL_connect(tls.get()) != 1) return std::nullopt;
  SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size()));
  std::string answer;
  char room[4096];
  for (;;) {
    const int got = SSL_read(tls.get(), room, sizeof(room));
    if (got <= 0) return answer;
    answer.append(room, static_cast<std::size_t>(got));
  }
}

TEST(Http2Foreign, WhoDoesNotAgreeUponHttp2IsToldSoOverTls) {
  const struct {
    const char* what;
    std::string alpn;
    std::string bytes;
    const char* answer;  // a part of it; null: no handshake
  } kRows[] = {
      {"HTTP/1.1 alone", "\x08http/1.1", kGet, "HTTP/1.1 505 "},
      {"no ALPN", "", kGet, "HTTP/1.1 505 "},
      {"HTTP/2 that was not agreed upon", "", Greeting(),
       "agreed upon by ALPN"},
      {"another protocol",
       "\x03"
       "foo",
       kGet, nullptr},
      {"HTTP/2 at last", "\x08http/1.1\x02h2", kGet, "HTTP/1.1 505 "},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.what);
    Wire wire;
    wire.tls_.emplace();
    ASSERT_TRUE(wire.tls_->Set(Certificate()).ok());
    wire.Connect();
    const auto answer = AnswerOverTls(&wire, row.alpn, row.bytes);
    ASSERT_EQ(answer.has_value(), row.answer != nullptr);
    if (row.answer == nullptr) {
      wire.OnLoop([] {});  // it counts after it has told the client
      EXPECT_EQ(
          Counted(wire.door_, R"(rolegate_tls_handshake_failures_total{reason=)"
                              R"("no_shared_version",peer="other"})"),
          1);
      continue;
    }
    EXPECT_TRUE(absl::StrContains(*answer, row.answer)) << *answer;
  }
}

// A client that has shaken hands and sends a record in two parts.
TEST(Http2Foreign, HalfARecordKeepsNoLoopBusy) {
  Wire wire;
  wire.tls_.emplace();
  ASSERT_TRUE(wire.tls_->Set(Certificate()).ok());
  wire.Connect();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()),
                                                 &SSL_free);
  constexpr unsigned char kH2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(tls.get(), kH2, sizeof(kH2));
  SSL_set_fd(tls.get(), wire.client_.get());
  ASSERT_EQ(SSL_connect(tls.get()), 1);
  const std::string greeting = Greeting();
  SSL_write(tls.get(), greeting.data(), static_cast<int>(greeting.size()));
  // What it writes from here on is kept.
  BIO* const kept = BIO_new(BIO_s_mem());
  SSL_set0_wbio(tls.get(), kept);
  const std::string ping = Frame(NGHTTP2_PING, 0, 0, std::string(8, 'x'));
  SSL_write(tls.get(), ping.data(), static_cast<int>(ping.size()));
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(kept, &bytes));
  const std::string record(bytes, size);
  ASSERT_TRUE(wire.Send(record.substr(0, size / 2)));

  const auto spent = [&wire] {
    timespec time = {};
    wire.OnLoop([&time] { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time); });
    return absl::DurationFromTimespec(time);
  };
  absl::SleepFor(kShort);
  const absl::Duration before = spent();
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_LT(spent() - before, absl::Milliseconds(100));

  ASSERT_TRUE(wire.Send(record.substr(size / 2)));
  char room[4096];
  int got = 0;
  bool pong = false;
  while (!pong && (got = SSL_read(tls.get(), room, sizeof(room))) > 0) {
    pong = absl::StrContains({room, static_cast<std::size_t>(got)}, "xxxxxxxx");
  }
  EXPECT_TRUE(pong) << "the rest of the record wakes the loop";
}

}  // namespace
}  // namespace rolegate::service::http2
