// A session of HTTP/2 in the test's own thread, and its client: bytes go to and
// fro in memory.

#ifndef ROLEGATE_TESTS_SUPPORT_HTTP2_SESSION_FIXTURE_H_
#define ROLEGATE_TESTS_SUPPORT_HTTP2_SESSION_FIXTURE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "service/http2/session.h"
#include "service/rpc/stream.h"
#include "tests/support/memory_http2_client.h"

namespace rolegate::service::http2 {

// Each message is sent back.
inline constexpr char kMany[] = "/test.Echo/Many";
// The same for a call of one message.
inline constexpr char kOne[] = "/test.Echo/One";
// Never answers.
inline constexpr char kSilent[] = "/test.Echo/Silent";
// Reads everything, and answers how many messages that were.
inline constexpr char kCount[] = "/test.Echo/Count";
// As kOne, with metadata of its own.
inline constexpr char kMetadata[] = "/test.Echo/Metadata";

// A message that holds `text`, as gRPC frames it.
std::string Message(const std::string& text);

using Answer = rolegate::testing::Http2Answer;

// A request for one echo, unless a row says otherwise.
struct Asking {
  std::string path = kOne;
  std::string body = Message("hello");
  bool last = true;
  std::string method = "POST";
  std::string type = "application/grpc";
  std::vector<std::pair<std::string, std::string>> more;  // headers
};

// The thread of a session is the test's.
class ManualLoop final : public Executor {
 public:
  ManualLoop() : wheel_(MonotonicNow()) {}
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  bool IsCurrent() const override { return true; }
  void SetTimer(Timer* timer, MonotonicTime at) override {
    wheel_.Set(timer, at);
  }

  bool Run();  // whether there was anything to do
  void Ring() { wheel_.Advance(MonotonicNow()); }

 private:
  std::deque<Task> tasks_;
  TimerWheel wheel_;
};

class Http2Session : public ::testing::Test, public SessionOwner {
 protected:
  // What became of the calls.
  struct Counts {
    int started = 0;
    int cancelled = 0;
    int done = 0;
  };

  Http2Session();
  ~Http2Session() override;

  // Begins the connection; `window`: of each stream of the client.
  void Connect(std::uint32_t window = 65'535);

  std::int32_t Open(const Asking& asking);
  Answer& answer(std::int32_t id) { return client_->answer(id); }

  // False once the connection is to be closed.  As a connection does, asks for
  // output once something was received, and when it is told of some.
  bool Exchange();

  // Bytes that the client did not make.
  bool Receive(absl::string_view bytes);
  void SendToServer();
  Answer Ask(const Asking& asking);

  Limits limits_;
  bool gateway_ = false;
  ManualLoop loop_;
  Router router_;
  std::unique_ptr<BytePool> pool_;
  std::atomic<int> calls_{0};
  DoorMetrics door_;
  Counts counts_;
  std::unique_ptr<Session> session_;
  std::optional<rolegate::testing::MemoryHttp2Client> client_;
  bool told_ = true;  // that there is output; a connection begins with some

 private:
  class Echo;
  class Counter;

  StreamRoute RouteOf(bool many, bool silent);
  void OnOutput() override { told_ = true; }
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_TESTS_SUPPORT_HTTP2_SESSION_FIXTURE_H_
