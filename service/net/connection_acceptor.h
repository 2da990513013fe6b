// Takes connections from all listening sockets and hands them to transports.

#ifndef ROLEGATE_SERVICE_NET_CONNECTION_ACCEPTOR_H_
#define ROLEGATE_SERVICE_NET_CONNECTION_ACCEPTOR_H_

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/registry/file_descriptor.h"
#include "service/base/log.h"
#include "service/config/trusted_gateways.h"
#include "service/net/connection_table.h"
#include "service/net/listen_socket.h"

namespace rolegate::service {

// One thread that accepts for every listener of the process.  It survives
// whatever accept() may answer: a connection that is gone already, a process or
// machine out of descriptors or memory.  Knows no transport.  Thread-safe.
class ConnectionAcceptor {
 public:
  // Takes over a connection's descriptor, which is non-blocking and closed on
  // exec, from the listening descriptor `listener`.  Called by the acceptor's
  // thread; must not call the acceptor.
  using Handler = std::function<void(int listener, int fd)>;

  // `gateways`: see ServiceLimits; what is refused is counted by who it is.
  explicit ConnectionAcceptor(Logger* log,
                              const std::vector<std::string>& gateways = {});
  ~ConnectionAcceptor();  // stops accepting

  ConnectionAcceptor(const ConnectionAcceptor&) = delete;
  ConnectionAcceptor& operator=(const ConnectionAcceptor&) = delete;

  // Begins to accept.  `table` says who gets in; it must outlive the listening,
  // and several listeners may share one.  Returns a number for Stop.
  int Start(ListenSocket socket, ConnectionTable* table, Handler handler);

  // Closes the listening sockets.  The handler is not called after it returns.
  void Stop(int listener);

  // Connections of this process to itself count for no peer, so that what
  // looks after the listeners gets in whatever others do.  Those over TCP are
  // known by their port, which the caller names here before it connects.
  void ExpectOwn(std::uint16_t port);
  void ForgetOwn(std::uint16_t port);

  // Shuts down `count` connections of `table`; returns how many.
  std::size_t ShutDownSome(ConnectionTable* table, std::size_t count);
  std::size_t open(ConnectionTable* table);
  // What metrics tell of a table.
  struct Counts {
    std::size_t open = 0;
    std::size_t max = 0;
    ConnectionTable::Refused refused = {};  // by PeerClass
    std::uint64_t replaced = 0;
  };
  Counts CountsOf(ConnectionTable* table);

 private:
  struct Listening {
    ListenSocket socket;
    ConnectionTable* table;
    Handler handler;
    bool broken = false;  // accept() cannot succeed any more
  };
  enum class Accepted { kOne, kNone, kTryLater, kBroken };

  void Loop();
  void AcceptSome(int id, Listening* listening, int fd)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Accepted AcceptOne(int id, Listening* listening, int fd)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool IsOwn(int fd, const sockaddr_storage& peer) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Wake() const;

  Logger* const log_;
  const TrustedGateways gateways_;
  const FileDescriptor wake_;
  LogThrottle refused_{absl::Seconds(10)};
  LogThrottle replaced_{absl::Seconds(10)};
  LogThrottle failed_{absl::Seconds(10)};

  absl::Mutex mu_;
  std::map<int, Listening> listening_ ABSL_GUARDED_BY(mu_);
  std::set<std::uint16_t> own_ports_ ABSL_GUARDED_BY(mu_);
  int next_id_ ABSL_GUARDED_BY(mu_) = 0;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  // Kept for the moment when the process has no descriptor left.
  FileDescriptor spare_ ABSL_GUARDED_BY(mu_);
  MonotonicTime paused_until_ ABSL_GUARDED_BY(mu_){};
  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_CONNECTION_ACCEPTOR_H_
