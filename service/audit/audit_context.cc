#include "service/audit/audit_context.h"

#include "absl/strings/match.h"
#include "service/base/json_line.h"
#include "service/base/redact.h"

namespace rolegate::service {

void AuditContext::Add(absl::string_view key,
                       absl::Span<const absl::string_view> values) {
  if (HoldsSecret(key)) {
    text_ += Redact(key);
  } else {
    text_.append(key.data(), key.size());
  }
  const std::size_t key_end = text_.size();
  char before = '[';
  for (const absl::string_view value : values) {
    text_ += before;
    before = ',';
    if (HoldsSecret(value)) {
      AppendJsonString(Redact(value), &text_);
    } else {
      AppendJsonString(value, &text_);
    }
  }
  text_ += values.empty() ? "[]" : "]";
  entries_.push_back({key_end, text_.size()});
}

void AuditContext::AddOnce(absl::string_view key,
                           absl::Span<const absl::string_view> values) {
  bool there = false;
  ForEach([&](absl::string_view added, absl::string_view) {
    there = there || absl::EqualsIgnoreCase(added, key);
  });
  if (!there) Add(key, values);
}

void AuditContext::AddTags(absl::Span<const Tag> tags) {
  for (const Tag& tag : tags) Add(tag.key, {tag.value});
}

}  // namespace rolegate::service
