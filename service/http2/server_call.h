// One call as the rest of the service sees it, and as its stream does.
//
// A stream lives on its connection's loop, and may be over at any moment.  Its
// call lives until nobody works for it any more, on any thread.  So the call
// keeps whatever a handler may ask, and the two know each other only on the
// loop.

#ifndef ROLEGATE_SERVICE_HTTP2_SERVER_CALL_H_
#define ROLEGATE_SERVICE_HTTP2_SERVER_CALL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/http2/executor.h"
#include "service/http2/peer.h"
#include "service/http2/request_head.h"
#include "service/identity/incoming_call.h"
#include "service/rpc/status.h"

namespace rolegate::service::http2 {

// What a call asks of its stream, on the loop.
class CallStream {
 public:
  // Sends a message as gRPC frames it.  OnWritten follows.
  virtual void Write(std::string framed) = 0;
  // Ends the stream after that; the stream may be over when it returns.
  virtual void Finish(RpcStatus status) = 0;
  // The call can take a message, or the end.
  virtual void Want() = 0;

 protected:
  ~CallStream() = default;
};

// What ends streams that may be over already, on the loop.
class StreamEnder {
 public:
  virtual void Abort(std::int32_t stream) = 0;
  // The same of one whose memory went to somebody else.
  virtual void TakeBack(std::int32_t stream) = 0;

 protected:
  ~StreamEnder() = default;
};

// How to reach a session that may be over.
struct SessionRef {
  Executor* const loop;
  StreamEnder* session;  // null once it is over; the loop's own
};

// What a call begins with.
struct CallOrigin {
  CallStream* stream;
  std::int32_t stream_id;
  std::shared_ptr<SessionRef> session;
  std::shared_ptr<const Peer> peer;
  RequestHead head;
  absl::Time deadline;
  std::atomic<int>* open_calls;  // counted while there is one
};

class ServerCall : public IncomingCall {
 public:
  explicit ServerCall(CallOrigin origin);
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  MetadataValues Metadata(absl::string_view key) const override {
    return origin_.head.Metadata(key);
  }
  CertificateTexts certificates() const override {
    return {origin_.peer->leaf, origin_.peer->chain};
  }
  std::string peer() const override { return origin_.peer->name; }
  bool cancelled() const override {
    return cancelled_.load(std::memory_order_acquire);
  }
  absl::Time deadline() const override { return origin_.deadline; }

  // What follows is for the stream, on the loop.

  // Comes first, once the stream knows the call.
  virtual void Begin() {}
  // Memory that the request takes since it was unpacked, if that is more than
  // every call has.
  virtual std::size_t unpacked_bytes() const { return 0; }
  // Whether a message may be handed over, or the end.
  virtual bool wants_message() const = 0;
  // One message, or the end of the caller's messages.  What it returns ends the
  // call, for the caller made a fault.
  using Fault = std::optional<RpcStatus>;
  virtual Fault OnMessage(absl::string_view bytes) = 0;
  virtual Fault OnEnd() = 0;
  // What CallStream::Write was given is on its way.
  virtual void OnWritten() = 0;
  // The stream is over.  The last that comes from it.
  void Detach();

 protected:
  ~ServerCall() override;

  Executor& loop() const { return *origin_.session->loop; }
  CallStream* stream() const { return stream_; }  // null once it is over
  // Ends the stream from any thread, if it is still there by then.
  std::function<void()> MakeEnding() const;

 private:
  virtual void OnGone() = 0;  // may end the call

  const CallOrigin origin_;
  CallStream* stream_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_SERVER_CALL_H_
