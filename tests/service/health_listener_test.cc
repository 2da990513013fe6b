// The thread of `health_listen`: who gets in, for how long, and how it ends.

#include "service/net/health_listener.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "service/base/log.h"
#include "service/net/health_check.h"
#include "tests/support/raw_http2.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::RawHttp2;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

class HealthListenerTest : public ::testing::Test {
 protected:
  void Listen(const HealthPace& pace = {}) {
    auto opened = HealthListener::Open(*ListenAddress::Parse("127.0.0.1:0"),
                                       absl::Seconds(10), &acceptor_, &table_,
                                       &health_, pace);
    ASSERT_TRUE(opened.ok()) << opened.status();
    listener_ = *std::move(opened);
  }
  absl::Status Ask(const std::string& service = "") const {
    return CheckHealth(listener_->address(), service, "", absl::Seconds(3));
  }

  Logger log_{LogOptions()};
  ConnectionTable table_{64, SystemSockets()};
  HealthStatus health_;
  ConnectionAcceptor acceptor_{&log_};
  std::unique_ptr<HealthListener> listener_;
};

TEST_F(HealthListenerTest, AnswersGrpcsClients) {
  Listen();
  EXPECT_EQ(Ask().code(), absl::StatusCode::kUnavailable) << "it is not ready";
  EXPECT_EQ(Ask("rolegate.liveness"), absl::OkStatus());
  health_.SetReady(true);
  EXPECT_EQ(Ask(), absl::OkStatus());
  EXPECT_FALSE(Ask("nobody").ok());
  ASSERT_EQ(listener_->probes().size(), 1u);
  EXPECT_EQ(ProbeListener(listener_->probes()[0], &acceptor_, absl::Seconds(3)),
            absl::OkStatus());
}

// A server of gRPC's, whose every call keeps the thread that it comes on.
class BusyServer {
 public:
  BusyServer() {
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(&service_);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    server_ = builder.BuildAndStart();
  }
  ~BusyServer() {
    service_.end.Notify();
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  // How to ask it for health, by a socket and no library.
  ProbeTarget probe() const {
    ProbeTarget target;
    auto& to = reinterpret_cast<sockaddr_in&>(target.address.storage);
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target.address.size = sizeof(to);
    return target;
  }

 private:
  class Service : public grpc::CallbackGenericService {
   public:
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext*) override {
      end.WaitForNotification();
      class Reactor : public grpc::ServerGenericBidiReactor {
       public:
        Reactor() { Finish(grpc::Status::OK); }
        void OnDone() override { delete this; }
      };
      return new Reactor;
    }

    absl::Notification end;
  };

  Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(HealthListenerTest, AnswersWhileEveryThreadOfGrpcIsBusy) {
  Listen();
  health_.SetReady(true);
  BusyServer busy;
  std::vector<std::unique_ptr<RawHttp2>> callers;
  for (int i = 0; i < 40; ++i) {
    callers.push_back(std::make_unique<RawHttp2>(busy.address()));
    ASSERT_TRUE(callers.back()->Greet());
    ASSERT_TRUE(callers.back()->Open(1, kCheck));
    ASSERT_TRUE(callers.back()->Send(1, RawHttp2::Message("", 0), true));
  }
  ASSERT_FALSE(
      ProbeListener(busy.probe(), &acceptor_, absl::Milliseconds(500)).ok());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(
        ProbeListener(listener_->probes()[0], &acceptor_, absl::Seconds(1)),
        absl::OkStatus());
  }
}

TEST_F(HealthListenerTest, ClosesConnectionsThatLastTooLong) {
  HealthPace pace;
  pace.greeting = absl::Milliseconds(300);
  pace.idle = absl::Milliseconds(600);
  pace.age = absl::Milliseconds(1200);
  pace.grace = absl::Milliseconds(300);
  pace.look = absl::Milliseconds(20);
  Listen(pace);
  const absl::Time begin = absl::Now();
  RawHttp2 silent(listener_->address());
  RawHttp2 idle(listener_->address());
  RawHttp2 watching(listener_->address());
  RawHttp2 half(listener_->address());
  ASSERT_TRUE(idle.Greet());
  ASSERT_TRUE(watching.Greet());
  ASSERT_TRUE(watching.Open(1, kWatch));
  ASSERT_TRUE(watching.Send(1, RawHttp2::Message("", 0), true));
  ASSERT_TRUE(half.Greet());
  ASSERT_TRUE(half.Open(1, kWatch));
  ASSERT_TRUE(half.Send(1, RawHttp2::Message("x", 100), false));

  EXPECT_TRUE(silent.IsClosed(absl::Seconds(3)));
  EXPECT_GE(absl::Now() - begin, pace.greeting);
  EXPECT_TRUE(idle.IsClosed(absl::Seconds(3)));
  EXPECT_GE(absl::Now() - begin, pace.idle);
  EXPECT_TRUE(watching.IsClosed(absl::Seconds(3)));
  EXPECT_GE(absl::Now() - begin, pace.age);
  EXPECT_TRUE(half.IsClosed(absl::Seconds(3)));
  EXPECT_GE(absl::Now() - begin, pace.age + pace.grace)
      << "a call that is not complete may still become so";
  EXPECT_EQ(health_.watches(), 0u);
}

TEST_F(HealthListenerTest, RefusesMoreCallsThanItSaidItTakes) {
  Listen();
  RawHttp2 greedy(listener_->address());
  ASSERT_TRUE(greedy.Greet());
  for (std::uint32_t stream = 1; stream < 100; stream += 2) {
    ASSERT_TRUE(greedy.Open(stream, kWatch));
    ASSERT_TRUE(greedy.Send(stream, RawHttp2::Message("", 0), true));
  }
  std::string heard;
  while (heard.size() < 9 * 42) {
    const std::string more = greedy.Read(absl::Seconds(1));
    if (more.empty()) break;
    heard += more;
  }
  EXPECT_EQ(health_.watches(), 8u);
  EXPECT_EQ(Ask("rolegate.liveness"), absl::OkStatus());
}

TEST_F(HealthListenerTest, TellsWatchersOfChangesAndOfTheEnd) {
  Listen();
  RawHttp2 watching(listener_->address());
  ASSERT_TRUE(watching.Greet());
  ASSERT_TRUE(watching.Open(1, kWatch));
  ASSERT_TRUE(watching.Send(1, RawHttp2::Message("", 0), true));
  // The frame of a message: its size is that of HealthCheckResponse.
  const auto told = [&](char status) {
    const std::string message = {0, 0, 0, 0, 2, 8, status};
    std::string heard;
    const absl::Time end = absl::Now() + absl::Seconds(3);
    while (absl::Now() < end && !absl::StrContains(heard, message)) {
      heard += watching.Read(absl::Milliseconds(200));
    }
    return absl::StrContains(heard, message);
  };
  EXPECT_TRUE(told(2)) << "NOT_SERVING";
  health_.SetReady(true);
  EXPECT_TRUE(told(1)) << "SERVING";
  health_.Drain();
  EXPECT_TRUE(told(2));
  health_.EndWatches();
  const absl::Time begin = absl::Now();
  listener_->Shutdown(absl::Seconds(5));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3))
      << "nothing is left to wait for";
  EXPECT_TRUE(watching.IsClosed(absl::Seconds(1)));
  EXPECT_FALSE(RawHttp2(listener_->address()).connected());
}

TEST_F(HealthListenerTest, EndsInTimeWhoeverDoesNotGo) {
  Listen();
  RawHttp2 half(listener_->address());
  ASSERT_TRUE(half.Greet());
  ASSERT_TRUE(half.Open(1, kWatch));
  EXPECT_FALSE(half.IsClosed(absl::Milliseconds(100)));
  const absl::Time begin = absl::Now();
  listener_->Shutdown(absl::Milliseconds(300));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
  EXPECT_TRUE(half.IsClosed(absl::Seconds(1)));
}

}  // namespace
}  // namespace rolegate::service
