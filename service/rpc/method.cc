#include "service/rpc/method.h"

#include "service/identity/administration.h"

namespace rolegate::service {

Refusal MeetDemands(const Demands& demands, Call& call) {
  if (demands.identity != Demands::Identity::kNone) {
    Refusal refusal = call.Identify();
    if (refusal.has_value() &&
        (refusal->code != ErrorCode::kRegistryNotLoaded ||
         demands.identity != Demands::Identity::kEvenWithoutRegistry)) {
      return refusal;
    }
  }
  // What is for everybody leaves no record.
  if (demands.identity != Demands::Identity::kEvenWithoutRegistry) {
    if (Refusal refusal = call.RequireAudit()) return refusal;
  }
  if (demands.limits_sessions) {
    if (Refusal refusal = call.LimitSessions()) return refusal;
  }
  if (!demands.administers.empty()) {
    if (Refusal refusal = call.RequireAdministration(demands.administers,
                                                     kRegistryResource)) {
      return refusal;
    }
  }
  return demands.registry ? call.RequireRegistry() : std::nullopt;
}

}  // namespace rolegate::service
