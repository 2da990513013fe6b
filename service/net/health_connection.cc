#include "service/net/health_connection.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/health.pb.h"

namespace rolegate::service {
namespace {

namespace v1 = grpc::health::v1;

constexpr std::uint32_t kMaxCalls = 8;
constexpr std::size_t kMaxRequest = 4096;
constexpr std::size_t kMaxName = 256;  // longer than any service's
constexpr std::uint32_t kMaxHeaders = 8192;
constexpr std::size_t kMessageHead = 5;  // compressed or not, four of size

constexpr absl::string_view kCheck = "/grpc.health.v1.Health/Check";
constexpr absl::string_view kWatch = "/grpc.health.v1.Health/Watch";

// gRPC's codes, as trailers spell them.
constexpr absl::string_view kOk = "0";
constexpr absl::string_view kInvalidArgument = "3";
constexpr absl::string_view kNotFound = "5";
constexpr absl::string_view kResourceExhausted = "8";
constexpr absl::string_view kUnimplemented = "12";
constexpr absl::string_view kInternal = "13";
constexpr absl::string_view kUnavailable = "14";

nghttp2_nv Header(absl::string_view name, absl::string_view value) {
  nghttp2_nv header = {};
  // nghttp2 copies both, and does not write to them.
  header.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  header.namelen = name.size();
  header.value =
      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  header.valuelen = value.size();
  return header;
}

std::string Framed(Health health) {
  v1::HealthCheckResponse response;
  switch (health) {
    case Health::kServing:
      response.set_status(v1::HealthCheckResponse::SERVING);
      break;
    case Health::kNotServing:
      response.set_status(v1::HealthCheckResponse::NOT_SERVING);
      break;
    case Health::kUnknownService:
      response.set_status(v1::HealthCheckResponse::SERVICE_UNKNOWN);
      break;
  }
  const std::string message = response.SerializeAsString();
  std::string framed(kMessageHead, '\0');
  framed.back() = static_cast<char>(message.size());  // a few bytes
  return framed + message;
}

absl::string_view View(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

HealthWaker::HealthWaker() : event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void HealthWaker::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = write(event_.get(), &one, sizeof(one));
}

void HealthWaker::Clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got =
      read(event_.get(), &count, sizeof(count));
}

// Hears of changes from HealthStatus.  The connection's thread asks what they
// were.
class HealthConnection::Watch : public HealthWatcher {
 public:
  Watch(std::string service, std::shared_ptr<const HealthWaker> waker)
      : service_(std::move(service)), waker_(std::move(waker)) {}

  const std::string& service() const { return service_; }
  bool over() const { return over_.load(std::memory_order_acquire); }

  void OnHealth() override { waker_->Wake(); }
  void End() override {
    over_.store(true, std::memory_order_release);
    waker_->Wake();
  }

 private:
  const std::string service_;
  const std::shared_ptr<const HealthWaker> waker_;
  std::atomic<bool> over_{false};
};

struct HealthConnection::Call {
  HealthConnection* connection = nullptr;
  bool is_post = false;
  bool is_grpc = false;
  std::string path;
  std::string request;  // as gRPC frames it
  bool answered = false;

  std::string output;                       // of the body, not sent yet
  std::optional<absl::string_view> status;  // follows the output; none: a watch
  absl::string_view message;                // beside the status
  std::shared_ptr<Watch> watch;
  std::optional<Health> told;  // by the watch
};

// The functions that nghttp2 calls.  `self` is the connection.
struct HealthConnection::Callbacks {
  static HealthConnection& Of(void* self) {
    return *static_cast<HealthConnection*>(self);
  }
  static Call* CallOf(void* self, std::int32_t stream) {
    HealthConnection& connection = Of(self);
    const auto found = connection.calls_.find(stream);
    return found == connection.calls_.end() ? nullptr : found->second.get();
  }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame,
                            void* self) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto call = std::make_unique<Call>();
    call->connection = &Of(self);
    Of(self).calls_[frame->hd.stream_id] = std::move(call);
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame,
                      const std::uint8_t* name_bytes, std::size_t name_size,
                      const std::uint8_t* value_bytes, std::size_t value_size,
                      std::uint8_t, void* self) {
    Call* const call = CallOf(self, frame->hd.stream_id);
    if (call == nullptr) return 0;
    const absl::string_view name = View(name_bytes, name_size);
    const absl::string_view value = View(value_bytes, value_size);
    if (name == ":method") {
      call->is_post = value == "POST";
    } else if (name == ":path") {
      if (value == kCheck || value == kWatch) call->path = std::string(value);
    } else if (name == "content-type") {
      call->is_grpc = absl::StartsWith(value, "application/grpc");
    }
    return 0;
  }

  static int OnData(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                    const std::uint8_t* bytes, std::size_t size, void* self) {
    Call* const call = CallOf(self, stream);
    if (call == nullptr || call->answered) return 0;
    if (call->request.size() + size > kMessageHead + kMaxRequest) {
      call->answered = true;
      call->request.clear();
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream,
                                NGHTTP2_ENHANCE_YOUR_CALM);
      return 0;
    }
    absl::StrAppend(&call->request, View(bytes, size));
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    HealthConnection& connection = Of(self);
    connection.greeted_ = true;  // the first is the peer's settings
    const bool of_request =
        frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!of_request || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
      return 0;
    }
    Call* const call = CallOf(self, frame->hd.stream_id);
    if (call == nullptr || call->answered) return 0;
    call->answered = true;
    connection.Answer(frame->hd.stream_id, call);
    return 0;
  }

  static int OnClose(nghttp2_session*, std::int32_t stream, std::uint32_t,
                     void* self) {
    HealthConnection& connection = Of(self);
    const auto found = connection.calls_.find(stream);
    if (found == connection.calls_.end()) return 0;
    if (found->second->watch != nullptr) {
      connection.health_->Remove(found->second->watch.get());
    }
    connection.calls_.erase(found);
    return 0;
  }

  // Hands over the body of an answer: messages, then the trailers.
  static ssize_t ReadBody(nghttp2_session* session, std::int32_t stream,
                          std::uint8_t* out, std::size_t room,
                          std::uint32_t* flags, nghttp2_data_source* source,
                          void*) {
    Call* const call = static_cast<Call*>(source->ptr);
    call->connection->TellNews(call);
    const std::size_t size =
        call->output.copy(reinterpret_cast<char*>(out), room);
    call->output.erase(0, size);
    if (!call->output.empty()) return static_cast<ssize_t>(size);
    if (call->status.has_value()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      std::vector<nghttp2_nv> trailers = {Header("grpc-status", *call->status)};
      if (!call->message.empty()) {
        trailers.push_back(Header("grpc-message", call->message));
      }
      nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size());
    } else if (size == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(size);
  }
};

HealthConnection::HealthConnection(HealthStatus* health, std::string peer,
                                   std::shared_ptr<const HealthWaker> waker)
    : health_(health), peer_(std::move(peer)), waker_(std::move(waker)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, &Callbacks::OnBeginHeaders);
  nghttp2_session_callbacks_set_on_header_callback(callbacks,
                                                   &Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                            &Callbacks::OnData);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                       &Callbacks::OnFrame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                         &Callbacks::OnClose);
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_recv_client_magic(options, 1);
  nghttp2_session_server_new2(&session_, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxCalls},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaders}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(),
                          settings.size());
}

HealthConnection::~HealthConnection() {
  for (const auto& [stream, call] : calls_) {
    if (call->watch != nullptr) health_->Remove(call->watch.get());
  }
  nghttp2_session_del(session_);
}

bool HealthConnection::Receive(absl::string_view bytes) {
  received_ += bytes.size();
  if (received_ > kMaxReceived || !refusal_.empty()) return false;
  if (!preface_.Take(&bytes)) {
    refusal_ = http2::RefusalOf(preface_.sent(), http2::Expected::kHttp2);
    return !refusal_.empty();
  }
  const ssize_t taken = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
      bytes.size());
  if (taken < 0) return false;
  if (received_ > kMaxReceived / 4 * 3) GoAway();
  return true;
}

absl::string_view HealthConnection::Output() {
  if (!preface_.whole()) {
    const bool now = !refusal_.empty() && !std::exchange(refused_, true);
    return now ? absl::string_view(refusal_) : absl::string_view();
  }
  const std::uint8_t* bytes = nullptr;
  const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
  if (size <= 0) return {};
  return View(bytes, static_cast<std::size_t>(size));
}

void HealthConnection::TellWatches() {
  for (const auto& [stream, call] : calls_) {
    if (call->watch != nullptr) nghttp2_session_resume_data(session_, stream);
  }
}

void HealthConnection::GoAway() {
  if (std::exchange(going_, true)) return;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  TellWatches();
}

bool HealthConnection::done() const {
  if (!preface_.whole()) return going_ || !refusal_.empty();
  return nghttp2_session_want_read(session_) == 0 &&
         nghttp2_session_want_write(session_) == 0;
}

void HealthConnection::Answer(std::int32_t stream, Call* call) {
  if (!call->is_post || !call->is_grpc) {
    const nghttp2_nv header = Header(":status", call->is_post ? "415" : "405");
    nghttp2_submit_response(session_, stream, &header, 1, nullptr);
    return;
  }
  const std::string& request = call->request;
  if (call->path.empty()) {
    Refuse(stream, kUnimplemented, "health_listen serves health alone");
    return;
  }
  if (!request.empty() && request[0] != 0) {
    Refuse(stream, kUnimplemented, "requests of health are not compressed");
    return;
  }
  std::size_t size = 0;
  for (std::size_t i = 1; i < kMessageHead && i < request.size(); ++i) {
    size = size << 8 | static_cast<unsigned char>(request[i]);
  }
  v1::HealthCheckRequest message;
  if (request.size() < kMessageHead || request.size() != kMessageHead + size ||
      !message.ParseFromString(request.substr(kMessageHead))) {
    Refuse(stream, kInternal, "expected one message of HealthCheckRequest");
    return;
  }
  if (message.service().size() > kMaxName) {
    Refuse(stream, kInvalidArgument,
           "the name of a service has at most 256 bytes");
  } else if (call->path == kCheck) {
    AnswerCheck(message.service(), stream, call);
  } else {
    BeginWatch(message.service(), stream, call);
  }
}

void HealthConnection::AnswerCheck(const std::string& service,
                                   std::int32_t stream, Call* call) {
  const Health health = health_->Of(service);
  if (health == Health::kUnknownService) {
    Refuse(stream, kNotFound, "no such service");
    return;
  }
  call->output = Framed(health);
  call->status = kOk;
  BeginBody(stream, call);
}

void HealthConnection::BeginWatch(std::string service, std::int32_t stream,
                                  Call* call) {
  auto watch = std::make_shared<Watch>(std::move(service), waker_);
  if (!health_->Add(watch, peer_)) {
    Refuse(stream, kUnavailable, "the server is stopping");
    return;
  }
  call->watch = std::move(watch);
  BeginBody(stream, call);
}

void HealthConnection::BeginBody(std::int32_t stream, Call* call) {
  const std::array<nghttp2_nv, 2> headers = {
      {Header(":status", "200"), Header("content-type", "application/grpc")}};
  nghttp2_data_provider body = {};
  body.source.ptr = call;
  body.read_callback = &Callbacks::ReadBody;
  nghttp2_submit_response(session_, stream, headers.data(), headers.size(),
                          &body);
}

void HealthConnection::Refuse(std::int32_t stream, absl::string_view status,
                              absl::string_view message) {
  const std::array<nghttp2_nv, 4> headers = {
      {Header(":status", "200"), Header("content-type", "application/grpc"),
       Header("grpc-status", status), Header("grpc-message", message)}};
  nghttp2_submit_response(session_, stream, headers.data(), headers.size(),
                          nullptr);
}

void HealthConnection::TellNews(Call* call) const {
  if (call->watch == nullptr || !call->output.empty() ||
      call->status.has_value()) {
    return;
  }
  const Health now = health_->Of(call->watch->service());
  if (call->told != now) {
    call->told = now;
    call->output = Framed(now);
  }
  if (call->watch->over()) {
    call->status = kResourceExhausted;
    call->message = "the watch was ended; watch again later, or check";
  } else if (going_) {
    call->status = kUnavailable;
    call->message = "the connection ends; watch again";
  }
}

}  // namespace rolegate::service
