// A collector of spans, by OTLP over gRPC.

#ifndef ROLEGATE_SERVICE_OTLP_COLLECTOR_H_
#define ROLEGATE_SERVICE_OTLP_COLLECTOR_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/config/tracing_options.h"
#include "service/otlp/encode.h"
#include "service/otlp/headers_file.h"

namespace grpc {
class ClientContext;
}  // namespace grpc

namespace rolegate::service {

// What came of one message.
struct ExportOutcome {
  enum class Kind : std::uint8_t {
    kTaken,
    kLater,  // the same message may be sent again
    kNever,  // it would be refused again
  };

  Kind kind = Kind::kTaken;
  std::int64_t rejected = 0;  // spans of a message that was taken
  std::string message;        // an error's, or a warning
  absl::Duration after;       // of kLater: when, if the collector says so
};

// One thread exports; Cancel is for others.
class Collector {
 public:
  // Reads the files that the options name; the error says what is wrong with
  // them.  The collector itself may be out of reach.
  static absl::StatusOr<std::unique_ptr<Collector>> Open(
      const TracingOptions& options);
  ~Collector();

  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Sends a message, within `timeout`.
  ExportOutcome Export(const ExportRequest& request, absl::Duration timeout);

  // Ends the Export that runs, and each later one at once.
  void Cancel();

 private:
  class Channel;

  explicit Collector(const TracingOptions& options);
  // Dials anew if the files of TLS are others than before.
  absl::Status ReadTlsFiles();
  ExportOutcome Call(const ExportRequest& request, const Headers& headers,
                     absl::Duration timeout);

  const TracingOptions options_;
  std::unique_ptr<Channel> channel_;
  std::mutex mu_;  // guards what follows it
  grpc::ClientContext* running_ = nullptr;
  bool cancelled_ = false;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_OTLP_COLLECTOR_H_
