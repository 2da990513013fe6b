// Since when and why fenced folders are held back, generation after generation.

#ifndef ROLEGATE_ENGINE_REGISTRY_HELD_FOLDERS_H_
#define ROLEGATE_ENGINE_REGISTRY_HELD_FOLDERS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/registry/folder_hold.h"
#include "engine/registry/registry_status.h"
#include "engine/registry/revocations.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

class HeldFolders {
 public:
  // These folders are held back by the generation that is put in force now.
  // Returns all that was revoked in their files since each of them was held
  // back: it is forgotten only with a clean folder.  What no file revokes any
  // more is kept of roles of `in_force` alone, or it could grow for ever.
  Revocations Take(const std::vector<FaultyFolder>& folders,
                   const Snapshot& in_force, absl::Time now) {
    std::map<std::string, State> states;
    Revocations all;
    for (const FaultyFolder& folder : folders) {
      const auto known = states_.find(folder.path);
      State& state = states[folder.path];
      state = known == states_.end() ? State{now, {}, {}}
                                     : std::move(known->second);
      state.faults = folder.faults;
      state.revocations.DropUnknownRoles(
          [&](absl::string_view arn) { return in_force.HasRole(arn); });
      state.revocations.Add(folder.revocations);
      all.Add(state.revocations);
    }
    states_ = std::move(states);
    return all;
  }

  std::vector<HeldFolder> folders() const {
    std::vector<HeldFolder> folders;
    for (const auto& [path, state] : states_) {
      folders.push_back({path, state.since, state.faults});
    }
    return folders;
  }

 private:
  struct State {
    absl::Time since;
    Diagnostics faults;
    Revocations revocations;
  };
  std::map<std::string, State> states_;  // by path
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_HELD_FOLDERS_H_
