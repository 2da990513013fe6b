// What the C++ client costs over the bare stub that it is made of, in turns.
//   client_overhead TARGET TOKEN [SECONDS]
// Prints one line of JSON: p50 and calls a second of both, with one call in
// flight and with 64.

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rolegate/session.h"
#include "rolegate/v1/authorization.grpc.pb.h"

namespace rolegate::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 7;
constexpr char kAction[] = "s3:GetObject";
constexpr char kResource[] = "arn:aws:s3:::example-bucket/a";

struct Figures {
  double p50_us;
  double calls_per_s;
};

// Calls `ask` from `threads` threads for `seconds`.
Figures Measure(int threads, double seconds, const std::function<bool()>& ask) {
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(threads));
  std::atomic<bool> failed = false;
  const Clock::time_point end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(seconds));
  std::vector<std::thread> running;
  for (std::vector<double>& own : latencies) {
    running.emplace_back([&ask, &failed, &own, end] {
      for (Clock::time_point begin = Clock::now(); begin < end;) {
        if (!ask()) failed = true;
        const Clock::time_point now = Clock::now();
        own.push_back(
            std::chrono::duration<double, std::micro>(now - begin).count());
        begin = now;
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  if (failed) {
    std::cerr << "a call failed\n";
    std::exit(1);
  }
  std::vector<double> all;
  for (const std::vector<double>& own : latencies) {
    all.insert(all.end(), own.begin(), own.end());
  }
  std::sort(all.begin(), all.end());
  return {all[all.size() / 2], static_cast<double>(all.size()) / seconds};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Main(const std::string& target, const std::string& token, double seconds) {
  const auto stub = v1::AuthorizationService::NewStub(
      grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  const auto bare = [&] {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(5));
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    v1::AuthorizeRequest request;
    request.set_action(kAction);
    request.set_resource(kResource);
    v1::AuthorizeResponse response;
    return stub->Authorize(&context, request, &response).ok();
  };
  const auto connected =
      Client::Connect({.server = target, .session_token = token});
  if (!connected.ok()) return 1;
  const Session session = Session::OfCaller(*connected);
  const auto client = [&] {
    return session.Authorize(kAction, kResource).ok();
  };
  std::vector<std::string> figures;
  for (const int in_flight : {1, 64}) {
    std::vector<double> p50[2];
    std::vector<double> rate[2];
    for (int round = 0; round < kRounds; ++round) {
      for (const bool ours : {round % 2 == 0, round % 2 != 0}) {
        const Figures found = ours ? Measure(in_flight, seconds, client)
                                   : Measure(in_flight, seconds, bare);
        p50[ours].push_back(found.p50_us);
        rate[ours].push_back(found.calls_per_s);
      }
    }
    figures.push_back(absl::StrCat(
        "\"", in_flight, "\": {\"stub_p50_us\": ", Median(p50[0]),
        ", \"client_p50_us\": ", Median(p50[1]), ", \"stub_calls_per_s\": ",
        Median(rate[0]), ", \"client_calls_per_s\": ", Median(rate[1]), "}"));
  }
  std::cout << "{\"client\": \"cpp\", " << absl::StrJoin(figures, ", ")
            << "}\n";
  return 0;
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  return rolegate::bench::Main(argv[1], argv[2],
                               argc > 3 ? std::atof(argv[3]) : 0.5);
}
