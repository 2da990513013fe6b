// check: what is wrong, or worth a look, in a registry's directory.

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "client/cli/offline_registry.h"
#include "client/cli/sarif_output.h"
#include "engine/lint/lint.h"
#include "engine/text/printable.h"
#include "service/config/registry_section.h"

namespace rolegate::cli {
namespace {

struct CheckFlags {
  RegistryOptions registry;
  std::string config;            // empty: none
  std::string missing_policies;  // empty: as the configuration has it
  std::string unknown_keys;
  std::string fail_on = "error";
  std::string output = "text";
  std::vector<std::string> ignored;  // codes
};

const std::map<std::string, Severity>& Severities() {
  static const auto* const severities = new std::map<std::string, Severity>{
      {"error", Severity::kError},
      {"security-warning", Severity::kSecurityWarning},
      {"warning", Severity::kWarning},
      {"suggestion", Severity::kSuggestion}};
  return *severities;
}

void PrintText(const OfflineRegistry& read) {
  for (const Diagnostic& diagnostic : read.diagnostics) {
    std::cout << std::string(SeverityName(diagnostic.severity)) << ": "
              << Printable(ToString(diagnostic)) << " [" << diagnostic.code
              << "]\n";
  }
  if (read.snapshot != nullptr) {
    const RegistryCounts& counts = read.snapshot->counts();
    std::cout << "loads: " << counts.roles << " roles, " << counts.users
              << " users, " << counts.managed_policies
              << " managed policies in " << counts.files << " files, revision "
              << read.snapshot->revision() << "\n";
  } else {
    std::cout << "does not load\n";
  }
}

void PrintJson(const OfflineRegistry& read) {
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  writer.Key("loads");
  writer.Bool(read.snapshot != nullptr);
  WriteMember(writer, "revision",
              read.snapshot == nullptr ? "" : read.snapshot->revision());
  writer.Key("findings");
  writer.StartArray();
  for (const Diagnostic& diagnostic : read.diagnostics) {
    WriteDiagnostic(writer, diagnostic);
  }
  writer.EndArray();
  writer.EndObject();
  std::cout << buffer.GetString() << "\n";
}

// What the registry's reader and the linter say, errors always.
OfflineRegistry ReadAndLint(const CheckFlags& flags) {
  RegistryOptions options = flags.registry;
  options.inspector = LintPolicy;
  OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot != nullptr) {
    const Diagnostics more = LintRegistry(*read.snapshot);
    read.diagnostics.insert(read.diagnostics.end(), more.begin(), more.end());
    Normalize(read.diagnostics);
  }
  std::erase_if(read.diagnostics, [&](const Diagnostic& finding) {
    return finding.severity != Severity::kError &&
           std::find(flags.ignored.begin(), flags.ignored.end(),
                     finding.code) != flags.ignored.end();
  });
  return read;
}

// The configuration's settings, and over them the flags.  False, with the
// faults printed, if the configuration has any.
bool ReadSettings(CheckFlags& flags) {
  if (!flags.config.empty()) {
    const bool allow_empty = flags.registry.allow_empty;
    const std::string aws_managed_dir = flags.registry.aws_managed_dir;
    const Diagnostics faults =
        service::ReadRegistrySection(flags.config, &flags.registry);
    for (const Diagnostic& fault : faults) {
      std::cerr << "rolegate: " << ToString(fault) << "\n";
    }
    if (!faults.empty()) return false;
    flags.registry.allow_empty |= allow_empty;
    if (!aws_managed_dir.empty()) {
      flags.registry.aws_managed_dir = aws_managed_dir;
    }
  }
  if (!flags.missing_policies.empty()) {
    flags.registry.missing_policies = flags.missing_policies == "deny"
                                          ? MissingPolicies::kDeny
                                          : MissingPolicies::kFault;
  }
  if (!flags.unknown_keys.empty()) {
    flags.registry.unknown_keys =
        flags.unknown_keys == "warn" ? UnknownKeys::kWarn : UnknownKeys::kFault;
  }
  return true;
}

int RunCheck(CheckFlags& flags) {
  if (!ReadSettings(flags)) return kUsage;
  const OfflineRegistry read = ReadAndLint(flags);
  if (flags.output == "json") {
    PrintJson(read);
  } else if (flags.output == "sarif") {
    std::cout << SarifLog(read.diagnostics, flags.registry.dir) << "\n";
  } else {
    PrintText(read);
  }
  // Severities are in order, the gravest first.
  const Severity fail_on = Severities().at(flags.fail_on);
  for (const Diagnostic& diagnostic : read.diagnostics) {
    if (diagnostic.severity <= fail_on) return kFailed;
  }
  return kDone;
}

}  // namespace

void AddCheck(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "check", "Say what is wrong in a registry's directory");
  command->footer(
      "Examples:\n"
      "  rolegate check deploy/demo/registry\n"
      "  rolegate check --fail-on warning --output sarif roles/\n"
      "  rolegate check --ignore RoleWithoutPermissions roles/\n"
      "  rolegate check --config rolegated.yaml roles/\n"
      "Findings: docs/findings.md");
  auto flags = std::make_shared<CheckFlags>();
  command->add_option("dir", flags->registry.dir, "The directory")
      ->required()
      ->check(CLI::ExistingDirectory);
  command
      ->add_option("--fail-on", flags->fail_on,
                   "Exit with 1 from this severity on: error, "
                   "security-warning, warning or suggestion")
      ->check(CLI::IsMember(
          {"error", "security-warning", "warning", "suggestion"}));
  command
      ->add_option("--config", flags->config,
                   "The server's configuration in YAML, of which `registry` "
                   "is read: fences, limits and the settings below")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--missing-policies", flags->missing_policies,
                   "As in the server's settings")
      ->check(CLI::IsMember({"fault", "deny"}));
  command
      ->add_option("--unknown-keys", flags->unknown_keys,
                   "As in the server's settings")
      ->check(CLI::IsMember({"fault", "warn"}));
  command->add_option("--aws-managed-dir", flags->registry.aws_managed_dir,
                      "As in the server's settings");
  command->add_flag("--allow-empty", flags->registry.allow_empty,
                    "As in the server's settings");
  command
      ->add_option("--ignore", flags->ignored,
                   "A finding's code to leave out; repeats")
      ->allow_extra_args(false);
  command->add_option("-o,--output", flags->output, "`text`, `json` or `sarif`")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  command->callback([flags, exit_code] { *exit_code = RunCheck(*flags); });
}

}  // namespace rolegate::cli
