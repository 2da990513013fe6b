// ARNs that no resource has.

#ifndef ROLEGATE_ENGINE_LINT_RESOURCE_SHAPES_H_
#define ROLEGATE_ENGINE_LINT_RESOURCE_SHAPES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/policy/policy_document.h"
#include "engine/text/arn.h"
#include "engine/text/steps.h"

namespace rolegate {

// Whether all of the statement's actions are asked on roles, such as
// `sts:AssumeRole` and `iam:PassRole`.
bool IsAboutRoles(const StatementDocument& statement);

// Whether all of its actions are of AWS STS, or `iam:PassRole`.
bool IsAboutSts(const StatementDocument& statement);

struct ResourceUse {
  bool about_roles = false;  // IsAboutRoles
  bool about_sts = false;    // IsAboutSts
  bool variables = false;    // `${…}` stands for a value
};

// Says why no resource has the ARN, which is written `text`.  Empty if one
// may have it, and once the steps are exhausted.
//
// AWS: the ARN formats of the Service Authorization Reference.
std::string WhyNoResource(absl::string_view text, const Arn& arn,
                          const ResourceUse& use, StepBudget& steps);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_RESOURCE_SHAPES_H_
