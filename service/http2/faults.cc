#include "service/http2/faults.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace rolegate::service::http2 {

RpcStatus Fault(absl::StatusCode code, absl::string_view message) {
  RpcStatus status;
  status.code = code;
  status.message = std::string(message);
  return status;
}

// gRPC's own rule for both: "request cardinality violation".
RpcStatus MoreThanOneMessage() {
  return Fault(absl::StatusCode::kUnimplemented,
               "the method takes one message, and more were sent");
}

RpcStatus NoMessage() {
  return Fault(absl::StatusCode::kUnimplemented,
               "the method takes one message, and none was sent");
}

RpcStatus NoSuchMessage(const google::protobuf::MessageLite& expected) {
  return Fault(absl::StatusCode::kInvalidArgument,
               absl::StrCat("the message is no `", expected.GetTypeName(),
                            "` in Protobuf"));
}

}  // namespace rolegate::service::http2
