#include "tests/support/memory_http2_client.h"

#include "gtest/gtest.h"

namespace rolegate::testing {
namespace {

std::string Text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

nghttp2_nv Http2Header(absl::string_view name, absl::string_view value) {
  nghttp2_nv header = {};
  header.name = Bytes(name);
  header.namelen = name.size();
  header.value = Bytes(value);
  header.valuelen = value.size();
  return header;
}

std::string Http2Answer::grpc_status() const {
  const auto found = headers.find("grpc-status");
  return found == headers.end() ? "" : found->second;
}

struct MemoryHttp2Client::Body {
  std::string unsent;
  bool last = true;
};

// `self` is the client.
struct MemoryHttp2Client::Callbacks {
  static MemoryHttp2Client& Of(void* self) {
    return *static_cast<MemoryHttp2Client*>(self);
  }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* self) {
    Of(self).answers_[frame->hd.stream_id].headers.emplace(
        Text(name, name_size), Text(value, value_size));
    return 0;
  }
  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t stream,
                    const std::uint8_t* bytes, std::size_t size, void* self) {
    Of(self).answers_[stream].body += Text(bytes, size);
    return 0;
  }
  static int OnClose(nghttp2_session*, std::int32_t stream, std::uint32_t error,
                     void* self) {
    Http2Answer& answer = Of(self).answers_[stream];
    answer.ended = true;
    answer.error = error;
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      Of(self).goaways_.push_back(frame->goaway.last_stream_id);
      Of(self).goaway_error_ = frame->goaway.error_code;
    }
    return 0;
  }
  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out,
                          std::size_t room, std::uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    auto* const body = static_cast<Body*>(source->ptr);
    const std::size_t size =
        body->unsent.copy(reinterpret_cast<char*>(out), room);
    body->unsent.erase(0, size);
    if (!body->unsent.empty()) return static_cast<ssize_t>(size);
    if (body->last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (size == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(size);
  }
};

MemoryHttp2Client::MemoryHttp2Client(std::uint32_t window) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks,
                                                   &Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                            &Callbacks::OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                         &Callbacks::OnClose);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                       &Callbacks::OnFrame);
  nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                                          window};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &setting, 1);
}

MemoryHttp2Client::~MemoryHttp2Client() { nghttp2_session_del(session_); }

std::int32_t MemoryHttp2Client::Open(const Http2Request& request) {
  std::vector<nghttp2_nv> headers = {Http2Header(":method", request.method),
                                     Http2Header(":scheme", "http"),
                                     Http2Header(":path", request.path),
                                     Http2Header(":authority", "localhost"),
                                     Http2Header("te", "trailers"),
                                     Http2Header("content-type", request.type)};
  for (const auto& [name, value] : request.more) {
    headers.push_back(Http2Header(name, value));
  }
  auto body = std::make_unique<Body>(Body{request.body, request.last});
  nghttp2_data_provider provider = {};
  provider.source.ptr = body.get();
  provider.read_callback = &Callbacks::ReadBody;
  const std::int32_t stream = nghttp2_submit_request(
      session_, nullptr, headers.data(), headers.size(), &provider, nullptr);
  EXPECT_GT(stream, 0);
  bodies_[stream] = std::move(body);
  return stream;
}

void MemoryHttp2Client::SendMore(std::int32_t stream, const std::string& bytes,
                                 bool last) {
  bodies_[stream]->unsent += bytes;
  bodies_[stream]->last = last;
  nghttp2_session_resume_data(session_, stream);
}

void MemoryHttp2Client::Reset(std::int32_t stream) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream,
                            NGHTTP2_CANCEL);
}

void MemoryHttp2Client::Ping() {
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
}

absl::string_view MemoryHttp2Client::Output() {
  const std::uint8_t* bytes = nullptr;
  const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
  if (size <= 0) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

void MemoryHttp2Client::Receive(absl::string_view bytes) {
  nghttp2_session_mem_recv(session_, Bytes(bytes), bytes.size());
}

}  // namespace rolegate::testing
