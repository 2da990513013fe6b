// Reads managed policies of a registry file, as IAM and Organizations print
// them.

#ifndef ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICY_READER_H_

#include <optional>
#include <string>

#include "engine/json/json_document.h"
#include "engine/registry/entities.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/object_reader.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Each of these adds what is wrong to `faults`, and returns nothing if there is
// no document to speak of.

// A policy with its document, or with the list of its versions, at `path`.
std::optional<ManagedPolicyEntity> ReadManagedPolicy(
    const JsonNode& node, std::string path, const RegistryOptions& options,
    FileFaults& faults);

// What `aws iam get-policy`, `aws iam get-policy-version` and `aws
// organizations describe-policy` print, or the first two of them in one object.
// A version does not say of which policy it is, so its `Arn` stands beside it.
std::optional<ManagedPolicyEntity> ReadPolicyAnswer(
    const ObjectReader& answer, const RegistryOptions& options,
    FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICY_READER_H_
