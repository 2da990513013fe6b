// registry status, roles, role, reload.

#include <iomanip>
#include <iostream>
#include <memory>
#include <string>

#include "client/cli/client_commands.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/proto_json.h"
#include "client/cli/terminal.h"
#include "engine/text/plural.h"
#include "google/protobuf/util/time_util.h"

namespace rolegate::cli {
namespace {

using google::protobuf::util::TimeUtil;

void PrintFault(const v1::Fault& fault) {
  std::cout << "  " << fault.file();
  if (fault.line() > 0) {
    std::cout << ":" << fault.line() << ":" << fault.column();
  }
  if (!fault.path().empty()) std::cout << " " << fault.path();
  std::cout << ": " << fault.message() << " [" << fault.code() << "]\n";
}

void PrintCounts(const v1::RegistryCounts& counts) {
  std::cout << "holds     " << Count(counts.roles(), "role") << ", "
            << Count(counts.users(), "user") << ", "
            << Count(counts.groups(), "group") << ", "
            << Count(counts.managed_policies(), "managed policy") << ", "
            << Count(counts.resource_policies(), "resource policy") << ", "
            << Count(counts.organizations(), "organization") << ", "
            << Count(counts.identity_providers(), "identity provider") << ", "
            << Count(counts.revocations(), "revocation") << " in "
            << Count(counts.files(), "file") << "\n";
}

void PrintStatus(const v1::GetStatusResponse& status) {
  if (status.loaded()) {
    std::cout << "revision  " << status.revision() << "\nloaded    "
              << TimeUtil::ToString(status.loaded_at())
              << (status.from_last_good() ? ", from the last good generation"
                                          : "")
              << "\n";
    PrintCounts(status.counts());
  } else {
    std::cout << "no registry is loaded\n";
  }
  for (const v1::HeldFolder& folder : status.held_folders()) {
    std::cout << "keeps the last good files of " << folder.path() << " since "
              << TimeUtil::ToString(folder.held_since()) << "\n";
  }
  if (status.faults_size() > 0) {
    std::cout << (status.held_back() || status.held_folders_size() == 0
                      ? "held back since "
                      : "has faults since ")
              << TimeUtil::ToString(status.held_back_since()) << ", "
              << Count(status.faults_size(), "fault") << ":\n";
    for (const v1::Fault& fault : status.faults()) PrintFault(fault);
  }
  if (status.findings_size() > 0) {
    std::cout << "findings:\n";
    for (const v1::Fault& fault : status.findings()) PrintFault(fault);
  }
}

int RunStatus(ServerFlags& flags) {
  absl::StatusOr<Client> client = flags.Connect();
  if (!client.ok()) return flags.Fail(client.status());
  const auto status = client->GetStatus();
  if (!status.ok()) return flags.Fail(status.status());
  if (flags.json()) {
    std::cout << ToJson(*status) << "\n";
  } else {
    PrintStatus(*status);
  }
  return kDone;
}

int RunRoles(ServerFlags& flags, const std::string& path_prefix) {
  absl::StatusOr<Client> client = flags.Connect();
  if (!client.ok()) return flags.Fail(client.status());
  v1::ListRolesResponse all;
  v1::ListRolesRequest request;
  request.set_path_prefix(path_prefix);
  request.set_page_size(1000);
  do {
    const auto page = client->ListRoles(request);
    if (!page.ok()) return flags.Fail(page.status());
    all.mutable_roles()->MergeFrom(page->roles());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (flags.json()) {
    std::cout << ToJson(all) << "\n";
    return kDone;
  }
  for (const v1::RoleSummary& role : all.roles()) {
    std::cout << role.arn() << "  " << role.role_id() << "  "
              << role.max_session_duration() << "s\n";
  }
  return kDone;
}

int RunRole(ServerFlags& flags, const std::string& arn) {
  absl::StatusOr<Client> client = flags.Connect();
  if (!client.ok()) return flags.Fail(client.status());
  const auto role = client->GetRole(arn);
  if (!role.ok()) return flags.Fail(role.status());
  if (flags.json()) {
    std::cout << ToJson(*role) << "\n";
    return kDone;
  }
  std::cout << role->role().arn() << "\nid        " << role->role().role_id()
            << "\nfile      " << role->file() << "\n";
  for (const std::string& policy : role->policies()) {
    std::cout << "policy    " << policy << "\n";
  }
  if (!role->permissions_boundary_arn().empty()) {
    std::cout << "boundary  " << role->permissions_boundary_arn() << "\n";
  }
  for (const v1::Tag& tag : role->tags()) {
    std::cout << "tag       " << tag.key() << "=" << tag.value() << "\n";
  }
  return kDone;
}

int RunReload(ServerFlags& flags) {
  absl::StatusOr<Client> client = flags.Connect();
  if (!client.ok()) return flags.Fail(client.status());
  const auto response = [&] {
    const Progress progress("the server reads its registry");
    return client->Reload();
  }();
  if (!response.ok()) return flags.Fail(response.status());
  if (flags.json()) {
    std::cout << ToJson(*response) << "\n";
  } else {
    std::cout << "revision  " << response->revision() << "\n";
    PrintCounts(response->counts());
  }
  return kDone;
}

}  // namespace

void AddRegistry(CLI::App* app, int* exit_code) {
  CLI::App* const registry = app->add_subcommand(
      "registry", "Look at the server's registry, or have it read again");
  registry->require_subcommand(1);
  registry->footer(
      "Examples:\n"
      "  rolegate registry status\n"
      "  rolegate registry roles --path-prefix /team/\n"
      "  rolegate registry reload --principal service:ops\n"
      "\n"
      "No session may administer, so these ignore one in\n"
      "ROLEGATE_SESSION_TOKEN.");

  auto status_flags = std::make_shared<ServerFlags>();
  CLI::App* const status = registry->add_subcommand(
      "status", "What is in force, and what is held back and why");
  status_flags->AddTo(status, ExportedSession::kStaysOut);
  status->callback([=] { *exit_code = RunStatus(*status_flags); });

  auto roles_flags = std::make_shared<ServerFlags>();
  auto prefix = std::make_shared<std::string>();
  CLI::App* const roles = registry->add_subcommand("roles", "All roles");
  roles->add_option("--path-prefix", *prefix, "Only those below this path");
  roles_flags->AddTo(roles, ExportedSession::kStaysOut);
  roles->callback([=] { *exit_code = RunRoles(*roles_flags, *prefix); });

  auto role_flags = std::make_shared<ServerFlags>();
  auto arn = std::make_shared<std::string>();
  CLI::App* const role = registry->add_subcommand("role", "One role");
  role->add_option("--role-arn", *arn, "The role")->required();
  role_flags->AddTo(role, ExportedSession::kStaysOut);
  role->callback([=] { *exit_code = RunRole(*role_flags, *arn); });

  auto reload_flags = std::make_shared<ServerFlags>();
  CLI::App* const reload =
      registry->add_subcommand("reload", "Have the directory read now");
  reload_flags->AddTo(reload, ExportedSession::kStaysOut);
  reload->callback([=] { *exit_code = RunReload(*reload_flags); });
}

}  // namespace rolegate::cli
