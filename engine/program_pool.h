// Programs of documents that were compiled, so that equal ones share theirs.

#ifndef ROLEGATE_ENGINE_PROGRAM_POOL_H_
#define ROLEGATE_ENGINE_PROGRAM_POOL_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_set.h"
#include "engine/policy_kind.h"
#include "engine/program.h"
#include "engine/sha256.h"
#include "engine/word_store.h"

namespace rolegate {

// A document by itself, wherever it stands.  Immutable.
struct CompiledDocument {
  PolicyKind kind = PolicyKind::kIdentity;
  Sha256Digest digest;  // Policy::content_digest
  Program program;
};

// Accounts attach the same few trust policies and permissions to most of their
// roles.  Thread-safe.
class ProgramPool {
 public:
  // Null if there is none.
  std::shared_ptr<const CompiledDocument> Find(
      PolicyKind kind, const Sha256Digest& digest) const;

  // Returns `document`, or the one of its kind and digest that was there.
  std::shared_ptr<const CompiledDocument> Add(
      std::shared_ptr<const CompiledDocument> document);

  // Forgets the documents that nobody else holds.
  void DropUnused();

  std::size_t size() const;

  // What the programs have in common even so.
  WordStore* words() { return &words_; }

 private:
  struct Key {
    PolicyKind kind;
    const Sha256Digest& digest;
  };
  struct HashOf {
    using is_transparent = void;
    std::size_t operator()(const Key& key) const {
      std::size_t hash = 0;  // a digest is as good a hash as any
      std::memcpy(&hash, key.digest.bytes().data(), sizeof(hash));
      return hash;
    }
    std::size_t operator()(
        const std::shared_ptr<const CompiledDocument>& document) const {
      return (*this)(Key{document->kind, document->digest});
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const std::shared_ptr<const CompiledDocument>& a,
                    const Key& b) const {
      return a->kind == b.kind && a->digest == b.digest;
    }
    bool operator()(const std::shared_ptr<const CompiledDocument>& a,
                    const std::shared_ptr<const CompiledDocument>& b) const {
      return (*this)(a, Key{b->kind, b->digest});
    }
  };

  mutable std::mutex mu_;
  absl::flat_hash_set<std::shared_ptr<const CompiledDocument>, HashOf, Equal>
      documents_;  // by mu_
  WordStore words_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_POOL_H_
