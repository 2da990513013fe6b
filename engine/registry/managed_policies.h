// The managed policies of a generation, by ARN and by name.

#ifndef ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICIES_H_
#define ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICIES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/registry/clashes.h"

namespace rolegate {

class ManagedPolicies {
 public:
  using Policies = std::vector<std::shared_ptr<const Policy>>;

  // Collects what `files` define.  Definitions of one ARN that differ are a
  // fault.  AWS changes its own policies, so that exports of different days
  // hold different ones: if `options.aws_managed_dir` is set, the policies
  // below it hold, and others that differ are findings.
  ManagedPolicies(absl::Span<const ParsedFile* const> files,
                  const RegistryOptions& options, Clashes* clashes,
                  Diagnostics* faults, Diagnostics* findings);

  ManagedPolicies(const ManagedPolicies&) = delete;
  ManagedPolicies& operator=(const ManagedPolicies&) = delete;

  const Definitions<ManagedPolicyEntity>& definitions() const {
    return definitions_;
  }

  // Finds the policies of an account that have a name; `aws` is the account of
  // AWS's own.  Policies of fenced folders are left out, because those who
  // write them decide nothing about the organisation.
  Policies FindByName(absl::string_view account, absl::string_view name);

  // Finds the policy of an ARN in the same way; null if there is none.
  std::shared_ptr<const Policy> Find(absl::string_view arn) const;

 private:
  void Define(const ManagedPolicyEntity& entity, const ParsedFile& file);
  // Whether a file stands below `aws_managed_dir`.
  bool IsPinned(const ParsedFile& file) const;
  // Reports as a finding that another definition holds.
  void Report(const Defined<ManagedPolicyEntity>& one,
              const Defined<ManagedPolicyEntity>& that_holds);
  void ExpectPinned();

  const RegistryOptions& options_;
  Clashes* const clashes_;
  Diagnostics* const faults_;
  Diagnostics* const findings_;
  Definitions<ManagedPolicyEntity> definitions_;
  // Policies by account and name.  Made when a name is first looked for,
  // because most organisations give documents.
  absl::flat_hash_map<std::pair<absl::string_view, absl::string_view>, Policies>
      by_name_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_MANAGED_POLICIES_H_
