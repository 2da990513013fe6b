// The request of an AssumeRole.

#ifndef ROLEGATE_ENGINE_STS_ASSUME_ROLE_INPUT_H_
#define ROLEGATE_ENGINE_STS_ASSUME_ROLE_INPUT_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/registry/session_binding.h"
#include "engine/text/tag.h"

namespace rolegate {

// The request as it came.  Absent and empty differ: an empty external ID is
// too short, an absent one is none.
struct AssumeRoleInput {
  std::string role_arn;
  std::string role_session_name;
  std::optional<int> duration_seconds;  // default 3600
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::optional<std::string> external_id;
  std::optional<std::string> source_identity;

  // Asked for, with what the caller's connection proved.
  SessionBinding binding;

  // The caller checks the code.  If the code was right, `given` says so by
  // aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge.
  std::optional<std::string> serial_number;
  std::optional<std::string> token_code;

  // The caller of this function found a reason to refuse that no policy knows:
  // a wrong code, an assertion that does not name the role.  The request is
  // decided like every other and then refused, in the same words and after the
  // same work.
  bool refused_beforehand = false;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ASSUME_ROLE_INPUT_H_
