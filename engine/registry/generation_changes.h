// What changed from one generation of a registry to the next.

#ifndef ROLEGATE_ENGINE_REGISTRY_GENERATION_CHANGES_H_
#define ROLEGATE_ENGINE_REGISTRY_GENERATION_CHANGES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "engine/registry/content_tree.h"

namespace rolegate {

// The names of some entities of a kind, and how many there are of them.
struct ChangedNames {
  std::vector<std::string> names;  // the first ones, sorted
  std::size_t count = 0;           // with those that are left out
};

// The entities of one kind.  One that moved to another file and stayed equal
// did not change.
struct ChangesOfKind {
  ChangedNames added;
  ChangedNames removed;
  ChangedNames changed;

  bool empty() const {
    return added.count + removed.count + changed.count == 0;
  }
};

struct GenerationChanges {
  ChangesOfKind roles;     // by ARN
  ChangesOfKind users;     // by ARN
  ChangesOfKind groups;    // by ARN
  ChangesOfKind policies;  // managed ones, by ARN
  // Whatever else there is, by file, because it has no name of its own: inline
  // policies that stand apart, settings of roles, resource policies,
  // organizations, identity providers, revocations, and files that these name.
  ChangesOfKind files;

  bool empty() const {
    return roles.empty() && users.empty() && groups.empty() &&
           policies.empty() && files.empty();
  }
};

// Compares the files of two generations and looks only at those that differ.
// Each list has `most` names at most.
GenerationChanges ChangesBetween(const ContentTree& before,
                                 const ContentTree& after, std::size_t most);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_GENERATION_CHANGES_H_
