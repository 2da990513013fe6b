#include "service/http2/router.h"

#include <utility>

#include "service/http2/unary_server_call.h"

namespace rolegate::service::http2 {

void Router::AddUnary(const Method* method) {
  routes_[method->path] = {method, std::nullopt};
}

void Router::AddStream(std::string path, StreamRoute route) {
  routes_[std::move(path)] = {nullptr, std::move(route)};
}

const Router::Route* Router::Find(absl::string_view path) const {
  const auto found = routes_.find(path);
  return found == routes_.end() ? nullptr : &found->second;
}

ServerCall* Router::MakeCall(const Route& route, CallOrigin origin) const {
  if (route.unary != nullptr) {
    return new UnaryServerCall(std::move(origin), core_, listener_,
                               route.unary);
  }
  return new StreamServerCall(std::move(origin), &*route.stream);
}

}  // namespace rolegate::service::http2
