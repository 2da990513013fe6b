// Whether spans are made, and those that wait to be sent.
//
// Calls hand their spans over after they are answered, and never wait: what the
// queue does not take is dropped and counted.  One thread takes them out
// (service/otlp/exporter.h).

#ifndef ROLEGATE_SERVICE_TRACING_TRACER_H_
#define ROLEGATE_SERVICE_TRACING_TRACER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "engine/registry/file_descriptor.h"
#include "service/tracing/span.h"
#include "service/tracing/span_queue.h"
#include "service/tracing/trace_context.h"

namespace rolegate::service {

// Thread-safe.
class Tracer {
 public:
  // More spans than that would take memory that other things need.
  static constexpr std::size_t kMaxQueue = 65'000;
  // As many spans are worth a message of their own.
  static constexpr std::size_t kBatch = 512;

  // `sample_ratio`: of the traces that nobody else has decided about, from 0 to
  // 1.  `max_queue`: at most kMaxQueue.
  Tracer(double sample_ratio, std::size_t max_queue);

  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // Whether the ratio takes a trace.  All who use the same ratio take the same
  // traces, if the last seven bytes of their ids are random.
  bool Takes(const TraceId& id) const;

  static TraceId NewTraceId();
  static SpanId NewSpanId();

  // Hands a span over.  Never waits.  Spans of strangers may use half of the
  // queue, so that they keep no span of a known caller out.
  void Add(std::unique_ptr<Span> span);

  // What follows is for one thread.

  // The span that has waited longest; null if none does.
  std::unique_ptr<Span> Take();
  // Waits until kBatch spans are there (or half a queue, if that is less),
  // until Wake, or for `longest`.
  void Wait(absl::Duration longest);
  // Ends a Wait, or the next one.  From any thread.
  void Wake();

  std::size_t waiting() const;
  std::uint64_t dropped() const {
    return dropped_.load(std::memory_order_relaxed);
  }

 private:
  const std::uint64_t least_;  // of the ids' last 56 bits, to be taken
  const std::size_t max_;
  const std::size_t enough_;  // to wake the thread that takes them
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> dropped_{0};
  SpanQueue spans_;
  FileDescriptor wake_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_TRACING_TRACER_H_
