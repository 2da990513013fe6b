#include "bench/load_requests.h"

#include <grpcpp/create_channel.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/registry_generator.h"
#include "rolegate/v1/authorization.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"

namespace rolegate::bench {
namespace {

constexpr int kChecksOfBatch = 100;
constexpr char kAuthorization[] = "/rolegate.v1.AuthorizationService/";

v1::AssumeRoleRequest AssumeRole(const std::string& role) {
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn(role));
  request.set_role_session_name("bench");
  return request;
}

v1::AuthorizeRequest Authorize(const std::string& role,
                               const std::string& method) {
  v1::AuthorizeRequest request;
  request.set_action(method == "denied" ? "s3:DeleteObject" : "s3:GetObject");
  request.set_resource(TypicalResource(role));
  (*request.mutable_context())["aws:SourceIp"].add_values("10.1.2.3");
  return request;
}

// What a service asks about the session that its caller brought.  No session
// asks for an explanation itself.
v1::AuthorizeRequest Explain(const std::string& role,
                             const std::string& token) {
  v1::AuthorizeRequest request = Authorize(role, "explain");
  request.set_explain(true);
  if (!token.empty()) request.set_session_token(token);
  return request;
}

v1::BatchAuthorizeRequest Batch(const std::string& role, bool own_contexts) {
  const v1::AuthorizeRequest one = Authorize(role, "batch");
  v1::BatchAuthorizeRequest request;
  if (!own_contexts) *request.mutable_context() = one.context();
  for (int i = 0; i < kChecksOfBatch; ++i) {
    auto* const check = request.add_checks();
    check->set_action(one.action());
    check->set_resource(absl::StrCat(one.resource(), ".", i));
    if (own_contexts) *check->mutable_context() = one.context();
  }
  return request;
}

RpcRequest AskWithoutCaller(const std::string& role, const std::string& method,
                            const std::string& token) {
  const bool own_contexts = absl::EndsWith(method, "-contexts");
  if (method == "authorize" || method == "denied") {
    return {absl::StrCat(kAuthorization, "Authorize"), "",
            Authorize(role, method).SerializeAsString()};
  }
  if (method == "explain") {
    return {absl::StrCat(kAuthorization, "Authorize"), "",
            Explain(role, token).SerializeAsString()};
  }
  if (method == "batch" || method == "batch-contexts") {
    return {absl::StrCat(kAuthorization, "BatchAuthorize"), "",
            Batch(role, own_contexts).SerializeAsString()};
  }
  if (method == "stream" || method == "stream-contexts") {
    v1::AuthorizeStreamRequest request;
    *request.mutable_batch() = Batch(role, own_contexts);
    return {absl::StrCat(kAuthorization, "AuthorizeStream"), "",
            request.SerializeAsString(), true};
  }
  if (method == "assume-role") {
    return {"/rolegate.v1.SecurityTokenService/AssumeRole", "",
            AssumeRole(role).SerializeAsString()};
  }
  std::cerr << "unknown method `" << method << "`, expected " << kMethods
            << "\n";
  std::exit(2);
}

RpcRequest Ask(const std::string& role, const std::string& method,
               const std::string& token) {
  RpcRequest request = AskWithoutCaller(role, method, token);
  if (!token.empty() && method != "explain") {
    request.authorization = absl::StrCat("Bearer ", token);
  }
  return request;
}

std::string TokenOf(v1::SecurityTokenService::Stub* tokens,
                    const std::string& role) {
  grpc::ClientContext context;
  v1::AssumeRoleResponse response;
  const grpc::Status status =
      tokens->AssumeRole(&context, AssumeRole(role), &response);
  if (!status.ok()) {
    std::cerr << "AssumeRole: " << status.error_message() << "\n";
    std::exit(1);
  }
  return response.credentials().session_token();
}

}  // namespace

std::vector<std::shared_ptr<const RpcRequest>> MakeRequests(
    const LoadOptions& options) {
  std::unique_ptr<v1::SecurityTokenService::Stub> tokens;
  if (!options.sessions_from.empty()) {
    tokens = v1::SecurityTokenService::NewStub(grpc::CreateChannel(
        options.sessions_from, grpc::InsecureChannelCredentials()));
  }
  std::vector<std::shared_ptr<const RpcRequest>> requests;
  for (int i = 0; i < options.sessions; ++i) {
    const std::string role = absl::StrCat(options.role, i * options.stride);
    const std::string token =
        tokens == nullptr ? "" : TokenOf(tokens.get(), role);
    RpcRequest request = Ask(role, options.method, token);
    request.authorization_anew = options.token_anew;
    requests.push_back(std::make_shared<const RpcRequest>(std::move(request)));
  }
  return requests;
}

std::string StreamError(const std::string& answer) {
  v1::AuthorizeStreamResponse response;
  if (!response.ParseFromString(answer)) return "the answer cannot be read";
  return response.error().message();
}

}  // namespace rolegate::bench
