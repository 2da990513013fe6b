// Holds what a file defines to the fence of its folder.

#ifndef ROLEGATE_ENGINE_REGISTRY_FENCE_FILTER_H_
#define ROLEGATE_ENGINE_REGISTRY_FENCE_FILTER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/registry/entities.h"
#include "engine/registry/fence.h"
#include "engine/text/diagnostic.h"

namespace rolegate {

// Takes out of `entities` what `fence` does not admit in the file, and appends
// an OutsideFence fault for each piece.  What is taken out bears on no other
// file: it never clashes with the definition of somebody else, names no file,
// and is not found by name.
void KeepInsideFence(const Fence& fence, const std::string& file,
                     Entities* entities, Diagnostics* faults);

// What is wrong with a revocation in a file of this fence; empty if nothing
// is.  Exactly one of the three is not empty.  Only a role of the fence's
// accounts may have its sessions revoked: whose a session or a source identity
// is cannot be told from its name.
std::string CheckRevocation(const Fence& fence, absl::string_view access_key,
                            absl::string_view source_identity,
                            absl::string_view role_arn);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_FENCE_FILTER_H_
