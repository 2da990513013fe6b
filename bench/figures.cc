// Measures what the documentation claims: decisions in process, decisions over
// gRPC beside an empty echo service, and the loading of 10,000 roles.
//   rolegate_bench RESULTS.json

#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>

#include "absl/time/clock.h"
#include "echo.grpc.pb.h"
#include "engine/registry/registry.h"
#include "engine/sts/access.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using testing::Policy;
using testing::TempDir;

constexpr char kResource[] = "arn:aws:s3:::bucket-7/reports/2026/q3.csv";

struct Result {
  std::string name;
  std::string target;
  double value = 0;
  std::string unit;
  bool holds = true;
};

// A role as they are: a handful of statements, some with conditions.
std::string TypicalRole(const std::string& name) {
  return testing::Role(
      name, testing::Trust(testing::kEc2),
      Policy(R"({"Effect": "Allow", "Action": ["s3:ListBucket", "s3:Get*"],
                 "Resource": ["arn:aws:s3:::bucket-7",
                              "arn:aws:s3:::bucket-7/*"]},
                {"Effect": "Allow", "Action": "dynamodb:*",
                 "Resource": "arn:aws:dynamodb:*:123456789012:table/t*"},
                {"Effect": "Allow", "Action": "sqs:SendMessage",
                 "Resource": "*",
                 "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
                {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
                 "Condition": {"NotIpAddressIfExists":
                   {"aws:SourceIp": "10.0.0.0/8"}}})"));
}

double PerSecond(std::uint64_t count, absl::Duration time) {
  return static_cast<double>(count) / absl::ToDoubleSeconds(time);
}

Result InProcess() {
  TempDir dir;
  dir.Write("role.json", TypicalRole("R"));
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  const auto snapshot = registry.snapshot();
  const absl::Time now = absl::Now();
  const Subject subject = *SubjectByName(testing::RoleArn("R"), *snapshot, now);
  const AccessOptions access_options;
  RequestContext context;
  context.Set(ContextKey("aws:SourceIp"), "10.1.2.3");
  const ActionName action = *ActionName::Parse("s3:GetObject");
  const ResourceName resource = *ResourceName::Parse(kResource);
  Access access(*snapshot, access_options, subject, context, now);
  constexpr int kCount = 2'000'000;
  int allowed = 0;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < kCount; ++i) {
    allowed += access.Authorize(action, resource, "123456789012").allowed();
  }
  const double rate = PerSecond(kCount, absl::Now() - begin);
  return {"decisions in process, one thread", ">= 500000", rate, "1/s",
          allowed == kCount && rate >= 500'000};
}

// Calls from `threads` threads for two seconds.
template <typename Call>
double CallsPerSecond(int threads, Call call) {
  std::atomic<std::uint64_t> count{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < threads; ++i) {
    callers.emplace_back([&] {
      while (!stop) {
        if (call()) ++count;
      }
    });
  }
  absl::SleepFor(absl::Milliseconds(300));
  const std::uint64_t before = count;
  const absl::Time begin = absl::Now();
  absl::SleepFor(absl::Seconds(2));
  const double rate = PerSecond(count - before, absl::Now() - begin);
  stop = true;
  for (std::thread& caller : callers) caller.join();
  return rate;
}

class EchoService final : public bench::Echo::CallbackService {
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context,
                                const bench::EchoMessage* request,
                                bench::EchoMessage* response) override {
    response->set_text(request->text());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// In a process of its own, as Rolegate is.
class EchoProcess {
 public:
  explicit EchoProcess(const std::string& address) {
    pid_ = fork();
    if (pid_ != 0) return;
    execl("/proc/self/exe", "rolegate_bench", "--echo", address.c_str(),
          nullptr);
    _exit(127);
  }
  ~EchoProcess() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
};

int ServeEcho(const std::string& address) {
  EchoService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  builder.BuildAndStart()->Wait();
  return 0;
}

std::vector<Result> OverGrpc() {
  TempDir dir;
  dir.Write("registry/role.json", TypicalRole("R"));
  const std::string config = dir.Write(
      "rolegated.yaml",
      absl::StrCat("registry: {dir: ", dir.path("registry"),
                   "}\nlisteners: [{address: 'unix:", dir.path("socket"),
                   "', principal: 'service:ec2.amazonaws.com'}]\n"));
  testing::ServerProcess server({"--config", config});
  const std::string token =
      testing::AssumeOrDie(server.Connect(""), testing::RoleArn("R"));
  const auto authorization =
      v1::AuthorizationService::NewStub(grpc::CreateChannel(
          server.address(), grpc::InsecureChannelCredentials()));
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource(kResource);
  (*request.mutable_context())["aws:SourceIp"].add_values("10.1.2.3");

  const std::string echo_address = "unix:" + dir.path("echo");
  EchoProcess echo(echo_address);
  const auto echo_stub = bench::Echo::NewStub(
      grpc::CreateChannel(echo_address, grpc::InsecureChannelCredentials()));
  bench::EchoMessage message;
  message.set_text(std::string(120, 'x'));
  absl::SleepFor(absl::Milliseconds(500));

  const auto authorize = [&] {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::AuthorizeResponse response;
    return authorization->Authorize(&context, request, &response).ok() &&
           response.decision() == v1::DECISION_ALLOW;
  };
  const auto say = [&] {
    grpc::ClientContext context;
    bench::EchoMessage response;
    return echo_stub->Say(&context, message, &response).ok();
  };
  v1::BatchAuthorizeRequest batch;
  *batch.mutable_context() = request.context();
  for (int i = 0; i < 100; ++i) {
    auto* const check = batch.add_checks();
    check->set_action(request.action());
    check->set_resource(request.resource());
  }
  const auto many = [&] {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::BatchAuthorizeResponse response;
    return authorization->BatchAuthorize(&context, batch, &response).ok();
  };
  // Taken in turns, so that the machine's moods meet both.
  double authorize_rate = 0;
  double echo_rate = 0;
  for (int i = 0; i < 3; ++i) {
    echo_rate += CallsPerSecond(4, say) / 3;
    authorize_rate += CallsPerSecond(4, authorize) / 3;
  }
  const double batch_rate = CallsPerSecond(2, many) * 100;
  const double ratio = authorize_rate / echo_rate;
  return {
      {"empty echo over gRPC, Unix socket", "", echo_rate, "1/s", true},
      {"Authorize over gRPC, Unix socket", "", authorize_rate, "1/s", true},
      {"Authorize relative to the empty echo", ">= 0.5", ratio, "ratio",
       ratio >= 0.5},
      {"decisions in batches of 100 over gRPC", "", batch_rate, "1/s", true}};
}

double ResidentMegabytes() {
  std::ifstream in("/proc/self/statm");
  double size = 0;
  double resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

std::vector<Result> LoadManyRoles() {
  TempDir dir;
  for (int i = 0; i < 10'000; ++i) {
    dir.Write(absl::StrCat("team-", i % 100, "/role-", i, ".json"),
              TypicalRole(absl::StrCat("Role", i)));
  }
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  const double before = ResidentMegabytes();
  Registry registry(options);
  absl::Time begin = absl::Now();
  registry.Start();
  const double cold = absl::ToDoubleMilliseconds(absl::Now() - begin);
  const double memory = ResidentMegabytes() - before;
  dir.Write("team-0/role-0.json", TypicalRole("Renamed"));
  begin = absl::Now();
  const RegistryStatus status = registry.Reload();
  const double warm = absl::ToDoubleMilliseconds(absl::Now() - begin);
  const bool whole = status.loaded && status.counts.roles == 10'000;
  return {{"load 10,000 roles from as many files", "<= 5000", cold, "ms",
           whole && cold <= 5000},
          {"memory of 10,000 roles", "", memory, "MB", whole},
          {"reload after one of 10,000 files changed", "", warm, "ms", whole}};
}

}  // namespace
}  // namespace rolegate

int main(int argc, char** argv) {
  using namespace rolegate;  // NOLINT
  if (argc == 3 && std::string(argv[1]) == "--echo") return ServeEcho(argv[2]);
  std::vector<Result> results = LoadManyRoles();
  results.push_back(InProcess());
  for (Result& result : OverGrpc()) results.push_back(std::move(result));
  std::ofstream out(argc > 1 ? argv[1] : "/dev/stdout");
  out << "[\n";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Result& r = results[i];
    out << "  {\"name\": \"" << r.name << "\", \"target\": \"" << r.target
        << "\", \"value\": " << r.value << ", \"unit\": \"" << r.unit
        << "\", \"holds\": " << (r.holds ? "true" : "false") << "}"
        << (i + 1 < results.size() ? "," : "") << "\n";
  }
  out << "]\n";
  return 0;
}
