// `health_listen`: the health service alone, on a thread of its own.
//
// Listeners of the API share the few threads of gRPC, which every caller keeps
// busy.  A probe that waited for them would tell how busy they are.  This one
// shares nothing with them but the processors.

#ifndef ROLEGATE_SERVICE_NET_HEALTH_LISTENER_H_
#define ROLEGATE_SERVICE_NET_HEALTH_LISTENER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/registry/file_descriptor.h"
#include "service/answer/health_status.h"
#include "service/base/monotonic.h"
#include "service/config/listen_address.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/health_connection.h"
#include "service/net/listener_probe.h"

namespace rolegate::service {

// How long connections may last.
struct HealthPace {
  absl::Duration greeting = absl::Seconds(5);  // until HTTP/2 has begun
  absl::Duration idle = absl::Minutes(1);      // without a call
  absl::Duration age = absl::Minutes(2);       // until they are asked to go
  absl::Duration grace = absl::Seconds(5);     // and until they are closed
  absl::Duration look = absl::Seconds(1);      // how often that is looked at
};

class HealthListener {
 public:
  // Binds and serves.  What is pointed to must outlive the listener.
  // `send_timeout`: see ListenSocket.  kFailedPrecondition if the address is
  // taken.
  static absl::StatusOr<std::unique_ptr<HealthListener>> Open(
      const ListenAddress& address, absl::Duration send_timeout,
      ConnectionAcceptor* acceptor, ConnectionTable* connections,
      HealthStatus* health, const HealthPace& pace = {});
  ~HealthListener();  // closes what is open

  // With the port that the system picked.
  const std::string& address() const { return address_; }
  // How to ask whether it accepts and answers.
  const std::vector<ProbeTarget>& probes() const { return probes_; }

  // Takes no more connections and calls, and waits for answers to be sent, at
  // most so long.
  void Shutdown(absl::Duration grace);

 private:
  struct Connection {
    FileDescriptor fd;
    std::unique_ptr<HealthConnection> http;
    std::string unsent;  // one frame
    MonotonicTime since;
    MonotonicTime last_call;   // when it had one
    bool wants_write = false;  // as epoll was told
  };

  HealthListener(ConnectionAcceptor* acceptor, HealthStatus* health,
                 const HealthPace& pace);

  // Takes over a descriptor.  For any thread.
  void Take(int fd);

  // The rest is the thread's own.
  void Loop();
  void TakeNew();
  // Both return false if the connection is over.
  bool Receive(Connection* connection);
  bool Send(Connection* connection);
  // Closes what has lasted too long, and asks to go what is about to.
  void LookAtTimes();
  void Close(int fd);

  ConnectionAcceptor* const acceptor_;
  HealthStatus* const health_;
  const HealthPace pace_;
  const std::shared_ptr<const HealthWaker> waker_;
  const FileDescriptor epoll_;
  std::string address_;
  std::vector<ProbeTarget> probes_;
  std::optional<int> accepting_;  // the acceptor's number

  std::map<int, Connection> connections_;  // the thread's own, by descriptor

  absl::Mutex mu_;
  std::vector<FileDescriptor> new_ ABSL_GUARDED_BY(mu_);
  std::optional<MonotonicTime> end_ ABSL_GUARDED_BY(mu_);  // once it ends
  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_HEALTH_LISTENER_H_
