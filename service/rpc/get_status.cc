#include "service/rpc/fault_list.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {

Outcome HandleGetStatus(Call& call, const v1::GetStatusRequest&,
                        v1::GetStatusResponse* response) {
  const RegistryStatus status = call.core().registry.status();
  response->set_loaded(status.loaded);
  response->set_revision(status.revision);
  if (status.loaded) {
    *response->mutable_loaded_at() = ToProto(status.loaded_at);
  }
  CountsToProto(status.counts, response->mutable_counts());
  std::size_t room = kMaxFaultBytes;
  AddFaults(status.faults, &room, response->mutable_faults());
  room = kMaxFaultBytes;
  AddFaults(status.findings, &room, response->mutable_findings());
  response->set_from_last_good(status.from_last_good);
  if (!status.faults.empty()) {
    *response->mutable_held_back_since() = ToProto(status.held_back_since);
  }
  response->set_held_back(status.held_back);
  room = kMaxFaultBytes;
  for (const HeldFolder& folder : status.held_folders) {
    v1::HeldFolder* const held = response->add_held_folders();
    held->set_path(folder.path);
    *held->mutable_held_since() = ToProto(folder.since);
    AddFaults(folder.faults, &room, held->mutable_faults());
  }
  response->set_reloads(static_cast<std::int64_t>(status.reloads));
  response->set_failed_reloads(
      static_cast<std::int64_t>(status.failed_reloads));
  return Outcome::Answered();
}

}  // namespace rolegate::service
