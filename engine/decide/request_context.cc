#include "engine/decide/request_context.h"

namespace rolegate {

void RequestContext::Set(const ContextKey& key, absl::string_view value) {
  FindOrAdd(key).values = ContextValues(value);
}

void RequestContext::SetList(const ContextKey& key,
                             absl::Span<const absl::string_view> list) {
  FindOrAdd(key).values = ContextValues(list);
}

bool RequestContext::Get(const ContextKey& key, ContextValues* values) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) {
      *values = entry.values;
      return true;
    }
  }
  return false;
}

RequestContext::Entry& RequestContext::FindOrAdd(const ContextKey& key) {
  for (Entry& entry : entries_) {
    if (entry.key == key) return entry;
  }
  Entry& entry = entries_.emplace_back();
  entry.key = key;
  return entry;
}

}  // namespace rolegate
