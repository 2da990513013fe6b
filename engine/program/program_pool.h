// Programs of documents that were compiled, so that equal ones share theirs.

#ifndef ROLEGATE_ENGINE_PROGRAM_PROGRAM_POOL_H_
#define ROLEGATE_ENGINE_PROGRAM_PROGRAM_POOL_H_

#include <cstddef>
#include <cstring>
#include <mutex>

#include "absl/container/flat_hash_set.h"
#include "engine/memory/counted_ptr.h"
#include "engine/program/program.h"

namespace rolegate {

// Accounts attach the same few trust policies and permissions to most of their
// roles.  Thread-safe.
class ProgramPool {
 public:
  // Returns null if the pool has none of this source.
  CountedPtr<const Program> Find(const ProgramSource& source) const;

  // Returns `program`, or the one of its source that was there.
  CountedPtr<const Program> Add(CountedPtr<const Program> program);

  // Forgets the programs that nobody else holds.
  void DropUnused();

  std::size_t size() const;

 private:
  struct HashOf {
    using is_transparent = void;
    std::size_t operator()(const ProgramSource& source) const {
      std::size_t hash = 0;  // a digest is as good a hash as any
      std::memcpy(&hash, source.digest.bytes().data(), sizeof(hash));
      return hash;
    }
    std::size_t operator()(const CountedPtr<const Program>& program) const {
      return (*this)(program->source());
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const CountedPtr<const Program>& a,
                    const ProgramSource& b) const {
      return a->source() == b;
    }
    bool operator()(const CountedPtr<const Program>& a,
                    const CountedPtr<const Program>& b) const {
      return a->source() == b->source();
    }
  };

  mutable std::mutex mu_;
  absl::flat_hash_set<CountedPtr<const Program>, HashOf, Equal>
      programs_;  // by mu_
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_PROGRAM_POOL_H_
