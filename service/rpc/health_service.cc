#include "service/rpc/health_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/text/cidr.h"
#include "proto/health.grpc.pb.h"
#include "service/identity/caller.h"

namespace rolegate::service {
namespace {

namespace v1 = grpc::health::v1;

// Longer than any name that there is.
constexpr std::size_t kMaxName = 256;

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address

grpc::Status NameTooLong() {
  return {grpc::StatusCode::INVALID_ARGUMENT,
          "the name of a service has at most 256 bytes"};
}

v1::HealthCheckResponse::ServingStatus ToProto(Health health) {
  switch (health) {
    case Health::kServing:
      return v1::HealthCheckResponse::SERVING;
    case Health::kNotServing:
      return v1::HealthCheckResponse::NOT_SERVING;
    case Health::kUnknownService:
      return v1::HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return v1::HealthCheckResponse::UNKNOWN;
}

// Whom a watch counts for: an address, the /64 network of an IPv6 address, or
// all callers of Unix sockets together.
std::string WatchPeer(const grpc::ServerContextBase& context) {
  std::string address = PeerAddress(context);
  const auto parsed = IpAddress::Parse(address);
  if (!parsed || !parsed->is_v6) return address;
  return {reinterpret_cast<const char*>(parsed->bytes.data()), kNetworkBytes};
}

// Keeps itself alive until gRPC is done with it.  `state_` says who may write
// or finish: whoever finds the watch idle, or the one that wrote once that is
// done.
class HealthWatch : public grpc::ServerWriteReactor<v1::HealthCheckResponse>,
                    public HealthWatcher {
 public:
  HealthWatch(HealthStatus* health, std::string service)
      : health_(health), service_(std::move(service)) {}

  void Start(std::shared_ptr<HealthWatch> self, const std::string& peer) {
    self_ = std::move(self);
    if (service_.size() > kMaxName) {
      service_.clear();
      FinishWith(NameTooLong());
    } else if (!health_->Add(self_, peer)) {
      FinishWith({grpc::StatusCode::UNAVAILABLE, "the server is stopping"});
    } else {
      GoOn();
    }
  }

  void OnHealth() override {
    Continue([] {});
  }

  void End() override {
    Continue([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { ending_ = true; });
  }

  void OnCancel() override {
    Continue([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { ending_ = true; });
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      GoOn();
    } else {
      FinishWith({grpc::StatusCode::UNKNOWN, "the caller is gone"});
    }
  }

  void OnDone() override {
    health_->Remove(this);
    self_.reset();
  }

 private:
  enum class State { kBusy, kIdle, kFinished };

  // Notes what happened; whoever is busy looks at it when that is done.
  template <typename Note>
  void Continue(Note note) {
    {
      absl::MutexLock lock(&mu_);
      note();
      if (state_ != State::kIdle) return;
      state_ = State::kBusy;
    }
    GoOn();
  }

  // Busy: ends, writes, or becomes idle.
  void GoOn() {
    bool end = false;
    {
      absl::MutexLock lock(&mu_);
      end = ending_;
      const auto status = ToProto(health_->Of(service_));
      if (!end && told_ && response_.status() == status) {
        state_ = State::kIdle;
        return;
      }
      told_ = true;
      response_.set_status(status);
    }
    if (end) {
      FinishWith({grpc::StatusCode::RESOURCE_EXHAUSTED,
                  "the watch was ended; watch again later, or check"});
    } else {
      StartWrite(&response_);
    }
  }

  void FinishWith(const grpc::Status& status) {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = State::kFinished;
    }
    Finish(status);
  }

  HealthStatus* const health_;
  std::string service_;
  std::shared_ptr<HealthWatch> self_;
  v1::HealthCheckResponse response_;
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kBusy;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  bool told_ ABSL_GUARDED_BY(mu_) = false;
};

class HealthService : public v1::Health::CallbackService {
 public:
  explicit HealthService(HealthStatus* health) : health_(health) {}

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const v1::HealthCheckRequest* request,
                                  v1::HealthCheckResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    if (request->service().size() > kMaxName) {
      reactor->Finish(NameTooLong());
      return reactor;
    }
    const Health health = health_->Of(request->service());
    if (health == Health::kUnknownService) {
      reactor->Finish({grpc::StatusCode::NOT_FOUND, "no such service"});
      return reactor;
    }
    response->set_status(ToProto(health));
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerWriteReactor<v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::HealthCheckRequest* request) override {
    auto watch = std::make_shared<HealthWatch>(health_, request->service());
    HealthWatch* const raw = watch.get();
    raw->Start(std::move(watch), WatchPeer(*context));
    return raw;
  }

 private:
  HealthStatus* const health_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeHealthService(HealthStatus* health) {
  return std::make_unique<HealthService>(health);
}

}  // namespace rolegate::service
