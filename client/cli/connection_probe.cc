#include "client/cli/connection_probe.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace rolegate::cli {
namespace {

// How long a server takes to object behind its handshake.
constexpr absl::Duration kAlertWait = absl::Milliseconds(500);

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Waits until the socket can be read or written; false at the deadline.
  bool Wait(int16_t events, absl::Time deadline) const {
    pollfd entry = {fd_, events, 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    return left > 0 && poll(&entry, 1, static_cast<int>(left)) > 0;
  }

  // 0, or what the connection failed by.
  int Connect(const sockaddr* to, socklen_t size, absl::Time deadline) const {
    if (fd_ < 0) return errno;
    if (connect(fd_, to, size) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (!Wait(POLLOUT, deadline)) return ETIMEDOUT;
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
  }

  int fd() const { return fd_; }

 private:
  const int fd_;
};

int NewSocket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

std::string Unreached(const service::ServerAddress& address, int error) {
  const std::string where =
      absl::StrCat("cannot reach `", address.target, "`: ");
  if (!address.path.empty()) {
    if (error == ENOENT) {
      return absl::StrCat(where,
                          "there is no such socket; start the server, or look "
                          "for the path in its `listeners`");
    }
    if (error == EACCES) {
      return absl::StrCat(where,
                          "this user may not open the socket; join the group "
                          "that the listener's `group` names");
    }
  }
  if (error == ECONNREFUSED) {
    return absl::StrCat(where,
                        "nobody listens there; start the server, or name "
                        "another by --server or ROLEGATE_SERVER");
  }
  if (error == ETIMEDOUT) {
    return absl::StrCat(where,
                        "no answer in time; a firewall may drop what is sent, "
                        "or the host is another one");
  }
  return absl::StrCat(where, std::strerror(error));
}

// A connected socket, or null with what is wrong in `*fault`.
std::unique_ptr<Socket> Connect(const service::ServerAddress& address,
                                absl::Time deadline, std::string* fault) {
  if (!address.path.empty()) {
    sockaddr_un to = {};
    to.sun_family = AF_UNIX;
    if (address.path.size() >= sizeof(to.sun_path)) {
      *fault = Unreached(address, ENAMETOOLONG);
      return nullptr;
    }
    std::copy(address.path.begin(), address.path.end(), to.sun_path);
    auto socket = std::make_unique<Socket>(NewSocket(AF_UNIX));
    const int error = socket->Connect(reinterpret_cast<const sockaddr*>(&to),
                                      sizeof(to), deadline);
    if (error == 0) return socket;
    *fault = Unreached(address, error);
    return nullptr;
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(address.host.c_str(), address.port.c_str(),
                                    &hints, &found);
      error != 0) {
    *fault = absl::StrCat("there is no host `", address.host,
                          "`: ", gai_strerror(error));
    return nullptr;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found,
                                                               freeaddrinfo);
  int error = ETIMEDOUT;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    auto socket = std::make_unique<Socket>(NewSocket(each->ai_family));
    error = socket->Connect(each->ai_addr, each->ai_addrlen, deadline);
    if (error == 0) return socket;
  }
  *fault = Unreached(address, error);
  return nullptr;
}

enum class Speaks { kNothing, kTls, kHttp2, kHttp1 };

// TLS has a record's type and version in front, HTTP/2 the length and the type
// of a SETTINGS frame.
Speaks WhatSpeaks(absl::string_view answer) {
  if (absl::StartsWith(answer, "HTTP/1")) return Speaks::kHttp1;
  if (answer.size() >= 3 && answer[0] >= 0x14 && answer[0] <= 0x17 &&
      answer[1] == 3) {
    return Speaks::kTls;
  }
  if (answer.size() >= 9 && answer[0] == 0 && answer[3] == 4) {
    return Speaks::kHttp2;
  }
  return Speaks::kNothing;
}

// The names that a certificate is for.
std::string NamesOf(X509* certificate) {
  std::vector<std::string> names;
  auto* const list = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) {
      const ASN1_STRING* const text = name->d.dNSName;
      names.emplace_back(
          reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text)));
    }
  }
  GENERAL_NAMES_free(list);
  return names.empty() ? "no DNS name"
                       : absl::StrCat("`", absl::StrJoin(names, "`, `"), "`");
}

// One TLS handshake as a client, over memory, so that every wait is bounded.
class Handshake {
 public:
  Handshake(const Socket& socket, const service::ServerAddress& address,
            const ClientOptions& options, absl::Time deadline)
      : socket_(socket),
        address_(address),
        options_(options),
        deadline_(deadline),
        context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_cert_cb(
        context_.get(),
        [](SSL*, void* asked) {
          *static_cast<bool*>(asked) = true;
          return 1;
        },
        &asked_for_certificate_);
  }

  // What is wrong with the files of the options; empty if nothing is.
  std::string LoadFiles() {
    SSL_CTX_set_default_verify_paths(context_.get());
    if (!options_.tls_ca.empty() &&
        SSL_CTX_load_verify_locations(context_.get(), options_.tls_ca.c_str(),
                                      nullptr) != 1) {
      return absl::StrCat("`", options_.tls_ca,
                          "` (--tls-ca) holds no certificate in PEM");
    }
    if (!options_.tls_cert.empty() &&
        SSL_CTX_use_certificate_chain_file(context_.get(),
                                           options_.tls_cert.c_str()) != 1) {
      return absl::StrCat("`", options_.tls_cert,
                          "` (--tls-cert) holds no certificate in PEM");
    }
    if (!options_.tls_key.empty() &&
        SSL_CTX_use_PrivateKey_file(context_.get(), options_.tls_key.c_str(),
                                    SSL_FILETYPE_PEM) != 1) {
      return options_.tls_cert.empty() || !IsMismatch()
                 ? absl::StrCat("`", options_.tls_key,
                                "` (--tls-key) holds no private key in PEM")
                 : absl::StrCat("the key `", options_.tls_key,
                                "` does not belong to the certificate `",
                                options_.tls_cert, "`");
    }
    return "";
  }

  // Sends the first message and says what answers.
  Speaks Begin(absl::Time until) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    constexpr std::array<unsigned char, 3> kAlpn = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl_.get(), kAlpn.data(), kAlpn.size());
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, address_.host.c_str()) != 1) {
      SSL_set1_host(ssl_.get(), address_.host.c_str());
      SSL_set_tlsext_host_name(ssl_.get(), address_.host.c_str());
    }
    ERR_clear_error();
    SSL_connect(ssl_.get());
    Send();
    std::string answer;
    while (answer.size() < 9 && Receive(until, &answer)) {
    }
    return WhatSpeaks(answer);
  }

  // Ends the handshake.  What the sides have against each other, or empty.
  std::string Finish() {
    int done = SSL_connect(ssl_.get());
    while (done != 1 &&
           SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) {
      Send();
      if (!Receive(deadline_, nullptr)) break;
      done = SSL_connect(ssl_.get());
    }
    Send();
    const std::string distrust = Distrust();
    if (!distrust.empty()) return distrust;
    if (done == 1) {
      // What the server has against a client's certificate comes behind it.
      char byte = 0;
      int read = SSL_read(ssl_.get(), &byte, 1);
      const absl::Time soon = std::min(deadline_, absl::Now() + kAlertWait);
      while (read <= 0 &&
             SSL_get_error(ssl_.get(), read) == SSL_ERROR_WANT_READ &&
             Receive(soon, nullptr)) {
        read = SSL_read(ssl_.get(), &byte, 1);
      }
      if (read > 0) return "";
    }
    const std::string alert = Alert();
    return alert.empty() && closed_ ? SilentEnd() : alert;
  }

 private:
  static bool IsMismatch() {
    return ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
  }

  void Send() const {
    std::array<char, 4096> buffer;
    for (;;) {
      const int size = BIO_read(SSL_get_wbio(ssl_.get()), buffer.data(),
                                static_cast<int>(buffer.size()));
      if (size <= 0 || !socket_.Wait(POLLOUT, deadline_)) return;
      if (send(socket_.fd(), buffer.data(), static_cast<std::size_t>(size),
               MSG_NOSIGNAL) != size) {
        return;
      }
    }
  }

  // Hands what comes to OpenSSL, and to `*copy`.  False if nothing comes.
  bool Receive(absl::Time until, std::string* copy) {
    std::array<char, 4096> buffer;
    if (!socket_.Wait(POLLIN, until)) return false;
    const ssize_t size = recv(socket_.fd(), buffer.data(), buffer.size(), 0);
    closed_ = size == 0;
    if (size <= 0) return false;
    BIO_write(SSL_get_rbio(ssl_.get()), buffer.data(), static_cast<int>(size));
    if (copy != nullptr) {
      copy->append(buffer.data(), static_cast<std::size_t>(size));
    }
    return true;
  }

  // What this side has against the server's certificate.
  std::string Distrust() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        SSL_get1_peer_certificate(ssl_.get()), X509_free);
    if (certificate == nullptr) return "";
    const std::string whose =
        absl::StrCat("the certificate of `", address_.target, "` ");
    const long result = SSL_get_verify_result(ssl_.get());  // NOLINT
    switch (result) {
      case X509_V_OK:
        return "";
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return absl::StrCat(whose, "is not for `", address_.host, "` but for ",
                            NamesOf(certificate.get()),
                            "; write the server's address by such a name");
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return absl::StrCat(
            whose, "is not valid now: ", X509_verify_cert_error_string(result),
            "; renew it, or set this machine's clock");
      default:
        return absl::StrCat(
            whose, "comes from nobody whom ",
            options_.tls_ca.empty()
                ? "this machine trusts: give its authority's certificate by "
                  "--tls-ca"
                : absl::StrCat("`", options_.tls_ca, "` (--tls-ca) holds"),
            " (", X509_verify_cert_error_string(result), ")");
    }
  }

  // What the server has against this side.
  std::string Alert() const {
    const unsigned long error = ERR_peek_last_error();  // NOLINT
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return "";
    const std::string who = absl::StrCat("`", address_.target, "` ");
    switch (ERR_GET_REASON(error)) {
      case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return absl::StrCat(who,
                            "asks for a client's certificate: give --tls-cert "
                            "and --tls-key");
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        if (!options_.tls_cert.empty()) break;
        return absl::StrCat(who,
                            "refuses the handshake; it may ask for a client's "
                            "certificate: give --tls-cert and --tls-key");
      case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        return Untrusted();
      case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return absl::StrCat("`", options_.tls_cert,
                            "` (--tls-cert) has expired; renew it");
      default:
        break;
    }
    const char* const reason = ERR_reason_error_string(error);
    return absl::StrCat(who, "breaks the TLS handshake off: ",
                        reason == nullptr ? "no reason is given" : reason);
  }

  // A server that closes the connection and says nothing.
  std::string SilentEnd() const {
    if (!asked_for_certificate_) return "";
    if (!options_.tls_cert.empty()) return Untrusted();
    return absl::StrCat("`", address_.target,
                        "` asks for a client's certificate: give --tls-cert "
                        "and --tls-key");
  }

  std::string Untrusted() const {
    return absl::StrCat("`", address_.target,
                        "` does not trust the authority of `",
                        options_.tls_cert,
                        "` (--tls-cert); the listener's `tls.client_ca` must "
                        "hold it");
  }

  const Socket& socket_;
  const service::ServerAddress& address_;
  const ClientOptions& options_;
  const absl::Time deadline_;
  bool asked_for_certificate_ = false;
  bool closed_ = false;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

// What answers `request`, which is sent without TLS.
Speaks WhatAnswers(const service::ServerAddress& address,
                   absl::string_view request, absl::Time deadline) {
  std::string fault;
  const std::unique_ptr<Socket> socket = Connect(address, deadline, &fault);
  if (socket == nullptr ||
      send(socket->fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return Speaks::kNothing;
  }
  std::string answer;
  std::array<char, 64> buffer;
  while (answer.size() < 9 && socket->Wait(POLLIN, deadline)) {
    const ssize_t size = recv(socket->fd(), buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return WhatSpeaks(answer);
}

// A server may answer by HTTP/1.1 whatever it does not understand, so it is
// asked in plain HTTP/2 before that counts.
Speaks WhatSpeaksPlainly(const service::ServerAddress& address,
                         absl::Time deadline) {
  using std::string_literals::operator""s;
  static const std::string preface =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s;
  const Speaks speaks = WhatAnswers(address, preface, deadline);
  if (speaks != Speaks::kNothing) return speaks;
  return WhatAnswers(
      address, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      deadline);
}

}  // namespace

std::string ProbeConnection(const service::ServerAddress& address,
                            const ClientOptions& options, bool plaintext,
                            absl::Duration limit) {
  if (address.path.empty() && address.host.empty()) return "";
  const absl::Time deadline = absl::Now() + limit;
  std::string fault;
  const std::unique_ptr<Socket> socket = Connect(address, deadline, &fault);
  if (socket == nullptr) return fault;
  Handshake handshake(*socket, address, options, deadline);
  if (!plaintext) fault = handshake.LoadFiles();
  if (!fault.empty()) return fault;
  Speaks speaks = handshake.Begin(absl::Now() + limit / 2);
  if (speaks == Speaks::kNothing || speaks == Speaks::kHttp1) {
    speaks = WhatSpeaksPlainly(address, deadline);
  }
  switch (speaks) {
    case Speaks::kHttp1:
      return absl::StrCat("`", address.target,
                          "` speaks HTTP/1.1 and no gRPC: it may be the "
                          "server's `operations_listen`; name one of its "
                          "`listeners`");
    case Speaks::kHttp2:
      if (plaintext) return "";
      return absl::StrCat(
          "`", address.target,
          "` speaks no TLS: leave --tls-ca, --tls-cert and "
          "`https` out",
          address.path.empty()
              ? absl::StrCat(", or write `http://", address.target, "`")
              : "");
    case Speaks::kTls:
      if (!plaintext) return handshake.Finish();
      return absl::StrCat("`", address.target,
                          "` speaks TLS: give its authority's certificate by "
                          "--tls-ca or ROLEGATE_TLS_CA, or write `https://",
                          address.target, "` if this machine trusts it");
    case Speaks::kNothing:
      break;
  }
  return "";
}

}  // namespace rolegate::cli
