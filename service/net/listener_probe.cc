#include "service/net/listener_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/registry/file_descriptor.h"
#include "service/base/monotonic.h"

namespace rolegate::service {
namespace {

// What a client of gRPC sends to ask grpc.health.v1.Health/Check of the server
// as a whole: HTTP/2's preface, its settings, a header block without Huffman
// coding or dynamic table (RFC 7541, 6.2.2), and an empty message.  It is the
// same every time, so a client library has nothing to add.
std::string HealthCheckRequest() {
  const auto field = [](absl::string_view name_bytes, absl::string_view value) {
    return absl::StrCat(name_bytes,
                        std::string(1, static_cast<char>(value.size())), value);
  };
  using std::literals::string_literals::operator""s;
  const std::string headers = absl::StrCat(
      "\x83"                                          // :method POST
      "\x86",                                         // :scheme http
      field("\x04", "/grpc.health.v1.Health/Check"),  // :path
      field("\x01", "localhost"),                     // :authority
      field("\x0f\x10", "application/grpc"),          // content-type
      field("\0\x02te"s, "trailers"));
  const auto frame = [](char type, char flags, char stream,
                        absl::string_view payload) {
    std::string text = {
        0, 0, static_cast<char>(payload.size()), type, flags, 0, 0, 0, stream};
    return absl::StrCat(text, payload);
  };
  constexpr char kData = 0;
  constexpr char kHeaders = 1;
  constexpr char kSettings = 4;
  constexpr char kEndStream = 1;
  constexpr char kEndHeaders = 4;
  return absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                      frame(kSettings, 0, 0, ""),
                      frame(kHeaders, kEndHeaders, 1, headers),
                      frame(kData, kEndStream, 1, "\0\0\0\0\0"s));
}

constexpr std::size_t kFrameHeader = 9;
constexpr unsigned char kHeadersFrame = 1;
constexpr unsigned char kTlsHandshake = 22;

// An answer is far shorter.
constexpr std::size_t kMaxAnswer = std::size_t{64} << 10;

// Whether the frames in `bytes` have headers of the one stream that there is.
bool HoldsAnswer(absl::string_view bytes) {
  while (bytes.size() >= kFrameHeader) {
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned char>(bytes[i]);
    };
    if (byte(3) == kHeadersFrame && byte(8) == 1) return true;
    const std::size_t size = (byte(0) << 16) | (byte(1) << 8) | byte(2);
    if (bytes.size() < kFrameHeader + size) return false;
    bytes.remove_prefix(kFrameHeader + size);
  }
  return false;
}

absl::Status Unavailable(absl::string_view what) {
  return absl::UnavailableError(what);
}

absl::Status Failed(absl::string_view what, int error) {
  if (error == EAGAIN || error == EINPROGRESS) {
    return Unavailable(absl::StrCat(what, ": no answer in time"));
  }
  return Unavailable(absl::StrCat(what, ": ", std::strerror(error)));
}

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
};
using Tls = std::unique_ptr<SSL, FreeTls>;

// Believes every certificate: the question is whether anybody answers.
// `protocol`: for ALPN, after its length.
Tls NewTls(absl::string_view protocol) {
  static SSL_CTX* const context = [] {
    SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    return made;
  }();
  Tls tls(SSL_new(context));
  SSL_set_alpn_protos(tls.get(),
                      reinterpret_cast<const unsigned char*>(protocol.data()),
                      static_cast<unsigned>(protocol.size()));
  SSL_set_connect_state(tls.get());
  return tls;
}

constexpr absl::string_view kHttp2 = "\x02h2";
constexpr absl::string_view kHttp1 = "\x08http/1.1";

// One connection, whose every step waits for at most the timeout.
class Probe {
 public:
  Probe(const SocketAddress& to, ConnectionAcceptor* acceptor,
        absl::Duration timeout)
      : to_(to), acceptor_(acceptor), timeout_(timeout) {}
  ~Probe() {
    if (port_.has_value()) acceptor_->ForgetOwn(*port_);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  absl::Status Connect();
  absl::Status Ask(ProbeTarget::Kind kind);

 private:
  bool Handshake(absl::string_view protocol);
  absl::Status AskForHealth();
  absl::Status AskForPage();
  absl::Status BeginHandshake();
  ssize_t Read(char* buffer, std::size_t size);
  bool Write(absl::string_view bytes);

  absl::Status TakePort();

  const SocketAddress to_;
  ConnectionAcceptor* const acceptor_;
  const absl::Duration timeout_;
  const MonotonicTime end_ = MonotonicNow() + ToMonotonic(timeout_);
  FileDescriptor fd_;
  std::optional<std::uint16_t> port_;  // that the acceptor was told
  Tls tls_;                            // null: none, or none yet
};

// Returns the addresses at which this machine reaches a bound address.  It
// reaches a wildcard over loopback, and a wildcard of both families by the
// family that the machine has.
std::vector<SocketAddress> Reachable(SocketAddress address) {
  if (address.storage.ss_family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) {
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return {address};
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (address.storage.ss_family != AF_INET6 ||
      !IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) {
    return {address};
  }
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
  SocketAddress second = address;
  reinterpret_cast<sockaddr_in6&>(second.storage).sin6_addr = in6addr_loopback;
  return {address, second};
}

// Before the connection takes one, so that the acceptor knows it.
absl::Status Probe::TakePort() {
  sockaddr_storage own = {};
  own.ss_family = to_.storage.ss_family;
  socklen_t size = to_.size;
  auto* const address = reinterpret_cast<sockaddr*>(&own);
  const int both_families = 0;
  if (own.ss_family == AF_INET6) {
    setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &both_families,
               sizeof(both_families));
  }
  if (bind(fd_.get(), address, size) != 0 ||
      getsockname(fd_.get(), address, &size) != 0) {
    return Failed("cannot take a port", errno);
  }
  port_ = PortOf(own);
  acceptor_->ExpectOwn(*port_);
  return absl::OkStatus();
}

absl::Status Probe::Connect() {
  const bool local = to_.storage.ss_family == AF_UNIX;
  fd_ = FileDescriptor(
      socket(to_.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd_.ok()) return Failed("cannot make a socket", errno);
  const timeval time = absl::ToTimeval(timeout_);
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  if (!local) {
    if (absl::Status status = TakePort(); !status.ok()) return status;
  }
  if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to_.storage),
              to_.size) != 0) {
    return Failed("cannot connect", errno);
  }
  ucred other = {};
  socklen_t size = sizeof(other);
  if (local &&
      (getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &other, &size) != 0 ||
       other.pid != getpid())) {
    return Unavailable("another process listens in its place");
  }
  return absl::OkStatus();
}

absl::Status Probe::Ask(ProbeTarget::Kind kind) {
  switch (kind) {
    case ProbeTarget::Kind::kPlain:
      return AskForHealth();
    case ProbeTarget::Kind::kTls:
      return Handshake(kHttp2) ? AskForHealth()
                               : Unavailable("no TLS handshake");
    case ProbeTarget::Kind::kTlsStart:
      return BeginHandshake();
    case ProbeTarget::Kind::kHttp:
      return AskForPage();
    case ProbeTarget::Kind::kHttps:
      return Handshake(kHttp1) ? AskForPage() : Unavailable("no TLS handshake");
  }
  return absl::OkStatus();
}

bool Probe::Handshake(absl::string_view protocol) {
  tls_ = NewTls(protocol);
  return SSL_set_fd(tls_.get(), fd_.get()) == 1 && SSL_connect(tls_.get()) == 1;
}

absl::Status Probe::AskForHealth() {
  static const auto* const request = new std::string(HealthCheckRequest());
  if (!Write(*request)) return Failed("cannot send", errno);
  std::string answer;
  char buffer[4096];
  while (answer.size() < kMaxAnswer && MonotonicNow() < end_) {
    errno = 0;
    const ssize_t size = Read(buffer, sizeof(buffer));
    if (size <= 0) {
      return size == 0 || errno == 0 ? Unavailable("closed without an answer")
                                     : Failed("cannot receive", errno);
    }
    answer.append(buffer, static_cast<std::size_t>(size));
    if (HoldsAnswer(answer)) return absl::OkStatus();
  }
  return Unavailable("no answer in time");
}

absl::Status Probe::AskForPage() {
  if (!Write("HEAD /livez HTTP/1.0\r\n\r\n")) {
    return Failed("cannot send", errno);
  }
  constexpr absl::string_view kAnswer = "HTTP/1.1 ";
  std::string first;
  char buffer[kAnswer.size()];
  while (first.size() < kAnswer.size() && MonotonicNow() < end_) {
    errno = 0;
    const ssize_t got = Read(buffer, kAnswer.size() - first.size());
    if (got < 0 && errno != 0) return Failed("cannot receive", errno);
    if (got <= 0) break;
    first.append(buffer, static_cast<std::size_t>(got));
  }
  return first == kAnswer ? absl::OkStatus()
                          : Unavailable("no answer of HTTP/1.1");
}

absl::Status Probe::BeginHandshake() {
  const Tls tls = NewTls(kHttp2);
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(tls.get(), in, out);  // takes both
  SSL_do_handshake(tls.get());      // writes the first message, wants the next
  char* hello = nullptr;
  const auto size = BIO_get_mem_data(out, &hello);
  if (size <= 0 || !Write({hello, static_cast<std::size_t>(size)})) {
    return Failed("cannot send", errno);
  }
  char first = 0;
  const ssize_t got = Read(&first, 1);
  if (got < 0) return Failed("cannot receive", errno);
  if (got == 0 || static_cast<unsigned char>(first) != kTlsHandshake) {
    return Unavailable("no TLS handshake");
  }
  return absl::OkStatus();
}

ssize_t Probe::Read(char* buffer, std::size_t size) {
  if (tls_ == nullptr) return recv(fd_.get(), buffer, size, 0);
  return SSL_read(tls_.get(), buffer, static_cast<int>(size));
}

bool Probe::Write(absl::string_view bytes) {
  const auto size = static_cast<ssize_t>(bytes.size());
  if (tls_ == nullptr) {
    return send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == size;
  }
  return SSL_write(tls_.get(), bytes.data(), static_cast<int>(size)) == size;
}

}  // namespace

absl::Status ProbeListener(const ProbeTarget& target,
                           ConnectionAcceptor* acceptor,
                           absl::Duration timeout) {
  absl::Status status;
  for (const SocketAddress& to : Reachable(target.address)) {
    Probe probe(to, acceptor, timeout);
    status = probe.Connect();
    if (status.ok()) return probe.Ask(target.kind);
  }
  return status;
}

}  // namespace rolegate::service
