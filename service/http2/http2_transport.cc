#include "service/http2/http2_transport.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "service/http2/connection.h"

namespace rolegate::service::http2 {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(1);

Limits LimitsOf(const ServiceLimits& settings) {
  Limits limits;
  limits.max_message_bytes =
      static_cast<std::size_t>(settings.max_message_bytes);
  limits.max_metadata_bytes =
      static_cast<std::size_t>(settings.max_metadata_bytes);
  limits.max_streams =
      static_cast<std::uint32_t>(settings.max_concurrent_streams);
  // Several messages of the largest size at once, whatever that is.
  limits.max_receiving_bytes =
      std::max(limits.max_receiving_bytes, 8 * limits.max_message_bytes);
  limits.handshake_timeout = settings.handshake_timeout;
  limits.send_timeout = settings.max_unsent_time;
  limits.max_age = settings.max_connection_age;
  limits.age_grace = settings.max_connection_age_grace;
  limits.keepalive_time = settings.keepalive_time;
  limits.keepalive_timeout = settings.keepalive_timeout;
  limits.min_ping_interval = settings.min_ping_interval;
  return limits;
}

// What the loops of one listener tell of its connections.
struct Tally {
  std::atomic<int> open{0};
  std::atomic<int> staying{0};  // they take calls yet
  const std::string address;
  Logger* const log;
  LogThrottle foreign{absl::Seconds(10)};
};

// The connections of one listener on one loop.
class LoopConnections final : public ConnectionOwner {
 public:
  LoopConnections(EventLoop* loop, Tally* tally) : loop_(loop), tally_(tally) {}

  EventLoop* loop() const { return loop_; }

  // May be called from any thread.
  void Take(const ConnectionShared& shared, int listener, int fd) {
    tally_->open.fetch_add(1, std::memory_order_acq_rel);
    tally_->staying.fetch_add(1, std::memory_order_acq_rel);
    loop_->Post([this, &shared, listener, fd] {
      auto connection =
          std::make_shared<Connection>(shared, loop_, this, listener, fd);
      Connection* const raw = connection.get();
      connections_.emplace(raw, std::move(connection));
      raw->Start();
    });
  }
  void Drain() {
    loop_->Post([this] { ForEach(&Connection::BeginGoAway); });
  }
  void GoAway() {
    loop_->Post([this] { ForEach(&Connection::GoAway); });
  }
  void Close() {
    loop_->Post([this] { ForEach(&Connection::Close); });
  }

 private:
  void OnGone() override {
    tally_->staying.fetch_sub(1, std::memory_order_acq_rel);
  }
  void OnForeign(const Peer& peer, Protocol sent, Expected expected) override {
    tally_->log->Log(LogLevel::kInfo, tally_->foreign,
                     "a client does not speak what its port expects",
                     {{"address", tally_->address},
                      {"peer", peer.name},
                      {"sent", ProtocolName(sent)},
                      {"expected", ExpectedName(expected)}});
  }
  void OnClosed(Connection* connection) override {
    // It goes on for a moment after this.
    loop_->Post([ended = std::move(connections_.at(connection))] {});
    connections_.erase(connection);
    tally_->open.fetch_sub(1, std::memory_order_acq_rel);
  }

  void ForEach(void (Connection::*act)()) {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [raw, connection] : connections_) {
      all.push_back(connection);
    }
    for (const auto& connection : all) ((*connection).*act)();
  }

  EventLoop* const loop_;
  Tally* const tally_;
  absl::flat_hash_map<Connection*, std::shared_ptr<Connection>> connections_;
};

class Http2Transport final : public Transport {
 public:
  explicit Http2Transport(ServingParts parts)
      : router_(std::move(parts.router)),
        tally_{.address = parts.address, .log = parts.log},
        shared_{{&router_, &parts.shared->limits(), &parts.shared->receiving(),
                 &calls_, parts.door},
                &parts.shared->sending(),
                parts.tls,
                parts.gateways,
                std::move(parts.address)} {
    for (const auto& loop : parts.shared->loops().all()) {
      loops_.push_back(std::make_unique<LoopConnections>(loop.get(), &tally_));
    }
  }
  ~Http2Transport() override { Shutdown(absl::ZeroDuration()); }

  // Each loop in its turn, so that one that hangs is noticed.
  void Serve(int listener, int fd) override {
    loops_[next_++ % loops_.size()]->Take(shared_, listener, fd);
  }

  void BeginDrain() override {
    for (const auto& loop : loops_) loop->Drain();
  }
  bool awaits_clients() const override {
    return tally_.staying.load(std::memory_order_acquire) > 0;
  }
  void EndDrain() override {
    for (const auto& loop : loops_) loop->GoAway();
  }

  void Shutdown(absl::Duration grace) override {
    for (const auto& loop : loops_) loop->GoAway();
    const MonotonicTime end = MonotonicNow() + ToMonotonic(grace);
    while (open() && MonotonicNow() < end) absl::SleepFor(kLook);
    for (const auto& loop : loops_) loop->Close();
    // Workers notice that nobody waits any more.
    while (open()) absl::SleepFor(kLook);
    Settle();
  }

 private:
  bool open() const {
    return tally_.open.load(std::memory_order_acquire) > 0 ||
           calls_.load(std::memory_order_acquire) > 0;
  }

  // Waits until the loops have done what was posted for this transport.
  void Settle() {
    std::atomic<std::size_t> left{loops_.size()};
    for (const auto& each : loops_) each->loop()->Post([&left] { --left; });
    while (left > 0) absl::SleepFor(kLook);
  }

  const Router router_;
  std::atomic<int> calls_{0};
  Tally tally_;
  const ConnectionShared shared_;
  std::vector<std::unique_ptr<LoopConnections>> loops_;
  std::size_t next_ = 0;  // the acceptor's thread's
};

}  // namespace

SharedParts::SharedParts(const ServiceLimits& limits)
    : limits_(LimitsOf(limits)),
      receiving_(limits_.max_receiving_bytes),
      sending_(limits_.max_sending_bytes) {}

std::unique_ptr<Transport> MakeHttp2Transport(ServingParts parts) {
  return std::make_unique<Http2Transport>(std::move(parts));
}

}  // namespace rolegate::service::http2
