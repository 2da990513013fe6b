// From errors under AWS's names to gRPC statuses with details.

#ifndef ROLEGATE_SERVICE_RPC_RPC_STATUS_H_
#define ROLEGATE_SERVICE_RPC_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/strings/string_view.h"
#include "engine/sts/api_error.h"
#include "engine/text/diagnostic.h"

namespace rolegate::service {

// The ErrorInfo's domain.
inline constexpr absl::string_view kErrorDomain = "rolegate.v1";

// What a caller is told of an error: its message without what looks like a
// secret, for clients log what they are told.
std::string MessageOf(const ApiError& error);

// A google.rpc.Status with an ErrorInfo whose reason is the error's code, with
// a BadRequest if it names fields, and with as many of `faults` as metadata
// has room for.
grpc::Status ToRpcStatus(const ApiError& error, const Diagnostics& faults = {});

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_RPC_STATUS_H_
