// What the console shows of a registry, as JSON.

#ifndef ROLEGATE_SERVICE_CONSOLE_REGISTRY_VIEWS_H_
#define ROLEGATE_SERVICE_CONSOLE_REGISTRY_VIEWS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/program/program_views.h"
#include "engine/registry/snapshot.h"
#include "engine/registry/trust_graph.h"
#include "rolegate/v1/registry.pb.h"

namespace rolegate::service {

// Some of the roles whose ARN has every word of `words`, without regard to
// case, in the order of their ARNs.
struct RoleSearch {
  std::string words;  // at white space
  std::size_t offset = 0;
  std::size_t limit = 100;
};

// `revision`, `total`, `matches` and `roles`.
std::string RolesJson(const Snapshot& snapshot, const RoleSearch& search);

// The role with its trust policy: `role`, `trust`, who may assume it (`into`)
// and what it may assume (`from`), with the counts of each.
std::string RoleJson(const TrustGraph& graph, const Role& role,
                     const v1::GetRoleResponse& message);

// The neighbourhood of the role.
std::string GraphJson(const TrustGraph& graph, const Role& role,
                      const TrustNeighbourhoodOptions& options);

// What the principal may assume, as the trust policies write it: `count` and
// `edges`.
std::string AssumesJson(const TrustGraph& graph, PrincipalPatternKind kind,
                        absl::string_view principal);

// The kind of this name; nothing for a word that is none.
std::optional<PrincipalPatternKind> PrincipalKindOf(absl::string_view name);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_REGISTRY_VIEWS_H_
