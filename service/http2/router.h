// Finds what answers a call by the call's path.

#ifndef ROLEGATE_SERVICE_HTTP2_ROUTER_H_
#define ROLEGATE_SERVICE_HTTP2_ROUTER_H_

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "service/answer/core.h"
#include "service/http2/server_call.h"
#include "service/http2/stream_server_call.h"
#include "service/rpc/method.h"

namespace rolegate::service::http2 {

class Router {
 public:
  // What unary methods work with; outlives the router.  Both may be null for a
  // router without unary methods.
  Router(Core* core, const ListenerConfig* listener)
      : core_(core), listener_(listener) {}

  void AddUnary(const Method* method);  // which outlives the router
  void AddStream(std::string path, StreamRoute route);

  struct Route {
    const Method* unary = nullptr;
    std::optional<StreamRoute> stream;  // if it is not unary

    // Whether a call that waits for its caller's messages counts as memory.
    bool counts() const { return unary != nullptr || stream->counts; }
  };
  // Null for a path that nobody answers.
  const Route* Find(absl::string_view path) const;

  // The call ends itself, after its stream is over.
  ServerCall* MakeCall(const Route& route, CallOrigin origin) const;

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
  absl::flat_hash_map<std::string, Route> routes_;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_SERVICE_HTTP2_ROUTER_H_
