// A collector of spans, by OTLP over gRPC, for tests.

#ifndef ROLEGATE_TESTS_SUPPORT_SPAN_COLLECTOR_H_
#define ROLEGATE_TESTS_SUPPORT_SPAN_COLLECTOR_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proto/otlp_trace_service.grpc.pb.h"

namespace rolegate::testing {

// What a span says, in words.
struct CollectedSpan {
  std::string trace_id;  // in hexadecimal, as all ids
  std::string id;
  std::string parent;  // empty: a root
  std::string tracestate;
  std::string name;
  std::string kind;    // "SPAN_KIND_SERVER"
  std::string status;  // "STATUS_CODE_UNSET"
  std::string message;
  double seconds = 0;  // how long it took
  unsigned flags = 0;
  std::map<std::string, std::string> attributes;  // numbers as text
  std::vector<std::string> events;
};

// A gRPC server on a port that the system picks.  Thread-safe.
class SpanCollector
    : public opentelemetry::proto::collector::trace::v1::TraceService::Service {
 public:
  using Request =
      opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
  using Response =
      opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;
  // Answers a message; its spans are kept if the status is OK.
  using Answer = std::function<grpc::Status(grpc::ServerContext*, Response*)>;

  // `port` 0: the system picks.
  explicit SpanCollector(Answer answer = nullptr, int port = 0,
                         std::shared_ptr<grpc::ServerCredentials> credentials =
                             grpc::InsecureServerCredentials());
  ~SpanCollector() override;

  int port() const { return port_; }
  std::string address() const;

  void SetAnswer(Answer answer);
  // Those that were taken, in the order in which they came.
  std::vector<CollectedSpan> spans() const;
  std::vector<CollectedSpan> SpansNamed(const std::string& name) const;
  std::map<std::string, std::string> resource() const;  // of the last message
  std::multimap<std::string, std::string> metadata() const;  // of the same
  int messages() const;            // that came, whatever was answered
  std::string everything() const;  // that came, as text

 private:
  grpc::Status Export(grpc::ServerContext* context, const Request* request,
                      Response* response) override;

  mutable std::mutex mu_;
  Answer answer_;
  std::vector<CollectedSpan> spans_;
  std::map<std::string, std::string> resource_;
  std::multimap<std::string, std::string> metadata_;
  int messages_ = 0;
  std::string everything_;

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_SPAN_COLLECTOR_H_
