// Files that look like policies, and that the registry does not read all the
// same, because their names do not end with `.json`.

#ifndef ROLEGATE_ENGINE_REGISTRY_SKIPPED_NAMES_H_
#define ROLEGATE_ENGINE_REGISTRY_SKIPPED_NAMES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Whether somebody may take a file of this name for a policy: `deny.JSON`,
// `deny.yaml`, `deny.json.txt`.  Not `deny.json`, which is read, and neither
// what editors and people set aside, such as `deny.json.bak`.
bool LooksSkipped(absl::string_view name);

// The files that one look at a directory skipped.
struct SkippedFiles {
  std::vector<std::string> names;  // some of them, if they are many
  std::size_t more = 0;            // how many are not named

  friend bool operator==(const SkippedFiles&, const SkippedFiles&) = default;

  // "`deny.JSON` and 2 other files look like policies, and …"; empty if there
  // are none.
  std::string Show() const;

  // A finding for each, and one for those that are not named.
  Diagnostics Findings() const;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_SKIPPED_NAMES_H_
