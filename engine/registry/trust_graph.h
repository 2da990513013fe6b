// Who may assume what, as the trust policies of a registry say it: edges from
// principals to the roles whose trust policy names them.
//
// An edge tells what one statement says.  It is no decision: conditions may
// stop it, a Deny may take it away, and where it names an account, or crosses
// accounts, the caller's own policies must allow sts:AssumeRole, too.

#ifndef ROLEGATE_ENGINE_REGISTRY_TRUST_GRAPH_H_
#define ROLEGATE_ENGINE_REGISTRY_TRUST_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/policy/effect.h"
#include "engine/program/program_views.h"
#include "engine/registry/snapshot.h"

namespace rolegate {

// The three actions by which a role is assumed.
struct AssumeActions {
  bool assume_role = false;
  bool web_identity = false;
  bool saml = false;

  bool any() const { return assume_role || web_identity || saml; }
  friend bool operator==(const AssumeActions&, const AssumeActions&) = default;
};

// "account", "role", "provider", …: a word for each kind of principal.
absl::string_view PrincipalKindName(PrincipalPatternKind kind);

// What one entry of a trust policy says.
struct TrustEdge {
  const Role* role = nullptr;  // whose trust policy it is
  int statement = 0;           // of that policy, from 0
  Effect effect = Effect::kDeny;
  AssumeActions actions;  // that the statement matches
  bool conditional = false;

  // The principal as the policy names it.  A view into the policy.
  PrincipalPatternKind kind = PrincipalPatternKind::kNobody;
  absl::string_view principal;
  // The entry stands in NotPrincipal: the statement spares this one, and
  // matches everybody else.
  bool spares = false;

  // The registry's entity behind the principal: the role itself, that of a
  // session or of a unique id; the user.  Null if there is none, or if the
  // principal is of another kind.
  const Role* principal_role = nullptr;
  const User* principal_user = nullptr;
  // Whether the registry knows the principal: holds the role, the user, the
  // provider, or anything of the account.  Services and everyone are known.
  bool known = false;
  // Whether the principal is of another account than the role.
  bool crosses_accounts = false;
  // Whether the caller's own policies must allow the action, too: the entry
  // names an account, or a principal of another account.
  bool needs_own_policy = false;
};

// One condition of a statement, in the words of the policy language.
struct TrustCondition {
  std::string op;   // "StringEquals"
  std::string key;  // "sts:ExternalId"
  std::vector<std::string> values;
  std::size_t more_values = 0;  // that are left out
};

// One statement of a trust policy, for people.
struct TrustStatement {
  // The most entries of each list; what is left out is counted.
  static constexpr std::size_t kMaxListed = 50;

  int index = 0;  // in the policy, from 0
  int line = 0;   // in the role's file, from 1; 0 if it is not known
  std::string sid;
  Effect effect = Effect::kDeny;
  bool not_principal = false;
  bool not_action = false;
  std::vector<std::string> principals;
  std::vector<std::string> actions;  // in lower case
  std::vector<TrustCondition> conditions;
  std::size_t more_principals = 0;
  std::size_t more_actions = 0;
  std::size_t more_conditions = 0;
};

// The statements of the role's trust policy, `most` of them at most.
std::vector<TrustStatement> DescribeTrust(const Role& role, std::size_t most);

// The edges of one snapshot, with an index that finds those of a principal.
// Immutable, so threads may share it.  It keeps the snapshot, and takes about
// 24 bytes for each entry of a trust policy.
class TrustGraph {
 public:
  // Takes microseconds for each role.
  explicit TrustGraph(std::shared_ptr<const Snapshot> snapshot);

  const Snapshot& snapshot() const { return *snapshot_; }
  // The edges of all roles.
  std::size_t size() const { return entries_.size(); }

  // Who may assume the role: every entry of its trust policy whose statement
  // matches one of the three actions, in the policy's order, `most` at most.
  std::vector<TrustEdge> Into(const Role& role, std::size_t most) const;

  // What the principal may assume: every edge whose entry is this one, in the
  // order of the roles' ARNs, `most` at most.  `principal` is what the policies
  // write: an ARN, twelve digits, a service's name, "*".
  std::vector<TrustEdge> From(PrincipalPatternKind kind,
                              absl::string_view principal,
                              std::size_t most) const;
  // How many there are.
  std::size_t CountFrom(PrincipalPatternKind kind,
                        absl::string_view principal) const;

  // What sessions of the role may assume because an entry names the role, one
  // of its sessions or its unique id.  What its account or everyone may assume
  // is not among it.
  std::vector<TrustEdge> FromRole(const Role& role, std::size_t most) const;
  std::size_t CountFromRole(const Role& role) const;

 private:
  // An entry of a trust policy.
  struct Entry {
    std::uint64_t key;        // a hash of whose edge it is
    std::uint32_t role;       // its number in Snapshot::roles
    std::uint32_t statement;  // of the trust policy
    std::uint32_t principal;  // of the statement

    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  absl::Span<const Entry> Find(std::uint64_t key) const;
  TrustEdge EdgeOf(const Entry& entry) const;
  TrustEdge EdgeOf(const Role& role, int statement, AssumeActions actions,
                   PrincipalView principal) const;
  const Role* RoleBehind(PrincipalPatternKind kind,
                         absl::string_view principal) const;

  const std::shared_ptr<const Snapshot> snapshot_;
  std::vector<Entry> entries_;  // sorted
  // Roles by their unique ids, sorted.
  std::vector<const Role*> by_id_;
};

// A part of the graph around one role.
struct TrustNeighbourhood {
  struct Node {
    PrincipalPatternKind kind = PrincipalPatternKind::kNobody;
    // The role's ARN, or what the policies write.  Empty for everybody but
    // those whom a statement spares.
    std::string name;
    const Role* role = nullptr;  // null but for roles that the registry holds
    bool known = false;
    // Edges away from the centre: negative for whoever may come to it, positive
    // for what may be come to from it, 0 for the role itself.
    int distance = 0;
    std::size_t left_out = 0;  // edges of this node that are not shown
  };
  struct Link {
    std::size_t from = 0;  // nodes
    std::size_t to = 0;
    TrustEdge edge;
  };

  std::vector<Node> nodes;  // the first is the centre
  std::vector<Link> links;
};

struct TrustNeighbourhoodOptions {
  int depth = 2;               // edges in each direction
  std::size_t max_nodes = 60;  // in all
  std::size_t max_fan = 20;    // edges of one node in one direction
};

// Follows edges from and to the role, nearest nodes first.  Views in it are
// valid as long as the graph is.
TrustNeighbourhood NeighbourhoodOf(const TrustGraph& graph, const Role& role,
                                   const TrustNeighbourhoodOptions& options);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_TRUST_GRAPH_H_
