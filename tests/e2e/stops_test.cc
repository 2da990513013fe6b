// What clients notice when one of two servers stops.  `make test-stops` asks
// the same of clients in other languages, for longer.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "tests/support/documents.h"
#include "tests/support/raw_http2.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

class Stops : public ::testing::Test {
 protected:
  Stops() {
    dir_.Write("r.json", Role("Reader", Trust(kEc2), Allow("s3:Get*")));
  }
  std::vector<std::string> Arguments() const {
    return {"--registry", dir_.path(), "--listen", "127.0.0.1:0", "--dev"};
  }

  TempDir dir_;
};

TEST_F(Stops, CallsGoToTheOtherServer) {
  ServerProcess stays(Arguments());
  ServerProcess stops(Arguments());
  ASSERT_TRUE(stays.serving()) << stays.log();
  ASSERT_TRUE(stops.serving()) << stops.log();
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  const auto channel = grpc::CreateCustomChannel(
      absl::StrCat("ipv4:", stays.address(), ",", stops.address()),
      grpc::InsecureChannelCredentials(), arguments);
  std::atomic<bool> end{false};
  std::atomic<int> answered{0};
  std::mutex mu;
  std::map<std::string, int> failed;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      const auto stub = v1::SecurityTokenService::NewStub(channel);
      while (!end) {
        grpc::ClientContext context;
        context.AddMetadata("rolegate-principal", "service:ec2.amazonaws.com");
        v1::GetCallerIdentityResponse response;
        const grpc::Status status =
            stub->GetCallerIdentity(&context, {}, &response);
        if (status.ok()) {
          ++answered;
          continue;
        }
        const std::lock_guard lock(mu);
        ++failed[absl::StrCat(status.error_code(), " ",
                              status.error_message())];
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return answered > 500; }));
  EXPECT_EQ(stops.Stop(), 0);
  const int before = answered;
  EXPECT_TRUE(Eventually([&] { return answered > before + 500; }));
  end = true;
  for (std::thread& caller : callers) caller.join();
  // gRPC's server refuses what comes while it stops, and cancels what comes
  // while it closes.
  if (!OverHttp2()) {
    failed.erase("14 the server is stopping");
    failed.erase("1 CANCELLED");
  }
  EXPECT_EQ(failed, (std::map<std::string, int>()));
}

// A unary call whose request is sent in pieces.
class SlowCall {
 public:
  explicit SlowCall(const std::string& server)
      : stub_(grpc::CreateChannel(server, grpc::InsecureChannelCredentials())) {
    context_.AddMetadata("rolegate-principal", "service:ec2.amazonaws.com");
    call_ = stub_.PrepareCall(&context_, Path(), &done_);
    call_->StartCall(nullptr);
    Await();
  }
  ~SlowCall() { done_.Shutdown(); }

  void SendMessage() {
    const grpc::Slice empty;
    call_->Write(grpc::ByteBuffer(&empty, 1), nullptr);
    Await();
  }
  grpc::Status End() {
    grpc::Status status;
    call_->WritesDone(nullptr);
    Await();
    grpc::ByteBuffer answer;
    call_->Read(&answer, nullptr);
    Await();
    call_->Finish(&status, nullptr);
    Await();
    return status;
  }

 private:
  static std::string Path() {
    return "/rolegate.v1.SecurityTokenService/GetCallerIdentity";
  }
  void Await() {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_EQ(done_.AsyncNext(
                  &tag, &ok,
                  std::chrono::system_clock::now() + std::chrono::seconds(10)),
              grpc::CompletionQueue::GOT_EVENT);
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue done_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_F(Stops, TheRestOfARequestIsWaitedFor) {
  if (!OverHttp2()) return;  // gRPC's server refuses it
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  SlowCall call(server.address());
  call.SendMessage();
  server.Signal(SIGTERM);
  EXPECT_TRUE(
      Eventually([&] { return absl::StrContains(server.log(), "draining"); }));
  // Longer than anything else that a stop takes its time for.
  absl::SleepFor(absl::Seconds(2));
  const grpc::Status status = call.End();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(server.Wait(), 0);
}

TEST_F(Stops, AClientThatIsSilentIsNotWaitedFor) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  RawHttp2 silent(server.address());
  ASSERT_TRUE(silent.Greet());
  EXPECT_NE(silent.Read(absl::Seconds(5)), "") << "it is served";
  const absl::Time begin = absl::Now();
  EXPECT_EQ(server.Stop(), 0);
  // `limits.drain_timeout` is for calls.
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
}

}  // namespace
}  // namespace rolegate::testing
