// A client of HTTP/2 in the test's own process, without a socket: nghttp2 does
// the client's side, and bytes go to a server and come back in memory.

#ifndef ROLEGATE_TESTS_SUPPORT_MEMORY_HTTP2_CLIENT_H_
#define ROLEGATE_TESTS_SUPPORT_MEMORY_HTTP2_CLIENT_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace rolegate::testing {

// A header in nghttp2's form.  Both texts must outlive it.
nghttp2_nv Http2Header(absl::string_view name, absl::string_view value);

struct Http2Request {
  std::string path;
  std::string body;
  bool last = true;  // the body ends with these bytes
  std::string method = "POST";
  std::string type = "application/grpc";
  std::vector<std::pair<std::string, std::string>> more;  // headers
};

struct Http2Answer {
  std::map<std::string, std::string> headers;  // trailers, too
  std::string body;
  bool ended = false;
  std::uint32_t error = 0;  // with which the stream ended

  // Empty if there is none.
  std::string grpc_status() const;
};

class MemoryHttp2Client {
 public:
  // The server may send `window` bytes of each answer that nobody reads.
  explicit MemoryHttp2Client(std::uint32_t window = 65'535);
  ~MemoryHttp2Client();

  MemoryHttp2Client(const MemoryHttp2Client&) = delete;
  MemoryHttp2Client& operator=(const MemoryHttp2Client&) = delete;

  // Begins a request, and returns its stream.
  std::int32_t Open(const Http2Request& request);
  void SendMore(std::int32_t stream, const std::string& bytes, bool last);
  void Reset(std::int32_t stream);
  void Ping();

  // The next bytes for the server; empty if there are none.  They stay until
  // the next call of any method.
  absl::string_view Output();
  void Receive(absl::string_view bytes);

  Http2Answer& answer(std::int32_t stream) { return answers_[stream]; }
  // The last streams that the server's GOAWAYs named, and the last one's error.
  const std::vector<std::int32_t>& goaways() const { return goaways_; }
  std::uint32_t goaway_error() const { return goaway_error_; }

  // For frames that no method sends.
  nghttp2_session* session() { return session_; }

 private:
  struct Body;
  struct Callbacks;

  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::unique_ptr<Body>> bodies_;
  std::map<std::int32_t, Http2Answer> answers_;
  std::vector<std::int32_t> goaways_;
  std::uint32_t goaway_error_ = 0;
};

// Carries what both have to say, once.  `Server` has Receive, which says
// whether the connection stays open, and Output.
struct Carried {
  bool moved = false;   // there were bytes, and there may be more
  bool closed = false;  // by the server
};
template <typename Server>
Carried Carry(MemoryHttp2Client& client, Server& server, bool read = true) {
  Carried carried;
  for (absl::string_view bytes = client.Output(); !bytes.empty();
       bytes = client.Output()) {
    carried.moved = true;
    carried.closed = !server.Receive(bytes);
    if (carried.closed) return carried;
  }
  if (!read) return carried;
  for (absl::string_view bytes = server.Output(); !bytes.empty();
       bytes = server.Output()) {
    carried.moved = true;
    client.Receive(bytes);
  }
  return carried;
}

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_MEMORY_HTTP2_CLIENT_H_
