// One connection's HTTP/2 (RFC 9113), without a socket: bytes come in, and
// bytes to send go out.
//
// What a peer can make it hold is bounded, whatever it sends: streams and their
// headers, bytes of messages (ByteGrant), answers to its frames.  A peer whose
// frames ask for nothing, over and over, is sent away.

#ifndef ROLEGATE_SERVICE_HTTP2_SESSION_H_
#define ROLEGATE_SERVICE_HTTP2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "service/base/monotonic.h"
#include "service/http2/frame_counter.h"
#include "service/http2/peer.h"
#include "service/http2/preface.h"
#include "service/http2/server_call.h"
#include "service/http2/session_state.h"

namespace rolegate::service::http2 {

class Stream;

// For its loop.
class Session final : private StreamEnder {
 public:
  Session(const SessionShared& shared, Executor* loop,
          std::shared_ptr<const Peer> peer, SessionOwner* owner);
  ~Session();  // what is open is over

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes what the peer sent.  False: the connection is to be closed at once.
  bool Receive(absl::string_view bytes);
  // What the peer sent is HTTP/2, unless Receive found that it is not.
  Protocol sent() const { return preface_.sent(); }

  // The next bytes to send; empty: none for now.  They stay until the next call
  // of any function.
  absl::string_view Output();

  // Asks the peer whether it is there.
  void Ping();
  bool awaits_pong() const { return awaits_pong_; }

  // Asks the peer to open no more streams.  Those that it opens before it has
  // heard of that are answered too, and when it has, the rest is refused.
  // False: it was asked before.
  bool BeginGoAway();
  // Refuses streams that are not open yet.
  void GoAway();

  // Nothing will be received or sent any more, once there is no output.
  bool done() const;
  bool has_streams() const { return !streams_.empty(); }
  // Whether streams that are not open yet are refused.
  bool gone() const { return gone_; }

  // Whether the peer has said what HTTP/2 begins with.
  bool greeted() const { return greeted_; }
  // The time since which a block of headers has not been whole.
  const std::optional<MonotonicTime>& headers_since() const {
    return headers_since_;
  }

 private:
  struct Callbacks;

  void Abort(std::int32_t stream) override;
  void TakeBack(std::int32_t stream) override;

  void Begin();
  Stream* StreamOf(std::int32_t id) const;
  void OnFrame(const nghttp2_frame& frame);
  void OnPing(const nghttp2_frame& frame);
  // Counts frames that came, and what makes up for them as less than nothing.
  void Bear(double cost);
  void BearWrongFrame();
  void SendAway(service::GoAway reason, absl::string_view why);
  void CountGoAway(std::uint32_t error) const;

  SessionState state_;
  absl::flat_hash_set<Stream*> streams_;
  Preface preface_;
  FrameCounter frames_;
  bool begun_ = false;  // the server's settings may be sent
  bool greeted_ = false;
  bool awaits_pong_ = false;
  bool going_ = false;       // the peer was asked
  bool gone_ = false;        // streams are refused
  bool names_last_ = false;  // GOAWAY is to name the last stream
  std::optional<MonotonicTime> headers_since_;
  MonotonicTime last_ping_;
  int ping_strikes_ = 0;
  std::size_t useful_frames_ = 0;  // of what is being received
  double patience_;
  MonotonicTime patience_at_;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_SESSION_H_
