// Turns errors under AWS's names into the status that ends a call of gRPC.

#ifndef ROLEGATE_SERVICE_RPC_STATUS_H_
#define ROLEGATE_SERVICE_RPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/sts/result.h"
#include "engine/text/diagnostic.h"

namespace rolegate::service {

// The ErrorInfo's domain.
inline constexpr absl::string_view kErrorDomain = "rolegate.v1";

// What a caller is told of an error: its message without what looks like a
// secret, for clients log what they are told.
std::string MessageOf(const ApiError& error);

// How a call ends, whatever transport carries it.
struct RpcStatus {
  // gRPC's number, which is Abseil's too.
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;  // UTF-8, for people
  std::string details;  // a serialized google.rpc.Status; may be empty
  // Clients that retry by the code are told not to: the call would fail again.
  bool never_retry = false;

  bool ok() const { return code == absl::StatusCode::kOk; }
};

// With a google.rpc.Status that holds an ErrorInfo whose reason is the error's
// code, a BadRequest if the error names fields, and as many of `faults` as
// metadata has room for.
RpcStatus ToRpcStatus(const ApiError& error, const Diagnostics& faults = {});

// The same of a refusal; OK of none.
RpcStatus ToRpcStatus(const Refusal& refusal, const Diagnostics& faults = {});

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_STATUS_H_
