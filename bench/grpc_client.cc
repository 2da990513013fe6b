#include "bench/grpc_client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace rolegate::bench {
namespace {

// A byte that says whether the message is compressed, four of its size.
constexpr std::size_t kFrameHeader = 5;
constexpr std::chrono::seconds kPatience(60);
constexpr std::int32_t kWindow = 16 << 20;  // answers never wait for room

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "grpc_client: " << what << "\n";
  std::exit(1);
}

// Ends the program if nghttp2 says that it was used wrongly.
template <typename Code>
Code Check(Code code, const char* what) {
  if (code < 0) Fail(std::string(what) + ": " + nghttp2_strerror(code));
  return code;
}

std::string Framed(const std::string& message) {
  std::string framed(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    framed.push_back(static_cast<char>((message.size() >> shift) & 0xff));
  }
  return framed + message;
}

// Whether a whole message came; takes it.
bool TakeMessage(std::string* received, std::string* message) {
  if (received->size() < kFrameHeader) return false;
  std::size_t size = 0;
  for (std::size_t i = 1; i < kFrameHeader; ++i) {
    size = size << 8 | static_cast<unsigned char>((*received)[i]);
  }
  if (received->size() < kFrameHeader + size) return false;
  message->assign(*received, kFrameHeader, size);
  received->erase(0, kFrameHeader + size);
  return true;
}

int ConnectTo(int domain, const sockaddr* address, socklen_t size,
              const std::string& shown) {
  const int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, address, size) != 0) {
    Fail("cannot connect to " + shown + ": " + strerror(errno));
  }
  return fd;
}

int Connect(const std::string& shown) {
  absl::string_view address = shown;
  if (absl::ConsumePrefix(&address, "unix:")) {
    sockaddr_un unix_address{};
    unix_address.sun_family = AF_UNIX;
    if (address.size() >= sizeof(unix_address.sun_path)) Fail("path too long");
    std::copy(address.begin(), address.end(), unix_address.sun_path);
    return ConnectTo(AF_UNIX, reinterpret_cast<const sockaddr*>(&unix_address),
                     sizeof(unix_address), shown);
  }
  const std::size_t colon = shown.rfind(':');
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (colon == std::string::npos ||
      getaddrinfo(shown.substr(0, colon).c_str(),
                  shown.substr(colon + 1).c_str(), &hints, &found) != 0) {
    Fail("expected NUMBER:PORT or unix:/path, found " + shown);
  }
  const int fd =
      ConnectTo(found->ai_family, found->ai_addr, found->ai_addrlen, shown);
  freeaddrinfo(found);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

// Bytes over a socket, by TLS where there are files for it.
class Wire {
 public:
  Wire(const std::string& address, const TlsFiles& tls)
      : fd_(Connect(address)) {
    if (!tls.ca.empty()) Handshake(tls);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Wire() {
    SSL_free(ssl_);
    close(fd_);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  int fd() const { return fd_; }

  // How many bytes were taken; none if there is no room now.
  std::size_t Send(const std::string& bytes) {
    if (ssl_ == nullptr) {
      return Taken(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
    std::size_t sent = 0;
    SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
    return sent;
  }

  // How many bytes came; none if there are none now.
  std::size_t Receive(std::uint8_t* bytes, std::size_t room) {
    if (ssl_ == nullptr) {
      const ssize_t size = recv(fd_, bytes, room, 0);
      if (size == 0) Fail("the server closed the connection");
      return Taken(size);
    }
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_, bytes, room, &size);
    if (result <= 0 && SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
      Fail("the server closed the connection");
    }
    return size;
  }

 private:
  static std::size_t Taken(ssize_t size) {
    if (size < 0 && errno != EAGAIN) Fail("the connection broke");
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }

  void Handshake(const TlsFiles& tls) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // What is left to send grows while it waits.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
    if (SSL_CTX_load_verify_locations(context, tls.ca.c_str(), nullptr) != 1 ||
        SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str()) !=
            1 ||
        SSL_CTX_use_PrivateKey_file(context, tls.key.c_str(),
                                    SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_set_alpn_protos(context, kHttp2.data(), kHttp2.size()) != 0) {
      Fail("the files for TLS are not good");
    }
    ssl_ = SSL_new(context);
    SSL_CTX_free(context);  // the connection keeps it
    SSL_set1_host(ssl_, "localhost");
    SSL_set_tlsext_host_name(ssl_, "localhost");
    SSL_set_fd(ssl_, fd_);
    if (SSL_connect(ssl_) != 1) Fail("the TLS handshake failed");
  }

  const int fd_;
  SSL* ssl_ = nullptr;
};

nghttp2_nv Header(absl::string_view name, absl::string_view value,
                  std::uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
  nghttp2_nv header{};
  header.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  header.namelen = name.size();
  header.value =
      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  header.valuelen = value.size();
  header.flags = flags;
  return header;
}

}  // namespace

class GrpcConnection {
 public:
  GrpcConnection(const std::string& address, const TlsFiles& tls,
                 std::vector<Call*>* answered)
      : wire_(address, tls),
        scheme_(tls.ca.empty() ? "http" : "https"),
        answered_(answered) {
    nghttp2_session_callbacks* callbacks = nullptr;
    Check(nghttp2_session_callbacks_new(&callbacks), "callbacks");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                              &OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnClose);
    Check(nghttp2_session_client_new(&session_, callbacks, this), "session");
    nghttp2_session_callbacks_del(callbacks);
    const std::array<nghttp2_settings_entry, 2> settings = {
        {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}};
    Check(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(),
                                  settings.size()),
          "settings");
    Check(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                                kWindow),
          "window");
  }
  ~GrpcConnection() { nghttp2_session_del(session_); }
  GrpcConnection(const GrpcConnection&) = delete;
  GrpcConnection& operator=(const GrpcConnection&) = delete;

  int fd() const { return wire_.fd(); }
  bool wants_to_send() const { return !unsent_.empty(); }

  void Start(Call* call) {
    call->sent_ = 0;
    call->error_.clear();
    if (call->stream_ >= 0) {
      Check(nghttp2_session_resume_data(session_, call->stream_), "resume");
      return;
    }
    const RpcRequest& request = *call->request_;
    const auto token_flags = static_cast<std::uint8_t>(
        request.authorization_anew ? NGHTTP2_NV_FLAG_NO_INDEX
                                   : NGHTTP2_NV_FLAG_NONE);
    std::array<nghttp2_nv, 8> headers = {
        Header(":method", "POST"),
        Header(":scheme", scheme_),
        Header(":path", request.path),
        Header(":authority", "localhost"),
        Header("te", "trailers"),
        Header("content-type", "application/grpc"),
        Header("user-agent", "rolegate-bench"),
        Header("authorization", request.authorization, token_flags)};
    nghttp2_data_provider body{};
    body.source.ptr = call;
    body.read_callback = &ReadBody;
    const std::int32_t stream =
        Check(nghttp2_submit_request(
                  session_, nullptr, headers.data(),
                  headers.size() - (request.authorization.empty() ? 1 : 0),
                  &body, call),
              "request");
    if (request.streams) call->stream_ = stream;
  }

  void Send() {
    const std::uint8_t* bytes = nullptr;
    while (const ssize_t size =
               Check(nghttp2_session_mem_send(session_, &bytes), "send")) {
      unsent_.append(reinterpret_cast<const char*>(bytes),
                     static_cast<std::size_t>(size));
    }
    if (unsent_.empty()) return;
    unsent_.erase(0, wire_.Send(unsent_));
  }

  void Receive() {
    std::array<std::uint8_t, 1 << 16> bytes;
    while (const std::size_t size = wire_.Receive(bytes.data(), bytes.size())) {
      Check(nghttp2_session_mem_recv(session_, bytes.data(), size), "receive");
    }
  }

 private:
  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out,
                          std::size_t room, std::uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    Call* const call = static_cast<Call*>(source->ptr);
    const bool streams = call->request_->streams;
    if (streams && call->sent_ == call->framed_.size()) {
      return NGHTTP2_ERR_DEFERRED;
    }
    const std::size_t size =
        call->framed_.copy(reinterpret_cast<char*>(out), room, call->sent_);
    call->sent_ += size;
    if (!streams && call->sent_ == call->framed_.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(size);
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void*) {
    Call* const call = CallOf(session, frame->hd.stream_id);
    const auto text = [](const std::uint8_t* at, std::size_t size) {
      return absl::string_view(reinterpret_cast<const char*>(at), size);
    };
    const absl::string_view key = text(name, name_size);
    if (call == nullptr) return 0;
    if (key == "grpc-status" && text(value, value_size) != "0" &&
        call->error_.empty()) {
      call->error_ = "status " + std::string(text(value, value_size));
    } else if (key == "grpc-message") {
      call->error_ = std::string(text(value, value_size));
    }
    return 0;
  }

  static int OnData(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                    const std::uint8_t* data, std::size_t size, void* self) {
    Call* const call = CallOf(session, stream);
    if (call == nullptr) return 0;
    call->received_.append(reinterpret_cast<const char*>(data), size);
    if (TakeMessage(&call->received_, &call->answer_) &&
        call->request_->streams) {
      static_cast<GrpcConnection*>(self)->answered_->push_back(call);
    }
    return 0;
  }

  static int OnClose(nghttp2_session* session, std::int32_t stream,
                     std::uint32_t error, void* self) {
    Call* const call = CallOf(session, stream);
    if (call == nullptr) return 0;
    if (call->request_->streams) Fail("the stream broke: " + call->error_);
    if (error != 0) call->error_ = nghttp2_http2_strerror(error);
    call->received_.clear();
    static_cast<GrpcConnection*>(self)->answered_->push_back(call);
    return 0;
  }

  static Call* CallOf(nghttp2_session* session, std::int32_t stream) {
    return static_cast<Call*>(
        nghttp2_session_get_stream_user_data(session, stream));
  }

  Wire wire_;
  const std::string scheme_;
  std::vector<Call*>* const answered_;
  nghttp2_session* session_ = nullptr;
  std::string unsent_;
};

Call::Call(std::shared_ptr<const RpcRequest> request, std::size_t connection)
    : request_(std::move(request)),
      connection_(connection),
      framed_(Framed(request_->message)) {}

GrpcClient::GrpcClient(const std::string& address, int connections,
                       const TlsFiles& tls) {
  for (int i = 0; i < connections; ++i) {
    connections_.push_back(
        std::make_unique<GrpcConnection>(address, tls, &answered_));
  }
}

GrpcClient::~GrpcClient() = default;

void GrpcClient::Start(Call* call) {
  connections_[call->connection_]->Start(call);
}

const std::vector<Call*>& GrpcClient::WaitUntil(Clock::time_point until) {
  answered_.clear();
  do {
    std::vector<pollfd> waiting;
    for (const auto& connection : connections_) {
      connection->Send();
      const int events = POLLIN | (connection->wants_to_send() ? POLLOUT : 0);
      waiting.push_back({connection->fd(), static_cast<short>(events), 0});
    }
    const auto left = std::max<std::chrono::nanoseconds>(
        until - Clock::now(), std::chrono::nanoseconds(0));
    timespec timeout{};
    timeout.tv_sec = left.count() / 1'000'000'000;
    timeout.tv_nsec = left.count() % 1'000'000'000;
    ppoll(waiting.data(), waiting.size(), &timeout, nullptr);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0) connections_[i]->Receive();
    }
  } while (answered_.empty() && Clock::now() < until);
  return answered_;
}

const std::vector<Call*>& GrpcClient::Wait() {
  if (WaitUntil(Clock::now() + kPatience).empty()) Fail("no answer comes");
  return answered_;
}

}  // namespace rolegate::bench
