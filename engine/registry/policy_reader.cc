#include "engine/registry/policy_reader.h"

#include <utility>

namespace rolegate {

std::optional<Policy> ReadOwnPolicy(const JsonNode& node, PolicyKind kind,
                                    std::string name, std::string path,
                                    const RegistryOptions& options,
                                    FileFaults& faults) {
  CompileOptions compile;
  compile.max_bytes = options.limits.max_policy_bytes;
  compile.max_depth = options.limits.max_policy_depth;
  compile.inspector = options.inspector;
  compile.pool = options.program_pool;
  return Policy::CompileInPlace(
      faults.json(), node, kind,
      {std::move(name), faults.file(), std::move(path)}, faults.diagnostics(),
      compile);
}

std::shared_ptr<const Policy> ReadPolicyDocument(
    const JsonNode& node, PolicyKind kind, std::string name, std::string path,
    const RegistryOptions& options, FileFaults& faults) {
  std::optional<Policy> policy = ReadOwnPolicy(
      node, kind, std::move(name), std::move(path), options, faults);
  return policy ? std::make_shared<const Policy>(*std::move(policy)) : nullptr;
}

}  // namespace rolegate
