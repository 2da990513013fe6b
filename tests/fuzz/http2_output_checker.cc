#include "tests/fuzz/http2_output_checker.h"

#include <array>
#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace rolegate::fuzz {
namespace {

constexpr std::size_t kHeader = 9;
constexpr std::size_t kMaxPayload = std::size_t{16} << 10;
constexpr std::int32_t kLargestWindow = 0x7fffffff;

std::uint32_t Number(absl::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

[[noreturn]] void Fail(absl::string_view what) {
  std::cerr << "the server's output is wrong: " << what << std::endl;
  std::abort();
}

void Require(bool holds, absl::string_view what) {
  if (!holds) Fail(what);
}

nghttp2_nv Header(absl::string_view name, absl::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
          name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct Http2OutputChecker::Callbacks {
  static int OnInvalidFrame(nghttp2_session*, const nghttp2_frame* frame,
                            int error, void*) {
    Fail(absl::StrCat("frame of type ", frame->hd.type, ": ",
                      nghttp2_strerror(error)));
  }
  // What the client has to complain about.
  static int OnSent(nghttp2_session*, const nghttp2_frame* frame, void*) {
    Require(frame->hd.type != NGHTTP2_GOAWAY, "the client says GOAWAY");
    Require(frame->hd.type != NGHTTP2_RST_STREAM ||
                frame->rst_stream.error_code == NGHTTP2_NO_ERROR,
            "the client resets a stream");
    return 0;
  }
};

Http2OutputChecker::Http2OutputChecker() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      callbacks, &Callbacks::OnInvalidFrame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks,
                                                       &Callbacks::OnSent);
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_peer_max_concurrent_streams(options, 1u << 30);
  nghttp2_session_client_new2(&client_, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_session_set_local_window_size(client_, NGHTTP2_FLAG_NONE, 0,
                                        kLargestWindow);
  // The server's first frame, which OnSettings looks at.
  Feed(absl::string_view("\0\0\0\4\0\0\0\0\0", kHeader));
}

Http2OutputChecker::~Http2OutputChecker() { nghttp2_session_del(client_); }

void Http2OutputChecker::Receive(absl::string_view bytes) {
  unread_.append(bytes.data(), bytes.size());
  absl::string_view rest = unread_;
  while (rest.size() >= kHeader) {
    const std::size_t size = Number(rest.substr(0, 3));
    Require(size <= kMaxPayload, "a frame is too large");
    if (rest.size() < kHeader + size) break;
    OnFrame(rest.substr(0, kHeader), rest.substr(kHeader, size));
    rest.remove_prefix(kHeader + size);
  }
  unread_.erase(0, unread_.size() - rest.size());
}

void Http2OutputChecker::End() const {
  Require(unread_.empty() && block_ == 0, "the last frame is not whole");
}

void Http2OutputChecker::OnFrame(absl::string_view header,
                                 absl::string_view payload) {
  const auto type = static_cast<std::uint8_t>(header[3]);
  const auto flags = static_cast<std::uint8_t>(header[4]);
  const std::uint32_t id = Number(header.substr(5));
  Require(began_ || type == NGHTTP2_SETTINGS, "SETTINGS do not come first");
  Require((block_ != 0) == (type == NGHTTP2_CONTINUATION) &&
              (block_ == 0 || block_ == id),
          "something comes within a block of headers");
  switch (type) {
    case NGHTTP2_SETTINGS:
      OnSettings(flags, id, payload);
      return;
    case NGHTTP2_GOAWAY:
      OnGoAway(id, payload);
      return;
    case NGHTTP2_PING:
      Require(id == 0 && payload.size() == 8, "PING");
      return;
    case NGHTTP2_WINDOW_UPDATE:
      Require(payload.size() == 4 && Number(payload) > 0, "WINDOW_UPDATE");
      if (id == 0) return;
      break;
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
      block_ = (flags & NGHTTP2_FLAG_END_HEADERS) == 0 ? id : 0;
      break;
    case NGHTTP2_DATA:
    case NGHTTP2_RST_STREAM:
      break;
    default:
      Fail(absl::StrCat("a server does not send frames of type ", type));
  }
  Stream& stream = StreamOf(id);
  // A stream whose peer and whose handler both go wrong may be reset for each.
  if (stream.reset && type == NGHTTP2_RST_STREAM) return;
  Require(!stream.reset, "something follows RST_STREAM");
  const bool says = type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
  Require(!says || !stream.ended, "something follows END_STREAM");
  if (says && (flags & NGHTTP2_FLAG_END_STREAM) != 0) stream.ended = true;
  stream.reset = type == NGHTTP2_RST_STREAM;
  std::string frame(header.substr(0, 5));
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(stream.number >> shift);
  }
  absl::StrAppend(&frame, payload);
  Feed(frame);
}

void Http2OutputChecker::OnSettings(std::uint8_t flags, std::uint32_t id,
                                    absl::string_view payload) {
  const bool ack = (flags & NGHTTP2_FLAG_ACK) != 0;
  Require(id == 0 && payload.size() % 6 == 0, "SETTINGS");
  Require(!ack || (began_ && payload.empty()), "SETTINGS with ACK");
  began_ = true;
}

void Http2OutputChecker::OnGoAway(std::uint32_t id, absl::string_view payload) {
  Require(id == 0 && payload.size() >= 8, "GOAWAY");
  const std::uint32_t last = Number(payload.substr(0, 4));
  // nghttp2 blames a peer that resets too many streams with the last one of
  // that moment, and takes more until the frame has left.
  Require(blamed_ || last <= last_stream_,
          "a later GOAWAY names a later stream");
  Require(last == 0 || last % 2 == 1, "GOAWAY names a stream of the server's");
  last_stream_ = last;
  blamed_ = blamed_ || Number(payload.substr(4, 4)) == NGHTTP2_INTERNAL_ERROR;
}

Http2OutputChecker::Stream& Http2OutputChecker::StreamOf(std::uint32_t id) {
  Require(id % 2 == 1, "a stream that is not the client's");
  const auto [known, is_new] = streams_.try_emplace(id);
  if (is_new) known->second.number = OpenStream();
  return known->second;
}

std::int32_t Http2OutputChecker::OpenStream() {
  const std::array<nghttp2_nv, 4> headers = {
      Header(":method", "POST"), Header(":scheme", "http"),
      Header(":path", "/"), Header(":authority", "localhost")};
  const std::int32_t number = nghttp2_submit_request(
      client_, nullptr, headers.data(), headers.size(), nullptr, nullptr);
  Require(number > 0, "there are too many streams");
  Feed({});
  nghttp2_session_set_local_window_size(client_, NGHTTP2_FLAG_NONE, number,
                                        kLargestWindow);
  return number;
}

void Http2OutputChecker::Feed(absl::string_view bytes) {
  const ssize_t taken = nghttp2_session_mem_recv(
      client_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
      bytes.size());
  Require(taken == static_cast<ssize_t>(bytes.size()), "the client gives up");
  // The client's own words go nowhere.
  const std::uint8_t* words = nullptr;
  while (nghttp2_session_mem_send(client_, &words) > 0) {
  }
}

}  // namespace rolegate::fuzz
