#include "engine/memory/word_store.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "engine/memory/varint.h"

namespace rolegate {
namespace {

constexpr std::size_t kFirstTable = 256;

// What a slot holds: where the word begins, by one more, and above it the high
// bits of its hash, by which most others are told without a look at them.
constexpr unsigned kBeginBits = 22;
static_assert(WordStore::kCapacity < std::size_t{1} << kBeginBits);

std::uint32_t MakeSlot(std::uint32_t hash, std::uint32_t begin) {
  return (hash >> kBeginBits) << kBeginBits | (begin + 1);
}
bool MayBeOf(std::uint32_t slot, std::uint32_t hash) {
  return (slot ^ hash) >> kBeginBits == 0;
}
std::uint32_t BeginOf(std::uint32_t slot) {
  return (slot & ((std::uint32_t{1} << kBeginBits) - 1)) - 1;
}

std::uint32_t HashOf(absl::string_view word) {
  return static_cast<std::uint32_t>(absl::HashOf(word));
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
    word.hash = HashOf(word.text);
  }
  const Table& table = *table_.load(std::memory_order_acquire);
  Prefetch(table, words);
  for (Word& word : words) {
    word.begin = Find(table, word);
    if (!word.begin) word.begin = AddNew(word);
  }
}

// There are so many words that most are in no near cache, and to wait for one
// after the other takes longer than all else here.
void WordStore::Prefetch(const Table& table,
                         absl::Span<const Word> words) const {
  for (const Word& word : words) {
    __builtin_prefetch(&table.slots[word.hash & table.mask]);
  }
  for (const Word& word : words) {
    const Slot slot =
        table.slots[word.hash & table.mask].load(std::memory_order_acquire);
    if (slot != 0) __builtin_prefetch(block_.get() + BeginOf(slot));
  }
}

std::optional<std::uint32_t> WordStore::Find(const Table& table,
                                             const Word& word) const {
  for (std::size_t i = word.hash;; ++i) {
    // Acquired, so that the word that it leads to can be read.
    const Slot slot =
        table.slots[i & table.mask].load(std::memory_order_acquire);
    if (slot == 0) return std::nullopt;
    if (!MayBeOf(slot, word.hash)) continue;
    const std::uint32_t begin = BeginOf(slot);
    if (WordAt(begin) == word.text) return begin;
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
  Put(word.hash, begin, tables_.back().get());
  return begin;
}

absl::string_view WordStore::WordAt(std::uint32_t begin) const {
  const char* at = block_.get() + begin;
  const std::uint64_t size = ReadVarint(&at);
  return {at, size};
}

void WordStore::Put(std::uint32_t hash, std::uint32_t begin, Table* table) {
  std::size_t i = hash;
  while (table->slots[i & table->mask].load(std::memory_order_relaxed) != 0) {
    ++i;
  }
  table->slots[i & table->mask].store(MakeSlot(hash, begin),
                                      std::memory_order_release);
}

void WordStore::Grow() {
  const Table& last = *tables_.back();
  auto next = std::make_unique<Table>(2 * last.slots.size());
  for (const auto& entry : last.slots) {
    const Slot slot = entry.load(std::memory_order_relaxed);
    if (slot == 0) continue;
    const std::uint32_t begin = BeginOf(slot);
    Put(HashOf(WordAt(begin)), begin, next.get());
  }
  table_.store(next.get(), std::memory_order_release);
  tables_.push_back(std::move(next));
}

}  // namespace rolegate
