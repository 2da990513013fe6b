// The table of all methods of the API: a transport finds what to run by the
// path of a call.

#ifndef ROLEGATE_SERVICE_RPC_METHODS_H_
#define ROLEGATE_SERVICE_RPC_METHODS_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/rpc/method.h"
#include "service/rpc/stream.h"

namespace rolegate::service {

// One row of the table of streaming methods.
struct StreamMethod {
  absl::string_view path;  // "/rolegate.v1.RegistryService/Watch"
  // Whether the caller sends many messages.  If not, the transport reads its
  // only one before it makes the handler, which never reads.
  bool reads;
  std::shared_ptr<StreamHandler> (*make)(Core* core,
                                         const ListenerConfig* listener,
                                         StreamTransport* transport);
  const Method::Message& request;  // an empty one, to make others from
};

absl::Span<const Method> UnaryMethods();
absl::Span<const StreamMethod> StreamMethods();

// The names of the unary methods, such as `Authorize`, by Method::number.
absl::Span<const absl::string_view> UnaryMethodNames();

// Null for a path that the API does not have, or has as the other kind.
const Method* FindMethod(absl::string_view path);
const StreamMethod* FindStreamMethod(absl::string_view path);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_METHODS_H_
