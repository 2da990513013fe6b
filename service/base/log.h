// Structured logs: one record a line, to standard error.
//
//   Logger log({.level = LogLevel::kInfo, .format = LogFormat::kJson});
//   log.Info("registry loaded", {{"revision", s->revision()},
//                                {"roles", s->counts().roles}});
//
// {"time":"2026-11-02T10:00:00.123456789Z","level":"info",
//  "message":"registry loaded","revision":"9f…","roles":12}
//
// No record breaks its line, whatever its values hold: control characters and
// bytes that are no UTF-8 are escaped.  Text that has the shape of a JWT is
// printed as `[redacted]`.  Callers log no other secrets.

#ifndef ROLEGATE_SERVICE_BASE_LOG_H_
#define ROLEGATE_SERVICE_BASE_LOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace rolegate::service {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : std::uint8_t { kJson, kText };

// "debug", "info", "warning", "error".
absl::string_view LogLevelName(LogLevel level);

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kJson;
};

// A value of a record.  It is a view, and must not outlive the call that logs
// it.
class LogValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a record lists plain values.
  LogValue(absl::string_view text) : value_(text) {}
  LogValue(const char* text) : value_(absl::string_view(text)) {}
  LogValue(const std::string& text) : value_(absl::string_view(text)) {}
  LogValue(bool value) : value_(value) {}
  LogValue(double value) : value_(value) {}
  LogValue(absl::Duration value) : value_(value) {}

  template <typename T,
            std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>,
                             int> = 0>
  LogValue(T value)
      : value_(static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t,
                                              std::uint64_t>>(value)) {}
  // NOLINTEND(google-explicit-constructor)

  // A text whose field is left out if it is empty.
  static LogValue UnlessEmpty(absl::string_view text) {
    LogValue value(text);
    if (text.empty()) value.value_ = std::monostate();
    return value;
  }

  bool left_out() const {
    return std::holds_alternative<std::monostate>(value_);
  }

  using Variant =
      std::variant<std::monostate, absl::string_view, bool, std::int64_t,
                   std::uint64_t, double, absl::Duration>;
  const Variant& get() const { return value_; }

 private:
  Variant value_;
};

struct LogField {
  absl::string_view key;  // snake_case
  LogValue value;
};
using LogFields = std::initializer_list<LogField>;

// Lets one record through in each interval and counts the others.  Use it for
// records that a stranger can cause as often as he likes.  Thread-safe.
class LogThrottle {
 public:
  explicit LogThrottle(absl::Duration interval) : interval_(interval) {}

  // Returns whether to log now.  `*suppressed` is then the number of records
  // that were left out since the last one.
  bool Allow(absl::Time now, std::uint64_t* suppressed);

 private:
  const absl::Duration interval_;
  std::atomic<std::int64_t> next_nanos_{INT64_MIN};
  std::atomic<std::uint64_t> suppressed_{0};
};

// Thread-safe.
class Logger {
 public:
  // Takes a whole line without its line break.  One thread at a time calls it.
  using Sink = std::function<void(absl::string_view line)>;
  using Clock = std::function<absl::Time()>;

  explicit Logger(const LogOptions& options);  // to standard error
  Logger(const LogOptions& options, Sink sink, Clock clock = absl::Now);

  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool Enabled(LogLevel level) const { return level >= this->level(); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  // Holds for records that begin after it.
  void set_level(LogLevel level) {
    level_.store(level, std::memory_order_relaxed);
  }

  void Log(LogLevel level, absl::string_view message, LogFields fields = {});

  // Does the same for a record that may repeat.  Adds `suppressed` if it left
  // records out.
  void Log(LogLevel level, LogThrottle& throttle, absl::string_view message,
           LogFields fields = {});

  void Debug(absl::string_view message, LogFields fields = {}) {
    Log(LogLevel::kDebug, message, fields);
  }
  void Info(absl::string_view message, LogFields fields = {}) {
    Log(LogLevel::kInfo, message, fields);
  }
  void Warning(absl::string_view message, LogFields fields = {}) {
    Log(LogLevel::kWarning, message, fields);
  }
  void Error(absl::string_view message, LogFields fields = {}) {
    Log(LogLevel::kError, message, fields);
  }

 private:
  void Write(LogLevel level, absl::Time now, absl::string_view message,
             LogFields fields, std::uint64_t suppressed);

  std::atomic<LogLevel> level_;
  const LogFormat format_;
  const Clock clock_;
  absl::Mutex mu_;
  const Sink sink_;  // called under mu_
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_BASE_LOG_H_
