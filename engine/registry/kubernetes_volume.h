// Volumes of Kubernetes: a folder whose link `..data` names the folder beside
// it that holds the files of one version, and is swapped for another's.

#ifndef ROLEGATE_ENGINE_REGISTRY_KUBERNETES_VOLUME_H_
#define ROLEGATE_ENGINE_REGISTRY_KUBERNETES_VOLUME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/registry/file_descriptor.h"

namespace rolegate {

inline constexpr absl::string_view kVolumeLink = "..data";

// The folder to which a folder's `..data` leads.
struct Volume {
  enum class State {
    kNone,    // there is none: the folder is no volume
    kFound,   // to the open `folder`, whose name is `target`
    kMoving,  // to nothing at this moment; `fault` says so
    kFault,   // where no volume's link leads; `fault` says where
  };
  State state = State::kNone;
  std::string target;
  FileDescriptor folder;
  std::string fault;
};

// Opens the volume that the open folder may be.  Whoever can write into a
// registry could make another folder the registry by such a link, so this
// follows it only as Kubernetes makes it: to a real folder beside it, whose
// name begins with two dots.
Volume OpenVolume(int folder);

// Returns where the link `..data` of an open folder leads, without looking
// there.  If it cannot be read, the result is empty and errno says why.
std::string ReadVolumeLink(int folder);

// Whether `name` in the open folder of a volume is one of the links that show
// its files to their users: `NAME` to `..data/NAME`.
bool IsUsersLink(int folder, const std::string& name);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_KUBERNETES_VOLUME_H_
