// How long an edit of one file takes until decisions follow it.
//   bench_change ADDRESS TOKEN FILE ROLE TIMES
// Rewrites the role's file TIMES times, so that it now may and now may not
// read, asks every millisecond until the answer turns, and prints the
// milliseconds of each.

#include <grpcpp/create_channel.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "bench/registry_generator.h"
#include "rolegate/v1/authorization.grpc.pb.h"

namespace rolegate::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience(60);
constexpr std::chrono::milliseconds kBetweenQuestions(1);

constexpr char kNothing[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*",)"
    R"("Resource":"*"}]})";

class Asker {
 public:
  Asker(const std::string& address, std::string token, const std::string& role)
      : stub_(v1::AuthorizationService::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))),
        token_(std::move(token)) {
    request_.set_action("s3:GetObject");
    request_.set_resource(TypicalResource(role));
    (*request_.mutable_context())["aws:SourceIp"].add_values("10.1.2.3");
  }

  bool Allowed() const {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token_);
    v1::AuthorizeResponse response;
    const grpc::Status status = stub_->Authorize(&context, request_, &response);
    if (!status.ok()) {
      std::cerr << "Authorize: " << status.error_message() << "\n";
      std::exit(1);
    }
    return response.decision() == v1::DECISION_ALLOW;
  }

 private:
  const std::unique_ptr<v1::AuthorizationService::Stub> stub_;
  const std::string token_;
  v1::AuthorizeRequest request_;
};

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  namespace bench = rolegate::bench;
  if (argc != 6) return 2;
  const std::string file = argv[3];
  const std::string role = argv[4];
  const bench::Asker asker(argv[1], argv[2], role);
  bool may = asker.Allowed();
  for (int i = std::atoi(argv[5]); i > 0; --i) {
    may = !may;
    // Beside the file, then over it, as editors and git do.
    std::ofstream(file + ".new")
        << (may ? bench::TypicalRole(role)
                : bench::RoleWith(role, {bench::kNothing}));
    const auto begin = bench::Clock::now();
    std::filesystem::rename(file + ".new", file);
    while (asker.Allowed() != may) {
      if (bench::Clock::now() - begin > bench::kPatience) return 1;
      std::this_thread::sleep_for(bench::kBetweenQuestions);
    }
    const std::chrono::duration<double, std::milli> took =
        bench::Clock::now() - begin;
    std::cout << took.count() << "\n";
  }
  return 0;
}
