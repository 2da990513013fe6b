#include "client/cpp/client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/policy.grpc.pb.h"
#include "rolegate/v1/registry.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "service/proto/error_details.pb.h"

namespace rolegate {
namespace {

constexpr char kReasonPayload[] = "rolegate.v1/reason";

// Sessions are renewed when a fifth of their life is left.
constexpr double kRenewAfter = 0.8;

constexpr char kServiceConfig[] = R"({"methodConfig": [{
  "name": [{}],
  "retryPolicy": {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"]
  }}]})";

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read `", path, "`"));
  }
  return text.str();
}

bool IsLocal(absl::string_view server) {
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

absl::StatusOr<Client> Client::Connect(const ClientOptions& options) {
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (IsLocal(options.server) && options.tls_ca.empty() &&
      options.tls_cert.empty()) {
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
  Client client;
  client.stubs_ = std::make_shared<Stubs>(
      grpc::CreateCustomChannel(options.server, credentials, arguments));
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
  if (!session_token.empty()) {
    context.AddMetadata("authorization",
                        absl::StrCat("Bearer ", session_token));
  } else if (!principal.empty()) {
    context.AddMetadata("rolegate-principal", principal);
  }
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
                       const ClientContext& context) const {
  v1::AuthorizeRequest request;
  request.set_action(std::string(action));
  request.set_resource(std::string(resource));
  FillContext(context, request.mutable_context());
  const absl::StatusOr<v1::AuthorizeResponse> response = Authorize(request);
  return response.ok() && response->decision() == v1::DECISION_ALLOW;
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

absl::StatusOr<std::string> RoleSessionHolder::Token() {
  absl::MutexLock lock(&mu_);
  const absl::Time now = absl::Now();
  if (now < refresh_at_) return token_;
  absl::StatusOr<v1::AssumeRoleResponse> response =
      client_.AssumeRole(request_);
  if (!response.ok()) {
    if (now < expires_at_) return token_;
    return response.status();
  }
  token_ = response->credentials().session_token();
  expires_at_ =
      absl::FromUnixSeconds(response->credentials().expiration().seconds());
  refresh_at_ = now + (expires_at_ - now) * kRenewAfter;
  return token_;
}

bool RoleSessionHolder::IsAllowed(absl::string_view action,
                                  absl::string_view resource,
                                  const ClientContext& context) {
  absl::StatusOr<std::string> token = Token();
  return token.ok() && client_.WithSession(*std::move(token))
                           .IsAllowed(action, resource, context);
}

}  // namespace rolegate
