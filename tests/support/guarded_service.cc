#include "tests/support/guarded_service.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rolegate/v1/registry.grpc.pb.h"

namespace rolegate::testing {
namespace {

class GuardedRegistry final : public v1::RegistryService::Service {
 public:
  explicit GuardedRegistry(RpcGuard guard) : guard_(std::move(guard)) {}

  int handled() const { return handled_; }

  grpc::Status GetRole(grpc::ServerContext* context,
                       const v1::GetRoleRequest* request,
                       v1::GetRoleResponse* response) override {
    return Answer(*context, "GetRole", *request, response->mutable_role());
  }
  grpc::Status ListRoles(grpc::ServerContext* context,
                         const v1::ListRolesRequest* request,
                         v1::ListRolesResponse* response) override {
    return Answer(*context, "ListRoles", *request, response->add_roles());
  }
  grpc::Status GetStatus(grpc::ServerContext* context,
                         const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override {
    v1::RoleSummary found;
    const grpc::Status status = Answer(*context, "GetStatus", *request, &found);
    response->set_revision(found.role_id());
    return status;
  }
  grpc::Status Watch(grpc::ServerContext* context,
                     const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override {
    v1::RoleSummary found;
    const grpc::Status status = Answer(*context, "Watch", *request, &found);
    if (!status.ok()) return status;
    v1::WatchResponse response;
    response.set_revision(found.role_id());
    writer->Write(response);
    return grpc::Status::OK;
  }

 private:
  grpc::Status Answer(const grpc::ServerContext& context, const char* method,
                      const google::protobuf::Message& request,
                      v1::RoleSummary* found) {
    const auto authorized = guard_.Check(
        context, absl::StrCat("/rolegate.v1.RegistryService/", method),
        request);
    if (!authorized.ok()) return RefusalOf(authorized.status());
    ++handled_;
    found->set_arn(authorized->action);
    found->set_role_name(authorized->resource);
    found->set_role_id(authorized->decision.decision_id);
    return grpc::Status::OK;
  }

  const RpcGuard guard_;
  std::atomic<int> handled_ = 0;
};

class Served final : public GuardedService {
 public:
  explicit Served(const RpcGuard& guard) : service_(guard) {
    auto credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
    credentials->SetAuthMetadataProcessor(guard.Gate());
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }

  bool started() const { return server_ != nullptr; }
  std::string address() const override {
    return absl::StrCat("127.0.0.1:", port_);
  }
  int handled() const override { return service_.handled(); }

 private:
  int port_ = 0;
  GuardedRegistry service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GuardedService>> GuardedService::Start(
    Session asker, std::vector<RpcRule> rules, RpcGuardOptions options) {
  absl::StatusOr<RpcGuard> guard =
      RpcGuard::Create(std::move(asker), std::move(rules), std::move(options));
  if (!guard.ok()) return guard.status();
  auto served = std::make_unique<Served>(*guard);
  if (!served->started()) {
    return absl::UnavailableError("the service cannot listen on loopback");
  }
  return served;
}

}  // namespace rolegate::testing
