// Spans as OTLP has them.

#ifndef ROLEGATE_SERVICE_OTLP_ENCODE_H_
#define ROLEGATE_SERVICE_OTLP_ENCODE_H_

#include <google/protobuf/arena.h>

#include <memory>
#include <string>
#include <vector>

#include "proto/otlp_trace_service.pb.h"
#include "service/config/tracing_options.h"
#include "service/tracing/span.h"

namespace rolegate::service {

using ExportRequest =
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

// What all spans of a server have in common.
class SpanEncoder {
 public:
  // Makes up the `service.instance.id`, which no other server has.
  explicit SpanEncoder(const TracingOptions& options);

  // Texts that are no UTF-8 are escaped, and long ones cut.  The request lives
  // as long as the arena, which takes a third off its price.
  ExportRequest* Encode(const std::vector<std::unique_ptr<Span>>& spans,
                        google::protobuf::Arena* arena) const;

 private:
  ExportRequest frame_;  // a request without spans
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OTLP_ENCODE_H_
