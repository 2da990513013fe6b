// Reads the revocations of a registry file.

#ifndef ROLEGATE_ENGINE_REGISTRY_REVOCATION_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_REVOCATION_READER_H_

#include "engine/registry/file_faults.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/registry_options.h"
#include "engine/registry/revocations.h"

namespace rolegate {

// Adds the entries of the object's list `RevokedSessions` that are well formed,
// whatever is wrong with the others.  An entry that cannot mean anything is a
// fault.
void ReadRevocations(const ObjectReader& object, const RegistryOptions& options,
                     FileFaults& faults, Revocations* revocations);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REVOCATION_READER_H_
