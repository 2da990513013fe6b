// The shape of every unary method: who may call it, where it is answered, and
// the function that answers it.
//
// A handler is a function over a Call and two messages, free of any transport:
//
//   Outcome GetRole(Call& call, const v1::GetRoleRequest& request,
//                   v1::GetRoleResponse* response);
//
// Its row in methods.cc says the rest.  UnaryCall (unary_call.h) runs a row:
// it identifies the caller, limits it, checks what the row demands, calls the
// handler, here or on a worker, and sends the answer.

#ifndef ROLEGATE_SERVICE_RPC_METHOD_H_
#define ROLEGATE_SERVICE_RPC_METHOD_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/string_view.h"
#include "engine/sts/result.h"
#include "engine/text/diagnostic.h"
#include "service/answer/call.h"
#include "service/base/workers.h"

namespace rolegate::service {

// What came of a handler's work.
struct [[nodiscard]] Outcome {
  // NOLINTNEXTLINE(google-explicit-constructor): handlers return refusals.
  Outcome(Refusal error) : refusal(std::move(error)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): and errors.
  Outcome(ApiError error) : refusal(std::move(error)) {}

  // The response is filled.
  static Outcome Answered() { return Outcome(Refusal()); }
  // Nothing is answered yet: the handler is to be called again, from its
  // beginning, on a thread of that lane.
  static Outcome GoOnIn(Lane lane) {
    Outcome outcome = Answered();
    outcome.next = lane;
    return outcome;
  }

  bool answered() const { return !next.has_value() && !refusal.has_value(); }

  Refusal refusal;
  Diagnostics faults;  // details of the refusal
  std::optional<Lane> next;
};

// What is demanded of a caller before the handler sees the request, in this
// order.
struct Demands {
  enum class Identity : std::uint8_t {
    kCaller,               // somebody whom the listener knows
    kEvenWithoutRegistry,  // the same, or a session that nobody can check now
    kNone,                 // whoever the request itself proves
  };

  Identity identity = Identity::kCaller;
  bool limits_sessions = false;  // the rate at which sessions are asked for
  // The action on the whole registry that the caller must be allowed to
  // administer by; empty for none.
  absl::string_view administers = {};
  bool registry = false;  // one must be loaded
};

// The first demand that the caller does not meet.  Writes the audit record of
// what it administers.
[[nodiscard]] Refusal MeetDemands(const Demands& demands, Call& call);

// How one request is let in.
struct Admission {
  // The lane of the workers that answers; none for a request that is answered
  // at once, on the transport's own thread, where the handler minds
  // Call::hurries.
  std::optional<Lane> lane = Lane::kCompute;
  // The answer is so small that its bytes need not be counted.
  bool small_answer = false;
  // Whom the request asks about.  A trusted gateway's calls are counted by them
  // (Call::HolderOf).
  absl::string_view session_token = {};
  absl::string_view principal = {};
};

// One row of the table of methods.
struct Method {
  using Message = google::protobuf::MessageLite;

  absl::string_view path;  // "/rolegate.v1.RegistryService/GetRole"
  Demands demands;
  Admission (*admit)(const Message& request);
  Outcome (*handle)(Call& call, const Message& request, Message* response);
  const Message& request;  // an empty one, to make others from
  const Message& response;
  std::size_t number = 0;  // in the table: metrics are kept by it
};

// Makes the row of a handler and of the function that admits its requests.
template <auto kHandle, auto kAdmit>
struct MethodOf;

template <typename Request, typename Response,
          Outcome (*kHandle)(Call&, const Request&, Response*),
          Admission (*kAdmit)(const Request&)>
struct MethodOf<kHandle, kAdmit> {
  static Method Row(absl::string_view path, Demands demands) {
    return {path,
            demands,
            [](const Method::Message& request) {
              return kAdmit(static_cast<const Request&>(request));
            },
            [](Call& call, const Method::Message& request,
               Method::Message* response) {
              return kHandle(call, static_cast<const Request&>(request),
                             static_cast<Response*>(response));
            },
            Request::default_instance(),
            Response::default_instance()};
  }
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_METHOD_H_
