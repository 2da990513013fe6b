// The service principals of AWS, told from those of one's own services.

#ifndef ROLEGATE_ENGINE_LINT_SERVICE_NAMES_H_
#define ROLEGATE_ENGINE_LINT_SERVICE_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/text/steps.h"

namespace rolegate {

// Whether a service principal of that name can only be AWS's, by its domain.
// Services of one's own are named in domains of one's own.
bool IsAwsService(absl::string_view name);

// Whether condition keys and actions of a service of AWS begin with it.
bool IsAwsPrefix(absl::string_view prefix);

// Returns the name that is meant where `name` is nearly, but not, that of a
// service of AWS: `ecs-tasks.amazonaws.com` for `ecs-task.amazonaws.com`.
// Returns an empty text if the name is right, or near to none.  A service that
// is newer than the list of names is near to none, unless by chance.  The
// search is charged to `steps`.
std::string MisspelledService(absl::string_view name, StepBudget& steps);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_SERVICE_NAMES_H_
