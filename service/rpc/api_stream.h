// What the streams of the API have in common: a caller who is known, a place
// among the open streams, and answers that count until the caller takes them.

#ifndef ROLEGATE_SERVICE_RPC_API_STREAM_H_
#define ROLEGATE_SERVICE_RPC_API_STREAM_H_

#include <google/protobuf/message_lite.h>

#include <functional>
#include <memory>

#include "service/answer/core.h"
#include "service/answer/open_streams.h"
#include "service/answer/unsent_answers.h"
#include "service/rpc/stream.h"

namespace rolegate::service {

class ApiStream : public StreamHandler,
                  public OpenStream,
                  public UnsentAnswer,
                  public std::enable_shared_from_this<ApiStream> {
 public:
  // Everything outlives the stream, and `transport` lives until OnDone.
  ApiStream(Core* core, const ListenerConfig* listener,
            StreamTransport* transport)
      : core_(core), listener_(listener), transport_(transport) {}

  // Refuses a caller who cannot be known, and a stream too many.
  void Start() final;
  void OnWritten(bool ok) final;
  void OnDone() final;

 protected:
  // The stream may read or write: it has begun, or what it wrote is sent.
  virtual void GoOn() = 0;
  // Ends the stream, if nothing has ended it yet.
  virtual void FinishWith(const RpcStatus& status) = 0;

  // Sends a message, which must not change until GoOn.
  void Send(const google::protobuf::MessageLite& message);

  Core& core() const { return *core_; }
  const ListenerConfig* listener() const { return listener_; }
  StreamTransport& transport() const { return *transport_; }

 private:
  std::function<void()> Ending() final { return transport_->Ending(); }

  Core* const core_;
  const ListenerConfig* const listener_;
  StreamTransport* const transport_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_API_STREAM_H_
