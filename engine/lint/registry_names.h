// Finds what trust policies name in a registry, and what they seem to mean.

#ifndef ROLEGATE_ENGINE_LINT_REGISTRY_NAMES_H_
#define ROLEGATE_ENGINE_LINT_REGISTRY_NAMES_H_

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

class RegistryNames {
 public:
  // The snapshot must outlive this.
  explicit RegistryNames(const Snapshot& snapshot);

  // Whether the registry holds the role that a principal names by its own ARN
  // or by that of a session; true for what is no such ARN.
  bool HasRole(absl::string_view arn) const;

  // The role that differs from the named one in path or letter case only; null
  // if there is none.
  const Role* RoleMeant(absl::string_view arn) const;

  // Null if the registry does not hold it.
  const OpenIdProvider* FindOpenIdProvider(absl::string_view arn) const;
  bool HasProvider(absl::string_view name) const;

  // The ARN of a provider that differs from `name` in the account, the scheme,
  // a slash at the end or letter case; empty if there is none.
  std::string ProviderMeant(absl::string_view name) const;

 private:
  const Snapshot& snapshot_;
  // The roles by account and by name in lower case.
  absl::flat_hash_map<std::pair<std::string, std::string>, const Role*> roles_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_REGISTRY_NAMES_H_
