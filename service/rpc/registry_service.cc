#include "service/rpc/registry_service.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/answer/proto_conversions.h"
#include "service/rpc/registry_watch.h"
#include "service/rpc/rpc_status.h"

namespace rolegate::service {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;
// What a response holds of faults and findings: messages have a limit, and
// nobody reads the ten thousandth.
constexpr std::size_t kMaxFaults = 1000;
constexpr std::size_t kMaxFaultBytes = std::size_t{1} << 20;

Refusal RequireReader(Call& call) {
  if (auto refusal = call.Identify()) return refusal;
  return call.RequireAdministration(kReadRegistry, kRegistryResource);
}

// Some of them, and no more bytes than there is `room` for: an answer that is
// too large is none.  A last one says how many more there are, and is as grave
// as the gravest of them.
template <typename Field>
void AddFaults(const Diagnostics& diagnostics, std::size_t* room,
               Field* field) {
  std::size_t shown = 0;
  for (; shown < std::min(diagnostics.size(), kMaxFaults); ++shown) {
    FaultToProto(diagnostics[shown], field->Add());
    const std::size_t size = field->rbegin()->ByteSizeLong();
    if (size > *room) {
      field->RemoveLast();
      break;
    }
    *room -= size;
  }
  if (shown == diagnostics.size()) return;
  Diagnostic more;
  more.severity = Severity::kSuggestion;
  for (std::size_t i = shown; i < diagnostics.size(); ++i) {
    more.severity = std::min(more.severity, diagnostics[i].severity);
  }
  const bool faults = more.severity == Severity::kError;
  more.code = std::string(faults ? kMoreFaults : kMoreFindings);
  more.message = absl::StrCat("and ", diagnostics.size() - shown, " more");
  FaultToProto(more, field->Add());
}

Refusal HandleListRoles(Call& call, const v1::ListRolesRequest& request,
                        v1::ListRolesResponse* response) {
  if (auto refusal = RequireReader(call)) return refusal;
  if (auto refusal = call.RequireRegistry()) return refusal;
  const int size =
      request.page_size() == 0 ? kDefaultPage : request.page_size();
  if (size < 1 || size > kMaxPage) {
    return InvalidField("page_size", absl::StrCat("expected 1 to ", kMaxPage));
  }
  // The token is the last ARN that was given, so that a page goes on at the
  // right place in whatever generation is in force then.
  std::string after;
  if (!absl::WebSafeBase64Unescape(request.page_token(), &after)) {
    return InvalidField("page_token", "is none that a page before gave");
  }
  const auto roles = call.snapshot()->roles();
  auto it = std::upper_bound(roles.begin(), roles.end(), after,
                             [](const std::string& arn, const Role* role) {
                               return arn < role->arn();
                             });
  for (; it != roles.end(); ++it) {
    if (!absl::StartsWith((*it)->path(), request.path_prefix())) continue;
    if (response->roles_size() == size) {
      std::string token;
      absl::WebSafeBase64Escape(response->roles(size - 1).arn(), &token);
      response->set_next_page_token(token);
      break;
    }
    RoleToProto(**it, response->add_roles());
  }
  return std::nullopt;
}

Refusal HandleGetRole(Call& call, const v1::GetRoleRequest& request,
                      v1::GetRoleResponse* response) {
  if (auto refusal = RequireReader(call)) return refusal;
  if (auto refusal = call.RequireRegistry()) return refusal;
  if (request.role_arn().empty()) {
    return InvalidField("role_arn", "expected the ARN of a role");
  }
  const Role* const role = call.snapshot()->FindRole(request.role_arn());
  if (role == nullptr) {
    return ApiError{ErrorCode::kNoSuchEntity,
                    absl::StrCat("the registry holds no role `",
                                 request.role_arn().substr(0, 2048), "`"),
                    {}};
  }
  RoleToProto(*role, response->mutable_role());
  for (const Policy* policy : role->identity.policies) {
    response->add_policies(std::string(policy->name()));
  }
  if (role->identity.boundary != nullptr) {
    response->set_permissions_boundary_arn(
        std::string(role->identity.boundary->name()));
  }
  for (const Tag& tag : role->tags()) {
    v1::Tag* const added = response->add_tags();
    added->set_key(tag.key);
    added->set_value(tag.value);
  }
  response->set_file(role->file());
  return std::nullopt;
}

Refusal HandleGetStatus(Call& call, v1::GetStatusResponse* response) {
  if (auto refusal = RequireReader(call)) return refusal;
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
  return std::nullopt;
}

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

Outcome HandleReload(Call& call, v1::ReloadResponse* response) {
  if (auto refusal = call.Identify()) return refusal;
  if (auto refusal =
          call.RequireAdministration(kReloadRegistry, kRegistryResource)) {
    return refusal;
  }
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
  return Refusal();
}

}  // namespace

grpc::ServerUnaryReactor* RegistryService::GetStatus(
    grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
    v1::GetStatusResponse* response) {
  LaterCallInfo info;
  info.request = request;
  info.response = response;
  return ServeLater(core_, listener_, context, info, [response](Call& call) {
    return HandleGetStatus(call, response);
  });
}

grpc::ServerUnaryReactor* RegistryService::ListRoles(
    grpc::CallbackServerContext* context, const v1::ListRolesRequest* request,
    v1::ListRolesResponse* response) {
  LaterCallInfo info;
  info.request = request;
  info.response = response;
  return ServeLater(core_, listener_, context, info,
                    [request, response](Call& call) {
                      return HandleListRoles(call, *request, response);
                    });
}

grpc::ServerUnaryReactor* RegistryService::GetRole(
    grpc::CallbackServerContext* context, const v1::GetRoleRequest* request,
    v1::GetRoleResponse* response) {
  return Serve(core_, listener_, context, [request, response](Call& call) {
    return HandleGetRole(call, *request, response);
  });
}

grpc::ServerUnaryReactor* RegistryService::Reload(
    grpc::CallbackServerContext* context, const v1::ReloadRequest* request,
    v1::ReloadResponse* response) {
  LaterCallInfo info;
  info.request = request;
  info.response = response;
  info.lane = Lane::kReload;
  return ServeLater(core_, listener_, context, info, [response](Call& call) {
    return HandleReload(call, response);
  });
}

grpc::ServerWriteReactor<v1::WatchResponse>* RegistryService::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest*) {
  return ServeWatch(core_, listener_, context);
}

}  // namespace rolegate::service
