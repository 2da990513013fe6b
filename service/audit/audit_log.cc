#include "service/audit/audit_log.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "service/audit/audit_file.h"
#include "service/audit/audit_masks.h"
#include "service/audit/cloudtrail_line.h"
#include "service/audit/old_files.h"
#include "service/base/json_line.h"

namespace rolegate::service {
namespace {

// How long the writer gathers lines before it writes them, and how many it
// waits for.  To wake it for each line would cost a decision more than the line
// itself.
constexpr absl::Duration kGather = absl::Milliseconds(5);
constexpr std::size_t kGathered = 1024;

// Most lines are shorter.  What is above 1,032 bytes, glibc's allocator does
// not keep for its thread.
constexpr std::size_t kUsualLine = 960;

constexpr absl::Duration kRetryAfter = absl::Seconds(1);
constexpr absl::Duration kNewFileAfterFailure = absl::Seconds(10);
constexpr absl::Duration kRetryWhileClosing = absl::Milliseconds(20);

// A writer that gave up notices within this; one that does not is stuck in
// the system and is left behind.
constexpr absl::Duration kGiveUpWithin = absl::Milliseconds(500);

struct Losses {
  std::uint64_t count = 0;
  absl::Time first = absl::InfiniteFuture();
  absl::Time last = absl::InfinitePast();

  void Add(absl::Time time) {
    ++count;
    first = std::min(first, time);
    last = std::max(last, time);
  }
};

void AppendLossLine(const Losses& losses, AuditFormat format,
                    std::string* out) {
  if (format == AuditFormat::kCloudTrail) {
    AppendCloudTrailLoss(losses.count, losses.first, losses.last, out);
    return;
  }
  JsonObjectWriter line(out);
  line.Timestamp("timestamp", losses.last);
  line.Text("kind", "audit_loss");
  line.Uint("lost", losses.count);
  line.Timestamp("first_lost_at", losses.first);
  line.Timestamp("last_lost_at", losses.last);
  line.Finish();
  out->push_back('\n');
}

// Lines that wait to be written, and how far that has come.  A line is counted
// once it is written whole.
class PendingLines {
 public:
  void Add(absl::string_view line) {
    absl::StrAppend(&text_, line);
    ends_.push_back({text_.size(), true});
  }
  void Add(const Losses& losses, AuditFormat format) {
    AppendLossLine(losses, format, &text_);
    ends_.push_back({text_.size(), false});
  }

  bool empty() const { return next_ == ends_.size(); }
  std::size_t size() const { return ends_.size() - next_; }
  // What is not written yet, up to the end of the line that fills `room`.
  absl::string_view Rest(std::uint64_t room) const {
    const absl::string_view rest = absl::string_view(text_).substr(written_);
    if (rest.size() <= room) return rest;
    const auto last = std::partition_point(
        ends_.begin() + static_cast<std::ptrdiff_t>(next_), ends_.end(),
        [&](const Line& line) { return line.end < written_ + room; });
    return rest.substr(0, last->end - written_);
  }

  struct Progress {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // of them
  };

  // `size` more bytes are written: the records that are through by that.
  Progress Advance(std::size_t size) {
    written_ += size;
    Progress progress;
    for (; next_ < ends_.size() && ends_[next_].end <= written_; ++next_) {
      if (!ends_[next_].record) continue;
      ++progress.records;
      progress.bytes += ends_[next_].end - LineStart();
    }
    if (empty()) Clear();
    return progress;
  }

  bool at_line_start() const { return written_ == LineStart(); }
  // The part of a line that went to one file is no use in another.
  void RewindToLineStart() { written_ = LineStart(); }

 private:
  struct Line {
    std::size_t end;
    bool record;
  };

  std::size_t LineStart() const {
    return next_ == 0 ? 0 : ends_[next_ - 1].end;
  }
  // The memory stays for the next lines, unless a blocked writer made it large.
  void Clear() {
    if (text_.capacity() > kKeptBytes) *this = PendingLines();
    text_.clear();
    ends_.clear();
    written_ = 0;
    next_ = 0;
  }

  static constexpr std::size_t kKeptBytes = std::size_t{1} << 20;
  std::string text_;
  std::vector<Line> ends_;
  std::size_t written_ = 0;
  std::size_t next_ = 0;  // first line that is not written whole
};

absl::StatusOr<AuditMasks> MasksOf(const AuditOptions& options) {
  const auto members = options.format == AuditFormat::kCloudTrail
                           ? MaskableCloudTrailMembers()
                           : MaskableMembers();
  return AuditMasks::Parse(options.masks, members);
}

}  // namespace

// Shared by the log and its writer thread, so that a writer that is stuck in
// the system keeps what it needs.
class AuditLog::Impl {
 public:
  Impl(const AuditOptions& options, AuditMasks masks, Logger* logger)
      : options_(options),
        masks_(std::move(masks)),
        logger_(logger),
        file_(options.path) {}

  absl::Status Open() { return file_.Open(); }
  void Run();

  bool Push(absl::string_view text, absl::Time time) ABSL_LOCKS_EXCLUDED(mu_);
  bool failing() const { return failing_.load(std::memory_order_relaxed); }
  void Reopen() ABSL_LOCKS_EXCLUDED(mu_);
  bool Close(absl::Time deadline, bool* finished) ABSL_LOCKS_EXCLUDED(mu_);
  AuditStats stats() const ABSL_LOCKS_EXCLUDED(mu_);
  const AuditOptions& options() const { return options_; }
  const AuditMasks& masks() const { return masks_; }

 private:
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closing_ || reopen_ || !queue_.empty() || losses_.count > 0;
  }
  bool IsUrgent() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closing_ || reopen_;
  }
  bool IsWorthWriting() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return IsUrgent() || queue_.size() >= kGathered;
  }
  // Waits for a first line, and then for more that come soon.
  void AwaitLines() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool IsFinished() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return finished_; }

  // Waits for something to do and takes it over into `pending_`.  False once
  // the log is closed and nothing is left.
  bool TakeWork() ABSL_LOCKS_EXCLUDED(mu_);
  void WritePending() ABSL_LOCKS_EXCLUDED(mu_);
  void ReopenFile();
  std::uint64_t RoomInFile() const;
  void BeginNewFileIfDue();

  const AuditOptions options_;
  const AuditMasks masks_;
  Logger* const logger_;
  LogThrottle throttle_{absl::Seconds(10)};
  std::atomic<bool> give_up_{false};
  std::atomic<bool> failing_{false};

  // The writer's own.
  AuditFile file_;
  PendingLines pending_;
  absl::Time no_new_file_before_ = absl::InfinitePast();

  mutable absl::Mutex mu_;
  // A writer that waited under a condition of `mu_` itself would have it tried
  // whenever a line was added, at the cost of that decision.
  absl::CondVar work_;  // to be looked at by the writer
  PendingLines queue_ ABSL_GUARDED_BY(mu_);
  AuditStats stats_ ABSL_GUARDED_BY(mu_);  // queued_…: pending ones included
  Losses losses_ ABSL_GUARDED_BY(mu_);     // not yet told of
  bool reopen_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

bool AuditLog::Impl::Push(absl::string_view text, absl::Time time) {
  const std::size_t bytes = text.size();
  bool lost = false;
  {
    absl::MutexLock lock(&mu_);
    const std::size_t waiting = queue_.size();
    lost = closing_ || stats_.queued_records >= options_.max_queue_records ||
           stats_.queued_bytes + bytes > options_.max_queue_bytes;
    if (lost) {
      ++stats_.lost_full;
      if (!closing_) losses_.Add(time);
    } else {
      ++stats_.queued_records;
      stats_.queued_bytes += bytes;
      queue_.Add(text);
    }
    if (waiting == 0 || queue_.size() == kGathered) work_.Signal();
  }
  if (lost && !give_up_.load(std::memory_order_relaxed)) {
    logger_->Log(LogLevel::kError, throttle_,
                 "audit records are lost: the queue of the audit log is full",
                 {{"path", options_.path}});
  }
  if (lost) failing_.store(true, std::memory_order_relaxed);
  return !lost;
}

void AuditLog::Impl::Reopen() {
  absl::MutexLock lock(&mu_);
  reopen_ = true;
  work_.Signal();
}

AuditStats AuditLog::Impl::stats() const {
  absl::MutexLock lock(&mu_);
  return stats_;
}

void AuditLog::Impl::AwaitLines() {
  while (!HasWork()) work_.Wait(&mu_);
  const absl::Time until = absl::Now() + kGather;
  while (!IsWorthWriting()) {
    if (work_.WaitWithDeadline(&mu_, until)) return;
  }
}

bool AuditLog::Impl::TakeWork() {
  bool reopen = false;
  Losses losses;
  {
    absl::MutexLock lock(&mu_);
    if (pending_.empty()) AwaitLines();
    reopen = std::exchange(reopen_, false);
    if (pending_.empty()) {
      losses = std::exchange(losses_, Losses());
      std::swap(pending_, queue_);
      if (closing_ && pending_.empty() && losses.count == 0) return false;
    }
  }
  if (reopen) ReopenFile();
  if (losses.count > 0) pending_.Add(losses, options_.format);
  return true;
}

void AuditLog::Impl::ReopenFile() {
  if (absl::Status status = file_.Open(); !status.ok()) {
    logger_->Error("audit log is not reopened, the old file is written on",
                   {{"path", options_.path}, {"error", status.message()}});
    return;
  }
  pending_.RewindToLineStart();
  logger_->Info("audit log reopened", {{"path", options_.path}});
}

std::uint64_t AuditLog::Impl::RoomInFile() const {
  constexpr auto kUnbounded = std::numeric_limits<std::uint32_t>::max();
  if (options_.max_file_bytes == 0) return kUnbounded;
  // A file that should have been put aside, and could not, is written on.
  return file_.size() < options_.max_file_bytes
             ? options_.max_file_bytes - file_.size()
             : kUnbounded;
}

void AuditLog::Impl::BeginNewFileIfDue() {
  if (!file_.is_regular() || file_.size() == 0) return;
  const bool large =
      options_.max_file_bytes > 0 && file_.size() >= options_.max_file_bytes;
  const absl::Time now = absl::Now();
  const bool aged = options_.max_file_age > absl::ZeroDuration() &&
                    now - file_.since() >= options_.max_file_age;
  if ((!large && !aged) || now < no_new_file_before_) return;
  absl::Status status = file_.BeginAnew(now);
  if (status.ok()) status = RemoveOldFiles(options_.path, options_.max_files);
  if (status.ok()) return;
  no_new_file_before_ = now + kNewFileAfterFailure;
  logger_->Error("the files of the audit log are not rotated as set",
                 {{"path", options_.path}, {"error", status.message()}});
}

void AuditLog::Impl::WritePending() {
  if (pending_.empty()) return;
  if (pending_.at_line_start()) BeginNewFileIfDue();
  std::size_t written = 0;
  const absl::Status status = file_.Write(
      pending_.Rest(RoomInFile()), [this] { return give_up_.load(); },
      &written);
  const PendingLines::Progress progress = pending_.Advance(written);
  {
    absl::MutexLock lock(&mu_);
    stats_.written += progress.records;
    stats_.queued_records -= progress.records;
    stats_.queued_bytes -= progress.bytes;
    if (!status.ok()) ++stats_.write_errors;
  }
  failing_.store(!status.ok(), std::memory_order_relaxed);
  if (status.ok() || give_up_.load()) return;
  logger_->Log(LogLevel::kError, throttle_, "audit log cannot be written",
               {{"path", options_.path}, {"error", status.message()}});
  // Records that were not written are tried again.  Meanwhile the queue takes
  // new ones, as far as its bounds allow.
  absl::MutexLock lock(&mu_);
  if (closing_) {
    mu_.Unlock();
    absl::SleepFor(kRetryWhileClosing);
    mu_.Lock();
  } else {
    mu_.AwaitWithTimeout(absl::Condition(this, &Impl::IsUrgent), kRetryAfter);
  }
}

void AuditLog::Impl::Run() {
  while (!give_up_.load() && TakeWork()) WritePending();
  if (!give_up_.load()) file_.Sync();
  absl::MutexLock lock(&mu_);
  stats_.lost_failed += stats_.queued_records;
  stats_.queued_records = 0;
  stats_.queued_bytes = 0;
  queue_ = PendingLines();
  finished_ = true;
}

bool AuditLog::Impl::Close(absl::Time deadline, bool* finished) {
  const absl::Condition done(this, &Impl::IsFinished);
  absl::MutexLock lock(&mu_);
  closing_ = true;
  work_.Signal();
  if (!mu_.AwaitWithDeadline(done, deadline)) {
    give_up_.store(true);
    mu_.AwaitWithTimeout(done, kGiveUpWithin);
  }
  *finished = finished_;
  return finished_ && stats_.lost_failed == 0;
}

AuditLog::AuditLog(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {
  // Signals are for the thread that waits for them, and writing to a pipe
  // without a reader must be an error, not the end of the server.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  writer_ = std::thread([shared = impl_] { shared->Run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

absl::Status AuditLog::Check(const AuditOptions& options) {
  const absl::StatusOr<AuditMasks> masks = MasksOf(options);
  return masks.ok() ? AuditFile::Check(options.path) : masks.status();
}

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(
    const AuditOptions& options, Logger* logger) {
  absl::StatusOr<AuditMasks> masks = MasksOf(options);
  if (!masks.ok()) return masks.status();
  auto impl = std::make_shared<Impl>(options, *std::move(masks), logger);
  if (absl::Status status = impl->Open(); !status.ok()) return status;
  return std::unique_ptr<AuditLog>(new AuditLog(std::move(impl)));
}

AuditLog::~AuditLog() { Close(absl::Now() + impl_->options().flush_timeout); }

void AuditLog::Append(const AuditRecord& record, std::string* out) const {
  if (impl_->options().format == AuditFormat::kCloudTrail) {
    AppendCloudTrailLine(record, impl_->masks(), out);
  } else {
    AppendAuditLine(record, impl_->masks(), out);
  }
}

AuditLog::Line AuditLog::Format(const AuditRecord& record) const {
  Line line;
  line.time = record.time;
  line.text.reserve(kUsualLine);
  Append(record, &line.text);
  return line;
}

bool AuditLog::Write(const Line& line) {
  return impl_->Push(line.text, line.time);
}

bool AuditLog::Write(const AuditRecord& record) {
  return Write(Format(record));
}

bool AuditLog::failing() const { return impl_->failing(); }

bool AuditLog::Wants(Verdict verdict) const {
  if (verdict != Verdict::kAllow) return true;
  const AuditOptions& options = impl_->options();
  if (options.decisions == AuditDecisions::kDenied) return false;
  if (options.sample_allows >= 1) return true;
  thread_local absl::InsecureBitGen random;
  return absl::Bernoulli(random, options.sample_allows);
}

double AuditLog::allow_sample_rate() const {
  return impl_->options().sample_allows;
}

void AuditLog::Reopen() { impl_->Reopen(); }

bool AuditLog::Close(absl::Time deadline) {
  bool finished = false;
  const bool complete = impl_->Close(deadline, &finished);
  absl::MutexLock lock(&close_mu_);
  if (writer_.joinable()) {
    if (finished) {
      writer_.join();
    } else {
      writer_.detach();
    }
  }
  return complete;
}

AuditStats AuditLog::stats() const { return impl_->stats(); }

}  // namespace rolegate::service
