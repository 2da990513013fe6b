// The condition keys of one request and their values.

#ifndef ROLEGATE_ENGINE_DECIDE_REQUEST_CONTEXT_H_
#define ROLEGATE_ENGINE_DECIDE_REQUEST_CONTEXT_H_

#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/policy/context_key.h"

namespace rolegate {

// The values of a condition key: one, held here, or a list that stands
// elsewhere.  Views only.
class ContextValues {
 public:
  ContextValues() = default;
  // One value.
  explicit ContextValues(absl::string_view value) : single_(value), size_(1) {}
  explicit ContextValues(absl::Span<const absl::string_view> list)
      : list_(list.data()), size_(list.size()) {}

  const absl::string_view* begin() const {
    return list_ != nullptr ? list_ : &single_;
  }
  const absl::string_view* end() const { return begin() + size_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  absl::string_view front() const { return *begin(); }
  absl::string_view back() const { return *(end() - 1); }

 private:
  absl::string_view single_;
  const absl::string_view* list_ = nullptr;  // null: `single_`, or nothing
  std::size_t size_ = 0;
};

// The condition keys that a condition is tested against, each with a list of
// values.  A key that is present without values differs from a key that is
// absent only for the set operators.
class ContextKeySource {
 public:
  // Whether the key is present, and its values; leaves `*values` as it is for
  // an absent one.
  virtual bool Get(const ContextKey& key, ContextValues* values) const = 0;

  // Whether the value of the key may be another one in another question of the
  // same call, so that no condition on it may be remembered.
  virtual bool DiffersByQuestion(const ContextKey& /*key*/) const {
    return false;
  }

 protected:
  ~ContextKeySource() = default;
};

// The condition keys that were set here.
//
// Holds views: names and values must outlive it.  Small contexts live inside
// the object, so that building and asking allocate nothing.
class RequestContext final : public ContextKeySource {
 public:
  // Sets a key to one value or to a list; a key that was set before is
  // replaced.  A single value's view is copied, a list's is not.
  void Set(const ContextKey& key, absl::string_view value);
  void SetList(const ContextKey& key, absl::Span<const absl::string_view> list);

  bool Get(const ContextKey& key, ContextValues* values) const override;

  // Calls `f(key, values)` for every key.
  template <typename F>
  void ForEach(F f) const {
    for (const Entry& entry : entries_) f(entry.key, entry.values);
  }

 private:
  struct Entry {
    ContextKey key;
    ContextValues values;
  };

  Entry& FindOrAdd(const ContextKey& key);

  absl::InlinedVector<Entry, 16> entries_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_REQUEST_CONTEXT_H_
