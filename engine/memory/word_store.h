// Words that many policies have in common: actions, condition keys.

#ifndef ROLEGATE_ENGINE_MEMORY_WORD_STORE_H_
#define ROLEGATE_ENGINE_MEMORY_WORD_STORE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// Keeps each word once, in a block that never moves: programs refer to words
// by where they stand, and hold the block.  A word, once there, stays as long
// as the block.  Safe to add to from several threads; neither reading a word
// nor adding one that is there takes a lock.
class WordStore {
 public:
  // More than all actions of AWS take.  Who has more keeps them elsewhere.
  static constexpr std::size_t kCapacity = std::size_t{2} << 20;

  WordStore();
  WordStore(const WordStore&) = delete;
  WordStore& operator=(const WordStore&) = delete;

  // A word, and where it stands in the block, behind its size as a varint;
  // nothing if the block is full.
  struct Word {
    absl::string_view text;
    std::optional<std::uint32_t> begin;
    std::uint32_t hash = 0;  // set by Add
  };

  // Adds those that are not there yet, and says where they stand.
  void Add(absl::Span<Word> words);

  const std::shared_ptr<const char[]>& block() const { return block_; }

 private:
  // A hash table with open addressing.  A slot is 0 while it is free, then,
  // once and for all, some bits of a word's hash and where it stands, by one
  // more.
  using Slot = std::uint32_t;
  struct Table {
    explicit Table(std::size_t size) : slots(size), mask(size - 1) {}
    std::vector<std::atomic<Slot>> slots;  // a power of two of them
    const std::size_t mask;
  };

  // Fetches what Find will read of these words, for all of them at once.
  void Prefetch(const Table& table, absl::Span<const Word> words) const;
  std::optional<std::uint32_t> Find(const Table& table, const Word& word) const;
  std::optional<std::uint32_t> AddNew(const Word& word);
  absl::string_view WordAt(std::uint32_t begin) const;
  static void Put(std::uint32_t hash, std::uint32_t begin, Table* table);
  // Adds a table of twice the size, with what the last one holds.
  void Grow();

  const std::shared_ptr<char[]> writable_;
  const std::shared_ptr<const char[]> block_;
  std::atomic<const Table*> table_;  // the last of tables_
  std::mutex mu_;                    // of what follows, and of writing
  std::size_t size_ = 0;             // of the words in the block
  std::size_t count_ = 0;            // of words
  // The earlier ones stay, for others may be looking into them.
  std::vector<std::unique_ptr<Table>> tables_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_MEMORY_WORD_STORE_H_
