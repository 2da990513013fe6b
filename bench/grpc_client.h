// Asks a server over HTTP/2 (RFC 9113) as gRPC does, at a fraction of what a
// gRPC client costs: on one thread, with messages that stay bytes.  So a load
// leaves a small machine to the server.

#ifndef ROLEGATE_BENCH_GRPC_CLIENT_H_
#define ROLEGATE_BENCH_GRPC_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rolegate::bench {

using Clock = std::chrono::steady_clock;

// What is asked.
struct RpcRequest {
  std::string path;           // "/package.Service/Method"
  std::string authorization;  // empty: none
  std::string message;        // serialized
  bool streams = false;       // over one stream, which stays open
  // Whether the authorization goes whole with each call, as gRPC's C++ and
  // Python clients send it.  Those of Go, Java, Node and Rust put it into the
  // connection's table (RFC 7541) and then name it by a number.
  bool authorization_anew = false;
};

// For a connection by mTLS: files in PEM.  Without `ca` there is no TLS.
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

class GrpcConnection;

// One place for a call.  Used again and again.
class Call {
 public:
  // `connection`: the number of the client's connection that it goes over.
  Call(std::shared_ptr<const RpcRequest> request, std::size_t connection);

  // What the last answer was.
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  const std::string& answer() const { return answer_; }  // serialized

  Clock::time_point due;

 private:
  friend class GrpcClient;
  friend class GrpcConnection;

  const std::shared_ptr<const RpcRequest> request_;
  const std::size_t connection_;
  const std::string framed_;  // the message as it is sent
  std::size_t sent_ = 0;      // of it
  std::int32_t stream_ = -1;  // that stays open; -1: none
  std::string received_;
  std::string answer_;
  std::string error_;
};

// Some connections to one server.  Ends the program if one cannot be had or
// breaks.
class GrpcClient {
 public:
  // `address`: HOST:PORT with a number for a host, or unix:/path.
  GrpcClient(const std::string& address, int connections,
             const TlsFiles& tls = {});
  ~GrpcClient();

  // The call must stay until it is answered.
  void Start(Call* call);

  // Sends what was started and waits for an answer, at most until `until`.
  // Those that came; good until the next call of this object.
  const std::vector<Call*>& WaitUntil(Clock::time_point until);
  // The same, until there is one.  Ends the program if none comes for long.
  const std::vector<Call*>& Wait();

 private:
  std::vector<std::unique_ptr<GrpcConnection>> connections_;
  std::vector<Call*> answered_;
};

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_GRPC_CLIENT_H_
