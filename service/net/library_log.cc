#include "service/net/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <atomic>

#include "absl/base/const_init.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service {
namespace {

// gRPC's core and Protobuf have one log function each for the process, without
// a context: they find our logger here.
//
// Held while a record is written, so that a logger that was replaced is no
// longer in use when RouteLibraryLogsTo returns.
ABSL_CONST_INIT absl::Mutex library_log_mu(absl::kConstInit);
Logger* library_logger ABSL_GUARDED_BY(library_log_mu) = nullptr;

LogLevel LevelOf(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return LogLevel::kDebug;
    case GPR_LOG_SEVERITY_INFO:
      return LogLevel::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      return LogLevel::kError;
  }
  return LogLevel::kError;
}

absl::string_view BaseName(absl::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

void LogFromGrpc(gpr_log_func_args* args) {
  // A stranger can make gRPC log as often as he can connect.
  static LogThrottle throttle(absl::Milliseconds(100));
  absl::MutexLock lock(&library_log_mu);
  if (library_logger == nullptr) return;
  library_logger->Log(
      LevelOf(args->severity), throttle, args->message,
      {{"source", "grpc"},
       {"at", absl::StrCat(BaseName(args->file), ":", args->line)}});
}

void LogFromProtobuf(google::protobuf::LogLevel level, const char* file,
                     int line, const std::string& message) {
  // A stranger makes it log by every message that is no Protobuf, before
  // anybody knows who is calling, and the same each time.
  static LogThrottle throttle(absl::Seconds(10));
  absl::MutexLock lock(&library_log_mu);
  if (library_logger == nullptr) return;
  library_logger->Log(level == google::protobuf::LOGLEVEL_FATAL
                          ? LogLevel::kError
                          : LogLevel::kInfo,
                      throttle, message,
                      {{"source", "protobuf"},
                       {"at", absl::StrCat(BaseName(file), ":", line)}});
}

}  // namespace

void RouteLibraryLogsTo(Logger* logger) {
  {
    absl::MutexLock lock(&library_log_mu);
    library_logger = logger;
  }
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

}  // namespace rolegate::service
