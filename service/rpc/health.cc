#include "service/rpc/health.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "engine/text/cidr.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service {
namespace {

using grpc::health::v1::HealthCheckResponse;

// Longer than any name that there is.
constexpr std::size_t kMaxName = 256;

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address

RpcStatus Ended(absl::StatusCode code, std::string message) {
  return {code, std::move(message), "", false};
}

RpcStatus NameTooLong() {
  return Ended(absl::StatusCode::kInvalidArgument,
               "the name of a service has at most 256 bytes");
}

HealthCheckResponse::ServingStatus ServingStatusOf(Health health) {
  switch (health) {
    case Health::kServing:
      return HealthCheckResponse::SERVING;
    case Health::kNotServing:
      return HealthCheckResponse::NOT_SERVING;
    case Health::kUnknownService:
      return HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return HealthCheckResponse::UNKNOWN;
}

// Whom a watch counts for: an address, the /64 network of an IPv6 address, or
// all callers of Unix sockets together.
std::string WatchPeer(const IncomingCall& incoming) {
  std::string address = PeerAddress(incoming);
  const auto parsed = IpAddress::Parse(address);
  if (!parsed || !parsed->is_v6) return address;
  return {reinterpret_cast<const char*>(parsed->bytes.data()), kNetworkBytes};
}

// `state_` says who may write or finish: whoever finds the watch idle, or the
// one that wrote once that is done.
class HealthWatch final : public StreamHandler,
                          public HealthWatcher,
                          public std::enable_shared_from_this<HealthWatch> {
 public:
  HealthWatch(HealthStatus* health, std::string service,
              StreamTransport* transport)
      : health_(health), service_(std::move(service)), transport_(transport) {}

  void Start() override {
    if (service_.size() > kMaxName) {
      service_.clear();
      FinishWith(NameTooLong());
    } else if (!health_->Add(shared_from_this(),
                             WatchPeer(transport_->incoming()))) {
      FinishWith(
          Ended(absl::StatusCode::kUnavailable, "the server is stopping"));
    } else {
      GoOn();
    }
  }

  void OnRead(bool) override {}  // a watch never reads

  void OnHealth() override {
    Continue([] {});
  }

  void End() override {
    Continue([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { ending_ = true; });
  }

  void OnCancel() override {
    Continue([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { ending_ = true; });
  }

  void OnWritten(bool ok) override {
    if (ok) {
      GoOn();
    } else {
      FinishWith(Ended(absl::StatusCode::kUnknown, "the caller is gone"));
    }
  }

  void OnDone() override { health_->Remove(this); }

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
      const auto status = ServingStatusOf(health_->Of(service_));
      if (!end && told_ && response_.status() == status) {
        state_ = State::kIdle;
        return;
      }
      told_ = true;
      response_.set_status(status);
    }
    if (end) {
      FinishWith(Ended(absl::StatusCode::kResourceExhausted,
                       "the watch was ended; watch again later, or check"));
    } else {
      transport_->Write(response_);
    }
  }

  void FinishWith(const RpcStatus& status) {
    {
      absl::MutexLock lock(&mu_);
      if (state_ == State::kFinished) return;
      state_ = State::kFinished;
    }
    transport_->Finish(status);
  }

  HealthStatus* const health_;
  std::string service_;
  StreamTransport* const transport_;  // until OnDone
  HealthCheckResponse response_;
  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kBusy;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  bool told_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

RpcStatus AnswerHealthCheck(const HealthStatus& health,
                            const grpc::health::v1::HealthCheckRequest& request,
                            HealthCheckResponse* response) {
  if (request.service().size() > kMaxName) return NameTooLong();
  const Health found = health.Of(request.service());
  if (found == Health::kUnknownService) {
    return Ended(absl::StatusCode::kNotFound, "no such service");
  }
  response->set_status(ServingStatusOf(found));
  return RpcStatus();
}

std::shared_ptr<StreamHandler> MakeHealthWatch(HealthStatus* health,
                                               std::string service,
                                               StreamTransport* transport) {
  return std::make_shared<HealthWatch>(health, std::move(service), transport);
}

}  // namespace rolegate::service
