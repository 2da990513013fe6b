#include "tests/support/raw_http2.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace rolegate::testing {
namespace {

constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kSettings = 4;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;
constexpr char kWindowUpdate = 8;
constexpr std::uint32_t kInitialWindowSize = 4;  // a setting
constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMaxFrame = 16 * 1024;

// A header field with a value that is not indexed.
std::string Field(absl::string_view name, absl::string_view value) {
  return absl::StrCat(name, std::string(1, static_cast<char>(value.size())),
                      value);
}

}  // namespace

RawHttp2::RawHttp2(const std::string& address, const std::string& source)
    : fd_(ConnectFrom(address, source)) {}

bool RawHttp2::Greet() {
  const absl::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  return send(fd_.get(), preface.data(), preface.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(preface.size()) &&
         Frame(kSettings, 0, 0, "");
}

bool RawHttp2::Open(std::uint32_t stream, absl::string_view path) {
  return Frame(
      kHeaders, kEndHeaders, stream,
      absl::StrCat("\x83\x86", Field("\x04", path), Field("\x01", "localhost"),
                   Field("\x0f\x10", "application/grpc"),
                   Field(std::string("\0\x02te", 4), "trailers")));
}

bool RawHttp2::Send(std::uint32_t stream, absl::string_view bytes, bool end) {
  do {
    const absl::string_view part = bytes.substr(0, kMaxFrame);
    bytes.remove_prefix(part.size());
    const char flags = end && bytes.empty() ? kEndStream : 0;
    if (!Frame(kData, flags, stream, part)) return false;
  } while (!bytes.empty());
  return true;
}

std::size_t RawHttp2::SendWhatFits(std::uint32_t stream,
                                   absl::string_view bytes,
                                   absl::Duration patience) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    ReadFrames(absl::ZeroDuration());
    if (first_window_ + windows_[stream] <= 0 || window_ <= 0) {
      ReadFrames(patience);
    }
    const std::int64_t fits =
        std::min(window_, first_window_ + windows_[stream]);
    if (fits <= 0) break;
    const absl::string_view part = bytes.substr(
        sent, std::min<std::size_t>(kMaxFrame, static_cast<std::size_t>(fits)));
    if (!Frame(kData, 0, stream, part)) break;
    sent += part.size();
    window_ -= static_cast<std::int64_t>(part.size());
    windows_[stream] -= static_cast<std::int64_t>(part.size());
  }
  return sent;
}

void RawHttp2::ReadFrames(absl::Duration timeout) {
  const auto number = [this](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + size; ++i) {
      value = value << 8 | static_cast<unsigned char>(unread_[i]);
    }
    return value;
  };
  unread_ += Read(timeout);
  while (unread_.size() >= kFrameHeader) {
    const std::size_t size = number(0, 3);
    if (unread_.size() < kFrameHeader + size) return;
    const char type = unread_[3];
    const std::uint32_t stream = number(5, 4);
    if (type == kWindowUpdate) {
      (stream == 0 ? window_ : windows_[stream]) += number(kFrameHeader, 4);
    }
    for (std::size_t i = 0; type == kSettings && i + 6 <= size; i += 6) {
      if (number(kFrameHeader + i, 2) == kInitialWindowSize) {
        first_window_ = number(kFrameHeader + i + 2, 4);
      }
    }
    unread_.erase(0, kFrameHeader + size);
  }
}

std::string RawHttp2::Read(absl::Duration timeout) {
  pollfd ready = {fd_.get(), POLLIN, 0};
  const int millis = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  if (poll(&ready, 1, millis) <= 0) return "";
  std::string bytes(64 * 1024, '\0');
  const ssize_t size = recv(fd_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(0, size)));
  return bytes;
}

bool RawHttp2::IsClosed(absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  do {
    pollfd ready = {fd_.get(), POLLIN, 0};
    const absl::Duration left =
        std::max(end - absl::Now(), absl::ZeroDuration());
    const int millis = static_cast<int>(absl::ToInt64Milliseconds(left));
    if (poll(&ready, 1, millis) <= 0) return false;
    char bytes[4096];
    if (recv(fd_.get(), bytes, sizeof(bytes), 0) <= 0) return true;
  } while (absl::Now() < end);
  return false;
}

bool RawHttp2::Frame(char type, char flags, std::uint32_t stream,
                     absl::string_view payload) {
  std::string frame;
  for (int shift = 16; shift >= 0; shift -= 8) {
    frame += static_cast<char>(payload.size() >> shift);
  }
  frame += type;
  frame += flags;
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>(stream >> shift);
  }
  absl::StrAppend(&frame, payload);
  return send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(frame.size());
}

}  // namespace rolegate::testing
