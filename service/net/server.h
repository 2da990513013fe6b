// A running server: the core and its listeners.

#ifndef ROLEGATE_SERVICE_NET_SERVER_H_
#define ROLEGATE_SERVICE_NET_SERVER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/answer/core.h"
#include "service/answer/health_status.h"
#include "service/base/poller.h"
#include "service/console/console.h"
#include "service/http2/http2_transport.h"
#include "service/net/connection_acceptor.h"
#include "service/net/connection_table.h"
#include "service/net/health_listener.h"
#include "service/net/listener.h"
#include "service/net/liveness.h"
#include "service/net/operations_listener.h"
#include "service/sessions/service_keys_watcher.h"

namespace rolegate::service {

class SpanExporter;

class Server {
 public:
  // Loads keys, administration policy and registry, then listens.  A registry
  // with faults is no error: the server waits, and says so.  `config` must
  // outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Config& config,
                                                       Logger* log);
  ~Server();

  // `{"listeners":["127.0.0.1:8470"],"health_listen":"0.0.0.0:8472",
  // "operations":"127.0.0.1:8471"}`; the last two if they are set.
  std::string AddressesAsJson() const;

  // Reads registry, keys and administration policy again and opens the audit
  // log anew.  Faults are logged and leave what was in force.
  void Reload();

  // Says NOT_SERVING, sends clients to other servers, waits for calls to end,
  // takes no more, and writes out the audit log and the spans.  False if a call
  // does not end: then do not destroy the server, which would wait for it, but
  // end the process.
  bool Drain();

 private:
  Server(const Config& config, Logger* log);

  void OnRegistry(const RegistryStatus& status);
  // Tells a reading of the registry as a span of its own.
  void TraceRegistry(const RegistryStatus& status);
  // Ends streams that are not used, gives up answers that are not taken, and
  // tells the sums of refused calls.
  void EndUnused();
  absl::Status OpenListeners();
  absl::Status OpenOperations();
  // The text of `/metrics`.
  std::string Metrics();
  // Probes these listeners, and `health_listen`, for `rolegate.liveness`.
  void LookAfter(const std::vector<std::unique_ptr<Listener>>& listeners);
  // False if a call keeps a listener from closing.
  bool CloseListeners();

  const Config& config_;
  Logger* const log_;
  // Outlives the calls, which the workers of the core may have yet.
  std::optional<http2::SharedParts> http2_;
  std::optional<Console> console_;  // with `operations_listen`
  std::unique_ptr<Core> core_;
  std::unique_ptr<SpanExporter> exporter_;  // null: nobody takes spans
  std::unique_ptr<ServiceKeysWatcher> key_watcher_;
  std::optional<Poller> token_keys_;  // of callers
  std::optional<Poller> unused_;
  std::uint64_t logged_given_up_ = 0;  // the poller's own
  HealthStatus health_;
  // One table for the API and one each for `health_listen` and
  // `operations_listen`, so that a flood on one closes no door of the others.
  std::optional<ConnectionTable> connections_;
  std::optional<ConnectionTable> health_connections_;
  std::optional<ConnectionTable> operations_connections_;
  ConnectionAcceptor acceptor_;
  std::unique_ptr<HealthListener> health_listener_;
  std::unique_ptr<OperationsListener> operations_listener_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::optional<Liveness> liveness_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_SERVER_H_
