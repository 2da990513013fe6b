// One stream of HTTP/2, which carries one call of gRPC.
//
//              headers              message, end            answer
//   (new) -------------> waiting -----------------> open -----------> finished
//     |                     |                        |                    |
//     | refused             | refused, too late      | deadline           |
//     +---------------------+------------------------+--> finished        |
//                                                            |            |
//                                                            +--> over <--+
//
// For its session's loop.

#ifndef ROLEGATE_SERVICE_HTTP2_STREAM_H_
#define ROLEGATE_SERVICE_HTTP2_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "service/base/monotonic.h"
#include "service/http2/byte_pool.h"
#include "service/http2/message_reader.h"
#include "service/http2/request_head.h"
#include "service/http2/router.h"
#include "service/http2/server_call.h"
#include "service/http2/session_state.h"
#include "service/http2/timer_wheel.h"
#include "service/rpc/status.h"

namespace rolegate::service::http2 {

class Stream final : public CallStream,
                     private Timer,
                     private ByteGrant,
                     private Turn {
 public:
  Stream(SessionState* session, std::int32_t id);
  ~Stream();  // its call learns of it

  std::int32_t id() const { return id_; }

  // What the session hears.

  void AddHeader(absl::string_view name, absl::string_view value) {
    head_.Add(name, value);
  }
  void Begin();                           // the headers are complete
  void Receive(absl::string_view bytes);  // of messages
  void End();                             // the peer sends no more
  // All that had come was looked at: counts what the stream holds while more
  // has to come, and how long that may take.
  void Settle();
  // Hands over what is to be sent; as nghttp2 asks.
  std::ptrdiff_t ReadBody(char* out, std::size_t room, std::uint32_t* flags);

  void Write(std::string framed) override;
  void Finish(RpcStatus status) override;
  void Want() override;

  // Ends the stream at once, and what waits to be sent is lost.
  void Abort();
  // Its memory went to somebody else.
  void GiveBack();

 private:
  void OnTime() override;
  void OnTakenBack() override;
  void OnTurn() override;

  void Refuse(RpcStatus status);  // as a fault of the caller
  void RefuseAsHttp(absl::string_view http_status);
  void CountRefusal(StreamRefusal reason) const;
  RpcStatus FaultOfHead() const;  // OK if there is none
  void Deliver();
  // Whether the next message has to wait for a turn.
  bool MustWait(const MessageReader::Frame& frame);
  ServerCall::Fault DeliverFrame(const MessageReader::Frame& frame);
  // Lets the peer send as much again as it sent.
  void Consume(std::size_t bytes);
  bool waits() const;  // for the caller
  // For whom it holds memory, and waits for turns.
  std::string Holder() const;
  // What it holds of the memory that all requests share.
  std::size_t HeldBytes() const;
  void ArmTimer();
  void SendHead();
  void Detach();

  SessionState* const session_;
  const std::int32_t id_;
  RequestHead head_;  // until the call is made
  const Router::Route* route_ = nullptr;
  Encoding encoding_ = Encoding::kIdentity;
  ServerCall* call_ = nullptr;
  MessageReader reader_;
  std::size_t head_bytes_ = 0;
  std::string token_;           // of a gateway's call
  std::size_t unconsumed_ = 0;  // received, and not to be followed by more yet
  bool ended_ = false;          // by the peer
  bool has_turn_ = false;
  std::optional<MonotonicTime> deadline_;
  std::optional<MonotonicTime> message_due_;
  MonotonicTime armed_;  // while the timer is set

  std::string out_;  // a message that is being sent
  std::size_t out_at_ = 0;
  std::unique_ptr<const AnswerMetadata> metadata_;  // null: none
  bool head_sent_ = false;
  bool deferred_ = false;  // nghttp2 waits to be told of more
  bool finished_ = false;
  bool aborted_ = false;
  RpcStatus status_;  // once it is finished
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_STREAM_H_
