#include "engine/word_store.h"

#include <cstring>
#include <string>

#include "absl/hash/hash.h"
#include "engine/varint.h"

namespace rolegate {
namespace {

absl::string_view WordAt(const char* at) {
  const std::uint64_t size = ReadVarint(&at);
  return {at, size};
}

}  // namespace

std::size_t WordStore::HashOf::operator()(absl::string_view word) const {
  return absl::HashOf(word);
}
std::size_t WordStore::HashOf::operator()(std::uint32_t begin) const {
  return absl::HashOf(WordAt(block + begin));
}
bool WordStore::Equal::operator()(std::uint32_t a, absl::string_view b) const {
  return WordAt(block + a) == b;
}

WordStore::WordStore()
    : writable_(std::make_shared_for_overwrite<char[]>(kCapacity)),
      block_(writable_),
      words_(0, HashOf{writable_.get()}, Equal{writable_.get()}) {}

std::optional<std::uint32_t> WordStore::Add(absl::string_view word) {
  const auto known = words_.find(word);
  if (known != words_.end()) return *known;
  std::string bytes;
  AppendVarint(word.size(), &bytes);
  bytes.append(word.data(), word.size());
  if (bytes.size() > kCapacity - size_) return std::nullopt;
  const auto begin = static_cast<std::uint32_t>(size_);
  std::memcpy(writable_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  words_.insert(begin);
  return begin;
}

}  // namespace rolegate
