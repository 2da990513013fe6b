// A call of a method that a StreamHandler answers.

#ifndef ROLEGATE_SERVICE_HTTP2_STREAM_SERVER_CALL_H_
#define ROLEGATE_SERVICE_HTTP2_STREAM_SERVER_CALL_H_

#include <google/protobuf/message_lite.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/http2/server_call.h"
#include "service/rpc/stream.h"

namespace rolegate::service::http2 {

// What an answer carries beside its messages and its status: names in lower
// case, and values, which are bytes if the name ends in `-bin`.
struct AnswerMetadata {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  Fields initial;  // only before a first message
  Fields trailing;
};

// A method that a StreamHandler answers.
struct StreamRoute {
  const google::protobuf::MessageLite* request;  // an empty one
  // Whether the caller sends many messages, which the handler reads.  If not,
  // the only one is there before the handler is made.
  bool reads_many;
  // Nothing else bounds how many callers keep open without asking anything.
  bool counts;
  // `only`: that message, which lives as long as the call; null for many.
  std::function<std::shared_ptr<StreamHandler>(
      StreamTransport* transport, const google::protobuf::MessageLite* only)>
      make;
  // What each answer carries; null: nothing.
  std::function<AnswerMetadata(const IncomingCall&)> metadata = nullptr;
};

// Whatever the handler asks for is done by the loop, later, so that a handler
// is never called from within what it calls.  Ends itself after OnDone.
class StreamServerCall final : public ServerCall, public StreamTransport {
 public:
  // `route` outlives the call.
  StreamServerCall(CallOrigin origin, const StreamRoute* route);

  // Starts the handler if the caller sends many messages, of which it reads
  // each; else it starts once the only one is there.
  void Begin() override;
  bool wants_message() const override;
  Fault OnMessage(absl::string_view bytes) override;
  Fault OnEnd() override;
  void OnWritten() override;

  const IncomingCall& incoming() const override { return *this; }
  void Read(google::protobuf::MessageLite* message) override;
  void Write(const google::protobuf::MessageLite& message) override;
  void Finish(const RpcStatus& status) override;
  std::function<void()> Ending() override { return MakeEnding(); }

 private:
  ~StreamServerCall() override = default;

  void OnGone() override;
  void StartHandler();
  void DoRead(google::protobuf::MessageLite* message);
  void DoWrite(std::string framed);
  void DoFinish(RpcStatus status);
  void End();

  const StreamRoute* const route_;
  std::unique_ptr<google::protobuf::MessageLite> only_;  // message
  bool has_only_ = false;
  std::shared_ptr<StreamHandler> handler_;            // null: not started
  google::protobuf::MessageLite* reading_ = nullptr;  // what is read into
  bool writing_ = false;
  bool finished_ = false;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_STREAM_SERVER_CALL_H_
