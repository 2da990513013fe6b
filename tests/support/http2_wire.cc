#include "tests/support/http2_wire.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/health.pb.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service::http2 {
namespace {

using grpc::health::v1::HealthCheckRequest;

constexpr absl::Duration kPatience = absl::Seconds(3);

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

}  // namespace

std::string Byte(int byte) { return std::string(1, static_cast<char>(byte)); }

std::string Number(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(number >> shift);
  }
  return bytes;
}

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

std::string Greeting(const std::string& setting) {
  return absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                      Frame(NGHTTP2_SETTINGS, 0, 0, setting));
}

std::string Field(const std::string& name, const std::string& value) {
  return absl::StrCat(std::string(1, '\0'),
                      std::string(1, static_cast<char>(name.size())), name,
                      std::string(1, static_cast<char>(value.size())), value);
}

std::string Headers(const std::string& path, const std::string& more) {
  return absl::StrCat(
      "\x83\x86", "\x04", std::string(1, static_cast<char>(path.size())), path,
      "\x01\x01h", "\x0f\x10", "\x10", "application/grpc", more);
}

bool WireOwner::AwaitClosed() {
  return closed_.WaitForNotificationWithTimeout(kPatience);
}

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

Wire::Wire() : router_(nullptr, nullptr) {
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

Wire::~Wire() {
  if (connection_ == nullptr) return;
  OnLoop([this] { connection_->Close(); });
  EXPECT_TRUE(owner_.AwaitClosed());
  OnLoop([this] { connection_.reset(); });
  OnLoop([] {});
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(receiving_->held(), 0u);
  EXPECT_EQ(sending_->held(), 0u);
}

double Counted(const DoorMetrics& door, const std::string& series) {
  MetricFamilies families;
  door.CollectInto(&families);
  const std::string text = families.ToText();
  const std::size_t at = text.find(absl::StrCat("\n", series, " "));
  return at == std::string::npos
             ? -1
             : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
}

void Wire::Connect() {
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
      ConnectionShared{{&router_, &limits_, receiving_.get(), &calls_, &door_},
                       sending_.get(),
                       tls_.has_value() ? &*tls_ : nullptr,
                       &gateways_,
                       ""});
  began_ = absl::Now();
  OnLoop([this, fd = ends[1]] {
    connection_ =
        std::make_shared<Connection>(*shared_, &loop_, &owner_, 0, fd);
    connection_->Start();
  });
}

void Wire::OnLoop(Executor::Task task) {
  absl::Notification done;
  loop_.Post([&] {
    task();
    done.Notify();
  });
  done.WaitForNotification();
}

bool Wire::Send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t put = send(client_.get(), bytes.data() + sent,
                             bytes.size() - sent, MSG_NOSIGNAL);
    if (put <= 0) return false;
    sent += static_cast<std::size_t>(put);
  }
  return true;
}

std::optional<std::string> Wire::Await(int type) {
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

std::string Wire::AwaitEnd() {
  char room[4096];
  for (;;) {
    const ssize_t got = recv(client_.get(), room, sizeof(room), 0);
    if (got <= 0) return std::exchange(unread_, "");
    unread_.append(room, static_cast<std::size_t>(got));
  }
}

std::optional<int> Wire::AwaitGoAway() {
  std::optional<int> error;
  while (const auto frame = Await(NGHTTP2_GOAWAY)) {
    error = static_cast<unsigned char>(frame->at(16));
  }
  return error;
}

void Wire::ExpectClosedAfter(absl::Duration time) {
  EXPECT_TRUE(owner_.AwaitClosed());
  EXPECT_GE(absl::Now() - began_, time * 0.8);
}

}  // namespace rolegate::service::http2
