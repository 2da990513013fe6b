// The same service with handlers that do nothing: what gRPC itself costs, with
// the same messages, settings and limits.
//   empty_server RESPONSES TLS ADDRESS...
// RESPONSES is a folder with what the real server answered (bench_load
// --capture).  TLS is a folder with ca.pem, server.pem and server.key; the
// addresses `tls:HOST:PORT` are served with them and demand certificates.
// Prints each address once it serves there, and ends with its standard input.

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "service/grpc/grpc_transport.h"

namespace rolegate::bench {
namespace {

template <typename Message>
Message Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Message message;
  if (!in || !message.ParseFromIstream(&in)) {
    std::cerr << "cannot read " << path << "\n";
    std::exit(1);
  }
  return message;
}

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

// Writes the same answer for whatever it reads.
class EmptyStream final
    : public grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                                     v1::AuthorizeStreamResponse> {
 public:
  explicit EmptyStream(const v1::AuthorizeStreamResponse& answer)
      : answer_(answer) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    response_ = answer_;
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

 private:
  const v1::AuthorizeStreamResponse& answer_;
  v1::AuthorizeStreamRequest request_;
  v1::AuthorizeStreamResponse response_;
};

class EmptyAuthorization final
    : public v1::AuthorizationService::CallbackService {
 public:
  explicit EmptyAuthorization(const std::string& responses)
      : authorize_(Read<v1::AuthorizeResponse>(responses + "/authorize")),
        batch_(Read<v1::BatchAuthorizeResponse>(responses + "/batch")),
        stream_(Read<v1::AuthorizeStreamResponse>(responses + "/stream")) {}

 private:
  grpc::ServerUnaryReactor* Authorize(
      grpc::CallbackServerContext* context, const v1::AuthorizeRequest*,
      v1::AuthorizeResponse* response) override {
    *response = authorize_;
    return Finish(context);
  }
  grpc::ServerUnaryReactor* BatchAuthorize(
      grpc::CallbackServerContext* context, const v1::BatchAuthorizeRequest*,
      v1::BatchAuthorizeResponse* response) override {
    *response = batch_;
    return Finish(context);
  }
  grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                          v1::AuthorizeStreamResponse>*
  AuthorizeStream(grpc::CallbackServerContext*) override {
    return new EmptyStream(stream_);
  }

  const v1::AuthorizeResponse authorize_;
  const v1::BatchAuthorizeResponse batch_;
  const v1::AuthorizeStreamResponse stream_;
};

class EmptyTokens final : public v1::SecurityTokenService::CallbackService {
 public:
  explicit EmptyTokens(const std::string& responses)
      : assume_role_(Read<v1::AssumeRoleResponse>(responses + "/assume-role")) {
  }

 private:
  grpc::ServerUnaryReactor* AssumeRole(
      grpc::CallbackServerContext* context, const v1::AssumeRoleRequest*,
      v1::AssumeRoleResponse* response) override {
    *response = assume_role_;
    return Finish(context);
  }

  const v1::AssumeRoleResponse assume_role_;
};

std::string Text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    std::cerr << "cannot read " << path << "\n";
    std::exit(1);
  }
  return text.str();
}

std::shared_ptr<grpc::ServerCredentials> Tls(const std::string& folder) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = Text(folder + "/ca.pem");
  options.pem_key_cert_pairs.push_back(
      {Text(folder + "/server.key"), Text(folder + "/server.pem")});
  return grpc::SslServerCredentials(options);
}

// Each address has a server of its own, as Rolegate's listeners do.
std::unique_ptr<grpc::Server> Serve(std::string address, const std::string& tls,
                                    EmptyAuthorization* authorization,
                                    EmptyTokens* tokens) {
  grpc::ServerBuilder builder;
  service::AddLimits(service::ServiceLimits(), &builder);
  builder.RegisterService(authorization);
  builder.RegisterService(tokens);
  auto credentials = grpc::InsecureServerCredentials();
  if (address.starts_with("tls:")) {
    address.erase(0, 4);
    credentials = Tls(tls);
  }
  int port = 0;
  builder.AddListeningPort(address, credentials, &port);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "cannot listen on " << address << "\n";
    std::exit(1);
  }
  std::cout << (address.starts_with("unix:")
                    ? address
                    : "127.0.0.1:" + std::to_string(port))
            << std::endl;
  return server;
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  namespace bench = rolegate::bench;
  if (argc < 4) return 2;
  // As in Rolegate, which this is to be compared with.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  // A service belongs to one server.
  std::deque<bench::EmptyAuthorization> authorizations;
  std::deque<bench::EmptyTokens> tokens;
  std::vector<std::unique_ptr<grpc::Server>> servers;
  for (int i = 3; i < argc; ++i) {
    servers.push_back(bench::Serve(argv[i], argv[2],
                                   &authorizations.emplace_back(argv[1]),
                                   &tokens.emplace_back(argv[1])));
  }
  std::cin.ignore(1);
  return 0;
}
