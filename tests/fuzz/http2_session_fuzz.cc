// Whatever a peer sends over HTTP/2, in whatever pieces, while calls are
// answered, time passes, and memory goes to others: the session holds no more
// than its bounds, wakes up whenever it has something to say, says nothing that
// is not HTTP/2, and leaves nothing behind.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/http2/session.h"
#include "tests/fuzz/fuzz_clock.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/http2_methods.h"
#include "tests/fuzz/http2_output_checker.h"

namespace rolegate::fuzz {
namespace {

using service::MonotonicTime;
using service::http2::BytePool;
using service::http2::Executor;
using service::http2::Limits;
using service::http2::Peer;
using service::http2::Router;
using service::http2::Session;
using service::http2::Timer;
using service::http2::TimerWheel;

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// StringValue{"hello"}, by gzip.
constexpr absl::string_view kZipped(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xe3\x62\xcd\x48\xcd\xc9\xc9\x07"
    "\x00\x18\x40\xe3\x99\x07\x00\x00\x00",
    27);

// Beyond any deadline and any limit.
constexpr std::chrono::hours kForever{24 * 60};

void Require(bool holds) {
  if (!holds) std::abort();
}

// Small, so that few bytes reach them.
Limits LimitsOf(std::size_t kind) {
  Limits limits;
  limits.max_message_bytes = (kind & 1) != 0 ? 64 : 4096;
  limits.max_metadata_bytes = (kind & 2) != 0 ? 512 : 4096;
  limits.max_streams = (kind & 4) != 0 ? 3 : 32;
  limits.max_receiving_bytes = (kind & 8) != 0 ? 16 << 10 : 128 << 10;
  limits.message_timeout = absl::Seconds(5);
  limits.min_ping_interval = absl::Seconds((kind & 16) != 0 ? 0 : 1);
  limits.reset_burst = 20;
  limits.resets_per_second = 1;
  limits.idle_frame_burst = (kind & 32) != 0 ? 10 : 200;
  limits.idle_frames_per_second = 5;
  return limits;
}

class FuzzLoop final : public Executor {
 public:
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  bool IsCurrent() const override { return current; }
  void SetTimer(Timer* timer, MonotonicTime at) override {
    wheel_.Set(timer, at);
  }

  bool RunOne() {
    if (tasks_.empty()) return false;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  void Run() {
    while (RunOne()) {
    }
  }
  void Ring() { wheel_.Advance(service::MonotonicNow()); }

  bool current = true;

 private:
  std::deque<Task> tasks_;
  TimerWheel wheel_{service::MonotonicNow()};
};

// Somebody else who wants memory.
class OtherPeer final : public service::http2::ByteGrant {
 public:
  explicit OtherPeer(BytePool* pool) : pool_(pool) {}
  ~OtherPeer() { pool_->Release(this); }
  void Hold(std::size_t bytes) {
    pool_->Hold(this, "other", bytes, service::MonotonicNow());
  }

 private:
  void OnTakenBack() override {}
  BytePool* const pool_;
};

class Run final : private service::http2::SessionOwner {
 public:
  explicit Run(FuzzInput* input)
      : input_(*input),
        limits_(LimitsOf(input->Byte())),
        pool_(limits_.max_receiving_bytes),
        router_(nullptr, nullptr),
        other_(&pool_) {
    methods_.AddTo(&router_);
    auto peer = std::make_shared<Peer>();
    peer->key = "peer";
    session_.emplace(service::http2::SessionShared{&router_, &limits_, &pool_,
                                                   &calls_, &door_},
                     &loop_, std::move(peer),
                     static_cast<service::http2::SessionOwner*>(this));
    const std::size_t how = input_.Byte();
    piece_ = how >> 2;
    if ((how & 1) == 0) {
      unread_ = kPreface;
      Frame(NGHTTP2_SETTINGS, 0, 0, (how & 2) == 0 ? "" : SmallWindow());
    }
  }

  void Do() {
    while (!input_.empty() && session_.has_value()) {
      Step();
      Check();
    }
    if (session_.has_value()) {
      Deliver();
      Drain(~std::size_t{0});
    }
    End();
  }

 private:
  static std::string SmallWindow() { return std::string("\0\4\0\0\0\7", 6); }

  void OnOutput() override {
    Require(session_.has_value() && !receiving_);
    told_ = true;
  }

  void Step() {
    switch (input_.Byte() % 16) {
      case 0:
        unread_ += std::string(input_.Bytes(input_.TwoBytes() % 1024));
        break;
      case 1:
        AnyFrame();
        break;
      case 2:
      case 3:
        Request();
        break;
      case 4:
      case 5:
        Message();
        break;
      case 6:
        Frame(NGHTTP2_RST_STREAM, 0, StreamId(), std::string("\0\0\0\x8", 4));
        break;
      case 7:
        Deliver();
        break;
      case 8:
        MoveTime(std::chrono::milliseconds(20 * input_.Byte()));
        break;
      case 9:
        for (std::size_t i = input_.Byte() % 8 + 1; i > 0; --i) loop_.RunOne();
        break;
      case 10:
        Drain(input_.Byte() % 8 + 1);
        break;
      case 11:
        Work(input_.Byte());
        break;
      case 12: {
        const std::size_t which = input_.Byte();
        methods_.Act(which >> 3, which);
        break;
      }
      case 13:
        other_.Hold(input_.Byte() << 9);
        break;
      case 14:
        Manage(input_.Byte());
        break;
      default:
        piece_ = input_.Byte();
        Deliver();
        loop_.Run();
        Drain(~std::size_t{0});
    }
  }

  void Work(std::size_t what) {
    loop_.current = false;
    const absl::Cleanup back = [this] { loop_.current = true; };
    if (what % 4 == 0) {
      methods_.Drop(what >> 2);
    } else if (what % 4 == 1) {
      methods_.BeginWork(what >> 2);
    } else {
      methods_.EndWork(what >> 2);
    }
  }

  void Manage(std::size_t what) {
    switch (what % 8) {
      case 0:
        session_->Ping();
        return;
      case 1:
        session_->BeginGoAway();
        return;
      case 2:
        session_->GoAway();
        return;
      case 3:
        session_.reset();  // the connection broke
        return;
      default:
        MoveTime(std::chrono::seconds(what));
    }
  }

  void MoveTime(MonotonicTime::duration by) {
    MoveClock(by);
    loop_.Ring();
  }

  // A frame whose length is right, whatever else it is.
  void AnyFrame() {
    const std::size_t type = input_.Byte();
    const std::size_t flags = input_.Byte();
    const std::uint32_t id = type % 2 == 0 ? StreamId() : 0;
    Frame(type >> 1 & 15, flags, id, input_.Bytes(input_.Byte()));
  }

  void Frame(std::size_t type, std::size_t flags, std::uint32_t id,
             absl::string_view payload) {
    for (int shift = 16; shift >= 0; shift -= 8) {
      unread_ += static_cast<char>(payload.size() >> shift);
    }
    unread_ += static_cast<char>(type);
    unread_ += static_cast<char>(flags);
    for (int shift = 24; shift >= 0; shift -= 8) {
      unread_ += static_cast<char>(id >> shift);
    }
    absl::StrAppend(&unread_, payload);
  }

  // One of those that were opened, or any.
  std::uint32_t StreamId() {
    const auto which = static_cast<std::uint32_t>(input_.Byte());
    return which < 128 ? 1 + 2 * (which % (opened_ + 1)) : which - 128;
  }

  static std::string Field(absl::string_view name, absl::string_view value) {
    return absl::StrCat(std::string(1, '\0'),
                        std::string(1, static_cast<char>(name.size())), name,
                        std::string(1, static_cast<char>(value.size())), value);
  }

  void Request() {
    const std::size_t path = input_.Byte();
    const std::size_t more = input_.Byte();
    // The names that HPACK knows by number.
    std::string block = absl::StrCat(
        "\x83\x86", "\x04",
        std::string(1, static_cast<char>(kPaths[path % 8].size())),
        kPaths[path % 8], "\x01\x01h", "\x0f\x10", "\x10", "application/grpc");
    if ((more & 1) != 0) block += Field("grpc-encoding", "gzip");
    if ((more & 2) != 0) {
      block +=
          Field("grpc-timeout",
                absl::StrCat(input_.Byte(),
                             std::string(1, "munSMHx0"[input_.Byte() % 8])));
    }
    if ((more & 4) != 0) block += Field("x-bin", input_.Bytes(more >> 4));
    if ((more & 8) != 0) block += std::string(input_.Bytes(input_.Byte()));
    const std::size_t cut = (path & 8) != 0 ? block.size() : block.size() / 2;
    const std::size_t end = (path & 16) != 0 ? NGHTTP2_FLAG_END_STREAM : 0;
    const std::uint32_t id = 1 + 2 * opened_++;
    Frame(NGHTTP2_HEADERS,
          end | (cut == block.size() ? NGHTTP2_FLAG_END_HEADERS : 0), id,
          absl::string_view(block).substr(0, cut));
    if (cut < block.size()) {
      Frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, id,
            absl::string_view(block).substr(cut));
    }
  }

  // A message as gRPC frames it, and perhaps a part of it only.
  void Message() {
    const std::uint32_t id = StreamId();
    const std::size_t how = input_.Byte();
    std::string message;
    const std::size_t size = input_.Byte();
    const bool zipped = (how & 2) != 0;
    if (zipped) {
      message = std::string(kZipped);
    } else if (size < 64) {
      message = std::string(input_.Bytes(size));
    } else {
      // StringValue of many bytes.
      const std::size_t text = 16 * (size - 60);
      message = absl::StrCat(
          "\x0a", std::string(1, static_cast<char>(text % 128 + 128)),
          std::string(1, static_cast<char>(text / 128)),
          std::string(text, 'x'));
    }
    std::string framed(1, zipped ? '\1' : '\0');
    for (int shift = 24; shift >= 0; shift -= 8) {
      framed += static_cast<char>(message.size() >> shift);
    }
    framed += message;
    if ((how & 4) != 0) framed.resize(framed.size() * (how >> 4) / 16);
    Frame(NGHTTP2_DATA, how & NGHTTP2_FLAG_END_STREAM, id, framed);
  }

  // Hands over what the peer sent, in pieces.
  void Deliver() {
    absl::string_view rest = unread_;
    while (!rest.empty() && session_.has_value()) {
      const absl::string_view piece =
          rest.substr(0, piece_ == 0 ? rest.size() : piece_);
      rest.remove_prefix(piece.size());
      receiving_ = true;
      const bool open = session_->Receive(piece);
      receiving_ = false;
      told_ = true;
      if (!open) session_.reset();
      Check();
    }
    unread_.clear();
  }

  // Takes what the session has to say.
  void Drain(std::size_t most) {
    for (std::size_t i = 0; i < most && session_.has_value(); ++i) {
      const absl::string_view bytes = session_->Output();
      if (bytes.empty()) {
        told_ = false;
        if (session_->done()) session_.reset();
        return;
      }
      // A connection sleeps until it is told.
      Require(told_);
      checker_.Receive(bytes);
    }
  }

  void Check() {
    Require(pool_.held() <= limits_.max_receiving_bytes);
    // A call without a handler yet waits for its message, with its stream.
    const int waiting = calls_ - methods_.open();
    Require(0 <= waiting && waiting <= static_cast<int>(limits_.max_streams));
  }

  // Nothing is left, whatever was open.
  void End() {
    session_.reset();
    loop_.Run();
    checker_.End();
    methods_.EndAll();
    loop_.Run();
    other_.Hold(0);
    Require(calls_ == 0);
    Require(methods_.open() == 0);
    Require(pool_.held() == 0);
    MoveTime(kForever);
  }

  FuzzInput& input_;
  const Limits limits_;
  FuzzLoop loop_;
  BytePool pool_;
  Http2Methods methods_;
  Router router_;
  OtherPeer other_;
  std::atomic<int> calls_{0};
  service::DoorMetrics door_;
  std::optional<Session> session_;
  Http2OutputChecker checker_;
  std::string unread_;  // by the session
  std::size_t piece_ = 0;
  std::uint32_t opened_ = 0;  // streams
  bool receiving_ = false;
  bool told_ = true;  // that there is output
};

}  // namespace
}  // namespace rolegate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  rolegate::fuzz::SetClock(
      rolegate::service::MonotonicTime(std::chrono::hours(1)));
  rolegate::fuzz::FuzzInput input(data, size);
  rolegate::fuzz::Run(&input).Do();
  return 0;
}
