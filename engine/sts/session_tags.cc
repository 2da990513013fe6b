#include "engine/sts/session_tags.h"

#include <algorithm>
#include <utility>

#include "engine/text/case_folding.h"

namespace rolegate {
namespace {

bool HasKey(const std::vector<Tag>& tags, const std::string& key) {
  return std::any_of(tags.begin(), tags.end(),
                     [&](const Tag& tag) { return EqualNames(tag.key, key); });
}

bool Contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& other) {
    return EqualNames(other, key);
  });
}

ApiError Invalid(std::string field, std::string message) {
  return {ErrorCode::kInvalidParameterValue,
          message,
          {{std::move(field), message}}};
}

}  // namespace

std::vector<Tag> TransitiveTags(const RoleSession& session) {
  std::vector<Tag> tags;
  for (const Tag& tag : session.tags) {
    if (Contains(session.transitive_tag_keys, tag.key)) tags.push_back(tag);
  }
  return tags;
}

Result<SessionTags> JoinSessionTags(
    const RoleSession* caller, const std::vector<Tag>& tags,
    const std::vector<std::string>& transitive_keys) {
  SessionTags joined;
  if (caller != nullptr) {
    joined.tags = TransitiveTags(*caller);
    for (const Tag& tag : joined.tags) {
      joined.transitive_keys.push_back(tag.key);
    }
  }
  const std::size_t inherited = joined.tags.size();
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (HasKey({tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(i)},
               tags[i].key)) {
      return Invalid("tags",
                     "Duplicate tag keys found. Please note that Tag keys are "
                     "case insensitive.");
    }
    if (HasKey({joined.tags.begin(),
                joined.tags.begin() + static_cast<std::ptrdiff_t>(inherited)},
               tags[i].key)) {
      return Invalid("tags",
                     "One of the specified transitive tag keys can't be set "
                     "because it conflicts with a transitive tag key from the "
                     "calling session.");
    }
  }
  joined.tags.insert(joined.tags.end(), tags.begin(), tags.end());
  for (const std::string& key : transitive_keys) {
    if (!HasKey(tags, key)) {
      return Invalid("transitive_tag_keys",
                     "The specified transitive tag key must be included in the "
                     "requested tags.");
    }
    if (!Contains(joined.transitive_keys, key)) {
      joined.transitive_keys.push_back(key);
    }
  }
  return joined;
}

}  // namespace rolegate
