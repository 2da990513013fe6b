// The tags of a session: passed, and inherited along a chain.
//
// AWS: "Pass session tags in AWS STS", IAM User Guide.

#ifndef ROLEGATE_ENGINE_STS_SESSION_TAGS_H_
#define ROLEGATE_ENGINE_STS_SESSION_TAGS_H_

#include <string>
#include <vector>

#include "engine/sts/result.h"
#include "engine/sts/role_session.h"

namespace rolegate {

struct SessionTags {
  std::vector<Tag> tags;
  std::vector<std::string> transitive_keys;
};

// The transitive tags of `caller`, a session or null, with the passed ones.
// InvalidParameterValue for keys that are there twice, for a transitive key
// without its tag, and for a tag that the caller has as a transitive one.
// Keys compare without regard to letter case.
[[nodiscard]] Result<SessionTags> JoinSessionTags(
    const RoleSession* caller, const std::vector<Tag>& tags,
    const std::vector<std::string>& transitive_keys);

// The tags that every session made from this one has.
std::vector<Tag> TransitiveTags(const RoleSession& session);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_SESSION_TAGS_H_
