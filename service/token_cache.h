// Remembers verified tokens, so that a session's every request need not verify
// its signature again.  Remembers verifications, never decisions.

#ifndef ROLEGATE_SERVICE_TOKEN_CACHE_H_
#define ROLEGATE_SERVICE_TOKEN_CACHE_H_

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "engine/sts/subject.h"
#include "service/session_token.h"

namespace rolegate::service {

// Whose a token is, or why it is nobody's.
using VerifiedSubject = std::variant<Subject, StsError>;

// Thread-safe; those who find their token never wait for each other.  Keyed by
// the whole token, bounded in bytes; an entry ends with its session and with
// the keys that verified it.
class TokenCache {
 public:
  explicit TokenCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // As VerifyToken, from the cache if it is there.
  VerifiedSubject Verify(absl::string_view token, const TokenParties& parties,
                         const std::shared_ptr<const KeySet>& keys,
                         absl::Time now);

  std::size_t bytes() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct Entry {
    std::shared_ptr<const Subject> subject;
    std::shared_ptr<const KeySet> keys;  // that verified it
  };

  // Of the end of a token, which is of its signature and so differs from all
  // others; what is found is compared with the whole.
  struct HashOfEnd {
    using is_transparent = void;
    std::size_t operator()(absl::string_view token) const;
  };
  using Entries =
      absl::flat_hash_map<std::string, Entry, HashOfEnd, std::equal_to<>>;
  struct Shard {
    mutable absl::Mutex mu;
    Entries entries ABSL_GUARDED_BY(mu);
    std::deque<std::string> order ABSL_GUARDED_BY(mu);  // oldest first
    std::size_t bytes ABSL_GUARDED_BY(mu) = 0;
  };

  void Insert(Shard& shard, absl::string_view token, Entry entry);

  const std::size_t max_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_TOKEN_CACHE_H_
