#include "tests/support/rude_client.h"

#include <fcntl.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/memory_http2_client.h"
#include "tests/support/rude_socket.h"

namespace rolegate::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kOk[] = "0";
constexpr char kCancelled[] = "1";
constexpr char kResourceExhausted[] = "8";
constexpr char kUnavailable[] = "14";

}  // namespace

class RudeClient::Impl {
 public:
  explicit Impl(const RudeOptions& options)
      : socket_(ConnectFrom(options.server, options.source)),
        fd_(socket_.get()),
        authorization_(options.token.empty()
                           ? ""
                           : absl::StrCat("Bearer ", options.token)) {
    EXPECT_TRUE(socket_.ok()) << options.server << ": " << strerror(errno);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnClose);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const std::array<nghttp2_settings_entry, 2> settings = {
        {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window}}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(),
                            settings.size());
  }
  ~Impl() { nghttp2_session_del(session_); }

  std::int32_t Open(const std::string& path, const std::string& message,
                    bool half_open) {
    std::vector<nghttp2_nv> headers = {Http2Header(":method", "POST"),
                                       Http2Header(":scheme", "http"),
                                       Http2Header(":path", path),
                                       Http2Header(":authority", "localhost"),
                                       Http2Header("te", "trailers"),
                                       Http2Header("content-type", kType),
                                       Http2Header("user-agent", "rude-0.1")};
    if (!authorization_.empty()) {
      headers.push_back(Http2Header("authorization", authorization_));
    }
    auto call = std::make_unique<Call>();
    call->body =
        message.empty() && half_open
            ? ""
            : GrpcMessage(message, static_cast<std::uint32_t>(message.size()));
    call->half_open = half_open;
    nghttp2_data_provider body{};
    body.source.ptr = call.get();
    body.read_callback = &ReadBody;
    const std::int32_t stream = nghttp2_submit_request(
        session_, nullptr, headers.data(), headers.size(), &body, call.get());
    EXPECT_GT(stream, 0) << nghttp2_strerror(stream);
    calls_.emplace(stream, std::move(call));
    return stream;
  }

  void Cancel(std::int32_t stream) {
    // What was submitted goes out first, so that the server hears of the call.
    Collect();
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream,
                              NGHTTP2_CANCEL);
  }

  void Exchange(absl::Duration time) {
    const auto end = Clock::now() + absl::ToChronoNanoseconds(time);
    for (;;) {
      Collect();
      if (!unsent_.empty()) {
        const ssize_t sent =
            send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
      }
      pollfd waiting{fd_, POLLIN, 0};
      if (!unsent_.empty()) waiting.events |= POLLOUT;
      const auto left = std::max<Clock::duration>(end - Clock::now(),
                                                  Clock::duration::zero());
      poll(&waiting, 1, static_cast<int>(left / std::chrono::milliseconds(1)));
      if ((waiting.revents & POLLIN) != 0 && !Receive()) return;
      if (Clock::now() >= end || ended >= opened()) return;
    }
  }

  int opened() const { return static_cast<int>(calls_.size()); }

  int ended = 0;
  int reset = 0;
  std::map<std::string, int> by_status;

 private:
  static constexpr char kType[] = "application/grpc";
  struct Call {
    std::string body;
    std::size_t sent = 0;
    bool half_open = false;
    std::string status;
  };

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out,
                          std::size_t room, std::uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    Call* const call = static_cast<Call*>(source->ptr);
    const std::size_t size =
        call->body.copy(reinterpret_cast<char*>(out), room, call->sent);
    call->sent += size;
    if (call->sent == call->body.size()) {
      if (!call->half_open) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
      } else if (size == 0) {
        return NGHTTP2_ERR_DEFERRED;
      }
    }
    return static_cast<ssize_t>(size);
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void*) {
    auto* const call = static_cast<Call*>(
        nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
    const absl::string_view key(reinterpret_cast<const char*>(name), name_size);
    if (call == nullptr || key != "grpc-status") return 0;
    call->status.assign(reinterpret_cast<const char*>(value), value_size);
    return 0;
  }

  static int OnClose(nghttp2_session* session, std::int32_t stream,
                     std::uint32_t, void* self) {
    auto* const call = static_cast<Call*>(
        nghttp2_session_get_stream_user_data(session, stream));
    if (call == nullptr) return 0;
    Impl& impl = *static_cast<Impl*>(self);
    ++impl.ended;
    if (call->status.empty()) {
      ++impl.reset;
    } else {
      ++impl.by_status[call->status];
    }
    return 0;
  }

  void Collect() {
    const std::uint8_t* bytes = nullptr;
    ssize_t size = 0;
    while ((size = nghttp2_session_mem_send(session_, &bytes)) > 0) {
      unsent_.append(reinterpret_cast<const char*>(bytes),
                     static_cast<std::size_t>(size));
    }
  }

  // False once the server has closed the connection.
  bool Receive() {
    std::array<std::uint8_t, 1 << 16> bytes;
    const ssize_t size = recv(fd_, bytes.data(), bytes.size(), 0);
    if (size < 0 && errno == EAGAIN) return true;
    if (size <= 0) return false;
    return nghttp2_session_mem_recv(session_, bytes.data(),
                                    static_cast<std::size_t>(size)) >= 0;
  }

  const FileDescriptor socket_;
  const int fd_;
  const std::string authorization_;
  nghttp2_session* session_ = nullptr;
  std::string unsent_;
  std::map<std::int32_t, std::unique_ptr<Call>> calls_;
};

RudeClient::RudeClient(const RudeOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

RudeClient::~RudeClient() = default;

std::int32_t RudeClient::Open(const std::string& path,
                              const std::string& message, bool half_open) {
  return impl_->Open(path, message, half_open);
}

void RudeClient::Cancel(std::int32_t stream) { impl_->Cancel(stream); }

void RudeClient::Exchange(absl::Duration time) { impl_->Exchange(time); }

int RudeClient::opened() const { return impl_->opened(); }

int RudeClient::ended() const { return impl_->ended; }

int RudeClient::throttled() const {
  return impl_->by_status[kResourceExhausted];
}

int RudeClient::unavailable() const { return impl_->by_status[kUnavailable]; }

int RudeClient::answered() const { return impl_->by_status[kOk]; }

int RudeClient::given_up() const {
  return impl_->reset + impl_->by_status[kCancelled];
}

}  // namespace rolegate::testing
