// The condition keys of one request and their values.

#ifndef ROLEGATE_ENGINE_REQUEST_CONTEXT_H_
#define ROLEGATE_ENGINE_REQUEST_CONTEXT_H_

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rolegate {

// A hash that does not see ASCII case, for condition keys.
constexpr std::uint64_t HashContextKey(absl::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (char c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

// A condition key with its hash.  Compares without regard to ASCII case, the
// tag's name in `aws:PrincipalTag/Team` included.
struct ContextKey {
  absl::string_view name;
  std::uint64_t hash = 0;

  constexpr ContextKey() = default;
  explicit constexpr ContextKey(absl::string_view key)
      : name(key), hash(HashContextKey(key)) {}

  friend bool operator==(const ContextKey& a, const ContextKey& b);
};

// What a condition is tested against: condition keys, each with a list of
// values.  A key that is present without values differs from a key that is
// absent only for the set operators.
//
// Holds views: names and values must outlive it.  Small contexts live inside
// the object, so that building and asking allocate nothing.
class RequestContext {
 public:
  using Values = absl::Span<const absl::string_view>;

  // Sets a key to one value or to a list; a key that was set before is
  // replaced.  A single value's view is copied, a list's is not.
  void Set(const ContextKey& key, absl::string_view value);
  void SetList(const ContextKey& key, Values values);
  void Remove(const ContextKey& key);

  bool Contains(const ContextKey& key) const { return Find(key) != nullptr; }

  // Whether the key is present, and its values; empty for an absent one.
  bool Get(const ContextKey& key, Values* values) const;

  // The value of a key that has exactly one; null else.  What a policy
  // variable may refer to.
  const absl::string_view* GetSingle(const ContextKey& key) const;

  std::size_t size() const { return entries_.size(); }

  // Calls `f(name, values)` for every key.
  template <typename F>
  void ForEach(F f) const {
    for (const Entry& entry : entries_) f(entry.key.name, entry.values());
  }

 private:
  struct Entry {
    ContextKey key;
    absl::string_view single;
    const absl::string_view* list = nullptr;
    std::size_t list_size = 0;
    bool is_list = false;  // else `single` is the value

    Values values() const {
      return is_list ? Values(list, list_size) : Values(&single, 1);
    }
  };

  const Entry* Find(const ContextKey& key) const;
  Entry& FindOrAdd(const ContextKey& key);

  absl::InlinedVector<Entry, 32> entries_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REQUEST_CONTEXT_H_
