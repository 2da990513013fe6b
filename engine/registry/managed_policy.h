// A policy that has an ARN, for roles and users to attach.

#ifndef ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICY_H_
#define ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICY_H_

#include <memory>
#include <string>

#include "engine/program/policy.h"

namespace rolegate {

struct ManagedPolicy {
  std::string arn;
  std::string name;
  std::shared_ptr<const Policy> policy;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICY_H_
