#include "service/http2/routes.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "proto/health.pb.h"
#include "service/http2/reflection.h"
#include "service/rpc/health.h"
#include "service/rpc/methods.h"
#include "service/rpc/stream.h"

namespace rolegate::service::http2 {
namespace {

using google::protobuf::MessageLite;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::string_view kHealth = "grpc.health.v1.Health";

// Answers once.
class HealthCheck final : public StreamHandler {
 public:
  HealthCheck(const HealthStatus& health, const HealthCheckRequest& request,
              StreamTransport* transport)
      : health_(health), request_(request), transport_(transport) {}

  void Start() override {
    const RpcStatus status = AnswerHealthCheck(health_, request_, &response_);
    if (status.ok()) {
      transport_->Write(response_);
    } else {
      transport_->Finish(status);
    }
  }
  void OnRead(bool) override {}
  void OnWritten(bool) override { transport_->Finish(RpcStatus()); }
  void OnCancel() override {}
  void OnDone() override {}

 private:
  const HealthStatus& health_;
  const HealthCheckRequest& request_;
  StreamTransport* const transport_;
  HealthCheckResponse response_;
};

void AddHealth(HealthStatus* health, Router* router) {
  StreamRoute route = {&HealthCheckRequest::default_instance(),
                       /*reads_many=*/false, /*counts=*/true, nullptr};
  route.make = [health](StreamTransport* transport, const MessageLite* only) {
    return std::make_shared<HealthCheck>(
        *health, static_cast<const HealthCheckRequest&>(*only), transport);
  };
  router->AddStream("/grpc.health.v1.Health/Check", route);
  route.make = [health](StreamTransport* transport, const MessageLite* only) {
    return MakeHealthWatch(
        health, static_cast<const HealthCheckRequest&>(*only).service(),
        transport);
  };
  router->AddStream("/grpc.health.v1.Health/Watch", std::move(route));
}

// "package.Service" of "/package.Service/Method".
std::string ServiceOf(absl::string_view path) {
  return std::string(path.substr(1, path.rfind('/') - 1));
}

}  // namespace

Router MakeRouter(Core* core, const ListenerConfig* listener,
                  HealthStatus* health) {
  Router router(core, listener);
  std::set<std::string> services = {std::string(kHealth)};
  for (const Method& method : UnaryMethods()) {
    router.AddUnary(&method);
    services.insert(ServiceOf(method.path));
  }
  for (const StreamMethod& method : StreamMethods()) {
    router.AddStream(std::string(method.path),
                     {&method.request, method.reads, /*counts=*/!method.reads,
                      [core, listener, make = method.make](
                          StreamTransport* transport, const MessageLite*) {
                        return make(core, listener, transport);
                      }});
    services.insert(ServiceOf(method.path));
  }
  AddHealth(health, &router);
  AddReflection({services.begin(), services.end()}, &router);
  return router;
}

}  // namespace rolegate::service::http2
