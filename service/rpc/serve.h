// How calls are answered: at once, on gRPC's thread, or by a worker.

#ifndef ROLEGATE_SERVICE_RPC_SERVE_H_
#define ROLEGATE_SERVICE_RPC_SERVE_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <optional>
#include <utility>

#include "engine/text/diagnostic.h"
#include "service/answer/call.h"
#include "service/answer/core.h"
#include "service/answer/unsent_answers.h"
#include "service/base/workers.h"

namespace rolegate::service {

grpc::Status StatusOf(const Refusal& refusal);

// What ends a call of gRPC from any thread, also once the call is over.
std::function<void()> EndingOf(grpc::CallbackServerContext* context);

// Answers one call and ends with it.
class CallReactor : public grpc::ServerUnaryReactor, public UnsentAnswer {
 public:
  // `response` tells how much memory the answer takes; null: little.
  CallReactor(Core* core, grpc::CallbackServerContext* context,
              const google::protobuf::MessageLite* response)
      : core_(core), context_(context), response_(response) {}

  // Sends the answer, which counts as unsent until the caller has it.
  // `faults` are details of a refusal.
  void Answer(const Refusal& refusal, const Diagnostics& faults = {});

  void OnDone() override;

  // gRPC otherwise has another thread run OnDone.  That wakes one for every
  // call, and when they lag, calls that are long over count as open.
  bool InternalInlineable() override { return true; }

 protected:
  Core& core() const { return *core_; }
  void Send(const grpc::Status& status);

 private:
  std::function<void()> Ending() override { return EndingOf(context_); }

  Core* const core_;
  grpc::CallbackServerContext* const context_;
  const google::protobuf::MessageLite* const response_;
};

// Answers a call that was not let in.
grpc::ServerUnaryReactor* Refuse(const ApiError& error);
ApiError Stopping();
ApiError NoPlace();

// What came of the work for a call.
struct Outcome {
  // NOLINTNEXTLINE: a handler returns refusals, none included.
  Outcome(Refusal error) : refusal(std::move(error)) {}
  // NOLINTNEXTLINE: the same for a refusal.
  Outcome(ApiError error) : refusal(std::move(error)) {}
  static Outcome GoOnIn(Lane lane) {
    Outcome outcome{Refusal()};
    outcome.next = lane;
    return outcome;
  }

  Refusal refusal;
  Diagnostics faults;        // the refusal's details
  std::optional<Lane> next;  // the handler is to be called again, there
};
using LaterHandler = std::function<Outcome(Call&)>;

// What has to be known of a call that a worker answers.
struct LaterCallInfo {
  const google::protobuf::MessageLite* request = nullptr;
  const google::protobuf::MessageLite* response = nullptr;
  Lane lane = Lane::kCompute;
  bool small_answer = false;  // it need not be measured
  // Who is calling is known only by the work itself.
  bool anonymous = false;
  // Of the request: a gateway's calls are counted by them.
  absl::string_view session_token;
  absl::string_view principal;
};

// How many places a request takes: one for each 64 KiB begun.
int WeightOf(const google::protobuf::MessageLite& request);

// Finds out who is calling, and has a worker run `handle` and answer, in turns
// with what others ask for.  Throttling if there is no place.  A call that was
// cancelled, or whose deadline has passed, is not begun.
grpc::ServerUnaryReactor* ServeLater(Core* core, const ListenerConfig* listener,
                                     grpc::CallbackServerContext* context,
                                     const LaterCallInfo& info,
                                     LaterHandler handle);

// The same for a call that was let in already.
grpc::ServerUnaryReactor* HandOver(Call call,
                                   grpc::CallbackServerContext* context,
                                   const LaterCallInfo& info,
                                   LaterHandler handle);

// Runs `handle(Call&) -> Refusal` here and answers.  Meanwhile this thread
// answers nobody else: a handler that may take more than microseconds minds
// Call::hurries, and a worker runs it again, from the beginning, if it says
// that it takes long.  `info` is for that, and for the memory of the answer.
template <typename Handler>
grpc::ServerUnaryReactor* Serve(Core* core, const ListenerConfig* listener,
                                grpc::CallbackServerContext* context,
                                Handler handle,
                                const LaterCallInfo& info = {}) {
  if (!core->calls.Enter()) return Refuse(Stopping());
  Call call(core, listener, context);
  call.Hurry();
  const Refusal refusal = handle(call);
  const bool answered = !call.takes_long();
  call.EndHurry();
  if (!answered) return HandOver(std::move(call), context, info, handle);
  auto* const reactor = new CallReactor(
      core, context, info.small_answer ? nullptr : info.response);
  reactor->Answer(refusal);
  return reactor;
}

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_SERVE_H_
