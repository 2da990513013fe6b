#include "service/otlp/collector.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/error_details.pb.h"
#include "proto/otlp_trace_service.grpc.pb.h"

namespace rolegate::service {
namespace {

namespace v1 = opentelemetry::proto::collector::trace::v1;

constexpr std::size_t kMaxMessage = 512;
constexpr int kMaxResponseBytes = 64 << 10;
constexpr int kMaxReconnectMs = 10'000;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || text.str().empty()) {
    return absl::NotFoundError(absl::StrCat(
        path, ": cannot be read: ",
        in.is_open() ? "it is empty or a directory" : std::strerror(errno)));
  }
  if (text.str().find("-----BEGIN ") == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no PEM"));
  }
  return text.str();
}

// When a collector that has too much to do wants the message again.
std::optional<absl::Duration> RetryDelay(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return std::nullopt;
  for (const auto& detail : details.details()) {
    google::rpc::RetryInfo info;
    if (detail.UnpackTo(&info)) {
      return absl::Seconds(info.retry_delay().seconds()) +
             absl::Nanoseconds(info.retry_delay().nanos());
    }
  }
  return std::nullopt;
}

// As OTLP's specification has it.
ExportOutcome OutcomeOf(const grpc::Status& status) {
  ExportOutcome outcome;
  outcome.message =
      absl::StrCat(status.error_message().empty()
                       ? "an error without a message"
                       : status.error_message().substr(0, kMaxMessage),
                   " (gRPC code ", static_cast<int>(status.error_code()), ")");
  const std::optional<absl::Duration> delay = RetryDelay(status);
  outcome.after = delay.value_or(absl::ZeroDuration());
  switch (status.error_code()) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      outcome.kind = ExportOutcome::Kind::kLater;
      break;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      outcome.kind = delay.has_value() ? ExportOutcome::Kind::kLater
                                       : ExportOutcome::Kind::kNever;
      break;
    default:
      outcome.kind = ExportOutcome::Kind::kNever;
  }
  return outcome;
}

ExportOutcome Later(const absl::Status& status) {
  ExportOutcome outcome;
  outcome.kind = ExportOutcome::Kind::kLater;
  outcome.message = std::string(status.message());
  return outcome;
}

}  // namespace

// How to reach the collector, and the files by which.
class Collector::Channel {
 public:
  struct Files {
    std::string ca;
    std::string cert;
    std::string key;

    friend bool operator==(const Files&, const Files&) = default;
  };

  Channel(const OtlpEndpoint& endpoint, Files files)
      : files_(std::move(files)) {
    std::shared_ptr<grpc::ChannelCredentials> credentials =
        endpoint.tls
            ? grpc::SslCredentials({files_.ca, files_.key, files_.cert})
            : grpc::InsecureChannelCredentials();
    grpc::ChannelArguments arguments;
    arguments.SetUserAgentPrefix("rolegate/" ROLEGATE_VERSION);
    arguments.SetMaxReceiveMessageSize(kMaxResponseBytes);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
    stub_ = v1::TraceService::NewStub(
        grpc::CreateCustomChannel(endpoint.target, credentials, arguments));
  }

  const Files& files() const { return files_; }
  v1::TraceService::Stub& stub() { return *stub_; }

 private:
  const Files files_;
  std::unique_ptr<v1::TraceService::Stub> stub_;
};

Collector::Collector(const TracingOptions& options) : options_(options) {}
Collector::~Collector() = default;

absl::StatusOr<std::unique_ptr<Collector>> Collector::Open(
    const TracingOptions& options) {
  std::unique_ptr<Collector> collector(new Collector(options));
  if (absl::Status status = collector->ReadTlsFiles(); !status.ok()) {
    return status;
  }
  if (!options.headers_file.empty()) {
    const auto headers = ReadHeadersFile(options.headers_file);
    if (!headers.ok()) return headers.status();
  }
  return collector;
}

absl::Status Collector::ReadTlsFiles() {
  Channel::Files files;
  const std::pair<const std::string&, std::string*> all[] = {
      {options_.ca, &files.ca},
      {options_.cert, &files.cert},
      {options_.key, &files.key}};
  for (const auto& [path, text] : all) {
    absl::StatusOr<std::string> read = ReadPem(path);
    if (!read.ok()) return read.status();
    *text = *std::move(read);
  }
  if (channel_ == nullptr || !(channel_->files() == files)) {
    channel_ =
        std::make_unique<Channel>(*options_.otlp_endpoint, std::move(files));
  }
  return absl::OkStatus();
}

ExportOutcome Collector::Export(const ExportRequest& request,
                                absl::Duration timeout) {
  Headers headers;
  if (!options_.headers_file.empty()) {
    absl::StatusOr<Headers> read = ReadHeadersFile(options_.headers_file);
    if (!read.ok()) return Later(read.status());
    headers = *std::move(read);
  }
  ExportOutcome outcome = Call(request, headers, timeout);
  // Perhaps the certificates were renewed.
  if (outcome.kind == ExportOutcome::Kind::kLater) {
    if (const absl::Status status = ReadTlsFiles(); !status.ok()) {
      return Later(status);
    }
  }
  return outcome;
}

ExportOutcome Collector::Call(const ExportRequest& request,
                              const Headers& headers, absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  for (const auto& [name, value] : headers) context.AddMetadata(name, value);
  {
    std::lock_guard<std::mutex> lock(mu_);
    if (cancelled_) return Later(absl::CancelledError("the server stops"));
    running_ = &context;
  }
  v1::ExportTraceServiceResponse response;
  const grpc::Status status =
      channel_->stub().Export(&context, request, &response);
  {
    std::lock_guard<std::mutex> lock(mu_);
    running_ = nullptr;
  }
  if (!status.ok()) return OutcomeOf(status);
  ExportOutcome outcome;
  outcome.rejected = response.partial_success().rejected_spans();
  outcome.message =
      response.partial_success().error_message().substr(0, kMaxMessage);
  return outcome;
}

void Collector::Cancel() {
  std::lock_guard<std::mutex> lock(mu_);
  cancelled_ = true;
  if (running_ != nullptr) running_->TryCancel();
}

}  // namespace rolegate::service
