#include "engine/memory/packed_texts.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/memory/varint.h"

namespace rolegate {
namespace {

std::unique_ptr<const char[]> Copy(absl::string_view bytes) {
  auto copy = std::make_unique_for_overwrite<char[]>(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace

PackedTexts::PackedTexts(absl::Span<const absl::string_view> texts) {
  if (std::all_of(texts.begin(), texts.end(),
                  [](absl::string_view text) { return text.empty(); })) {
    return;
  }
  std::string body;
  AppendVarint(texts.size(), &body);
  for (const absl::string_view text : texts) {
    AppendVarint(text.size(), &body);
    body.append(text.data(), text.size());
  }
  std::string bytes;
  AppendVarint(body.size(), &bytes);
  bytes += body;
  bytes_ = Copy(bytes);
}

PackedTexts::PackedTexts(const PackedTexts& other)
    : bytes_(other.bytes_ ? Copy(other.bytes()) : nullptr) {}

PackedTexts& PackedTexts::operator=(const PackedTexts& other) {
  return *this = PackedTexts(other);
}

absl::string_view PackedTexts::bytes() const {
  if (bytes_ == nullptr) return {};
  const char* at = bytes_.get();
  const std::uint64_t size = ReadVarint(&at);
  return {bytes_.get(), static_cast<std::size_t>(at - bytes_.get()) + size};
}

std::size_t PackedTexts::size() const {
  if (bytes_ == nullptr) return 0;
  const char* at = bytes_.get();
  ReadVarint(&at);
  return ReadVarint(&at);
}

absl::string_view PackedTexts::operator[](std::size_t index) const {
  if (bytes_ == nullptr) return {};
  const char* at = bytes_.get();
  ReadVarint(&at);
  if (index >= ReadVarint(&at)) return {};
  for (;; --index) {
    const std::uint64_t size = ReadVarint(&at);
    if (index == 0) return {at, size};
    at += size;
  }
}

}  // namespace rolegate
