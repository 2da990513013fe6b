// Opens what lies in a folder, and nothing outside of it, wherever links lead.

#ifndef ROLEGATE_ENGINE_REGISTRY_OPEN_BENEATH_H_
#define ROLEGATE_ENGINE_REGISTRY_OPEN_BENEATH_H_

#include <string>

#include "engine/registry/file_descriptor.h"

namespace rolegate {

// The links that are followed on the way to a file.
enum class FollowLinks {
  kBeneath,  // those that do not leave the folder
  kNone,
};

// Opens `path`, relative to the open folder `base`, for reading.  If the
// result is not ok, errno says why; EXDEV or ELOOP if a link is to blame.
FileDescriptor OpenBeneath(int base, const std::string& path,
                           FollowLinks links);

// Does the same for kernels and sandboxes that lack openat2 (Linux before 5.6,
// older gVisor): it opens first, and then looks by /proc where the descriptor
// really lies.  It follows an absolute link back into the folder, which openat2
// refuses.
FileDescriptor OpenBeneathByProc(int base, const std::string& path,
                                 FollowLinks links);

// Returns where an open file really lies, as a path from the open folder
// `base`.  Empty if it is the folder itself, lies outside of it, or nobody
// knows.
std::string PathBeneath(int base, int fd);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_OPEN_BENEATH_H_
