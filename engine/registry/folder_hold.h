// Joins a generation in which fenced folders have faults: they keep the files
// that are in force, and everything else is new.

#ifndef ROLEGATE_ENGINE_REGISTRY_FOLDER_HOLD_H_
#define ROLEGATE_ENGINE_REGISTRY_FOLDER_HOLD_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/registry/content_tree.h"
#include "engine/registry/last_good.h"
#include "engine/registry/parsed_file.h"
#include "engine/registry/registry_options.h"
#include "engine/registry/revocations.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// A folder whose files were read and did not come in force.
struct FaultyFolder {
  std::string path;  // of its fence
  Diagnostics faults;
  Revocations revocations;  // of those of its files that parse
};

// A generation of new files and of files that are kept.
struct MixedGeneration {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<FaultyFolder> folders;  // in the order of their paths
};

// Remembers which files are in force.  Used by one thread.
class FolderHold {
 public:
  using Files = std::vector<std::shared_ptr<const ParsedFile>>;

  // `options` must outlive this object.
  explicit FolderHold(const RegistryOptions& options) : options_(options) {}

  // Tells that a snapshot is in force from now on.  `texts` are those of its
  // files, if they are kept.
  void Keep(std::shared_ptr<const Snapshot> snapshot,
            const std::vector<RegistryFileText>& texts);

  // The files in force; null if there are none.
  const ContentTree* in_force() const {
    return in_force_ == nullptr ? nullptr : &in_force_->content();
  }

  // Returns what can be put in force of files that have faults.  `unread` are
  // the faults that were found before a file was parsed, `joined` are all
  // faults, including those.  Returns nothing if the generation is to be held
  // back whole:
  //   - the options do not ask to hold back folders by themselves;
  //   - a file outside of every fence has a fault of its own;
  //   - a faulty folder never had a file in force, so that nobody knows its
  //     last good files and its Denies would be missing.  A folder that was
  //     emptied without a fault has no files, and that is known;
  //   - kept and new files do not load together.  Then `joined` says why, too.
  // A folder whose fault shows only when others are held back is held back as
  // well, and so is one whose change makes others faulty.
  std::optional<MixedGeneration> Mix(const Files& files,
                                     const Diagnostics& unread,
                                     Diagnostics* joined) const;

  // Replaces the texts that were read of these folders by those of the files
  // that they keep.
  void MixTexts(const std::vector<FaultyFolder>& folders,
                std::vector<RegistryFileText>* texts) const;

 private:
  // Faults by the fence in which they stand.
  using Faulty = std::map<const Fence*, Diagnostics>;

  const Fence* FenceOf(const std::string& name) const {
    return FindFence(options_.fences, name);
  }
  bool Attribute(absl::Span<const Diagnostic> faults, Faulty* faulty) const;
  bool HaveLastGoodFiles(const Faulty& faulty) const;

  // Joins the files in force of these folders with the new files of all others.
  // If they do not load together, returns nothing and adds to `faults`.
  std::optional<MixedGeneration> Join(const Files& files, const Faulty& faulty,
                                      Diagnostics* faults) const;

  // Does the same with one more folder that changed, or with all that did,
  // beside those that are faulty by themselves.  `found` is what is wrong
  // otherwise.
  std::optional<MixedGeneration> HoldChanged(const Files& files,
                                             const Faulty& alone,
                                             const Diagnostics& found) const;
  std::vector<const Fence*> FindChanged(const Files& files,
                                        const Faulty& alone) const;

  const RegistryOptions& options_;
  std::shared_ptr<const Snapshot> in_force_;
  std::set<const Fence*> populated_;  // of which a file was in force once
  std::map<std::string, std::string> fenced_texts_;  // of files, by name
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FOLDER_HOLD_H_
