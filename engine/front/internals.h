// How the public handles of include/rolegate reach what they refer to.

#ifndef ROLEGATE_ENGINE_FRONT_INTERNALS_H_
#define ROLEGATE_ENGINE_FRONT_INTERNALS_H_

#include "engine/program/policy.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/subject.h"
#include "rolegate/policy.h"
#include "rolegate/question.h"
#include "rolegate/registry.h"

namespace rolegate::engine {

class Internals {
 public:
  static const rolegate::Policy& Of(const Policy& policy) {
    return *policy.policy_;
  }
  static const rolegate::Snapshot& Of(const Snapshot& snapshot) {
    return *snapshot.snapshot_;
  }
  static const rolegate::Subject& Of(const Subject& subject) {
    return *subject.subject_;
  }
};

}  // namespace rolegate::engine

#endif  // ROLEGATE_ENGINE_FRONT_INTERNALS_H_
