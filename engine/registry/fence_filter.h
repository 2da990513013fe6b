// Keeps what a file defines inside the fence of its folder.

#ifndef ROLEGATE_ENGINE_REGISTRY_FENCE_FILTER_H_
#define ROLEGATE_ENGINE_REGISTRY_FENCE_FILTER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/registry/entities.h"
#include "engine/registry/fence.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Removes from `entities` what `fence` does not admit in the file, and appends
// an OutsideFence fault for each piece.  What is removed has no effect on other
// files: it never clashes with somebody else's definition, names no file, and
// is not found by name.
void KeepInsideFence(const Fence& fence, const std::string& file,
                     Entities* entities, Diagnostics* faults);

// Says what is wrong with a revocation in a file of this fence.  Exactly one of
// the three names is not empty.  A fence may revoke only the sessions of roles
// in its accounts, because the name of a session or of a source identity does
// not tell whose it is.
absl::Status CheckRevocation(const Fence& fence, absl::string_view access_key,
                             absl::string_view source_identity,
                             absl::string_view role_arn);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FENCE_FILTER_H_
