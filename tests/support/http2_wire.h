// A connection of HTTP/2 over a real socket and a real event loop, and its
// client, who writes frames by hand.

#ifndef ROLEGATE_TESTS_SUPPORT_HTTP2_WIRE_H_
#define ROLEGATE_TESTS_SUPPORT_HTTP2_WIRE_H_

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "engine/registry/file_descriptor.h"
#include "gtest/gtest.h"
#include "service/http2/connection.h"

namespace rolegate::service::http2 {

// Longer than any test waits.
inline constexpr absl::Duration kNever = absl::Hours(1);
inline constexpr absl::Duration kShort = absl::Milliseconds(200);

inline constexpr char kEnd = NGHTTP2_FLAG_END_STREAM;
inline constexpr char kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

std::string Byte(int byte);
std::string Number(std::uint32_t number);  // in four bytes

std::string Frame(int type, int flags, int stream, const std::string& payload);

// What a client begins with; `setting` is one of its settings.
std::string Greeting(const std::string& setting = "");

// A header by HPACK, and those of a call.
std::string Field(const std::string& name, const std::string& value);
std::string Headers(const std::string& path, const std::string& more = "");

// Hears of a connection's end, on its loop.  A test that derived from it would
// become another class in its destructor, while the loop still calls it.
class WireOwner final : public ConnectionOwner {
 public:
  bool closed() const { return closed_.HasBeenNotified(); }
  // Whether the connection closes soon.
  bool AwaitClosed();
  // Clients that speak something else.  For the loop.
  const std::vector<std::pair<Protocol, Expected>>& foreign() const {
    return foreign_;
  }

 private:
  // A connection goes on for a moment after this; the wire keeps it.
  void OnGone() override { ++gone_; }
  void OnForeign(const Peer&, Protocol sent, Expected expected) override {
    foreign_.emplace_back(sent, expected);
  }
  void OnClosed(Connection*) override {
    EXPECT_EQ(gone_, 1) << "a stopping server counts who has not gone";
    closed_.Notify();
  }

  int gone_ = 0;  // the loop's
  std::vector<std::pair<Protocol, Expected>> foreign_;
  absl::Notification closed_;
};

// The value of a series of the door's metrics, as Prometheus reads it:
// `rolegate_http2_goaways_total{reason="stop",peer="local"}`; -1 if there is
// none.
double Counted(const DoorMetrics& door, const std::string& series);

// A key, and a certificate that it signed itself.
TlsTexts Certificate();

// Serves `/t/Endless`, which writes without end, as fast as the peer reads.
class Wire {
 public:
  Wire();  // no time passes, unless a test says so
  ~Wire();

  void Connect();

  void OnLoop(Executor::Task task);

  // False once the server has closed.
  bool Send(const std::string& bytes);

  // The next frame of the server that is of this type; none if it closes
  // before.
  std::optional<std::string> Await(int type);

  // What the server sends until it says that no more comes.
  std::string AwaitEnd();

  // The error of the last GOAWAY that comes before the end.
  std::optional<int> AwaitGoAway();

  // Whether the server ends the connection after about `time`.
  void ExpectClosedAfter(absl::Duration time);

  WireOwner owner_;
  EventLoop loop_;
  Limits limits_;
  Router router_;
  const TrustedGateways gateways_{std::vector<std::string>()};
  std::optional<TlsContext> tls_;
  std::unique_ptr<BytePool> receiving_;
  std::unique_ptr<BytePool> sending_;
  std::atomic<int> calls_{0};
  DoorMetrics door_;
  std::optional<ConnectionShared> shared_;
  std::shared_ptr<Connection> connection_;
  FileDescriptor client_;
  std::string unread_;
  absl::Time began_;
};

}  // namespace rolegate::service::http2

#endif  // ROLEGATE_TESTS_SUPPORT_HTTP2_WIRE_H_
