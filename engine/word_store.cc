#include "engine/word_store.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "engine/varint.h"

namespace rolegate {
namespace {

constexpr std::size_t kFirstTable = 256;

// What a slot holds.
constexpr unsigned kHashShift = 32;

std::uint64_t MakeSlot(std::uint32_t hash, std::uint32_t begin) {
  return std::uint64_t{hash} << kHashShift | (begin + 1);
}
std::uint32_t HashOf(std::uint64_t slot) {
  return static_cast<std::uint32_t>(slot >> kHashShift);
}
std::uint32_t BeginOf(std::uint64_t slot) {
  return static_cast<std::uint32_t>(slot) - 1;
}

}  // namespace

WordStore::WordStore()
    : writable_(std::make_shared_for_overwrite<char[]>(kCapacity)),
      block_(writable_) {
  tables_.push_back(std::make_unique<Table>(kFirstTable));
  table_ = tables_.back().get();
}

void WordStore::Add(absl::Span<Word> words) {
  for (Word& word : words) {
    word.hash = static_cast<std::uint32_t>(absl::HashOf(word.text));
  }
  const Table& table = *table_.load(std::memory_order_acquire);
  Prefetch(table, words);
  for (Word& word : words) {
    word.begin = Find(table, word);
    if (!word.begin) word.begin = AddNew(word);
  }
}

// There are so many words that most are in no near cache.  To wait for one
// after the other takes longer than all the rest of compiling a policy.
void WordStore::Prefetch(const Table& table,
                         absl::Span<const Word> words) const {
  for (const Word& word : words) {
    __builtin_prefetch(&table.slots[word.hash & table.mask]);
  }
  for (const Word& word : words) {
    const std::uint64_t slot =
        table.slots[word.hash & table.mask].load(std::memory_order_acquire);
    if (slot != 0) __builtin_prefetch(block_.get() + BeginOf(slot));
  }
}

std::optional<std::uint32_t> WordStore::Find(const Table& table,
                                             const Word& word) const {
  for (std::size_t i = word.hash;; ++i) {
    // Acquired, so that the word that it leads to can be read.
    const std::uint64_t slot =
        table.slots[i & table.mask].load(std::memory_order_acquire);
    if (slot == 0) return std::nullopt;
    if (HashOf(slot) != word.hash) continue;
    const std::uint32_t begin = BeginOf(slot);
    const char* at = block_.get() + begin;
    const std::uint64_t size = ReadVarint(&at);
    if (absl::string_view(at, size) == word.text) return begin;
  }
}

std::optional<std::uint32_t> WordStore::AddNew(const Word& word) {
  std::string bytes;
  AppendVarint(word.text.size(), &bytes);
  bytes.append(word.text.data(), word.text.size());

  std::lock_guard<std::mutex> lock(mu_);
  // Another thread may have been faster.
  if (const auto known = Find(*tables_.back(), word)) return known;
  if (bytes.size() > kCapacity - size_) return std::nullopt;
  if (++count_ * 2 > tables_.back()->slots.size()) Grow();
  const auto begin = static_cast<std::uint32_t>(size_);
  std::memcpy(writable_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  Put(MakeSlot(word.hash, begin), tables_.back().get());
  return begin;
}

void WordStore::Put(std::uint64_t slot, Table* table) {
  std::size_t i = HashOf(slot);
  while (table->slots[i & table->mask].load(std::memory_order_relaxed) != 0) {
    ++i;
  }
  table->slots[i & table->mask].store(slot, std::memory_order_release);
}

void WordStore::Grow() {
  const Table& last = *tables_.back();
  auto next = std::make_unique<Table>(2 * last.slots.size());
  for (const auto& slot : last.slots) {
    const std::uint64_t word = slot.load(std::memory_order_relaxed);
    if (word != 0) Put(word, next.get());
  }
  table_.store(next.get(), std::memory_order_release);
  tables_.push_back(std::move(next));
}

}  // namespace rolegate
