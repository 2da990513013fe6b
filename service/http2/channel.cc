#include "service/http2/channel.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "service/base/openssl_objects.h"

namespace rolegate::service::http2 {
namespace {

using Kind = Progress::Kind;

// The record that a TLS connection begins with.
constexpr char kTlsHandshake = 0x16;

bool Later() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(int fd) : fd_(fd) {}

  Progress Handshake() override { return {Kind::kDone, 0}; }

  Progress Read(char* room, std::size_t size) override {
    const ssize_t got = recv(fd_, room, size, 0);
    if (got > 0) return {Kind::kDone, static_cast<std::size_t>(got)};
    return got < 0 && Later() ? Progress{Kind::kWantRead} : Progress{};
  }

  Progress Write(absl::string_view bytes) override {
    const ssize_t put = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put > 0) return {Kind::kDone, static_cast<std::size_t>(put)};
    return Later() ? Progress{Kind::kWantWrite} : Progress{};
  }

  bool holds_bytes() const override { return false; }
  void EndWriting() override { shutdown(fd_, SHUT_WR); }

 private:
  const int fd_;
};

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
};

std::string Pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return "";
  }
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// Why OpenSSL ended a handshake, by its newest error.
TlsFailure FailureOf(unsigned long error, const SSL* tls) {
  // The client closed, or the socket broke.
  if (error == 0) return TlsFailure::kClosed;
  const int reason = ERR_GET_REASON(error);
  if (reason >= SSL_AD_REASON_OFFSET) return TlsFailure::kRefusedByClient;
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return TlsFailure::kClosed;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TlsFailure::kNoCertificate;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return TlsFailure::kNoSharedVersion;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      break;
    default:
      return TlsFailure::kOther;
  }
  switch (SSL_get_verify_result(tls)) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsFailure::kExpiredCertificate;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return TlsFailure::kUnknownAuthority;
    default:
      return TlsFailure::kBadCertificate;
  }
}

class TlsChannel final : public Channel {
 public:
  TlsChannel(int fd, SSL_CTX* context) : fd_(fd), tls_(SSL_new(context)) {
    if (tls_ == nullptr) return;
    SSL_set_fd(tls_.get(), fd);
    SSL_set_accept_state(tls_.get());
  }

  Progress Handshake() override {
    if (tls_ == nullptr) return {};
    if (!begun_) {
      char first = 0;
      const ssize_t got = recv(fd_, &first, 1, MSG_PEEK);
      if (got < 0 && Later()) return {Kind::kWantRead};
      if (got != 1) return {};
      if (first != kTlsHandshake) return {Kind::kNoTls};
      begun_ = true;
    }
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return {Kind::kDone};
    failure_ = FailureOf(ERR_peek_last_error(), tls_.get());
    return After(result);
  }

  TlsFailure failure() const override { return failure_; }

  bool agreed() const override {
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(tls_.get(), &protocol, &size);
    return absl::string_view(reinterpret_cast<const char*>(protocol), size) ==
           "h2";
  }

  Progress Read(char* room, std::size_t size) override {
    ERR_clear_error();
    const int got = SSL_read(tls_.get(), room, AsInt(size));
    return got > 0 ? Progress{Kind::kDone, static_cast<std::size_t>(got)}
                   : After(got);
  }

  Progress Write(absl::string_view bytes) override {
    ERR_clear_error();
    const int put = SSL_write(tls_.get(), bytes.data(), AsInt(bytes.size()));
    return put > 0 ? Progress{Kind::kDone, static_cast<std::size_t>(put)}
                   : After(put);
  }

  // A record that is not whole does not count: its rest wakes who waits for the
  // socket.
  bool holds_bytes() const override { return SSL_pending(tls_.get()) > 0; }

  void EndWriting() override {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    shutdown(fd_, SHUT_WR);
  }

  std::string leaf() const override {
    const CertificatePtr peer(SSL_get1_peer_certificate(tls_.get()));
    return peer == nullptr ? "" : Pem(peer.get());
  }

  // Without the leaf, as a server gets it.
  std::string chain() const override {
    std::string text;
    const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(tls_.get());
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
      text += Pem(sk_X509_value(chain, i));
    }
    return text;
  }

 private:
  static int AsInt(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(
        size, static_cast<std::size_t>(std::numeric_limits<int>::max())));
  }

  Progress After(int result) const {
    switch (SSL_get_error(tls_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {Kind::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {Kind::kWantWrite};
      default:
        ERR_clear_error();
        return {};
    }
  }

  const int fd_;
  const std::unique_ptr<SSL, FreeTls> tls_;
  bool begun_ = false;  // the peer has, and speaks TLS
  TlsFailure failure_ = TlsFailure::kClosed;
};

}  // namespace

std::unique_ptr<Channel> MakePlainChannel(int fd) {
  return std::make_unique<PlainChannel>(fd);
}

std::unique_ptr<Channel> MakeTlsChannel(int fd, SSL_CTX* context) {
  return std::make_unique<TlsChannel>(fd, context);
}

}  // namespace rolegate::service::http2
