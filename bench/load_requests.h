// What the load generator asks.

#ifndef ROLEGATE_BENCH_LOAD_REQUESTS_H_
#define ROLEGATE_BENCH_LOAD_REQUESTS_H_

#include <memory>
#include <string>
#include <vector>

#include "bench/grpc_client.h"

namespace rolegate::bench {

struct LoadOptions {
  std::string method;  // a name of `kMethods`
  // The server of the sessions, which lets its callers be EC2; empty: none.
  std::string sessions_from;
  std::string role;  // of the first session is this and "0"
  int sessions = 1;
  int stride = 1;           // between the numbers of their roles
  bool token_anew = false;  // RpcRequest::authorization_anew
};

inline constexpr char kMethods[] =
    "authorize, denied, explain, batch, batch-contexts, stream, "
    "stream-contexts or assume-role";

// One of each session.  Ends the program if sessions cannot be had or the
// method is unknown.
std::vector<std::shared_ptr<const RpcRequest>> MakeRequests(
    const LoadOptions& options);

// What an answer over a stream says of itself; empty: it is good.
std::string StreamError(const std::string& answer);

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_LOAD_REQUESTS_H_
