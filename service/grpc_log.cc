// gRPC's core has one log function for the process, without a context: it
// finds our logger here.

#include <grpc/support/log.h>

#include <atomic>

#include "absl/base/const_init.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "service/log.h"

namespace rolegate::service {
namespace {

// Held while a record is written, so that a logger that was replaced is no
// longer in use when RouteGrpcLogsTo returns.
ABSL_CONST_INIT absl::Mutex grpc_log_mu(absl::kConstInit);
Logger* grpc_logger ABSL_GUARDED_BY(grpc_log_mu) = nullptr;

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
  absl::MutexLock lock(&grpc_log_mu);
  if (grpc_logger == nullptr) return;
  grpc_logger->Log(
      LevelOf(args->severity), throttle, args->message,
      {{"source", "grpc"},
       {"at", absl::StrCat(BaseName(args->file), ":", args->line)}});
}

}  // namespace

void RouteGrpcLogsTo(Logger* logger) {
  {
    absl::MutexLock lock(&grpc_log_mu);
    grpc_logger = logger;
  }
  gpr_set_log_function(LogFromGrpc);
}

}  // namespace rolegate::service
