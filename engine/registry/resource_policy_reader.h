// Reads the policies of resources from a registry file.

#ifndef ROLEGATE_ENGINE_REGISTRY_RESOURCE_POLICY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_RESOURCE_POLICY_READER_H_

#include <optional>

#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Each of these adds what is wrong to `faults`, and returns nothing if there is
// no document to speak of.

// `ResourceArn` with `PolicyDocument`.
std::optional<ResourcePolicyEntity> ReadResourcePolicy(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults);

// What `aws s3api get-bucket-policy` prints, and other services print alike:
// `Policy` with a document.  The resource is the one that all statements name,
// or `ResourceArn` beside it.
std::optional<ResourcePolicyEntity> ReadBucketPolicy(
    const ObjectReader& object, const RegistryOptions& options,
    FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_RESOURCE_POLICY_READER_H_
