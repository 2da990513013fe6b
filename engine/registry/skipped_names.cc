#include "engine/registry/skipped_names.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/fault_codes.h"
#include "engine/registry/file_references.h"
#include "engine/text/plural.h"
#include "engine/text/printable.h"

namespace rolegate {
namespace {

// What files in languages of policies and near JSON end with, in lower case.
constexpr absl::string_view kEndings[] = {
    ".json", ".jsonc", ".json5", ".jsonl", ".ndjson", ".jsonnet",
    ".yaml", ".yml",   ".tf",    ".hcl",   ".cedar",  ".rego"};

// What stands behind `.json` in the names of files that are set aside.
constexpr absl::string_view kAside[] = {
    "bak", "backup", "orig", "rej", "old", "disabled", "off", "swp", "swo",
    "tmp", "lock",   "part", "sig", "asc", "sha256",   "md5", "md",  "license"};

// Files of other tools that stand in many folders.
constexpr absl::string_view kOfTools[] = {"kustomization.yaml",
                                          "kustomization.yml"};

template <typename List>
bool Contains(const List& list, absl::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

std::string WhatToDo(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (absl::EndsWith(lower, ".json")) {
    return "rename it, with `.json` in small letters";
  }
  if (absl::StrContains(lower, ".json.")) {
    return "rename it, so that it ends with `.json`";
  }
  return "write it as JSON, in a file whose name ends with `.json`";
}

}  // namespace

bool LooksSkipped(absl::string_view name) {
  const absl::string_view base = name.substr(name.find_last_of('/') + 1);
  if (IsJsonName(base) || base.empty() || base.front() == '.' ||
      base.back() == '~' || base.front() == '#') {
    return false;
  }
  const std::string lower = absl::AsciiStrToLower(base);
  if (Contains(kOfTools, lower)) return false;
  for (absl::string_view ending : kEndings) {
    if (absl::EndsWith(lower, ending)) return true;
  }
  // `deny.json.txt`, `deny.yaml.j2`, `deny.json (1)`
  for (absl::string_view inner : {".json.", ".yaml.", ".yml.", ".json "}) {
    if (!absl::StrContains(lower, inner)) continue;
    return !Contains(
        kAside, absl::string_view(lower).substr(lower.find_last_of('.') + 1));
  }
  return false;
}

std::string SkippedFiles::Show() const {
  if (names.empty()) return "";
  const std::size_t others = names.size() - 1 + more;
  const std::string first = absl::StrCat("`", Printable(names.front()), "`");
  if (others == 0) {
    return absl::StrCat(first,
                        " is not read, because its name does not end with "
                        "`.json`");
  }
  return absl::StrCat(first, " and ", Count(others, "other file"),
                      " are not read, because their names do not end with "
                      "`.json`");
}

Diagnostics SkippedFiles::Findings() const {
  Diagnostics findings;
  for (const std::string& name : names) {
    findings.push_back(
        {Severity::kWarning, Printable(name), "", Position(),
         std::string(kSkippedFile),
         absl::StrCat("is not read, because its name does not end with "
                      "`.json`: ",
                      WhatToDo(name))});
  }
  if (more > 0) {
    findings.push_back({Severity::kWarning, Printable(names.front()), "",
                        Position(), std::string(kSkippedFile),
                        absl::StrCat(Count(more, "other file"), " beside ",
                                     Count(names.size(), "named one"),
                                     " are not read, because of their names")});
  }
  return findings;
}

}  // namespace rolegate
