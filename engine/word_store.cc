#include "engine/word_store.h"

#include <cstring>
#include <string>

#include "absl/hash/hash.h"
#include "engine/varint.h"

namespace rolegate {

bool WordStore::Equal::operator()(const Known& a, const Wanted& b) const {
  if (a.hash != b.hash) return false;
  const char* at = block + a.begin;
  const std::uint64_t size = ReadVarint(&at);
  return absl::string_view(at, size) == b.text;
}

WordStore::WordStore()
    : writable_(std::make_shared_for_overwrite<char[]>(kCapacity)),
      block_(writable_),
      words_(0, HashOf(), Equal{writable_.get()}) {}

void WordStore::Add(absl::Span<Word> words) {
  std::lock_guard<std::mutex> lock(mu_);
  for (Word& word : words) {
    const auto hash = static_cast<std::uint32_t>(absl::HashOf(word.text));
    word.begin = AddOne({word.text, hash});
  }
}

std::optional<std::uint32_t> WordStore::AddOne(const Wanted& word) {
  const auto known = words_.find(word);
  if (known != words_.end()) return known->begin;
  std::string bytes;
  AppendVarint(word.text.size(), &bytes);
  bytes.append(word.text.data(), word.text.size());
  if (bytes.size() > kCapacity - size_) return std::nullopt;
  const auto begin = static_cast<std::uint32_t>(size_);
  std::memcpy(writable_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  words_.insert(Known{begin, word.hash});
  return begin;
}

}  // namespace rolegate
