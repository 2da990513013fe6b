#include "tests/fuzz/http2_methods.h"

#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "service/rpc/unary_call.h"

namespace rolegate::fuzz {
namespace {

using google::protobuf::MessageLite;
using google::protobuf::StringValue;
using service::Admission;
using service::Lane;
using service::Method;
using service::Outcome;
using service::RpcStatus;
using service::StreamTransport;

constexpr int kAnswersOfOne = 3;

Http2Methods* current_methods = nullptr;

// Bytes of every kind in the trailers.
RpcStatus NotAllowed() {
  return {absl::StatusCode::kPermissionDenied, "100 % \n\x01 caf\xC3\xA9",
          std::string("\0\xff details", 10), true};
}

template <bool kAtOnce>
Admission Admit(const MessageLite&) {
  Admission admission;
  if (kAtOnce) admission.lane.reset();
  return admission;
}

Outcome Echo(service::Call&, const MessageLite& request,
             MessageLite* response) {
  response->CheckTypeAndMergeFrom(request);
  return Outcome::Answered();
}

const std::array<Method, 2>& UnaryMethods() {
  static const std::array<Method, 2> methods = {
      Method{kPaths[0],
             {},
             &Admit<true>,
             &Echo,
             StringValue::default_instance(),
             StringValue::default_instance()},
      Method{kPaths[1],
             {},
             &Admit<false>,
             &Echo,
             StringValue::default_instance(),
             StringValue::default_instance()}};
  return methods;
}

}  // namespace

// Does what its path says.
class StreamOfFuzzer final : public service::StreamHandler {
 public:
  StreamOfFuzzer(Http2Methods* methods, StreamTransport* transport,
                 const MessageLite* only, absl::string_view path)
      : methods_(methods),
        transport_(transport),
        path_(path),
        waits_(path == "/f/Wait" || path == "/f/Listen") {
    methods_->Enter();
    methods_->endings_.push_back(transport->Ending());
    methods_->streams_.push_back(this);
    if (only != nullptr) message_.CheckTypeAndMergeFrom(*only);
  }
  ~StreamOfFuzzer() override {
    if (!done_) std::abort();
    auto& all = methods_->streams_;
    all.erase(std::find(all.begin(), all.end(), this));
    methods_->Leave();
  }

  void Start() override {
    if (path_ == "/f/Refuse") {
      Finish(NotAllowed());
    } else if (path_ == "/f/Many") {
      Read();
    } else if (path_ == "/f/One") {
      Write();
    }
  }
  void OnRead(bool ok) override {
    if (!std::exchange(reading_, false)) std::abort();
    if (waits_) return;
    if (ok) {
      Write();
    } else {
      Finish(RpcStatus());
    }
  }
  void OnWritten(bool ok) override {
    if (!std::exchange(writing_, false)) std::abort();
    if (waits_) return;
    if (!ok) {
      Finish(RpcStatus());
    } else if (path_ == "/f/Many") {
      Read();
    } else if (++written_ < kAnswersOfOne) {
      Write();
    } else {
      Finish(RpcStatus());
    }
  }
  void OnCancel() override {
    if (std::exchange(cancelled_, true)) std::abort();
    if (waits_ || path_ == "/f/Refuse") Finish(RpcStatus());
  }
  void OnDone() override {
    if (!finished_ || std::exchange(done_, true)) std::abort();
  }

  void Act(std::size_t what) {
    if (!waits_) return;
    switch (what % 4) {
      case 0:
        Write();
        return;
      case 1:
        Read();
        return;
      case 2:
        Finish(RpcStatus());
        return;
      default:
        Finish(NotAllowed());
    }
  }

 private:
  void Read() {
    if (finished_ || std::exchange(reading_, true)) return;
    transport_->Read(&message_);
  }
  void Write() {
    if (finished_ || std::exchange(writing_, true)) return;
    transport_->Write(message_);
  }
  void Finish(const RpcStatus& status) {
    if (std::exchange(finished_, true)) return;
    transport_->Finish(status);
  }

  Http2Methods* const methods_;
  StreamTransport* const transport_;
  const std::string path_;
  const bool waits_;
  StringValue message_;
  int written_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  bool finished_ = false;
  bool cancelled_ = false;
  bool done_ = false;
};

Http2Methods::Http2Methods() { current_methods = this; }

Http2Methods::~Http2Methods() { current_methods = nullptr; }

Http2Methods& Http2Methods::current() { return *current_methods; }

void Http2Methods::AddTo(service::http2::Router* router) {
  for (const Method& method : UnaryMethods()) router->AddUnary(&method);
  for (std::size_t i = UnaryMethods().size(); i + 1 < kPaths.size(); ++i) {
    const absl::string_view path = kPaths[i];
    const bool many = path == "/f/Many" || path == "/f/Listen";
    router->AddStream(
        std::string(path),
        {&StringValue::default_instance(), many, /*counts=*/!many,
         [this, path](StreamTransport* transport, const MessageLite* only) {
           return std::make_shared<StreamOfFuzzer>(this, transport, only, path);
         }});
  }
}

void Http2Methods::BeginWork(std::size_t which) {
  if (waiting_.empty()) return;
  const auto task =
      waiting_.begin() + static_cast<std::ptrdiff_t>(which % waiting_.size());
  running_.push_back(*task);
  waiting_.erase(task);
  if (running_.back()->Work().has_value()) std::abort();
}

void Http2Methods::EndWork(std::size_t which) {
  if (running_.empty()) return;
  const auto task =
      running_.begin() + static_cast<std::ptrdiff_t>(which % running_.size());
  service::Task* const ended = *task;
  running_.erase(task);
  ended->AfterWork();
}

void Http2Methods::Drop(std::size_t which) {
  if (waiting_.empty()) return;
  const auto task =
      waiting_.begin() + static_cast<std::ptrdiff_t>(which % waiting_.size());
  service::Task* const dropped = *task;
  waiting_.erase(task);
  dropped->Dropped();
}

void Http2Methods::Act(std::size_t which, std::size_t what) {
  if (what % 8 == 7 && !endings_.empty()) {
    endings_[which % endings_.size()]();
  } else if (!streams_.empty()) {
    streams_[which % streams_.size()]->Act(what);
  }
}

void Http2Methods::EndAll() {
  // A worker notices by itself that nobody waits any more.
  while (!waiting_.empty()) Drop(0);
  while (!running_.empty()) EndWork(0);
  for (const auto& end : endings_) end();
}

void Http2Methods::Submit(service::Task* task) {
  current().waiting_.push_back(task);
}

bool Http2Methods::Withdraw(service::Task* task) {
  auto& waiting = current().waiting_;
  const auto found = std::find(waiting.begin(), waiting.end(), task);
  if (found == waiting.end()) return false;
  waiting.erase(found);
  return true;
}

}  // namespace rolegate::fuzz

// Stands for service/rpc/unary_call.cc, whose calls ask a whole server.
namespace rolegate::service {

using fuzz::Http2Methods;

Call::Call(Core* core, const ListenerConfig* listener,
           const IncomingCall* incoming)
    : core_(core), listener_(listener), incoming_(incoming) {}

UnaryCall::UnaryCall(Core* core, const ListenerConfig* listener,
                     const IncomingCall* incoming, const Method* method,
                     const Method::Message* request, Method::Message* response)
    : core_(core),
      method_(method),
      request_(request),
      response_(response),
      call_(core, listener, incoming) {}

void UnaryCall::Expect() {
  Http2Methods::current().Enter();
  entered_ = true;
}

void UnaryCall::Start() {
  if (method_->admit(*request_).lane.has_value()) {
    Http2Methods::Submit(this);
  } else {
    outcome_ = method_->handle(call_, *request_, response_);
    AfterWork();
  }
}

void UnaryCall::GiveUp() {
  if (Http2Methods::Withdraw(this)) Dropped();
}

void UnaryCall::Leave() {
  if (entered_) Http2Methods::current().Leave();
}

std::optional<Lane> UnaryCall::Work() {
  outcome_ = method_->handle(call_, *request_, response_);
  return std::nullopt;
}

void UnaryCall::Answer() { Send(RpcStatus()); }

void UnaryCall::RefuseForWantOfPlaces() { Refuse(NoPlace()); }
void UnaryCall::Refuse(const ApiError& error) {
  Send({absl::StatusCode::kResourceExhausted, error.message, "", false});
}

ApiError NoPlace() { return {ErrorCode::kThrottling, "no place", {}}; }

}  // namespace rolegate::service
