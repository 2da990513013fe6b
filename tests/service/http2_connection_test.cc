// Connections of HTTP/2 over real sockets and a real event loop, with limits
// that a test can wait for: what lasts too long ends, and so does whoever sends
// frames that ask for nothing.

#include <fcntl.h>
#include <nghttp2/nghttp2.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "engine/registry/file_descriptor.h"
#include "gtest/gtest.h"
#include "proto/health.pb.h"
#include "service/base/openssl_objects.h"
#include "service/http2/connection.h"

namespace rolegate::service::http2 {
namespace {

using grpc::health::v1::HealthCheckRequest;

// Longer than any test waits.
constexpr absl::Duration kNever = absl::Hours(1);
constexpr absl::Duration kShort = absl::Milliseconds(200);
constexpr absl::Duration kPatience = absl::Seconds(3);

constexpr char kEnd = NGHTTP2_FLAG_END_STREAM;
constexpr char kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

std::string Frame(int type, int flags, int stream, const std::string& payload) {
  std::string frame;
  for (const std::size_t byte :
       {payload.size() >> 16, payload.size() >> 8, payload.size()}) {
    frame += static_cast<char>(byte);
  }
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(stream >> shift);
  }
  return frame + payload;
}

// What a client begins with; `setting` is one of its settings.
std::string Preface(const std::string& setting = "") {
  return absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                      Frame(NGHTTP2_SETTINGS, 0, 0, setting));
}

std::string Field(const std::string& name, const std::string& value) {
  return absl::StrCat(std::string(1, '\0'),
                      std::string(1, static_cast<char>(name.size())), name,
                      std::string(1, static_cast<char>(value.size())), value);
}

// The headers of a call, by HPACK.
std::string Headers(const std::string& path, const std::string& more = "") {
  return absl::StrCat(
      "\x83\x86", "\x04", std::string(1, static_cast<char>(path.size())), path,
      "\x01\x01h", "\x0f\x10", "\x10", "application/grpc", more);
}

// Writes without end, as fast as the peer reads.
class Endless final : public StreamHandler {
 public:
  explicit Endless(StreamTransport* transport) : transport_(transport) {
    message_.set_service(std::string(100'000, 'x'));
  }
  void Start() override { transport_->Write(message_); }
  void OnRead(bool) override {}
  void OnWritten(bool ok) override {
    if (ok) {
      transport_->Write(message_);
    } else {
      transport_->Finish(RpcStatus());
    }
  }
  void OnCancel() override {}
  void OnDone() override {}

 private:
  StreamTransport* const transport_;
  HealthCheckRequest message_;
};

// A connection and its client's end.
class Wire : public ConnectionOwner {
 public:
  Wire() : router_(nullptr, nullptr) {
    router_.AddStream(
        "/t/Endless",
        {&HealthCheckRequest::default_instance(), false, true,
         [](StreamTransport* transport, const google::protobuf::MessageLite*) {
           return std::make_shared<Endless>(transport);
         }});
    limits_.handshake_timeout = kNever;
    limits_.send_timeout = kNever;
    limits_.message_timeout = kNever;
    limits_.max_age = kNever;
    limits_.age_grace = kNever;
    limits_.keepalive_time = kNever;
  }
  ~Wire() {
    if (connection_ == nullptr) return;
    OnLoop([this] { connection_->Close(); });
    EXPECT_TRUE(closed_.WaitForNotificationWithTimeout(kPatience));
    OnLoop([this] { connection_.reset(); });
    OnLoop([] {});
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(receiving_->held(), 0u);
    EXPECT_EQ(sending_->held(), 0u);
  }

  void Connect() {
    receiving_ = std::make_unique<BytePool>(limits_.max_receiving_bytes);
    sending_ = std::make_unique<BytePool>(limits_.max_sending_bytes);
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client_ = FileDescriptor(ends[0]);
    ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    const timeval patience = {absl::ToTimeval(kPatience)};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
      setsockopt(ends[0], SOL_SOCKET, option, &patience, sizeof(patience));
    }
    shared_.emplace(
        ConnectionShared{{&router_, &limits_, receiving_.get(), &calls_},
                         sending_.get(),
                         tls_.has_value() ? &*tls_ : nullptr,
                         &gateways_,
                         ""});
    began_ = absl::Now();
    OnLoop([this, fd = ends[1]] {
      connection_ = std::make_shared<Connection>(
          *shared_, &loop_, static_cast<ConnectionOwner*>(this), 0, fd);
      connection_->Start();
    });
  }

  void OnLoop(Executor::Task task) {
    absl::Notification done;
    loop_.Post([&] {
      task();
      done.Notify();
    });
    done.WaitForNotification();
  }

  // False once the server has closed.
  bool Send(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t put = send(client_.get(), bytes.data() + sent,
                               bytes.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return false;
      sent += static_cast<std::size_t>(put);
    }
    return true;
  }

  // Frames of the server, of this type, until it closes or says what is
  // awaited.
  std::optional<std::string> Await(int type) {
    char room[4096];
    for (;;) {
      while (unread_.size() >= 9) {
        const std::size_t size = static_cast<unsigned char>(unread_[0]) << 16 |
                                 static_cast<unsigned char>(unread_[1]) << 8 |
                                 static_cast<unsigned char>(unread_[2]);
        if (unread_.size() < 9 + size) break;
        std::string frame = unread_.substr(0, 9 + size);
        unread_.erase(0, 9 + size);
        if (frame[3] == type) return frame;
      }
      const ssize_t got = recv(client_.get(), room, sizeof(room), 0);
      if (got <= 0) return std::nullopt;
      unread_.append(room, static_cast<std::size_t>(got));
    }
  }

  // The error of the last GOAWAY that comes before the end.
  std::optional<int> AwaitGoAway() {
    std::optional<int> error;
    while (const auto frame = Await(NGHTTP2_GOAWAY)) {
      error = static_cast<unsigned char>(frame->at(16));
    }
    return error;
  }

  // Whether the server ends the connection after about `time`.
  void ExpectClosedAfter(absl::Duration time) {
    EXPECT_TRUE(closed_.WaitForNotificationWithTimeout(kPatience));
    EXPECT_GE(absl::Now() - began_, time * 0.8);
  }

  EventLoop loop_;
  Limits limits_;
  Router router_;
  const TrustedGateways gateways_{std::vector<std::string>()};
  std::optional<TlsContext> tls_;
  std::unique_ptr<BytePool> receiving_;
  std::unique_ptr<BytePool> sending_;
  std::atomic<int> calls_{0};
  std::optional<ConnectionShared> shared_;
  std::shared_ptr<Connection> connection_;
  FileDescriptor client_;
  std::string unread_;
  absl::Time began_;
  absl::Notification closed_;

 private:
  // A connection goes on for a moment after this; the wire keeps it.
  void OnGone() override { ++gone_; }
  void OnClosed(Connection*) override {
    EXPECT_EQ(gone_, 1) << "a stopping server counts who has not gone";
    closed_.Notify();
  }

  int gone_ = 0;  // the loop's
};

class Http2Connection : public ::testing::Test, public Wire {};

TEST_F(Http2Connection, WhoDoesNotBeginIsClosed) {
  limits_.handshake_timeout = kShort;
  Connect();
  Send("PRI * HTTP/2.0");
  ExpectClosedAfter(kShort);
}

// In PEM, signed by itself.
TlsTexts Certificate() {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  const CertificatePtr cert(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key);
  X509_sign(cert.get(), key, nullptr);
  const auto text = [](BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  const BioPtr certificate(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), cert.get());
  const BioPtr secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr,
                           nullptr);
  EVP_PKEY_free(key);
  return {text(certificate.get()), text(secret.get()), ""};
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
    wire.Send(Preface());
    wire.Send(Frame(NGHTTP2_PING, 0, 0, std::string(8, 'x')));
    ASSERT_TRUE(wire.Await(NGHTTP2_PING).has_value());
    absl::SleepFor(2 * kShort);
    EXPECT_FALSE(wire.closed_.HasBeenNotified()) << "it has begun";
    wire.began_ = absl::Now();
    wire.Send(Frame(NGHTTP2_HEADERS, 0, 1, Headers("/t/None", more)));
    wire.ExpectClosedAfter(kShort);
  }
}

TEST_F(Http2Connection, WhoDoesNotAnswerAPingIsClosed) {
  limits_.keepalive_time = kShort;
  limits_.keepalive_timeout = kShort;
  Connect();
  Send(Preface());
  const auto ping = Await(NGHTTP2_PING);
  ASSERT_TRUE(ping.has_value());
  // One that answers stays.
  Send(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping->substr(9)));
  ASSERT_TRUE(Await(NGHTTP2_PING).has_value());
  EXPECT_FALSE(closed_.HasBeenNotified());
  ExpectClosedAfter(3 * kShort);
}

TEST_F(Http2Connection, AConnectionThatIsOldIsAskedToGoAndThenClosed) {
  limits_.max_age = kShort;
  limits_.age_grace = kShort;
  Connect();
  Send(Preface());
  const auto goaway = Await(NGHTTP2_GOAWAY);
  ASSERT_TRUE(goaway.has_value());
  EXPECT_EQ(goaway->substr(9, 4), "\x7f\xff\xff\xff") << "it names none yet";
  EXPECT_FALSE(closed_.HasBeenNotified());
  ExpectClosedAfter(2 * kShort);
}

TEST_F(Http2Connection, WhoDoesNotReadItsAnswersIsClosed) {
  limits_.send_timeout = kShort;
  Connect();
  // The largest windows that there are.
  Send(Preface(std::string("\0\4\x7f\xff\xff\xff", 6)));
  Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\x7f\xfe\0\0", 4)));
  Send(Frame(NGHTTP2_HEADERS, kEndHeaders, 1, Headers("/t/Endless")));
  Send(Frame(NGHTTP2_DATA, kEnd, 1, std::string(5, '\0')));
  ExpectClosedAfter(kShort);
}

TEST_F(Http2Connection, WhoStaysAfterTheEndIsClosedSoon) {
  Connect();
  Send(Preface());
  OnLoop([this] { connection_->GoAway(); });
  EXPECT_EQ(AwaitGoAway(), NGHTTP2_NO_ERROR);
  // The peer read all of it and does not close.
  ExpectClosedAfter(absl::Seconds(1));
  EXPECT_LT(absl::Now() - began_, absl::Seconds(5));
}

// Frames of one kind, over and over, after a call that is finished.
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

std::string Number(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(number >> shift);
  }
  return bytes;
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
    wire.limits_.idle_frame_burst = 200;
    wire.limits_.idle_frames_per_second = 1;
    wire.limits_.reset_burst = 50;
    wire.limits_.resets_per_second = 1;
    wire.Connect();
    wire.Send(Preface());
    wire.Send(
        Frame(NGHTTP2_HEADERS, kEndHeaders | kEnd, 1, Headers("/t/None")));
    ASSERT_TRUE(wire.Await(NGHTTP2_HEADERS).has_value());
    for (int i = 0; i < 1'000; ++i) {
      if (!wire.Send(flood.bytes(3 + 2 * i))) break;
    }
    // nghttp2's own count of resets may be full first.
    const auto error = wire.AwaitGoAway();
    EXPECT_TRUE(error == flood.error || error == NGHTTP2_INTERNAL_ERROR);
  }
}

TEST_F(Http2Connection, AWindowThatOverflowsEndsTheConnection) {
  Connect();
  Send(Preface());
  Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Number(0x7fffffff)));
  EXPECT_EQ(AwaitGoAway(), NGHTTP2_FLOW_CONTROL_ERROR);
}

TEST_F(Http2Connection, HeadersBeyondAllMeasureEndTheConnection) {
  Connect();
  Send(Preface());
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
