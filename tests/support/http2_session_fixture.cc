#include "tests/support/http2_session_fixture.h"

#include "absl/strings/str_cat.h"
#include "proto/health.pb.h"
#include "service/http2/message_reader.h"

namespace rolegate::service::http2 {

using grpc::health::v1::HealthCheckRequest;

std::string Message(const std::string& text) {
  HealthCheckRequest message;
  message.set_service(text);
  return Framed(message);
}

bool ManualLoop::Run() {
  const bool any = !tasks_.empty();
  while (!tasks_.empty()) {
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
  }
  return any;
}

// Sends back what it reads.
class Http2Session::Echo final : public StreamHandler {
 public:
  Echo(StreamTransport* transport, const HealthCheckRequest* only, bool silent,
       Counts* counts)
      : transport_(transport), only_(only), silent_(silent), counts_(counts) {}

  void Start() override {
    ++counts_->started;
    if (silent_) return;
    if (only_ != nullptr) {
      transport_->Write(*only_);
    } else {
      transport_->Read(&message_);
    }
  }
  void OnRead(bool ok) override {
    if (ok) {
      transport_->Write(message_);
    } else {
      transport_->Finish(RpcStatus());
    }
  }
  void OnWritten(bool ok) override {
    if (ok && only_ == nullptr) {
      transport_->Read(&message_);
    } else {
      transport_->Finish(RpcStatus());
    }
  }
  void OnCancel() override {
    ++counts_->cancelled;
    if (silent_) transport_->Finish(RpcStatus());
  }
  void OnDone() override { ++counts_->done; }

 private:
  StreamTransport* const transport_;
  const HealthCheckRequest* const only_;
  const bool silent_;
  Counts* const counts_;
  HealthCheckRequest message_;
};

class Http2Session::Counter final : public StreamHandler {
 public:
  explicit Counter(StreamTransport* transport) : transport_(transport) {}

  void Start() override { transport_->Read(&message_); }
  void OnRead(bool ok) override {
    if (ok) {
      ++messages_;
      transport_->Read(&message_);
    } else {
      message_.set_service(absl::StrCat(messages_));
      transport_->Write(message_);
    }
  }
  void OnWritten(bool) override { transport_->Finish(RpcStatus()); }
  void OnCancel() override {}
  void OnDone() override {}

 private:
  StreamTransport* const transport_;
  HealthCheckRequest message_;
  int messages_ = 0;
};

Http2Session::Http2Session() : router_(nullptr, nullptr) {
  for (const bool many : {true, false}) {
    router_.AddStream(many ? kMany : kOne, RouteOf(many, false));
  }
  router_.AddStream(kSilent, RouteOf(false, true));
  router_.AddStream(
      kCount,
      {&HealthCheckRequest::default_instance(), true, true,
       [](StreamTransport* transport, const google::protobuf::MessageLite*) {
         return std::make_shared<Counter>(transport);
       }});
  StreamRoute metadata = RouteOf(false, false);
  metadata.metadata = [](const IncomingCall& call) {
    return AnswerMetadata{
        {{"first", std::string(call.Metadata("question").first)}},
        {{"last-bin", std::string("\0\xff", 2)}}};
  };
  router_.AddStream(kMetadata, std::move(metadata));
}
Http2Session::~Http2Session() {
  session_.reset();
  loop_.Run();
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(pool_ == nullptr ? 0 : pool_->held(), 0u);
}

StreamRoute Http2Session::RouteOf(bool many, bool silent) {
  return {&HealthCheckRequest::default_instance(), many, true,
          [this, silent](StreamTransport* transport,
                         const google::protobuf::MessageLite* only) {
            return std::make_shared<Echo>(
                transport, static_cast<const HealthCheckRequest*>(only), silent,
                &counts_);
          }};
}

void Http2Session::Connect(std::uint32_t window) {
  pool_ = std::make_unique<BytePool>(limits_.max_receiving_bytes);
  auto peer = std::make_shared<Peer>();
  peer->key = "peer";
  peer->gateway = gateway_;
  session_ = std::make_unique<Session>(
      SessionShared{&router_, &limits_, pool_.get(), &calls_, &door_}, &loop_,
      peer, this);
  client_.emplace(window);
}

std::int32_t Http2Session::Open(const Asking& asking) {
  return client_->Open({asking.path, asking.body, asking.last, asking.method,
                        asking.type, asking.more});
}

bool Http2Session::Exchange() {
  for (bool moved = true; moved;) {
    moved = loop_.Run();
    auto carried = rolegate::testing::Carry(*client_, *session_,
                                            /*read=*/false);
    moved = moved || carried.moved;
    if (!carried.closed && (std::exchange(told_, false) || carried.moved)) {
      carried = rolegate::testing::Carry(*client_, *session_);
      moved = moved || carried.moved;
    }
    if (carried.closed) return false;
  }
  return !session_->done();
}

bool Http2Session::Receive(absl::string_view bytes) {
  told_ = true;
  return session_->Receive(bytes);
}

void Http2Session::SendToServer() {
  rolegate::testing::Carry(*client_, *session_, /*read=*/false);
}

Answer Http2Session::Ask(const Asking& asking) {
  const std::int32_t id = Open(asking);
  Exchange();
  return answer(id);
}

}  // namespace rolegate::service::http2
