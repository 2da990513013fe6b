#include "bench/load_slot.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/async_stream.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/registry_generator.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"

namespace rolegate::bench {
namespace {

using Authorization = v1::AuthorizationService::Stub;
using Tokens = v1::SecurityTokenService::Stub;

constexpr int kChannels = 4;
constexpr int kChecksOfBatch = 100;

// What a session asks, and the metadata that says that it does.
struct Asked {
  std::string authorization;  // empty: the caller is the connection's
  v1::AuthorizeRequest authorize;
  v1::BatchAuthorizeRequest batch;
  v1::AuthorizeStreamRequest stream;
  v1::AssumeRoleRequest assume_role;
};

void AddSession(const Asked& asked, grpc::ClientContext* context) {
  if (asked.authorization.empty()) return;
  context->AddMetadata("authorization", asked.authorization);
}

template <typename Stub, typename Request, typename Response>
class UnarySlot final : public Slot {
 public:
  using Prepare = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (
      Stub::*)(grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

  UnarySlot(std::unique_ptr<Stub> stub, Prepare prepare,
            std::shared_ptr<const Asked> asked, const Request* request)
      : stub_(std::move(stub)),
        prepare_(prepare),
        asked_(std::move(asked)),
        request_(request) {}

  void Start(grpc::CompletionQueue* queue) override {
    context_.emplace();
    AddSession(*asked_, &*context_);
    reader_ = ((*stub_).*prepare_)(&*context_, *request_, queue);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, this);
  }
  bool Finishes(bool) override { return true; }
  bool ok() const override { return status_.ok(); }
  std::string Error() const override { return status_.error_message(); }
  std::string Answer() const override { return response_.SerializeAsString(); }

 private:
  const std::unique_ptr<Stub> stub_;
  const Prepare prepare_;
  const std::shared_ptr<const Asked> asked_;
  const Request* const request_;  // of `asked_`
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  Response response_;
  grpc::Status status_;
};

// Asks over one stream that stays open: a call is a message each way.
class StreamSlot final : public Slot {
 public:
  StreamSlot(std::unique_ptr<Authorization> stub,
             std::shared_ptr<const Asked> asked)
      : stub_(std::move(stub)), asked_(std::move(asked)) {
    AddSession(*asked_, &context_);
  }
  ~StreamSlot() override { context_.TryCancel(); }

  void Start(grpc::CompletionQueue* queue) override {
    if (stream_ != nullptr) {
      Ask();
      return;
    }
    stream_ = stub_->PrepareAsyncAuthorizeStream(&context_, queue);
    stream_->StartCall(this);
  }
  bool Finishes(bool event_ok) override {
    ok_ = ok_ && event_ok;
    if (events_ > 0) return --events_ == 0;
    Ask();  // for the stream is open now
    return false;
  }
  bool ok() const override { return ok_ && !response_.has_error(); }
  std::string Error() const override {
    return ok_ ? response_.error().message() : "the stream broke";
  }
  std::string Answer() const override { return response_.SerializeAsString(); }

 private:
  void Ask() {
    events_ = 2;
    stream_->Write(asked_->stream, this);
    stream_->Read(&response_, this);
  }

  const std::unique_ptr<Authorization> stub_;
  const std::shared_ptr<const Asked> asked_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::AuthorizeStreamRequest,
                                                v1::AuthorizeStreamResponse>>
      stream_;
  v1::AuthorizeStreamResponse response_;
  int events_ = 0;  // that are missing until the answer is there
  bool ok_ = true;
};

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;  // else all share one connection
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

std::string SessionOf(Tokens* tokens, const v1::AssumeRoleRequest& request) {
  grpc::ClientContext context;
  v1::AssumeRoleResponse response;
  const grpc::Status status = tokens->AssumeRole(&context, request, &response);
  if (!status.ok()) {
    std::cerr << "AssumeRole: " << status.error_message() << "\n";
    std::exit(1);
  }
  return "Bearer " + response.credentials().session_token();
}

Asked AskAbout(const std::string& role, const std::string& method) {
  Asked asked;
  asked.assume_role.set_role_arn(RoleArn(role));
  asked.assume_role.set_role_session_name("bench");

  asked.authorize.set_action(method == "denied" ? "s3:DeleteObject"
                                                : "s3:GetObject");
  asked.authorize.set_resource(TypicalResource(role));
  (*asked.authorize.mutable_context())["aws:SourceIp"].add_values("10.1.2.3");
  asked.authorize.set_explain(method == "explain");

  const bool own_contexts = absl::EndsWith(method, "-contexts");
  if (!own_contexts) *asked.batch.mutable_context() = asked.authorize.context();
  for (int i = 0; i < kChecksOfBatch; ++i) {
    auto* const check = asked.batch.add_checks();
    check->set_action(asked.authorize.action());
    check->set_resource(absl::StrCat(asked.authorize.resource(), ".", i));
    if (own_contexts) *check->mutable_context() = asked.authorize.context();
  }
  *asked.stream.mutable_batch() = asked.batch;
  return asked;
}

std::unique_ptr<Slot> MakeSlot(const std::shared_ptr<grpc::Channel>& channel,
                               const std::string& method,
                               std::shared_ptr<const Asked> asked) {
  if (method == "batch" || method == "batch-contexts") {
    const auto* const request = &asked->batch;
    return std::make_unique<UnarySlot<Authorization, v1::BatchAuthorizeRequest,
                                      v1::BatchAuthorizeResponse>>(
        v1::AuthorizationService::NewStub(channel),
        &Authorization::PrepareAsyncBatchAuthorize, std::move(asked), request);
  }
  if (method == "stream" || method == "stream-contexts") {
    return std::make_unique<StreamSlot>(
        v1::AuthorizationService::NewStub(channel), std::move(asked));
  }
  if (method == "assume-role") {
    const auto* const request = &asked->assume_role;
    return std::make_unique<
        UnarySlot<Tokens, v1::AssumeRoleRequest, v1::AssumeRoleResponse>>(
        v1::SecurityTokenService::NewStub(channel),
        &Tokens::PrepareAsyncAssumeRole, std::move(asked), request);
  }
  if (method == "authorize" || method == "denied" || method == "explain") {
    const auto* const request = &asked->authorize;
    return std::make_unique<
        UnarySlot<Authorization, v1::AuthorizeRequest, v1::AuthorizeResponse>>(
        v1::AuthorizationService::NewStub(channel),
        &Authorization::PrepareAsyncAuthorize, std::move(asked), request);
  }
  std::cerr << "unknown method `" << method << "`, expected " << kMethods
            << "\n";
  std::exit(2);
}

}  // namespace

std::vector<std::unique_ptr<Slot>> MakeSlots(const LoadOptions& options) {
  std::vector<std::shared_ptr<const Asked>> asked;
  std::unique_ptr<Tokens> tokens;
  if (!options.sessions_from.empty()) {
    tokens = v1::SecurityTokenService::NewStub(Connect(options.sessions_from));
  }
  for (int i = 0; i < options.sessions; ++i) {
    Asked one = AskAbout(absl::StrCat(options.role, i * options.stride),
                         options.method);
    if (tokens != nullptr) {
      one.authorization = SessionOf(tokens.get(), one.assume_role);
    }
    asked.push_back(std::make_shared<const Asked>(std::move(one)));
  }
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(Connect(options.address));
  }
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::size_t i = 0; i < static_cast<std::size_t>(options.in_flight);
       ++i) {
    slots.push_back(MakeSlot(channels[i % channels.size()], options.method,
                             asked[i % asked.size()]));
  }
  return slots;
}

}  // namespace rolegate::bench
