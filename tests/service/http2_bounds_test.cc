// What calls over HTTP/2 hold in memory and in time: frames of messages, gzip,
// the pool of bytes, timers.

#include <zlib.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "service/http2/byte_pool.h"
#include "service/http2/gzip.h"
#include "service/http2/message_reader.h"
#include "service/http2/timer_wheel.h"

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

}  // namespace
}  // namespace rolegate::service::http2
