// What `/metrics` tells of a server beside its calls and decisions.

#ifndef ROLEGATE_SERVICE_NET_SERVER_METRICS_H_
#define ROLEGATE_SERVICE_NET_SERVER_METRICS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/answer/core.h"
#include "service/http2/http2_transport.h"
#include "service/metrics/families.h"
#include "service/net/connection_acceptor.h"
#include "service/otlp/exporter.h"

namespace rolegate::service {

// One scrape.  docs/metrics.md lists every family; a test compares.
class ServerMetrics {
 public:
  ServerMetrics();

  // Calls, decisions, the registry, sessions and the audit log.
  void AddCore(const Core& core);
  // `listeners`: "api", "health" or "operations".
  void AddConnections(absl::string_view listeners,
                      const ConnectionAcceptor::Counts& counts);
  void AddCertificate(absl::string_view address, absl::Time ends);
  // Adds what became of spans; only a server that exports them has these.
  void AddSpans(const Tracer& tracer, const ExportStats& stats);
  void AddHttp2(http2::SharedParts& parts);

  std::string ToText();

 private:
  struct Connections {
    std::string listeners;
    ConnectionAcceptor::Counts counts;
  };
  struct Certificate {
    std::string address;
    absl::Time ends;
  };

  void AddRegistry(const RegistryStatus& status);
  void AddAudit(const AuditStats& stats);
  void AddRefused();
  void AddProcess();
  // Those of which all metrics of a family stand together.
  void AddGathered();

  MetricFamilies families_;
  std::vector<Connections> connections_;
  std::vector<Certificate> certificates_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_NET_SERVER_METRICS_H_
