// What may be decided on a thread that other callers wait for.
//
// gRPC's threads read the requests of all callers and answer their probes of
// health.  A decision that takes milliseconds there holds up everybody, so it
// gets a small budget at first.  A decision that this budget stops is made
// again by a worker, with the whole one.

#ifndef ROLEGATE_SERVICE_ANSWER_HURRY_H_
#define ROLEGATE_SERVICE_ANSWER_HURRY_H_

#include <cstdint>

#include "engine/decide/decision.h"
#include "engine/sts/circumstances.h"
#include "engine/text/steps.h"

namespace rolegate::service {

// Steps of one check, and of all checks of one call, before a worker takes
// over: about 0.2 ms of work.
inline constexpr std::uint64_t kStepsInAHurry = 200'000;

// The same options, with at most kStepsInAHurry for a check.
AccessOptions InAHurry(AccessOptions options);

// Whether a call that decides under InAHurry(options) has to be answered by a
// worker: `decision` says only that the small budget is exhausted, which is not
// the answer under `options`, or the checks so far took long, as `call` tells.
// A check that exhausts a whole budget of at most kStepsInAHurry is answered.
bool TookLong(const AccessOptions& options, const Decision& decision,
              const StepBudget& call);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_HURRY_H_
