// Condition keys or tags as they stand in a line of the audit log.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_CONTEXT_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_CONTEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/text/tag.h"

namespace rolegate::service {

// Keys with their values, written as JSON when they are added, with secrets
// taken out.
class AuditContext {
 public:
  // The caller adds each key once.
  void Add(absl::string_view key, absl::Span<const absl::string_view> values);
  // Leaves out a key that was added before, in whatever letter case.  Takes
  // time in proportion to the keys so far.
  void AddOnce(absl::string_view key,
               absl::Span<const absl::string_view> values);

  // Adds each tag; no two may have the same key.
  void AddTags(absl::Span<const Tag> tags);

  bool empty() const { return entries_.empty(); }

  // Calls `visit(key, values)` in the order of adding: the key as it was added,
  // and a JSON list of strings.
  template <typename Visit>
  void ForEach(Visit visit) const {
    std::size_t begin = 0;
    for (const Entry& entry : entries_) {
      const absl::string_view text = text_;
      visit(text.substr(begin, entry.key_end - begin),
            text.substr(entry.key_end, entry.end - entry.key_end));
      begin = entry.end;
    }
  }

 private:
  struct Entry {
    std::size_t key_end;
    std::size_t end;
  };

  std::string text_;  // each key, and its values behind it
  std::vector<Entry> entries_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_CONTEXT_H_
