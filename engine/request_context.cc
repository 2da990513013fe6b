#include "engine/request_context.h"

#include "absl/strings/match.h"

namespace rolegate {

bool operator==(const ContextKey& a, const ContextKey& b) {
  return a.hash == b.hash && absl::EqualsIgnoreCase(a.name, b.name);
}

void RequestContext::Set(const ContextKey& key, absl::string_view value) {
  Entry& entry = FindOrAdd(key);
  entry.single = value;
  entry.list = nullptr;
  entry.list_size = 0;
  entry.is_list = false;
}

void RequestContext::SetList(const ContextKey& key, Values values) {
  Entry& entry = FindOrAdd(key);
  entry.list = values.data();
  entry.list_size = values.size();
  entry.is_list = true;
}

void RequestContext::Remove(const ContextKey& key) {
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->key == key) {
      entries_.erase(it);
      return;
    }
  }
}

bool RequestContext::Get(const ContextKey& key, Values* values) const {
  const Entry* const entry = Find(key);
  *values = entry != nullptr ? entry->values() : Values();
  return entry != nullptr;
}

const absl::string_view* RequestContext::GetSingle(
    const ContextKey& key) const {
  const Entry* const entry = Find(key);
  if (entry == nullptr) return nullptr;
  const Values values = entry->values();
  return values.size() == 1 ? values.data() : nullptr;
}

const RequestContext::Entry* RequestContext::Find(const ContextKey& key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
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
