#include "service/base/log.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "service/base/json_line.h"
#include "service/base/redact.h"

namespace rolegate::service {
namespace {

void AppendValue(const LogValue& value, std::string* line) {
  struct Visitor {
    std::string* line;
    void operator()(std::monostate) const {}
    void operator()(absl::string_view text) const {
      AppendJsonString(Redact(text), line);
    }
    void operator()(bool flag) const { *line += flag ? "true" : "false"; }
    void operator()(std::int64_t n) const { absl::StrAppend(line, n); }
    void operator()(std::uint64_t n) const { absl::StrAppend(line, n); }
    void operator()(double n) const { absl::StrAppend(line, n); }
    void operator()(absl::Duration d) const {
      AppendJsonString(absl::FormatDuration(d), line);
    }
  };
  std::visit(Visitor{line}, value.get());
}

void WriteStandardError(absl::string_view line) {
  const std::string whole = absl::StrCat(line, "\n");
  // One write a line, so that lines of several threads do not mix.
  [[maybe_unused]] const ssize_t put =
      write(STDERR_FILENO, whole.data(), whole.size());
}

}  // namespace

absl::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

bool LogThrottle::Allow(absl::Time now, std::uint64_t* suppressed) {
  const std::int64_t nanos = absl::ToUnixNanos(now);
  std::int64_t next = next_nanos_.load(std::memory_order_relaxed);
  if (nanos < next || !next_nanos_.compare_exchange_strong(
                          next, nanos + absl::ToInt64Nanoseconds(interval_))) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  *suppressed = suppressed_.exchange(0, std::memory_order_relaxed);
  return true;
}

Logger::Logger(const LogOptions& options)
    : Logger(options, WriteStandardError) {}

Logger::Logger(const LogOptions& options, Sink sink, Clock clock)
    : level_(options.level),
      format_(options.format),
      clock_(std::move(clock)),
      sink_(std::move(sink)) {}

void Logger::Log(LogLevel level, absl::string_view message, LogFields fields) {
  if (Enabled(level)) Write(level, clock_(), message, fields, 0);
}

void Logger::Log(LogLevel level, LogThrottle& throttle,
                 absl::string_view message, LogFields fields) {
  if (!Enabled(level)) return;
  const absl::Time now = clock_();
  std::uint64_t suppressed = 0;
  if (throttle.Allow(now, &suppressed)) {
    Write(level, now, message, fields, suppressed);
  }
}

void Logger::Write(LogLevel level, absl::Time now, absl::string_view message,
                   LogFields fields, std::uint64_t suppressed) {
  const std::string time = FormatTimestamp(now);
  std::string line;
  if (format_ == LogFormat::kJson) {
    absl::StrAppend(&line, R"({"time":")", time, R"(","level":")",
                    LogLevelName(level), R"(","message":)");
    AppendJsonString(Redact(message), &line);
    for (const LogField& field : fields) {
      if (field.value.left_out()) continue;
      line += ',';
      AppendJsonString(field.key, &line);
      line += ':';
      AppendValue(field.value, &line);
    }
    if (suppressed > 0) absl::StrAppend(&line, R"(,"suppressed":)", suppressed);
    line += '}';
  } else {
    absl::StrAppend(&line, time, " ", LogLevelName(level), " ");
    std::string quoted;
    AppendJsonString(Redact(message), &quoted);
    line.append(quoted, 1, quoted.size() - 2);
    for (const LogField& field : fields) {
      if (field.value.left_out()) continue;
      absl::StrAppend(&line, " ", field.key, "=");
      AppendValue(field.value, &line);
    }
    if (suppressed > 0) absl::StrAppend(&line, " suppressed=", suppressed);
  }
  absl::MutexLock lock(&mu_);
  sink_(line);
}

}  // namespace rolegate::service
