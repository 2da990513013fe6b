#include "rolegate/client.h"

#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/policy.grpc.pb.h"
#include "rolegate/v1/registry.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "service/proto/error_details.pb.h"

namespace rolegate {
namespace {

constexpr char kReasonPayload[] = "rolegate.v1/reason";
constexpr char kEncodedMessagePayload[] = "rolegate.v1/encoded_message";

// The service tells gRPC not to try again what would fail again.
constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.1s",
      "maxBackoff": "1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
    }}]})";

constexpr int kKeepaliveMillis = 30'000;
constexpr int kKeepaliveTimeoutMillis = 10'000;
// A server that comes back is found within the calls' deadlines.
constexpr int kReconnectMillis = 1'000;
constexpr int kResolveMillis = 5'000;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read `", path, "`: ", std::strerror(errno)));
  }
  return text.str();
}

bool IsLocal(absl::string_view server) {
  absl::ConsumePrefix(&server, "dns:///");
  return absl::StartsWith(server, "unix:") ||
         absl::StartsWith(server, "127.") ||
         absl::StartsWith(server, "localhost:") ||
         absl::StartsWith(server, "[::1]:");
}

absl::Status ToStatus(const grpc::Status& from) {
  if (from.ok()) return absl::OkStatus();
  absl::Status status(static_cast<absl::StatusCode>(from.error_code()),
                      from.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(from.error_details())) {
    for (const google::protobuf::Any& detail : details.details()) {
      google::rpc::ErrorInfo info;
      if (detail.UnpackTo(&info)) {
        status.SetPayload(kReasonPayload, absl::Cord(info.reason()));
        const auto sealed = info.metadata().find("encoded_message");
        if (sealed != info.metadata().end()) {
          status.SetPayload(kEncodedMessagePayload, absl::Cord(sealed->second));
        }
      }
    }
  }
  return status;
}

}  // namespace

std::string ErrorReason(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonPayload);
  return payload.has_value() ? std::string(*payload) : "";
}

absl::Status ErrorOf(absl::string_view reason, absl::StatusCode code,
                     absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kReasonPayload, absl::Cord(reason));
  return status;
}

std::string EncodedMessage(const absl::Status& status) {
  const auto payload = status.GetPayload(kEncodedMessagePayload);
  return payload.has_value() ? std::string(*payload) : "";
}

struct Client::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : security_token(channel),
        authorization(channel),
        registry(channel),
        policy(channel) {}

  v1::SecurityTokenService::Stub security_token;
  v1::AuthorizationService::Stub authorization;
  v1::RegistryService::Stub registry;
  v1::PolicyService::Stub policy;
};

namespace {

// Adds to each call the metadata that the program wants to go along.
class AddsMetadata final : public grpc::experimental::Interceptor {
 public:
  explicit AddsMetadata(const decltype(ClientOptions::metadata)* metadata)
      : metadata_(*metadata) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::
                PRE_SEND_INITIAL_METADATA)) {
      for (auto& [name, value] : metadata_()) {
        if (IsSendable(name, value)) {
          batch->GetSendInitialMetadata()->emplace(std::move(name),
                                                   std::move(value));
        }
      }
    }
    batch->Proceed();
  }

 private:
  // gRPC ends a program that sends anything else.
  static bool IsSendable(const std::string& name, const std::string& value) {
    const auto slice = [](const std::string& text) {
      return grpc_slice_from_static_buffer(text.data(), text.size());
    };
    return !absl::EndsWith(name, "-bin") &&
           grpc_header_key_is_legal(slice(name)) != 0 &&
           grpc_header_nonbin_value_is_legal(slice(value)) != 0;
  }

  const decltype(ClientOptions::metadata)& metadata_;
};

// Makes one for each call, and keeps what they share.
class AddsMetadataFactory final
    : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit AddsMetadataFactory(decltype(ClientOptions::metadata) metadata)
      : metadata_(std::move(metadata)) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new AddsMetadata(&metadata_);
  }

 private:
  const decltype(ClientOptions::metadata) metadata_;
};

}  // namespace

absl::StatusOr<Client> Client::Connect(const ClientOptions& options) {
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (options.plaintext.value_or(IsLocal(options.server) &&
                                 options.tls_ca.empty() &&
                                 options.tls_cert.empty())) {
    credentials = grpc::InsecureChannelCredentials();
  } else {
    grpc::SslCredentialsOptions tls;
    for (const auto& [path, pem] :
         {std::pair(&options.tls_ca, &tls.pem_root_certs),
          std::pair(&options.tls_cert, &tls.pem_cert_chain),
          std::pair(&options.tls_key, &tls.pem_private_key)}) {
      absl::StatusOr<std::string> text = ReadFile(*path);
      if (!text.ok()) return text.status();
      *pem = *std::move(text);
    }
    credentials = grpc::SslCredentials(tls);
  }
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  if (!options.retries) arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMillis);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS,
                   kResolveMillis);
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  if (options.metadata) {
    interceptors.push_back(
        std::make_unique<AddsMetadataFactory>(options.metadata));
  }
  Client client;
  client.stubs_ = std::make_shared<Stubs>(
      grpc::experimental::CreateCustomChannelWithInterceptors(
          options.server, credentials, arguments, std::move(interceptors)));
  client.principal_ = options.principal;
  client.session_token_ = options.session_token;
  client.deadline_ = options.deadline;
  return client;
}

Client Client::WithSession(std::string session_token) const {
  Client client = *this;
  client.session_token_ = std::move(session_token);
  return client;
}

namespace {

void AddCaller(const std::string& principal, const std::string& session_token,
               grpc::ClientContext* context) {
  if (!session_token.empty()) {
    context->AddMetadata("authorization",
                         absl::StrCat("Bearer ", session_token));
  } else if (!principal.empty()) {
    context->AddMetadata("rolegate-principal", principal);
  }
}

class AuthorizeStreamImpl : public AuthorizeStream {
 public:
  AuthorizeStreamImpl(v1::AuthorizationService::Stub& stub,
                      const std::string& principal,
                      const std::string& session_token) {
    AddCaller(principal, session_token, &context_);
    stream_ = stub.AuthorizeStream(&context_);
  }
  ~AuthorizeStreamImpl() override { context_.TryCancel(); }

  bool Write(const v1::AuthorizeStreamRequest& request) override {
    return stream_->Write(request);
  }
  bool Read(v1::AuthorizeStreamResponse* response) override {
    return stream_->Read(response);
  }
  void WritesDone() override { stream_->WritesDone(); }
  absl::Status Finish() override { return ToStatus(stream_->Finish()); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AuthorizeStreamRequest,
                                           v1::AuthorizeStreamResponse>>
      stream_;
};

class RegistryWatchImpl : public RegistryWatch {
 public:
  RegistryWatchImpl(v1::RegistryService::Stub& stub,
                    const std::string& principal,
                    const std::string& session_token) {
    AddCaller(principal, session_token, &context_);
    stream_ = stub.Watch(&context_, v1::WatchRequest());
  }
  ~RegistryWatchImpl() override { context_.TryCancel(); }

  bool Read(v1::WatchResponse* response) override {
    return stream_->Read(response);
  }
  absl::Status Finish() override { return ToStatus(stream_->Finish()); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> stream_;
};

// One call of a stub's method, with metadata and deadline.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Invoke(
    Stub& stub,
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    const Request& request, const std::string& principal,
    const std::string& session_token, absl::Duration deadline) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  AddCaller(principal, session_token, &context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return ToStatus(status);
  return response;
}

}  // namespace

absl::StatusOr<v1::AssumeRoleResponse> Client::AssumeRole(
    const v1::AssumeRoleRequest& request) const {
  return Invoke(stubs_->security_token,
                &v1::SecurityTokenService::Stub::AssumeRole, request,
                principal_, session_token_, deadline_);
}

absl::StatusOr<v1::AssumeRoleWithWebIdentityResponse>
Client::AssumeRoleWithWebIdentity(
    const v1::AssumeRoleWithWebIdentityRequest& request) const {
  return Invoke(stubs_->security_token,
                &v1::SecurityTokenService::Stub::AssumeRoleWithWebIdentity,
                request, "", "", deadline_);
}

absl::StatusOr<v1::AssumeRoleWithSAMLResponse> Client::AssumeRoleWithSAML(
    const v1::AssumeRoleWithSAMLRequest& request) const {
  return Invoke(stubs_->security_token,
                &v1::SecurityTokenService::Stub::AssumeRoleWithSAML, request,
                /*principal=*/"", /*session_token=*/"", deadline_);
}

absl::StatusOr<v1::GetCallerIdentityResponse> Client::GetCallerIdentity()
    const {
  return Invoke(stubs_->security_token,
                &v1::SecurityTokenService::Stub::GetCallerIdentity,
                v1::GetCallerIdentityRequest(), principal_, session_token_,
                deadline_);
}

absl::StatusOr<v1::DecodeAuthorizationMessageResponse>
Client::DecodeAuthorizationMessage(const std::string& encoded_message) const {
  v1::DecodeAuthorizationMessageRequest request;
  request.set_encoded_message(encoded_message);
  return Invoke(stubs_->security_token,
                &v1::SecurityTokenService::Stub::DecodeAuthorizationMessage,
                request, principal_, session_token_, deadline_);
}

absl::StatusOr<v1::GetSigningKeysResponse> Client::GetSigningKeys() const {
  return Invoke(
      stubs_->security_token, &v1::SecurityTokenService::Stub::GetSigningKeys,
      v1::GetSigningKeysRequest(), principal_, session_token_, deadline_);
}

absl::StatusOr<v1::AuthorizeResponse> Client::Authorize(
    const v1::AuthorizeRequest& request) const {
  return Invoke(stubs_->authorization,
                &v1::AuthorizationService::Stub::Authorize, request, principal_,
                session_token_, deadline_);
}

absl::StatusOr<v1::BatchAuthorizeResponse> Client::BatchAuthorize(
    const v1::BatchAuthorizeRequest& request) const {
  return Invoke(stubs_->authorization,
                &v1::AuthorizationService::Stub::BatchAuthorize, request,
                principal_, session_token_, deadline_);
}

bool Client::IsAllowed(absl::string_view action, absl::string_view resource,
                       const ClientContext& context,
                       absl::Status* error) const {
  v1::AuthorizeRequest request;
  request.set_action(std::string(action));
  request.set_resource(std::string(resource));
  FillContext(context, request.mutable_context());
  const absl::StatusOr<v1::AuthorizeResponse> response = Authorize(request);
  if (error != nullptr) *error = response.status();
  return response.ok() && response->decision() == v1::DECISION_ALLOW;
}

std::unique_ptr<AuthorizeStream> Client::OpenAuthorizeStream() const {
  return std::make_unique<AuthorizeStreamImpl>(stubs_->authorization,
                                               principal_, session_token_);
}

std::unique_ptr<RegistryWatch> Client::WatchRegistry() const {
  return std::make_unique<RegistryWatchImpl>(stubs_->registry, principal_,
                                             session_token_);
}

absl::StatusOr<v1::GetStatusResponse> Client::GetStatus() const {
  return Invoke(stubs_->registry, &v1::RegistryService::Stub::GetStatus,
                v1::GetStatusRequest(), principal_, session_token_, deadline_);
}

absl::StatusOr<v1::ListRolesResponse> Client::ListRoles(
    const v1::ListRolesRequest& request) const {
  return Invoke(stubs_->registry, &v1::RegistryService::Stub::ListRoles,
                request, principal_, session_token_, deadline_);
}

absl::StatusOr<v1::GetRoleResponse> Client::GetRole(
    const std::string& role_arn) const {
  v1::GetRoleRequest request;
  request.set_role_arn(role_arn);
  return Invoke(stubs_->registry, &v1::RegistryService::Stub::GetRole, request,
                principal_, session_token_, deadline_);
}

absl::StatusOr<v1::ReloadResponse> Client::Reload() const {
  return Invoke(stubs_->registry, &v1::RegistryService::Stub::Reload,
                v1::ReloadRequest(), principal_, session_token_, deadline_);
}

absl::StatusOr<v1::SimulateResponse> Client::Simulate(
    const v1::SimulateRequest& request) const {
  return Invoke(stubs_->policy, &v1::PolicyService::Stub::Simulate, request,
                principal_, session_token_, deadline_);
}

absl::StatusOr<v1::ValidateResponse> Client::Validate(
    const v1::ValidateRequest& request) const {
  return Invoke(stubs_->policy, &v1::PolicyService::Stub::Validate, request,
                principal_, session_token_, deadline_);
}

}  // namespace rolegate
