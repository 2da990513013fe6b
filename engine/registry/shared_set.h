// A hash set in shards, which copies share until one of them changes a shard.

#ifndef ROLEGATE_ENGINE_REGISTRY_SHARED_SET_H_
#define ROLEGATE_ENGINE_REGISTRY_SHARED_SET_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace rolegate {

// A copy costs one pointer for each shard, and a change of the copy costs one
// shard, whatever the size of the whole.  Thus a new generation of a registry
// shares what did not change in it.
//
// `Traits` names the `Key` by which an element is found, `KeyOf(element)`, and
// `Hash(key)`; keys compare by `==`.
//
// Readers need no lock.  Somebody who changes a copy must hold the original
// meanwhile.
template <typename Element, typename Traits>
class SharedSet {
 public:
  using Key = typename Traits::Key;

  // Null if there is none.
  const Element* Find(const Key& key) const {
    return Find(key, Traits::Hash(key));
  }
  // Does the same for a caller that knows the key's hash.
  const Element* Find(const Key& key, std::size_t hash) const {
    const Shard* const shard = shards_[ShardOf(hash)].get();
    if (shard == nullptr) return nullptr;
    const auto found = shard->find(key, hash);
    return found == shard->end() ? nullptr : &*found;
  }

  // Adds the element.  Returns false and does nothing if there is one of its
  // key.
  bool Insert(Element element) {
    Shard& shard = Own(ShardOf(Traits::Hash(Traits::KeyOf(element))));
    const bool added = shard.insert(std::move(element)).second;
    size_ += added ? 1 : 0;
    return added;
  }

  void Erase(const Key& key) {
    Shard& shard = Own(ShardOf(Traits::Hash(key)));
    const auto found = shard.find(key);
    if (found == shard.end()) return;
    shard.erase(found);
    --size_;
  }

  std::size_t size() const { return size_; }

  // Tells about how many elements will be inserted.
  void Reserve(std::size_t size) { expected_ = size / kShards; }

 private:
  struct HashOf {
    using is_transparent = void;
    std::size_t operator()(const Key& key) const { return Traits::Hash(key); }
    std::size_t operator()(const Element& element) const {
      return Traits::Hash(Traits::KeyOf(element));
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Element& a, const Key& b) const {
      return Traits::KeyOf(a) == b;
    }
    bool operator()(const Element& a, const Element& b) const {
      return Traits::KeyOf(a) == Traits::KeyOf(b);
    }
  };
  using Shard = absl::flat_hash_set<Element, HashOf, Equal>;

  static constexpr std::size_t kShards = 1024;

  // Chooses by bits that the shards' own tables do not look at.
  static std::size_t ShardOf(std::size_t hash) {
    return (hash >> 50) % kShards;
  }

  Shard& Own(std::size_t index) {
    std::shared_ptr<Shard>& shard = shards_[index];
    if (shard == nullptr) {
      shard = std::make_shared<Shard>(expected_);
    } else if (shard.use_count() > 1) {
      shard = std::make_shared<Shard>(*shard);
    }
    return *shard;
  }

  std::vector<std::shared_ptr<Shard>> shards_ =
      std::vector<std::shared_ptr<Shard>>(kShards);
  std::size_t size_ = 0;
  std::size_t expected_ = 0;  // in a shard
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SHARED_SET_H_
