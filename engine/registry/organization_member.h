// Says where an account stands in its organization, and what limits it there.

#ifndef ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_MEMBER_H_
#define ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_MEMBER_H_

#include <string>
#include <vector>

#include "engine/decide/policy_set.h"
#include "engine/program/policy.h"

namespace rolegate {

struct OrganizationMember {
  std::string organization_id;         // "o-abc123"
  std::vector<std::string> org_paths;  // {"o-abc123/r-root/ou-x/"}
  bool is_management_account = false;  // SCPs and RCPs do not apply to it
  std::vector<std::vector<const Policy*>> scp_levels;  // root first
  std::vector<std::vector<const Policy*>> rcp_levels;
  std::vector<PolicySpan> scps;  // views of the two above
  std::vector<PolicySpan> rcps;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_ORGANIZATION_MEMBER_H_
