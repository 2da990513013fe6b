// check: what is wrong, or worth a look, in a registry's directory or in files.

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/check_report.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "client/cli/offline_registry.h"
#include "client/cli/sarif_output.h"
#include "engine/lint/lint.h"
#include "engine/text/plural.h"
#include "engine/text/printable.h"
#include "service/config/registry_section.h"

namespace rolegate::cli {
namespace {

struct CheckFlags {
  RegistryOptions registry;
  std::vector<std::string> paths;  // files and directories
  std::string directory;           // the registry of the files; empty: none
  std::vector<std::string> only;   // codes; empty: all
  bool details = false;
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

// Findings that say nothing where only some files were read.
constexpr absl::string_view kNeedAllFiles[] = {
    "TrustNamesUnknownRole", "RoleWithoutPermissions", "UnknownProvider",
    "AudienceNotListed"};

// The result of checking everything that was named.
struct Checked {
  Diagnostics diagnostics;
  std::vector<std::string> summaries;  // a line each
  std::string revision;                // of the one directory that loads
  bool loads = true;
};

void PrintText(const Checked& checked, bool details) {
  std::cout << CheckReport(checked.diagnostics, details);
  for (const std::string& line : checked.summaries) std::cout << line << "\n";
}

void WriteSummary(JsonPage& writer, const CodeSummary& summary) {
  writer.StartObject();
  WriteMember(writer, "code", summary.code);
  WriteMember(writer, "severity", SeverityName(summary.severity));
  writer.Key("count");
  writer.Uint64(summary.diagnostics.size());
  writer.EndObject();
}

void PrintJson(const Checked& checked) {
  rapidjson::StringBuffer buffer;
  JsonPage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  writer.Key("loads");
  writer.Bool(checked.loads);
  WriteMember(writer, "revision", checked.revision);
  writer.Key("summary");
  writer.StartArray();
  for (const CodeSummary& summary : SummarizeByCode(checked.diagnostics)) {
    WriteSummary(writer, summary);
  }
  writer.EndArray();
  writer.Key("findings");
  writer.StartArray();
  for (const Diagnostic& diagnostic : checked.diagnostics) {
    WriteDiagnostic(writer, diagnostic);
  }
  writer.EndArray();
  writer.EndObject();
  std::cout << buffer.GetString() << "\n";
}

std::string ShowCounts(const RegistryCounts& counts) {
  return absl::StrCat(Count(counts.roles, "role"), ", ",
                      Count(counts.users, "user"), ", ",
                      Count(counts.managed_policies, "managed policy"), " in ",
                      Count(counts.files, "file"));
}

void Append(const Diagnostics& more, Diagnostics* diagnostics) {
  diagnostics->insert(diagnostics->end(), more.begin(), more.end());
}

// What the registry's reader and the linter say about a directory.
OfflineRegistry ReadAndLint(const RegistryOptions& options) {
  OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot != nullptr) {
    Append(LintRegistry(*read.snapshot), &read.diagnostics);
    Normalize(read.diagnostics);
  }
  return read;
}

void CheckDirectory(const RegistryOptions& options, bool is_only_one,
                    Checked* checked) {
  OfflineRegistry read = ReadAndLint(options);
  const std::string prefix =
      is_only_one ? "" : absl::StrCat(Printable(options.dir), " ");
  if (!is_only_one) {
    for (Diagnostic& diagnostic : read.diagnostics) {
      diagnostic.file = (std::filesystem::path(options.dir) / diagnostic.file)
                            .lexically_normal()
                            .string();
    }
  }
  Append(read.diagnostics, &checked->diagnostics);
  if (read.snapshot == nullptr) {
    checked->loads = false;
    checked->summaries.push_back(absl::StrCat(prefix, "does not load"));
    return;
  }
  if (is_only_one) checked->revision = read.snapshot->revision();
  checked->summaries.push_back(
      absl::StrCat(prefix, "loads: ", ShowCounts(read.snapshot->counts()),
                   ", revision ", read.snapshot->revision()));
}

// Checks files without what stands beside them.  False, with the reason
// printed, if one of them cannot be read.
bool CheckFiles(const std::vector<std::string>& files,
                const RegistryOptions& options, Checked* checked) {
  std::size_t unresolved = 0;
  absl::StatusOr<OfflineRegistry> read =
      ReadFilesAlone(files, options, &unresolved);
  if (!read.ok()) {
    std::cerr << "rolegate: " << read.status().message() << "\n";
    return false;
  }
  Append(read->diagnostics, &checked->diagnostics);
  bool has_error = false;
  for (const Diagnostic& diagnostic : read->diagnostics) {
    has_error = has_error || diagnostic.severity == Severity::kError;
  }
  checked->loads = checked->loads && !has_error;
  if (read->snapshot != nullptr) {
    // Other files may define the rest of a role, and what it trusts.
    Diagnostics more = LintRegistry(*read->snapshot);
    std::erase_if(more, [](const Diagnostic& finding) {
      return std::find(std::begin(kNeedAllFiles), std::end(kNeedAllFiles),
                       finding.code) != std::end(kNeedAllFiles);
    });
    Append(more, &checked->diagnostics);
    Normalize(checked->diagnostics);
    checked->summaries.push_back(
        absl::StrCat("good by itself: ", ShowCounts(read->snapshot->counts())));
  } else {
    checked->summaries.push_back(
        absl::StrCat(Count(files.size(), "file"),
                     has_error ? " with errors" : " without an error"));
  }
  if (unresolved > 0) {
    checked->summaries.push_back(absl::StrCat(
        Count(unresolved, "name"),
        " may be defined in other files, which were not looked at: check the "
        "registry's directory, or give `--registry DIR`"));
  }
  return true;
}

// Checks the registry and keeps what is said about these files.  False, with
// the reason printed, if one of them does not lie in the registry.
bool CheckFilesOf(const std::string& dir, const std::vector<std::string>& files,
                  RegistryOptions options, Checked* checked) {
  std::set<std::string> names;
  std::error_code error;
  const std::filesystem::path base = std::filesystem::canonical(dir, error);
  for (const std::string& file : files) {
    // The name of a file in the registry is that of the link, if it is one.
    const std::filesystem::path path(file);
    const std::filesystem::path folder = std::filesystem::canonical(
        path.has_parent_path() ? path.parent_path() : ".", error);
    const std::string name =
        (folder / path.filename()).lexically_relative(base).string();
    if (error || !std::filesystem::exists(path) || name.starts_with("..")) {
      std::cerr << "rolegate: " << Printable(file)
                << ": expected a file in the registry " << Printable(dir)
                << "\n";
      return false;
    }
    names.insert(name);
  }
  options.dir = dir;
  const OfflineRegistry read = ReadAndLint(options);
  std::size_t elsewhere = 0;
  for (const Diagnostic& diagnostic : read.diagnostics) {
    if (names.contains(diagnostic.file)) {
      checked->diagnostics.push_back(diagnostic);
    } else {
      ++elsewhere;
    }
  }
  checked->loads = checked->loads && read.snapshot != nullptr;
  if (read.snapshot != nullptr) checked->revision = read.snapshot->revision();
  checked->summaries.push_back(absl::StrCat(
      Printable(dir), read.snapshot != nullptr ? " loads" : " does not load",
      "; ", Count(elsewhere, "finding"), " in other files"));
  return true;
}

// Checks all that was named: directories each by itself, and files together.
bool CheckAll(const CheckFlags& flags, Checked* checked) {
  RegistryOptions options = flags.registry;
  options.inspector = LintPolicy;
  std::vector<std::string> files;
  std::vector<std::string> directories;
  for (const std::string& path : flags.paths) {
    std::error_code error;
    (std::filesystem::is_directory(path, error) ? directories : files)
        .push_back(path);
  }
  for (const std::string& directory : directories) {
    options.dir = directory;
    CheckDirectory(options, flags.paths.size() == 1, checked);
  }
  if (!files.empty() &&
      !(flags.directory.empty()
            ? CheckFiles(files, options, checked)
            : CheckFilesOf(flags.directory, files, options, checked))) {
    return false;
  }
  std::erase_if(checked->diagnostics, [&](const Diagnostic& finding) {
    return finding.severity != Severity::kError &&
           std::find(flags.ignored.begin(), flags.ignored.end(),
                     finding.code) != flags.ignored.end();
  });
  return true;
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
  Checked checked;
  if (!CheckAll(flags, &checked)) return kUsage;
  // Severities are in order, the gravest first.  What is not printed fails,
  // too.
  const Severity fail_on = Severities().at(flags.fail_on);
  const bool fails =
      std::any_of(checked.diagnostics.begin(), checked.diagnostics.end(),
                  [&](const Diagnostic& d) { return d.severity <= fail_on; });
  if (!flags.only.empty()) {
    std::erase_if(checked.diagnostics, [&](const Diagnostic& finding) {
      return std::find(flags.only.begin(), flags.only.end(), finding.code) ==
             flags.only.end();
    });
  }
  if (flags.output == "json") {
    PrintJson(checked);
  } else if (flags.output == "sarif") {
    const bool is_directory = flags.paths.size() == 1 &&
                              std::filesystem::is_directory(flags.paths[0]);
    std::cout << SarifLog(checked.diagnostics,
                          is_directory ? flags.paths[0] : flags.directory)
              << "\n";
  } else {
    PrintText(checked, flags.details || !flags.only.empty());
  }
  return fails ? kFailed : kDone;
}

}  // namespace

void AddCheck(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "check", "Say what is wrong in a registry's directory or files");
  command->footer(
      "Examples:\n"
      "  rolegate check deploy/demo/registry\n"
      "  rolegate check roles/reader.json policies/*.json\n"
      "  rolegate check --registry roles roles/reader.json\n"
      "  rolegate check --only MissingPolicy roles/\n"
      "  rolegate check --fail-on warning --output sarif roles/\n"
      "  rolegate check --ignore RoleWithoutPermissions roles/\n"
      "  rolegate check --config rolegated.yaml roles/\n"
      "Findings: docs/findings.md");
  auto flags = std::make_shared<CheckFlags>();
  command
      ->add_option("paths", flags->paths,
                   "Directories, each a registry, or files, which are checked "
                   "together")
      ->required()
      ->check(CLI::ExistingPath);
  command
      ->add_option("--registry", flags->directory,
                   "The registry that the files lie in: it is read as a whole, "
                   "and what is wrong in these files is printed")
      ->check(CLI::ExistingDirectory);
  command->add_flag("--details", flags->details,
                    "Print every finding, however many; more than 100 are "
                    "summed up by code otherwise");
  command
      ->add_option("--only", flags->only,
                   "A finding's code to print, and no others; repeats")
      ->allow_extra_args(false);
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
