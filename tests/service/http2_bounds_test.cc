// What calls over HTTP/2 hold in memory and in time: frames of messages, gzip,
// the pool of bytes, timers.

#include <zlib.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.pb.h"
#include "service/http2/byte_pool.h"
#include "service/http2/executor.h"
#include "service/http2/gzip.h"
#include "service/http2/message_reader.h"
#include "service/http2/timer_wheel.h"
#include "service/http2/turns.h"
#include "service/http2/unpack.h"

namespace rolegate::service::http2 {
namespace {

using Found = MessageReader::Found;

std::string Frame(const std::string& bytes, char compressed = 0) {
  std::string frame(1, compressed);
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(bytes.size() >> shift & 0xff);
  }
  return frame + bytes;
}

TEST(Http2Messages, AreFoundHoweverTheyAreCut) {
  const std::vector<std::string> messages = {"one", "",
                                             std::string(70'000, 'x'), "four"};
  std::string all;
  for (const std::string& message : messages) all += Frame(message);
  for (const std::size_t part : {std::size_t{1}, std::size_t{4}, std::size_t{5},
                                 std::size_t{16'384}, all.size()}) {
    MessageReader reader(1 << 20);
    std::vector<std::string> found;
    for (std::size_t at = 0; at < all.size(); at += part) {
      reader.Add(absl::string_view(all).substr(at, part));
      MessageReader::Frame frame;
      while (reader.Next(&frame) == Found::kMessage) {
        EXPECT_FALSE(frame.compressed);
        found.emplace_back(frame.bytes);
        reader.Pop();
      }
      reader.Keep();
    }
    EXPECT_EQ(found, messages) << part;
    EXPECT_EQ(reader.held(), 0u);
  }
}

TEST(Http2Messages, SayWhatIsWrongAtOnce) {
  const struct {
    const char* what;
    std::string bytes;
    Found found;
  } kRows[] = {
      {"nothing", "", Found::kNothing},
      {"a part of a prefix", std::string(4, '\0'), Found::kNothing},
      {"the largest", Frame(std::string(100, 'x')), Found::kMessage},
      {"too large, before its bytes", std::string("\0\0\0\0\x65", 5),
       Found::kTooLarge},
      {"far too large", std::string("\0\xff\xff\xff\xff", 5), Found::kTooLarge},
      {"no flag", "\x02", Found::kNoFrame},
      {"text", "GET / HTTP/1.1", Found::kNoFrame},
  };
  for (const auto& row : kRows) {
    MessageReader reader(100);
    reader.Add(row.bytes);
    MessageReader::Frame frame;
    EXPECT_EQ(reader.Next(&frame), row.found) << row.what;
  }
}

TEST(Http2Messages, TellWhatTheyWillHold) {
  MessageReader reader(1 << 20);
  const std::string begun("\0\0\0\x10\0abc", 8);
  reader.Add(begun);
  reader.Keep();
  EXPECT_EQ(reader.held(), 8u);
  EXPECT_EQ(reader.wanted(), 5u + 0x1000);
  reader.Clear();
  EXPECT_EQ(reader.held(), 0u);
  EXPECT_EQ(reader.wanted(), 0u);
}

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Http2Messages, AreDecompressedToTheLimitAndNoFurther) {
  const std::string text(100'000, 'x');
  const std::string small = Gzip(text);
  ASSERT_LT(small.size(), 1000u);
  EXPECT_EQ(*Gunzip(small, text.size()), text);
  EXPECT_EQ(*Gunzip(Gzip(""), 0), "");
  EXPECT_TRUE(
      absl::IsResourceExhausted(Gunzip(small, text.size() - 1).status()));
  const struct {
    const char* what;
    std::string bytes;
  } kRows[] = {
      {"nothing", ""},
      {"text", "hello"},
      {"cut short", small.substr(0, small.size() - 1)},
      {"more behind it", small + "x"},
      {"a wrong checksum",
       small.substr(0, small.size() - 8) + std::string(8, 'x')},
  };
  for (const auto& row : kRows) {
    EXPECT_TRUE(absl::IsInternal(Gunzip(row.bytes, 1 << 20).status()))
        << row.what;
  }
}

class Grant final : public ByteGrant {
 public:
  bool taken = false;

 private:
  void OnTakenBack() override { taken = true; }
};

TEST(Http2BytePool, ATenthIsKeptFromWhoIsAlone) {
  BytePool pool(1000);
  const MonotonicTime now = MonotonicNow();
  Grant one;
  Grant more;
  EXPECT_TRUE(pool.Hold(&one, "a", 900, now));
  EXPECT_FALSE(pool.Hold(&more, "a", 1, now));
  Grant other;
  EXPECT_TRUE(pool.Hold(&other, "b", 100, now));
  EXPECT_FALSE(one.taken);
  EXPECT_EQ(pool.held(), 1000u);
  pool.Release(&one);
  pool.Release(&other);
  EXPECT_EQ(pool.held(), 0u);
}

TEST(Http2BytePool, WhoHasTheMostGivesToWhoHasLess) {
  BytePool pool(1000);
  const MonotonicTime now = MonotonicNow();
  Grant greedy[9];
  for (Grant& each : greedy) ASSERT_TRUE(pool.Hold(&each, "greedy", 100, now));
  Grant polite[5];
  for (Grant& each : polite) EXPECT_TRUE(pool.Hold(&each, "polite", 100, now));
  for (int i = 0; i < 9; ++i) EXPECT_EQ(greedy[i].taken, i < 4) << i;
  // Now both have as much, and nobody has more than one who wants more.
  Grant last;
  EXPECT_FALSE(pool.Hold(&last, "polite", 100, now));
  EXPECT_EQ(pool.held(), 1000u);
  for (Grant& each : greedy) pool.Release(&each);
  for (Grant& each : polite) pool.Release(&each);
  EXPECT_EQ(pool.held(), 0u);
}

TEST(Http2BytePool, APeersOwnOldestGrantsGiveWay) {
  BytePool pool(1000);
  const MonotonicTime now = MonotonicNow();
  Grant old;
  Grant recent;
  ASSERT_TRUE(pool.Hold(&old, "a", 450, now));
  ASSERT_TRUE(pool.Hold(&recent, "a", 450, now + BytePool::kStale));
  Grant next;
  EXPECT_TRUE(pool.Hold(&next, "a", 400, now + BytePool::kStale));
  EXPECT_TRUE(old.taken);
  EXPECT_FALSE(recent.taken);
  // A grant that grows does not give way to itself.
  EXPECT_FALSE(pool.Hold(&recent, "a", 900, now + BytePool::kStale));
  EXPECT_EQ(pool.held(), 850u);
  pool.Release(&recent);
  pool.Release(&next);
}

class Alarm final : public Timer {
 public:
  explicit Alarm(std::vector<int>* rang, int number)
      : rang_(rang), number_(number) {}
  Alarm* cancels = nullptr;

 private:
  void OnTime() override {
    rang_->push_back(number_);
    if (cancels != nullptr) cancels->Cancel();
  }
  std::vector<int>* const rang_;
  const int number_;
};

TEST(Http2Timers, RingInTimeAndNeverBefore) {
  using std::chrono::milliseconds;
  const MonotonicTime start = MonotonicNow();
  TimerWheel wheel(start);
  EXPECT_EQ(wheel.Next(), std::nullopt);
  std::vector<int> rang;
  Alarm soon(&rang, 1);
  Alarm later(&rang, 2);
  Alarm turns_later(&rang, 3);
  Alarm cancelled(&rang, 4);
  wheel.Set(&soon, start + milliseconds(50));
  wheel.Set(&later, start + milliseconds(500));
  wheel.Set(&turns_later, start + std::chrono::seconds(61));
  wheel.Set(&cancelled, start + milliseconds(50));
  cancelled.Cancel();
  EXPECT_FALSE(cancelled.set());
  ASSERT_TRUE(wheel.Next().has_value());
  EXPECT_GE(*wheel.Next(), start + milliseconds(50));
  EXPECT_LE(*wheel.Next(), start + milliseconds(50) + 2 * TimerWheel::kTick);
  wheel.Advance(start + milliseconds(49));
  EXPECT_EQ(rang, std::vector<int>({}));
  wheel.Advance(start + milliseconds(50) + TimerWheel::kTick);
  EXPECT_EQ(rang, std::vector<int>({1}));
  wheel.Set(&later, start + milliseconds(900));  // moved
  wheel.Advance(start + milliseconds(600));
  EXPECT_EQ(rang, std::vector<int>({1}));
  wheel.Advance(start + std::chrono::seconds(60));
  EXPECT_EQ(rang, std::vector<int>({1, 2}));
  wheel.Advance(start + std::chrono::seconds(62));
  EXPECT_EQ(rang, std::vector<int>({1, 2, 3}));
  EXPECT_EQ(wheel.Next(), std::nullopt);
}

TEST(Http2Timers, MayCancelWhatIsDueTogether) {
  const MonotonicTime start = MonotonicNow();
  TimerWheel wheel(start);
  std::vector<int> rang;
  Alarm first(&rang, 1);
  Alarm second(&rang, 2);
  first.cancels = &second;
  wheel.Set(&first, start);
  wheel.Set(&second, start);
  wheel.Advance(start + 3 * TimerWheel::kTick);
  EXPECT_EQ(rang, std::vector<int>({1}));
}

// Tasks wait until the test runs them, one at a time.
class StepByStep final : public Executor {
 public:
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  bool IsCurrent() const override { return true; }
  void SetTimer(Timer*, MonotonicTime) override {}

  bool Step() {
    if (tasks_.empty()) return false;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }

 private:
  std::deque<Task> tasks_;
};

class Named final : public Turn {
 public:
  Named(std::string name, std::vector<std::string>* order)
      : name_(std::move(name)), order_(order) {}

 private:
  void OnTurn() override { order_->push_back(name_); }

  const std::string name_;
  std::vector<std::string>* const order_;
};

TEST(Http2Turns, GoRoundThePeersAndLetOthersBetween) {
  StepByStep loop;
  std::vector<std::string> order;
  std::deque<Named> turns;
  const auto await = [&](const char* name, const char* peer) {
    loop.turns().Await(&turns.emplace_back(name, &order), peer);
  };
  await("a1", "a");
  await("a2", "a");
  await("a3", "a");
  await("b1", "b");
  loop.Post([&order] { order.push_back("somebody else"); });
  while (loop.Step()) {
  }
  EXPECT_EQ(order, (std::vector<std::string>{"a1", "somebody else", "b1", "a2",
                                             "a3"}));
}

TEST(Http2Turns, AreNotForThoseWhoLeft) {
  StepByStep loop;
  std::vector<std::string> order;
  auto first = std::make_unique<Named>("first", &order);
  auto second = std::make_unique<Named>("second", &order);
  loop.turns().Await(first.get(), "a");
  loop.turns().Await(second.get(), "a");
  EXPECT_TRUE(first->awaited());
  first.reset();
  second->Leave();
  EXPECT_FALSE(second->awaited());
  while (loop.Step()) {
  }
  EXPECT_TRUE(order.empty());
  loop.turns().Await(second.get(), "a");
  while (loop.Step()) {
  }
  EXPECT_EQ(order, std::vector<std::string>{"second"});
}

std::string Repeated(const std::string& part, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += part;
  return all;
}

TEST(Http2Unpacking, CountsWhatPartsTake) {
  v1::BatchAuthorizeRequest batch;
  v1::AuthorizeRequest one;
  const int checks = batch.kChecksFieldNumber << 3 | 2;
  const int context = one.kContextFieldNumber << 3 | 2;
  const auto empty = [](int tag, int times) {
    return Repeated({static_cast<char>(tag), 0}, times);
  };
  constexpr std::size_t kMany = std::size_t{1} << 40;
  const struct {
    const char* what;
    std::string bytes;
    const google::protobuf::MessageLite& type;
    std::size_t least;
    std::size_t most;
  } kRows[] = {
      {"nothing", "", one, 1, 1'000},
      {"a text", std::string("\x0a\x05hello", 7), one, 5, 1'000},
      {"checks", empty(checks, 1'000), batch, 100'000, 300'000},
      {"entries of a map", empty(context, 1'000), one, 100'000, 300'000},
      {"unknown texts", empty(15 << 3 | 2, 1'000), one, 20'000, 100'000},
      {"unknown numbers", empty(15 << 3, 1'000), one, 10'000, 100'000},
      {"a text that is cut", std::string("\x0a\x7fhello", 7), one, 1, 1'000},
      {"no Protobuf", std::string(100, '\xff'), one, 1, 1'000},
  };
  for (const auto& row : kRows) {
    const std::size_t bytes = UnpackedBytes(row.bytes, row.type, kMany);
    EXPECT_GE(bytes, row.least) << row.what;
    EXPECT_LE(bytes, row.most) << row.what;
  }
}

TEST(Http2Unpacking, RefusesWhatWouldTakeTooMuch) {
  const std::string part = {
      static_cast<char>(v1::BatchAuthorizeRequest::kChecksFieldNumber << 3 | 2),
      0};
  const struct {
    const char* what;
    std::string bytes;
    absl::StatusCode code;
  } kRows[] = {
      {"a hundred thousand", Repeated(part, 100'000), absl::StatusCode::kOk},
      {"half a million", Repeated(part, 500'000),
       absl::StatusCode::kResourceExhausted},
      {"no Protobuf", std::string(1 << 20, '\xff'),
       absl::StatusCode::kInvalidArgument},
  };
  for (const auto& row : kRows) {
    v1::BatchAuthorizeRequest batch;
    const std::optional<RpcStatus> fault = Unpack(row.bytes, &batch);
    EXPECT_EQ(fault.has_value() ? fault->code : absl::StatusCode::kOk, row.code)
        << row.what;
  }
}

}  // namespace
}  // namespace rolegate::service::http2
