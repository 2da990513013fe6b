// One call of a unary method, from its request to its answer, on any transport.

#ifndef ROLEGATE_SERVICE_RPC_UNARY_CALL_H_
#define ROLEGATE_SERVICE_RPC_UNARY_CALL_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <optional>

#include "service/answer/call.h"
#include "service/answer/core.h"
#include "service/answer/unsent_answers.h"
#include "service/base/workers.h"
#include "service/rpc/method.h"
#include "service/rpc/status.h"

namespace rolegate::service {

ApiError Stopping();
// The same for calls that stay open until the server stops.
ApiError StoppingStream();
ApiError NoPlace();

// How many places a request takes: one for each 64 KiB begun.
int WeightOf(const google::protobuf::MessageLite& request);

// A transport derives its own call from this one.  It calls Start once the
// request is there, GiveUp if the caller goes away, and Leave when its work for
// the call is over; it may end the call after Leave.
//
// A method that is answered at once runs within Start: meanwhile that thread
// answers nobody else, and so the handler is in a hurry (hurry.h).  If that is
// too short, or the method's row says so, a worker runs it, in turns with what
// others ask for.
class UnaryCall : public UnsentAnswer, private Task {
 public:
  // Everything outlives the call.
  UnaryCall(Core* core, const ListenerConfig* listener,
            const IncomingCall* incoming, const Method* method,
            const Method::Message* request, Method::Message* response);

  // The request has begun to come.  A stopping server waits for the rest of it,
  // as it waits for answers.  A transport need not know of that.
  void Expect();
  // Answers, now or later.
  void Start();
  // Nobody waits for the answer.  A call that waits for a worker ends; one that
  // a worker runs notices (Call::RequireWaiting).
  void GiveUp();
  // The answer is sent, or will never be.
  void Leave();

 protected:
  ~UnaryCall() = default;

 private:
  // Sends the response if the status is OK.  Comes once, from any thread.
  virtual void Send(const RpcStatus& status) = 0;

  std::optional<Lane> Work() override;
  void AfterWork() override { Answer(); }
  void Dropped() override { RefuseForWantOfPlaces(); }

  Outcome Run();
  void HandOver(Lane lane);
  void Refuse(const ApiError& error);
  void RefuseForWantOfPlaces();
  void Answer();
  void SendCounted(const RpcStatus& status, std::optional<ErrorCode> error);

  Core* const core_;
  const Method* const method_;
  const Method::Message* const request_;
  Method::Message* const response_;
  Call call_;
  Admission admission_;
  Outcome outcome_ = Outcome::Answered();
  Lane lane_ = Lane::kCompute;
  bool entered_ = false;  // counted as open
  bool demands_met_ = false;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_UNARY_CALL_H_
