// One connection: its socket, what protects it, and its session.
//
//                    handshake done             nothing is left to say
//   (new) handshake ----------------> serving -------------------------+
//           | |                          |                             v
//           | | too slow, broken         | too slow, broken        lingering
//           | +--------------------------+--> closed <---------------- ^
//           |                                  ^    the peer closed,   |
//           | no TLS, or no HTTP/2 in it       |    or 1 s             |
//           +--------------> refusing ---------+-----------------------+
//           |                   too slow, broken     it was told why   |
//           +----------------------------------------------------------+
//                        its handshake failed
//
// While a socket takes no more, nothing is read from it, so that whoever does
// not read its answers asks no more.

#ifndef ROLEGATE_SERVICE_HTTP2_CONNECTION_H_
#define ROLEGATE_SERVICE_HTTP2_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "service/config/trusted_gateways.h"
#include "service/http2/byte_pool.h"
#include "service/http2/channel.h"
#include "service/http2/event_loop.h"
#include "service/http2/limits.h"
#include "service/http2/peer.h"
#include "service/http2/preface.h"
#include "service/http2/session.h"
#include "service/http2/tls_context.h"

namespace rolegate::service::http2 {

class Connection;

// Keeps connections, and hears when one has closed.
class ConnectionOwner {
 public:
  // A connection takes no more calls: its client has heard that it is to go, or
  // it has closed.  Comes once, and before OnClosed.
  virtual void OnGone() = 0;
  // The client of a connection speaks `sent`, and is sent away.
  virtual void OnForeign(const Peer& peer, Protocol sent,
                         Expected expected) = 0;
  virtual void OnClosed(Connection* connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

// The parts that all connections of one listener share.
struct ConnectionShared {
  SessionShared session;
  BytePool* sending;
  const TlsContext* tls;  // null: none
  const TrustedGateways* gateways;
  std::string address;  // that it listens at: "unix:/path" or "HOST:PORT"
};

// For its loop.  The owner keeps it until OnClosed.
class Connection final : public SocketUser,
                         private SessionOwner,
                         private Timer,
                         private ByteGrant,
                         private Turn,
                         public std::enable_shared_from_this<Connection> {
 public:
  // Takes over the descriptor `fd`, which came from that of `listener`.
  Connection(const ConnectionShared& shared, EventLoop* loop,
             ConnectionOwner* owner, int listener, int fd);
  ~Connection() = default;

  void Start();

  // See Session.  A client that has not begun to speak HTTP/2 has asked
  // nothing, and is not waited for.
  void BeginGoAway();
  void GoAway();
  void Close();

  void OnReadable() override;
  void OnWritable() override;

 private:
  enum class State : std::uint8_t {
    kHandshake,
    kRefusing,
    kServing,
    kLingering,
    kClosed,
  };

  void OnOutput() override;
  void OnTime() override;
  void OnTakenBack() override;
  void OnTurn() override;

  void GoOnWithHandshake();
  void Serve();
  // Hears what a client says that does not do what is expected.
  void Refuse(Expected expected);
  void HearRefused();
  void SendAway(Protocol sent);
  void ReadSome();
  // Sends what there is, and waits for what has to come.
  void Update();
  void Flush();
  // Sends as much as the socket takes; false if the connection is closed.
  bool Send(absl::string_view* bytes);
  // Lets the peer read the last that was sent: a socket that is closed while
  // bytes come in takes them back.
  void Linger();
  void Discard();
  void TellGone();
  void AwaitReadable();
  void AwaitWritable();

  // Closes what has lasted too long, or asks it to go.
  void LookAtTimes(MonotonicTime now);
  // When to look next.
  MonotonicTime NextLook() const;
  void ScheduleLook();

  const Limits& limits() const { return *shared_.session.limits; }
  DoorMetrics& door() const { return *shared_.session.door; }
  // Closes a connection that its client would have kept.
  void EndFor(ConnectionEnd reason);

  const ConnectionShared shared_;
  EventLoop* const loop_;
  ConnectionOwner* const owner_;
  LoopSocket socket_;
  const std::shared_ptr<Peer> peer_;
  // Its chain of certificates ends with the last connection that uses it.
  std::shared_ptr<SSL_CTX> tls_;
  std::unique_ptr<Channel> channel_;
  std::optional<Session> session_;
  std::string unsent_;
  State state_ = State::kHandshake;
  Expected expected_ = Expected::kHttp2;
  bool awaits_readable_ = false;
  bool awaits_writable_ = false;
  bool busy_ = false;    // Update follows
  bool posted_ = false;  // Update is on its way
  bool told_gone_ = false;

  const MonotonicTime since_ = MonotonicNow();
  const MonotonicTime old_;  // when it is to go
  MonotonicTime heard_ = since_;
  MonotonicTime pinged_;  // while a pong is awaited
  std::size_t discarded_ = 0;
  MonotonicTime lingers_until_;           // while it lingers
  std::optional<MonotonicTime> stalled_;  // since nothing could be sent
  MonotonicTime looks_at_ = MonotonicTime::max();
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_CONNECTION_H_
