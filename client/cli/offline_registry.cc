#include "client/cli/offline_registry.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/terminal.h"
#include "engine/program/program_pool.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/file_references.h"
#include "engine/registry/skipped_names.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/text/printable.h"
#include "service/saml/metadata.h"

namespace rolegate::cli {
namespace {

// Codes of what other files would have to define.
bool IsAboutOtherFiles(absl::string_view code) {
  return code == kMissingPolicy || code == kMissingGroup ||
         code == kMissingUser || code == kMissingRole || code == kMissingFile;
}

absl::StatusOr<std::string> ReadText(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return absl::NotFoundError(absl::StrCat(
        Printable(file), ": ",
        error ? error.message() : std::string("is no regular file")));
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return absl::UnavailableError(
        absl::StrCat(Printable(file), ": cannot be read"));
  }
  return std::move(text).str();
}

}  // namespace

OfflineRegistry ReadRegistry(const RegistryOptions& options) {
  RegistryOptions once = options;
  once.reload = ReloadMode::kManual;
  once.saml_metadata_reader = service::ReadSamlMetadata;
  absl::StatusOr<std::string> folder =
      FolderInRegistry(once.dir, once.aws_managed_dir);
  if (!folder.ok()) {
    return {
        nullptr,
        {{Severity::kError, Printable(once.aws_managed_dir), "", Position(),
          std::string(kMissingFile), std::string(folder.status().message())}}};
  }
  once.aws_managed_dir = *std::move(folder);
  Registry registry(once);
  {
    const Progress progress("reading the registry");
    registry.Start();
  }
  RegistryStatus status = registry.status();
  if (!status.faults.empty()) {
    // What is missing may stand in a file that is not read.
    status.faults.insert(status.faults.end(), status.skipped.begin(),
                         status.skipped.end());
    return {nullptr, std::move(status.faults)};
  }
  return {registry.snapshot(), std::move(status.findings)};
}

absl::StatusOr<OfflineRegistry> ReadFilesAlone(
    const std::vector<std::string>& files, const RegistryOptions& options,
    std::size_t* unresolved) {
  RegistryOptions alone = options;
  alone.fences.clear();  // they hold below a registry's directory
  alone.aws_managed_dir.clear();
  alone.missing_policies = MissingPolicies::kDeny;
  alone.allow_empty = true;
  alone.saml_metadata_reader = service::ReadSamlMetadata;
  ProgramPool programs;
  alone.program_pool = &programs;
  OfflineRegistry read;
  std::vector<std::shared_ptr<const ParsedFile>> parsed;
  std::set<std::string> seen;
  for (const std::string& file : files) {
    if (!seen.insert(file).second) continue;
    absl::StatusOr<std::string> text = ReadText(file);
    if (!text.ok()) return text.status();
    parsed.push_back(ParseRegistryFile(file, *std::move(text), alone));
    if (!IsJsonName(file)) {
      const Diagnostics skipped = SkippedFiles{{file}, 0}.Findings();
      read.diagnostics.insert(read.diagnostics.end(), skipped.begin(),
                              skipped.end());
    }
  }
  Diagnostics faults;
  read.snapshot = BuildSnapshot(parsed, alone, &faults);
  if (read.snapshot == nullptr) {
    for (const auto& file : parsed) {
      read.diagnostics.insert(read.diagnostics.end(), file->findings.begin(),
                              file->findings.end());
    }
  } else {
    faults = read.snapshot->findings();
  }
  *unresolved = std::erase_if(
      faults, [](const Diagnostic& d) { return IsAboutOtherFiles(d.code); });
  read.diagnostics.insert(read.diagnostics.end(), faults.begin(), faults.end());
  Normalize(read.diagnostics);
  return read;
}

bool ReadRegistryOrComplain(const std::string& dir,
                            const std::string& aws_managed_dir,
                            std::shared_ptr<const Snapshot>* snapshot) {
  if (dir.empty()) return true;
  RegistryOptions options;
  options.dir = dir;
  options.aws_managed_dir = aws_managed_dir;
  OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot == nullptr) {
    for (const Diagnostic& fault : read.diagnostics) {
      std::cerr << "rolegate: " << Printable(ToString(fault)) << "\n";
    }
    return false;
  }
  *snapshot = std::move(read.snapshot);
  return true;
}

}  // namespace rolegate::cli
