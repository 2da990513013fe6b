#include "service/answer/hurry.h"

namespace rolegate::service {

AccessOptions InAHurry(AccessOptions options) {
  options.max_steps_here = kStepsInAHurry;
  return options;
}

bool TookLong(const AccessOptions& options, const Decision& decision,
              const StepBudget& call) {
  const bool stopped = decision.reason == Reason::kBudgetExceeded &&
                       options.max_check_steps > kStepsInAHurry;
  return stopped || call.spent() > kStepsInAHurry;
}

}  // namespace rolegate::service
