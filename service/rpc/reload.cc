#include <string>

#include "absl/strings/str_cat.h"
#include "service/rpc/fault_list.h"
#include "service/rpc/handlers.h"

namespace rolegate::service {
namespace {

// What is not new after a reload that found faults.
std::string WhatStays(const RegistryStatus& status) {
  if (status.held_back) return "stays as it was";
  std::string folders;
  for (const HeldFolder& folder : status.held_folders) {
    absl::StrAppend(&folders, folders.empty() ? "" : ", ", "`", folder.path,
                    "`");
  }
  return absl::StrCat("keeps the last good files of ", folders,
                      " while everything else is in force");
}

}  // namespace

Outcome HandleReload(Call& call, const v1::ReloadRequest&,
                     v1::ReloadResponse* response) {
  const RegistryStatus status = call.core().registry.Reload();
  if (!status.faults.empty()) {
    Outcome outcome(
        ApiError{ErrorCode::kRegistryFaults,
                 absl::StrCat("the registry has ", status.faults.size(),
                              " faults and ", WhatStays(status),
                              "; the first: ", ToString(status.faults.front())),
                 {}});
    outcome.faults = status.faults;
    return outcome;
  }
  response->set_revision(status.revision);
  *response->mutable_loaded_at() = ToProto(status.loaded_at);
  CountsToProto(status.counts, response->mutable_counts());
  std::size_t room = kMaxFaultBytes;
  AddFaults(status.findings, &room, response->mutable_findings());
  return Outcome::Answered();
}

}  // namespace rolegate::service
