#include "service/otlp/exporter.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "service/base/quiet_thread.h"

namespace rolegate::service {
namespace {

constexpr int kLowestPriority = 19;
constexpr absl::Duration kFirstWait = absl::Milliseconds(500);
constexpr absl::Duration kLongestWait = absl::Seconds(15);
// A server that stops has no time for longer ones.
constexpr absl::Duration kWaitWhileClosing = absl::Milliseconds(50);

// Returns a random time from half of `wait` to all of it, so that servers which
// lost their collector together do not come back together.
absl::Duration Scattered(absl::Duration wait) {
  thread_local std::minstd_rand generator{std::random_device()()};
  return wait * std::uniform_real_distribution<double>(0.5, 1)(generator);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpanExporter>> SpanExporter::Start(
    const TracingOptions& options, std::shared_ptr<Tracer> tracer,
    Logger* log) {
  absl::StatusOr<std::unique_ptr<Collector>> collector =
      Collector::Open(options);
  if (!collector.ok()) return collector.status();
  return std::unique_ptr<SpanExporter>(
      new SpanExporter(options, std::move(tracer), log, *std::move(collector)));
}

SpanExporter::SpanExporter(const TracingOptions& options,
                           std::shared_ptr<Tracer> tracer, Logger* log,
                           std::unique_ptr<Collector> collector)
    : options_(options),
      tracer_(std::move(tracer)),
      log_(log),
      encoder_(options),
      collector_(std::move(collector)),
      thread_(StartQuietThread([this] { Run(); })) {}

SpanExporter::~SpanExporter() { Close(MonotonicNow()); }

void SpanExporter::Close(MonotonicTime deadline) {
  {
    std::unique_lock<std::mutex> lock(mu_);
    if (!thread_.joinable()) return;
    closing_ = true;
    deadline_ = deadline;
    changed_.notify_all();
    tracer_->Wake();
    changed_.wait_until(lock, deadline, [this] { return ended_; });
  }
  collector_->Cancel();
  thread_.join();
}

ExportStats SpanExporter::stats() const {
  ExportStats stats;
  stats.exported = exported_.load(std::memory_order_relaxed);
  stats.rejected = rejected_.load(std::memory_order_relaxed);
  stats.given_up = given_up_.load(std::memory_order_relaxed);
  stats.failed = failed_.load(std::memory_order_relaxed);
  return stats;
}

bool SpanExporter::closing() const {
  std::lock_guard<std::mutex> lock(mu_);
  return closing_;
}

absl::Duration SpanExporter::Left() const {
  std::lock_guard<std::mutex> lock(mu_);
  if (!closing_) return absl::InfiniteDuration();
  return absl::FromChrono(deadline_ - MonotonicNow());
}

void SpanExporter::Run() {
  // This changes the priority of this thread alone.  If the processors are
  // busy, spans are to be dropped, and not answers to be late.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowestPriority);
  while (true) {
    // Spans that came before the end are sent, and so it is looked at first.
    const bool last = closing();
    std::vector<std::unique_ptr<Span>> batch = TakeBatch();
    if (!batch.empty()) {
      const std::uint64_t spans = batch.size();
      google::protobuf::Arena arena;
      const ExportRequest& request = *encoder_.Encode(batch, &arena);
      batch.clear();
      Send(request, spans);
    } else if (last) {
      break;
    } else {
      tracer_->Wait(kInterval);
    }
  }
  std::lock_guard<std::mutex> lock(mu_);
  ended_ = true;
  changed_.notify_all();
}

std::vector<std::unique_ptr<Span>> SpanExporter::TakeBatch() {
  std::vector<std::unique_ptr<Span>> batch;
  while (batch.size() < Tracer::kBatch) {
    std::unique_ptr<Span> span = tracer_->Take();
    if (span == nullptr) break;
    batch.push_back(std::move(span));
  }
  return batch;
}

void SpanExporter::Send(const ExportRequest& request, std::uint64_t spans) {
  const MonotonicTime until = MonotonicNow() + ToMonotonic(kGiveUpAfter);
  absl::Duration wait = kFirstWait;
  absl::Duration after;
  while (!SendOnce(request, spans, &after)) {
    if (MonotonicNow() >= until || !WaitToRetry(std::max(after, wait))) {
      given_up_.fetch_add(spans, std::memory_order_relaxed);
      return;
    }
    wait = std::min(wait * 2, kLongestWait);
  }
}

// Whether there is no more to do for the message.
bool SpanExporter::SendOnce(const ExportRequest& request, std::uint64_t spans,
                            absl::Duration* after) {
  const absl::Duration timeout = std::min(options_.export_timeout, Left());
  const ExportOutcome outcome = collector_->Export(request, timeout);
  if (outcome.kind == ExportOutcome::Kind::kTaken) {
    const auto rejected = static_cast<std::uint64_t>(std::clamp<std::int64_t>(
        outcome.rejected, 0, static_cast<std::int64_t>(spans)));
    exported_.fetch_add(spans - rejected, std::memory_order_relaxed);
    rejected_.fetch_add(rejected, std::memory_order_relaxed);
    TellSuccess(outcome);
    return true;
  }
  failed_.fetch_add(1, std::memory_order_relaxed);
  TellFailure(outcome);
  *after = std::min(outcome.after, kLongestWait);
  if (outcome.kind == ExportOutcome::Kind::kLater) return false;
  given_up_.fetch_add(spans, std::memory_order_relaxed);
  return true;
}

void SpanExporter::TellFailure(const ExportOutcome& outcome) {
  failing_ = true;
  log_->Log(LogLevel::kWarning, failures_, "spans cannot be exported",
            {{"endpoint", options_.otlp_endpoint->text},
             {"error", outcome.message},
             {"tried_again", outcome.kind == ExportOutcome::Kind::kLater}});
}

void SpanExporter::TellSuccess(const ExportOutcome& outcome) {
  if (std::exchange(failing_, false)) {
    log_->Info("spans are exported again",
               {{"endpoint", options_.otlp_endpoint->text}});
  }
  if (outcome.rejected > 0 || !outcome.message.empty()) {
    log_->Log(LogLevel::kWarning, warnings_,
              "the collector of spans took a message and complains",
              {{"endpoint", options_.otlp_endpoint->text},
               {"rejected", outcome.rejected},
               {"reason", outcome.message}});
  }
}

bool SpanExporter::WaitToRetry(absl::Duration wait) {
  std::unique_lock<std::mutex> lock(mu_);
  const auto until = MonotonicNow() + ToMonotonic(Scattered(wait));
  changed_.wait_until(lock, until, [this] { return closing_; });
  if (!closing_) return true;
  const MonotonicTime next = MonotonicNow() + ToMonotonic(kWaitWhileClosing);
  changed_.wait_until(lock, std::min(next, deadline_));
  return MonotonicNow() < deadline_;
}

}  // namespace rolegate::service
