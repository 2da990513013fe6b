// Settings of traces.

#ifndef ROLEGATE_SERVICE_CONFIG_TRACING_OPTIONS_H_
#define ROLEGATE_SERVICE_CONFIG_TRACING_OPTIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate::service {

// The place at which a collector takes spans, by OTLP over gRPC.
struct OtlpEndpoint {
  std::string text;    // as written
  std::string target;  // as gRPC takes it
  bool tls = false;
  bool local = false;  // loopback or a Unix socket

  // `HOST:PORT`, with TLS unless it is on loopback; `https://HOST:PORT`;
  // `http://HOST:PORT`, which says that nothing is encrypted; `unix:/path`.
  // kInvalidArgument, saying what is wrong, for everything else.
  static absl::StatusOr<OtlpEndpoint> Parse(absl::string_view text);
};

struct TracingOptions {
  std::optional<OtlpEndpoint> otlp_endpoint;  // none: no spans are made
  double sample_ratio = 0.01;                 // from 0 to 1
  std::string service_name = "rolegate";
  std::map<std::string, std::string> resource_attributes;
  // Files, all optional.
  std::string ca;            // in PEM; empty: the system's
  std::string cert;          // of a client, in PEM; with its key or not at all
  std::string key;           // in PEM
  std::string headers_file;  // lines `NAME: VALUE`
  std::uint64_t max_queue_spans = 8192;
  absl::Duration export_timeout = absl::Seconds(10);
  absl::Duration flush_timeout = absl::Seconds(2);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_TRACING_OPTIONS_H_
