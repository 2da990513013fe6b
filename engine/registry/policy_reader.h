// Compiles the policy documents that stand in a registry file.

#ifndef ROLEGATE_ENGINE_REGISTRY_POLICY_READER_H_
#define ROLEGATE_ENGINE_REGISTRY_POLICY_READER_H_

#include <memory>
#include <optional>
#include <string>

#include "engine/json/json_document.h"
#include "engine/program/policy.h"
#include "engine/registry/file_faults.h"
#include "engine/registry/registry_options.h"

namespace rolegate {

// Compiles the document at `node` for the one entity that has it.  Faults name
// `path`, the document's place in the file.  Nothing if there is a fault.
std::optional<Policy> ReadOwnPolicy(const JsonNode& node, PolicyKind kind,
                                    std::string name, std::string path,
                                    const RegistryOptions& options,
                                    FileFaults& faults);

// Does the same for a document that several entities share.  Returns null if
// there is a fault.
std::shared_ptr<const Policy> ReadPolicyDocument(
    const JsonNode& node, PolicyKind kind, std::string name, std::string path,
    const RegistryOptions& options, FileFaults& faults);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_POLICY_READER_H_
