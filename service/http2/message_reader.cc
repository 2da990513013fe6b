#include "service/http2/message_reader.h"

#include <algorithm>

namespace rolegate::service::http2 {
namespace {

// A buffer that grows step by step has room for twice what it holds, so that a
// large one gets the size of its message instead.
constexpr std::size_t kLarge = 32 * 1024;

std::size_t SizeOf(absl::string_view prefix) {
  std::size_t size = 0;
  for (std::size_t i = 1; i < kMessagePrefix; ++i) {
    size = size << 8 | static_cast<unsigned char>(prefix[i]);
  }
  return size;
}

}  // namespace

std::string Framed(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  std::string framed;
  framed.resize(kMessagePrefix + size);
  for (std::size_t i = 0; i < 4; ++i) {
    framed[kMessagePrefix - 1 - i] = static_cast<char>(size >> (8 * i));
  }
  message.SerializeWithCachedSizesToArray(
      reinterpret_cast<std::uint8_t*>(framed.data() + kMessagePrefix));
  return framed;
}

void MessageReader::Add(absl::string_view bytes) {
  if (buffer_.empty()) {
    added_ = bytes;
    return;
  }
  const std::size_t size = buffer_.size() + bytes.size();
  if (size > buffer_.capacity() && size > kLarge) {
    buffer_.reserve(std::max(size, read_ + wanted()));
  }
  buffer_.append(bytes.data(), bytes.size());
}

MessageReader::Found MessageReader::Next(Frame* frame) const {
  const absl::string_view rest = Rest();
  if (!rest.empty() && rest[0] != 0 && rest[0] != 1) return Found::kNoFrame;
  if (rest.size() < kMessagePrefix) return Found::kNothing;
  const std::size_t size = SizeOf(rest);
  if (size > max_message_) return Found::kTooLarge;
  if (rest.size() - kMessagePrefix < size) return Found::kNothing;
  frame->compressed = rest[0] == 1;
  frame->bytes = rest.substr(kMessagePrefix, size);
  return Found::kMessage;
}

void MessageReader::Pop() {
  const std::size_t size = kMessagePrefix + SizeOf(Rest());
  if (buffer_.empty()) {
    added_.remove_prefix(size);
  } else {
    read_ += size;
  }
}

void MessageReader::Keep() {
  if (buffer_.empty()) {
    buffer_.assign(added_.data(), added_.size());
    added_ = {};
  } else if (read_ == buffer_.size()) {
    std::string().swap(buffer_);  // with its memory
    read_ = 0;
  } else if (read_ > 0) {
    buffer_.erase(0, read_);
    read_ = 0;
  }
}

void MessageReader::Clear() {
  added_ = {};
  std::string().swap(buffer_);
  read_ = 0;
}

std::size_t MessageReader::wanted() const {
  const absl::string_view rest = Rest();
  if (rest.size() < kMessagePrefix) return rest.size();
  return std::max(rest.size(), kMessagePrefix + SizeOf(rest));
}

}  // namespace rolegate::service::http2
