// A call of a method that takes one message and answers with one.

#ifndef ROLEGATE_SERVICE_HTTP2_UNARY_SERVER_CALL_H_
#define ROLEGATE_SERVICE_HTTP2_UNARY_SERVER_CALL_H_

#include <google/protobuf/arena.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>

#include "service/http2/server_call.h"
#include "service/rpc/method.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service::http2 {

// The messages of a call, and their memory, which a call of usual size needs no
// more of.
class CallMessages {
 protected:
  explicit CallMessages(const Method& method)
      : arena_(room_.data(), room_.size()),
        question_(method.request.New(&arena_)),
        reply_(method.response.New(&arena_)) {}

  std::size_t allocated_bytes() const {
    const std::size_t all = arena_.SpaceAllocated();
    return all <= kRoom ? 0 : all;
  }

 private:
  static constexpr std::size_t kRoom = 2048;
  alignas(std::max_align_t) std::array<char, kRoom> room_;
  google::protobuf::Arena arena_;

 protected:
  Method::Message* const question_;
  Method::Message* const reply_;
};

// Ends itself, once it has answered and its stream is over.
class UnaryServerCall final : private CallMessages,
                              public ServerCall,
                              public UnaryCall {
 public:
  UnaryServerCall(CallOrigin origin, Core* core, const ListenerConfig* listener,
                  const Method* method);

  std::size_t unpacked_bytes() const override;
  bool wants_message() const override { return true; }
  Fault OnMessage(absl::string_view bytes) override;
  Fault OnEnd() override;
  void OnWritten() override {}

 private:
  ~UnaryServerCall() override = default;

  void OnGone() override;
  void Send(const RpcStatus& status) override;
  std::function<void()> Ending() override { return MakeEnding(); }
  void OnSent();  // on the loop
  void End();

  bool has_message_ = false;
  std::size_t message_bytes_ = 0;
  bool started_ = false;
  bool sent_ = false;
  RpcStatus status_;
  std::string body_;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_UNARY_SERVER_CALL_H_
