// Words that many policies have in common: actions, condition keys.

#ifndef ROLEGATE_ENGINE_WORD_STORE_H_
#define ROLEGATE_ENGINE_WORD_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// Keeps each word once, in a block that never moves: programs refer to words
// by where they stand, and hold the block.  A word, once there, stays as long
// as the block.  Safe to add to from several threads; reading what was added
// takes no lock.
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
  };

  // Adds those that are not there yet, and says where they stand.
  void Add(absl::Span<Word> words);

  const std::shared_ptr<const char[]>& block() const { return block_; }

 private:
  // A word that is there.
  struct Known {
    std::uint32_t begin;
    std::uint32_t hash;
  };
  // One that is looked for.
  struct Wanted {
    absl::string_view text;
    std::uint32_t hash;
  };
  struct HashOf {
    using is_transparent = void;
    std::size_t operator()(const Known& word) const { return word.hash; }
    std::size_t operator()(const Wanted& word) const { return word.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const char* block;
    bool operator()(const Known& a, const Wanted& b) const;
    bool operator()(const Known& a, const Known& b) const {
      return a.begin == b.begin;
    }
  };

  std::optional<std::uint32_t> AddOne(const Wanted& word);

  const std::shared_ptr<char[]> writable_;
  const std::shared_ptr<const char[]> block_;
  std::mutex mu_;  // of what follows, and of writing
  std::size_t size_ = 0;
  absl::flat_hash_set<Known, HashOf, Equal> words_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_WORD_STORE_H_
