// How calls end whose callers break the rules of gRPC.

#ifndef ROLEGATE_SERVICE_HTTP2_FAULTS_H_
#define ROLEGATE_SERVICE_HTTP2_FAULTS_H_

#include <google/protobuf/message_lite.h>

#include "absl/strings/string_view.h"
#include "service/rpc/status.h"

namespace rolegate::service::http2 {

RpcStatus Fault(absl::StatusCode code, absl::string_view message);

RpcStatus MoreThanOneMessage();
RpcStatus NoMessage();
// Bytes that are no message of that type.
RpcStatus NoSuchMessage(const google::protobuf::MessageLite& expected);

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_FAULTS_H_
