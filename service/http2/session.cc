#include "service/http2/session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "service/http2/stream.h"

namespace rolegate::service::http2 {
namespace {

// More answers to pings and settings than this wait for nobody.
constexpr std::size_t kMaxAcknowledgements = 100;

// Pings that come too early before a peer is sent away, as gRPC has it.
constexpr int kMaxPingStrikes = 2;

// Every frame counts for one.  A wrong one counts for so many more; one that
// asks for something makes up for itself and for others.
constexpr double kWrongFrame = 20;
constexpr double kUsefulFrame = 5;

// A client that reads a large answer sends a window for so many bytes of it, or
// for more.
constexpr double kBytesOfAWindow = 4096;

// What our pings carry.
using PingData = std::array<std::uint8_t, 8>;
constexpr PingData kAlive = {'a', 'l', 'i', 'v', 'e', '?', 0, 0};
constexpr PingData kGoing = {'g', 'o', 'i', 'n', 'g', 0, 0, 0};

absl::string_view View(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool Carries(const nghttp2_frame& frame, const PingData& data) {
  return std::memcmp(frame.ping.opaque_data, data.data(), data.size()) == 0;
}

}  // namespace

// What nghttp2 calls.  `self` is the session.
struct Session::Callbacks {
  static Session& Of(void* self) { return *static_cast<Session*>(self); }

  static int OnBeginFrame(nghttp2_session* http, const nghttp2_frame_hd* head,
                          void* self) {
    if (head->type != NGHTTP2_CONTINUATION) Of(self).headers_since_.reset();
    // nghttp2 skips priorities, also those that are wrong.
    if (head->type == NGHTTP2_PRIORITY && head->stream_id == 0) {
      nghttp2_session_terminate_session(http, NGHTTP2_PROTOCOL_ERROR);
    }
    return 0;
  }

  static int OnBeginHeaders(nghttp2_session* http, const nghttp2_frame* frame,
                            void* self) {
    Session& session = Of(self);
    session.headers_since_ = MonotonicNow();
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    // nghttp2 may look at a little more after it was told to end.
    if (session.state_.over) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    auto* const stream = new Stream(&session.state_, frame->hd.stream_id);
    session.streams_.insert(stream);
    nghttp2_session_set_stream_user_data(http, stream->id(), stream);
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* self) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // trailers
    Stream* const stream = Of(self).StreamOf(frame->hd.stream_id);
    if (stream != nullptr) {
      stream->AddHeader(View(name, name_size), View(value, value_size));
    }
    return 0;
  }

  static int OnData(nghttp2_session* http, std::uint8_t, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* self) {
    if (Stream* const stream = Of(self).StreamOf(id)) {
      stream->Receive(View(bytes, size));
    } else {
      nghttp2_session_consume(http, id, size);
    }
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Of(self).OnFrame(*frame);
    return 0;
  }

  static int OnInvalidFrame(nghttp2_session*, const nghttp2_frame*, int error,
                            void* self) {
    Session& session = Of(self);
    // A client that has not heard of the limit opens more streams than it may.
    const bool refused = error == NGHTTP2_ERR_REFUSED_STREAM;
    // The rest of a wrong block may be on its way until the next frame.
    if (refused) {
      session.headers_since_.reset();
      session.state_.shared.door->Count(StreamRefusal::kStreams,
                                        session.state_.peer->kind);
    } else {
      session.BearWrongFrame();
    }
    return 0;
  }

  // Once the answer is whole, the rest of the question does not matter.
  static int OnFrameSent(nghttp2_session* http, const nghttp2_frame* frame,
                         void* self) {
    const auto type = frame->hd.type;
    // A peer that makes the server reset its streams is no better than one that
    // resets them itself.
    if (type == NGHTTP2_RST_STREAM &&
        frame->rst_stream.error_code == NGHTTP2_PROTOCOL_ERROR) {
      Of(self).BearWrongFrame();
    }
    if (type == NGHTTP2_GOAWAY) Of(self).CountGoAway(frame->goaway.error_code);
    if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA) return 0;
    Of(self).ping_strikes_ = 0;
    if (type == NGHTTP2_DATA) {
      Of(self).Bear(-static_cast<double>(frame->hd.length) / kBytesOfAWindow);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
        nghttp2_session_get_stream_remote_close(http, frame->hd.stream_id) ==
            0) {
      nghttp2_submit_rst_stream(http, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  static int OnClose(nghttp2_session* http, std::int32_t id, std::uint32_t,
                     void* self) {
    Session& session = Of(self);
    Stream* const stream = session.StreamOf(id);
    if (stream == nullptr) return 0;
    nghttp2_session_set_stream_user_data(http, id, nullptr);
    session.streams_.erase(stream);
    delete stream;
    return 0;
  }

  static nghttp2_session* NewSession(Session* self, const Limits& limits) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks,
                                                          &OnBeginFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
                                                            &OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                              &OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
        callbacks, &OnInvalidFrame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks,
                                                         &OnFrameSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnClose);
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_no_recv_client_magic(options, 1);
    nghttp2_option_set_max_outbound_ack(options, kMaxAcknowledgements);
    nghttp2_option_set_stream_reset_rate_limit(options, limits.reset_burst,
                                               limits.resets_per_second);
    nghttp2_session* http = nullptr;
    nghttp2_session_server_new2(&http, callbacks, self, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    return http;
  }
};

Session::Session(const SessionShared& shared, Executor* loop,
                 std::shared_ptr<const Peer> peer, SessionOwner* owner)
    : state_{shared,
             std::make_shared<SessionRef>(SessionRef{loop, this}),
             std::move(peer),
             owner,
             Callbacks::NewSession(this, *shared.limits),
             {}},
      patience_(shared.limits->idle_frame_burst),
      patience_at_(MonotonicNow()) {}

Session::~Session() {
  state_.over = true;
  state_.ref->session = nullptr;
  for (Stream* const stream : std::exchange(streams_, {})) delete stream;
  nghttp2_session_del(state_.http);
}

// Not before the client has shown that it speaks HTTP/2: another is told so in
// its own words.
void Session::Begin() {
  if (std::exchange(begun_, true)) return;
  const Limits& limits = *state_.shared.limits;
  const std::array<nghttp2_settings_entry, 3> settings = {
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.max_streams},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
        static_cast<std::uint32_t>(limits.max_metadata_bytes)},
       {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}}};
  nghttp2_submit_settings(state_.http, NGHTTP2_FLAG_NONE, settings.data(),
                          settings.size());
}

bool Session::Receive(absl::string_view bytes) {
  if (!preface_.Take(&bytes)) return false;
  if (!preface_.whole()) return true;
  Begin();
  // What follows the last straw opens no stream: its answer would be lost.
  const std::size_t frames = frames_.Count(bytes);
  Bear(static_cast<double>(frames));
  if (state_.over) return true;
  state_.receiving = true;
  useful_frames_ = 0;
  const ssize_t taken = nghttp2_session_mem_recv(
      state_.http, reinterpret_cast<const std::uint8_t*>(bytes.data()),
      bytes.size());
  for (std::size_t i = 0; i < state_.touched.size(); ++i) {
    if (Stream* const stream = StreamOf(state_.touched[i])) stream->Settle();
  }
  state_.touched.clear();
  state_.receiving = false;
  if (frames > useful_frames_) {
    state_.shared.door->Count(UselessFrame::kIdle, state_.peer->kind,
                              frames - useful_frames_);
  }
  return taken >= 0;
}

absl::string_view Session::Output() {
  if (!begun_) return {};
  const std::uint8_t* bytes = nullptr;
  ssize_t size = nghttp2_session_mem_send(state_.http, &bytes);
  if (size == 0 && std::exchange(names_last_, false)) {
    // It names the last stream that came by now.  A stream that came while the
    // frame waited behind others would be answered and, unnamed, asked again
    // elsewhere.
    nghttp2_submit_goaway(state_.http, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(state_.http),
                          NGHTTP2_NO_ERROR, nullptr, 0);
    size = nghttp2_session_mem_send(state_.http, &bytes);
  }
  if (size < 0) state_.over = true;
  return size <= 0 ? absl::string_view()
                   : View(bytes, static_cast<std::size_t>(size));
}

void Session::Ping() {
  awaits_pong_ = true;
  nghttp2_submit_ping(state_.http, NGHTTP2_FLAG_NONE, kAlive.data());
  state_.TellOutput();
}

bool Session::BeginGoAway() {
  if (std::exchange(going_, true)) return false;
  nghttp2_submit_shutdown_notice(state_.http);
  nghttp2_submit_ping(state_.http, NGHTTP2_FLAG_NONE, kGoing.data());
  state_.TellOutput();
  return true;
}

void Session::GoAway() {
  going_ = true;
  if (std::exchange(gone_, true)) return;
  Begin();
  names_last_ = true;
  state_.TellOutput();
}

bool Session::done() const {
  return state_.over ||
         (!names_last_ && nghttp2_session_want_read(state_.http) == 0 &&
          nghttp2_session_want_write(state_.http) == 0);
}

void Session::Abort(std::int32_t id) {
  if (Stream* const stream = StreamOf(id)) stream->Abort();
}

void Session::TakeBack(std::int32_t id) {
  if (Stream* const stream = StreamOf(id)) stream->GiveBack();
}

Stream* Session::StreamOf(std::int32_t id) const {
  return static_cast<Stream*>(
      nghttp2_session_get_stream_user_data(state_.http, id));
}

void Session::OnFrame(const nghttp2_frame& frame) {
  headers_since_.reset();
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      if (end || frame.hd.type == NGHTTP2_HEADERS ||
          frame.hd.length > frame.data.padlen) {
        Bear(-kUsefulFrame);
        ++useful_frames_;
      }
      Stream* const stream = StreamOf(frame.hd.stream_id);
      if (stream == nullptr) return;
      if (frame.hd.type == NGHTTP2_HEADERS &&
          frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        stream->Begin();
      }
      if (end) stream->End();
      return;
    }
    case NGHTTP2_PING:
      OnPing(frame);
      return;
    case NGHTTP2_SETTINGS:
      greeted_ = true;
      return;
    default:
      return;
  }
}

void Session::OnPing(const nghttp2_frame& frame) {
  if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
    if (Carries(frame, kAlive)) awaits_pong_ = false;
    if (Carries(frame, kGoing) && going_) GoAway();
    return;
  }
  const MonotonicTime now = MonotonicNow();
  if (now - last_ping_ < ToMonotonic(state_.shared.limits->min_ping_interval) &&
      ++ping_strikes_ > kMaxPingStrikes) {
    SendAway(service::GoAway::kPings, "too_many_pings");
  }
  last_ping_ = now;
}

void Session::BearWrongFrame() {
  state_.shared.door->Count(UselessFrame::kWrong, state_.peer->kind);
  Bear(kWrongFrame);
}

// Those that nghttp2 sends of itself; the others are counted by their reasons.
void Session::CountGoAway(std::uint32_t error) const {
  if (error == NGHTTP2_NO_ERROR || error == NGHTTP2_ENHANCE_YOUR_CALM) return;
  // That is how nghttp2 ends whoever resets more than it may.
  const bool resets = error == NGHTTP2_INTERNAL_ERROR;
  state_.shared.door->Count(
      resets ? service::GoAway::kResets : service::GoAway::kProtocol,
      state_.peer->kind);
}

void Session::Bear(double cost) {
  const Limits& limits = *state_.shared.limits;
  patience_ -= cost;
  if (patience_ < 0) {
    const MonotonicTime now = MonotonicNow();
    patience_ += limits.idle_frames_per_second *
                 absl::ToDoubleSeconds(absl::FromChrono(now - patience_at_));
    patience_at_ = now;
    if (patience_ < 0) SendAway(service::GoAway::kFrames, "too_many_frames");
  }
  patience_ = std::min(patience_, limits.idle_frame_burst);
}

void Session::SendAway(service::GoAway reason, absl::string_view why) {
  if (std::exchange(state_.over, true)) return;
  state_.shared.door->Count(reason, state_.peer->kind);
  names_last_ = false;
  const std::int32_t last =
      nghttp2_session_get_last_proc_stream_id(state_.http);
  nghttp2_submit_goaway(
      state_.http, NGHTTP2_FLAG_NONE, last, NGHTTP2_ENHANCE_YOUR_CALM,
      reinterpret_cast<const std::uint8_t*>(why.data()), why.size());
  // The rest of what came is not looked at: it would open streams that the
  // frame does not name.
  nghttp2_session_terminate_session2(state_.http, last,
                                     NGHTTP2_ENHANCE_YOUR_CALM);
}

}  // namespace rolegate::service::http2
