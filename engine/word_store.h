// Words that many policies have in common: actions, condition keys.

#ifndef ROLEGATE_ENGINE_WORD_STORE_H_
#define ROLEGATE_ENGINE_WORD_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace rolegate {

// Keeps each word once, in a block that never moves: programs refer to words
// by where they stand, and hold the block.  A word, once there, stays as long
// as the block.  Words are added by one thread; others may read meanwhile what
// was there before they were told of it.
class WordStore {
 public:
  // More than all actions of AWS take.  Who has more keeps them elsewhere.
  static constexpr std::size_t kCapacity = std::size_t{2} << 20;

  WordStore();
  WordStore(const WordStore&) = delete;
  WordStore& operator=(const WordStore&) = delete;

  // Where the word stands in the block, behind its size as a varint.  Nothing
  // if the block is full.
  std::optional<std::uint32_t> Add(absl::string_view word);

  const std::shared_ptr<const char[]>& block() const { return block_; }

 private:
  // Words by where they stand.
  struct HashOf {
    using is_transparent = void;
    const char* block;
    std::size_t operator()(absl::string_view word) const;
    std::size_t operator()(std::uint32_t begin) const;
  };
  struct Equal {
    using is_transparent = void;
    const char* block;
    bool operator()(std::uint32_t a, absl::string_view b) const;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
  };

  const std::shared_ptr<char[]> writable_;
  const std::shared_ptr<const char[]> block_;
  std::size_t size_ = 0;
  absl::flat_hash_set<std::uint32_t, HashOf, Equal> words_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_WORD_STORE_H_
