#include "tests/support/span_collector.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rolegate::testing {
namespace {

namespace otlp = opentelemetry::proto;

std::string TextOf(const otlp::common::v1::AnyValue& value) {
  switch (value.value_case()) {
    case otlp::common::v1::AnyValue::kStringValue:
      return value.string_value();
    case otlp::common::v1::AnyValue::kIntValue:
      return absl::StrCat(value.int_value());
    case otlp::common::v1::AnyValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    default:
      return "?";
  }
}

template <typename Attributes>
std::map<std::string, std::string> MapOf(const Attributes& attributes) {
  std::map<std::string, std::string> map;
  for (const auto& pair : attributes) {
    map[pair.key()] =
        map.count(pair.key()) > 0 ? "given twice" : TextOf(pair.value());
  }
  return map;
}

CollectedSpan Collect(const otlp::trace::v1::Span& span) {
  CollectedSpan collected;
  collected.trace_id = absl::BytesToHexString(span.trace_id());
  collected.id = absl::BytesToHexString(span.span_id());
  collected.parent = absl::BytesToHexString(span.parent_span_id());
  collected.tracestate = span.trace_state();
  collected.name = span.name();
  collected.kind = otlp::trace::v1::Span::SpanKind_Name(span.kind());
  collected.status =
      otlp::trace::v1::Status::StatusCode_Name(span.status().code());
  collected.message = span.status().message();
  collected.seconds = static_cast<double>(span.end_time_unix_nano() -
                                          span.start_time_unix_nano()) /
                      1e9;
  collected.flags = span.flags();
  collected.attributes = MapOf(span.attributes());
  for (const auto& event : span.events()) {
    collected.events.push_back(event.name());
  }
  return collected;
}

}  // namespace

SpanCollector::SpanCollector(
    Answer answer, int port,
    std::shared_ptr<grpc::ServerCredentials> credentials)
    : answer_(std::move(answer)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port),
                           std::move(credentials), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

SpanCollector::~SpanCollector() {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now());
  }
}

std::string SpanCollector::address() const {
  return absl::StrCat("127.0.0.1:", port_);
}

void SpanCollector::SetAnswer(Answer answer) {
  std::lock_guard<std::mutex> lock(mu_);
  answer_ = std::move(answer);
}

std::vector<CollectedSpan> SpanCollector::spans() const {
  std::lock_guard<std::mutex> lock(mu_);
  return spans_;
}

std::vector<CollectedSpan> SpanCollector::SpansNamed(
    const std::string& name) const {
  std::vector<CollectedSpan> named;
  for (CollectedSpan& span : spans()) {
    if (span.name == name) named.push_back(std::move(span));
  }
  return named;
}

std::map<std::string, std::string> SpanCollector::resource() const {
  std::lock_guard<std::mutex> lock(mu_);
  return resource_;
}

std::multimap<std::string, std::string> SpanCollector::metadata() const {
  std::lock_guard<std::mutex> lock(mu_);
  return metadata_;
}

int SpanCollector::messages() const {
  std::lock_guard<std::mutex> lock(mu_);
  return messages_;
}

std::string SpanCollector::everything() const {
  std::lock_guard<std::mutex> lock(mu_);
  return everything_;
}

grpc::Status SpanCollector::Export(grpc::ServerContext* context,
                                   const Request* request, Response* response) {
  Answer answer;
  {
    std::lock_guard<std::mutex> lock(mu_);
    ++messages_;
    everything_ += request->DebugString();
    metadata_.clear();
    for (const auto& [name, value] : context->client_metadata()) {
      metadata_.emplace(std::string(name.data(), name.size()),
                        std::string(value.data(), value.size()));
    }
    answer = answer_;
  }
  // It may take its time.
  const grpc::Status status =
      answer == nullptr ? grpc::Status::OK : answer(context, response);
  if (!status.ok()) return status;
  std::lock_guard<std::mutex> lock(mu_);
  for (const auto& resource : request->resource_spans()) {
    resource_ = MapOf(resource.resource().attributes());
    for (const auto& scope : resource.scope_spans()) {
      for (const auto& span : scope.spans()) spans_.push_back(Collect(span));
    }
  }
  return status;
}

}  // namespace rolegate::testing
