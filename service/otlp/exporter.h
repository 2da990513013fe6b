// Takes spans from the queue and sends them, in a thread of its own.
//
// A collector that is slow or away slows nobody down: a message is tried again
// for a while and then given up, and meanwhile the queue drops what it cannot
// hold.

#ifndef ROLEGATE_SERVICE_OTLP_EXPORTER_H_
#define ROLEGATE_SERVICE_OTLP_EXPORTER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/log.h"
#include "service/base/monotonic.h"
#include "service/config/tracing_options.h"
#include "service/otlp/collector.h"
#include "service/otlp/encode.h"
#include "service/tracing/tracer.h"

namespace rolegate::service {

// Spans but for `failed`, which counts messages.
struct ExportStats {
  std::uint64_t exported = 0;
  std::uint64_t rejected = 0;  // by the collector
  std::uint64_t given_up = 0;  // after attempts that failed
  std::uint64_t failed = 0;
};

class SpanExporter {
 public:
  // How long spans wait for others before they are sent.
  static constexpr absl::Duration kInterval = absl::Seconds(1);
  // How long a message is tried.
  static constexpr absl::Duration kGiveUpAfter = absl::Minutes(1);

  // Begins to send.  The error says what is wrong with the files that the
  // options name.  `log` must outlive the exporter.
  static absl::StatusOr<std::unique_ptr<SpanExporter>> Start(
      const TracingOptions& options, std::shared_ptr<Tracer> tracer,
      Logger* log);
  ~SpanExporter();  // ends without sending what is left

  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;

  // Sends what waits, until `deadline` at the latest, and ends.
  void Close(MonotonicTime deadline);

  // Thread-safe.
  ExportStats stats() const;

 private:
  SpanExporter(const TracingOptions& options, std::shared_ptr<Tracer> tracer,
               Logger* log, std::unique_ptr<Collector> collector);

  void Run();
  // Takes spans for one message; none if there are none.
  std::vector<std::unique_ptr<Span>> TakeBatch();
  // Sends a message, again and again if need be.
  void Send(const ExportRequest& request, std::uint64_t spans);
  bool SendOnce(const ExportRequest& request, std::uint64_t spans,
                absl::Duration* after);
  void TellFailure(const ExportOutcome& outcome);
  void TellSuccess(const ExportOutcome& outcome);
  // What is left until the end, if it is known.
  absl::Duration Left() const;
  // Waits before the next attempt.  False if there is to be none.
  bool WaitToRetry(absl::Duration wait);
  bool closing() const;

  const TracingOptions options_;
  const std::shared_ptr<Tracer> tracer_;
  Logger* const log_;
  const SpanEncoder encoder_;
  const std::unique_ptr<Collector> collector_;
  LogThrottle failures_{absl::Seconds(30)};
  LogThrottle warnings_{absl::Seconds(30)};
  bool failing_ = false;  // the thread's own

  std::atomic<std::uint64_t> exported_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::atomic<std::uint64_t> failed_{0};

  mutable std::mutex mu_;  // guards what follows it, but for the thread
  std::condition_variable changed_;
  bool closing_ = false;
  bool ended_ = false;
  MonotonicTime deadline_;  // once it is closing

  std::thread thread_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OTLP_EXPORTER_H_
