// The connections that are open, and who may have one more.
//
// The table knows no transport.  A transport owns the descriptors of its
// connections and closes them when it likes, without a word.  So the table
// remembers which socket stood behind each descriptor, and looks whether it
// still does when places run short.

#ifndef ROLEGATE_SERVICE_NET_CONNECTION_TABLE_H_
#define ROLEGATE_SERVICE_NET_CONNECTION_TABLE_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/monotonic.h"
#include "service/base/peer_shares.h"
#include "service/metrics/door_metrics.h"

namespace rolegate::service {

// A socket.  Descriptors are used again, inodes of sockets are not as long as
// anybody remembers.
struct SocketId {
  int fd = -1;
  std::uint64_t inode = 0;

  friend bool operator==(const SocketId&, const SocketId&) = default;
};

// The questions that the table asks of the system.
class Sockets {
 public:
  virtual ~Sockets() = default;

  // Whether the socket is still open under this descriptor.
  virtual bool IsOpen(const SocketId& socket) = 0;

  // How long ago the peer sent anything; nothing where the system does not
  // say, as with Unix sockets.
  virtual std::optional<absl::Duration> Silence(const SocketId& socket) = 0;

  // Ends the connection, so that its owner sees the end and closes the
  // descriptor.  Never touches another socket, even if the owner closes the
  // descriptor and somebody opens it again meanwhile.
  virtual void ShutDown(const SocketId& socket) = 0;
};

// The sockets of this process.
Sockets* SystemSockets();

// Not thread-safe.
class ConnectionTable {
 public:
  // `max` connections at once, at least 1.  `sockets` must outlive the table.
  ConnectionTable(std::size_t max, Sockets* sockets)
      : shares_(max), sockets_(sockets) {}

  enum class Verdict {
    kIn,
    kInForAnother,  // a connection was shut down to make place
    kRefused,       // the caller closes it
  };

  // Decides about a new connection of `peer`, and remembers it unless it
  // refuses it.  If places run short, a peer beyond its share (PeerShares)
  // loses its most silent connection for a new one of its own, if that was
  // silent for `kIdle`.  A peer below its share takes the most silent
  // connection of the peer that holds the most.
  // `kind` is what a refusal is counted as.
  Verdict Admit(const SocketId& socket, absl::string_view peer,
                MonotonicTime now, PeerClass kind = PeerClass::kOther);

  // Forgets the connections that are closed.
  void Sweep(MonotonicTime now);

  // Shuts down up to `count` connections, the most silent ones of the peers
  // that hold the most.  Returns how many.
  std::size_t ShutDownSome(std::size_t count, MonotonicTime now);

  // Connections that count: an upper bound, exact after Sweep.
  std::size_t open() const { return shares_.total(); }
  std::size_t max() const { return shares_.max(); }
  // Since the start: those that were not let in, by PeerClass, and those that
  // were shut down for others.
  using Refused = std::array<std::uint64_t, kPeerClasses>;
  const Refused& refused() const { return refused_; }
  std::uint64_t replaced() const { return replaced_; }

  // The descriptors that connections may hold at most, counting those that
  // were shut down and are not closed yet.
  static std::size_t MaxDescriptors(std::size_t max);

  // A connection is idle, and may be taken for a new one of the same peer,
  // after this time without a byte from its peer.
  static constexpr absl::Duration kIdle = absl::Seconds(1);

 private:
  struct Connection {
    std::uint64_t inode;
    std::string peer;
    std::size_t place;  // in the peer's list
    MonotonicTime since;
    bool ending;  // shut down, counts for nobody
  };
  struct Peer {
    std::vector<int> fds;
    std::size_t next = 0;  // where the next search begins
  };

  void Add(const SocketId& socket, absl::string_view peer, MonotonicTime now);
  // Takes it out of its peer's list and count.
  void Release(int fd, Connection* connection);
  void Forget(int fd);
  // The most silent of some connections of `peer`; none if all of them spoke
  // within `least`.
  std::optional<SocketId> MostSilent(absl::string_view peer,
                                     absl::Duration least, MonotonicTime now);
  bool ShutDownOneOf(absl::string_view peer, absl::Duration least,
                     MonotonicTime now);
  void ShutDown(const SocketId& socket);

  PeerShares shares_;
  Sockets* const sockets_;
  absl::flat_hash_map<int, Connection> connections_;  // by descriptor
  absl::flat_hash_map<std::string, Peer> peers_;
  std::size_t ending_ = 0;
  Refused refused_ = {};
  std::uint64_t replaced_ = 0;
  MonotonicTime next_sweep_{};
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_CONNECTION_TABLE_H_
