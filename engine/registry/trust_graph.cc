#include "engine/registry/trust_graph.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/decide/template_match.h"
#include "engine/program/program_text.h"
#include "engine/text/arn.h"
#include "engine/text/steps.h"

namespace rolegate {
namespace {

using Kind = PrincipalPatternKind;

constexpr std::size_t kAll = static_cast<std::size_t>(-1);

// NotAction matches every action that no entry matches.
bool Matches(StatementView statement, absl::string_view folded_action) {
  StepBudget budget(StepBudget::kUnlimited);
  for (const ActionView pattern : statement.actions()) {
    if (MatchAction(pattern, folded_action, &budget)) {
      return !statement.not_action();
    }
  }
  return statement.not_action();
}

AssumeActions ActionsOf(StatementView statement) {
  return {Matches(statement, "sts:assumerole"),
          Matches(statement, "sts:assumerolewithwebidentity"),
          Matches(statement, "sts:assumerolewithsaml")};
}

std::uint64_t KeyOf(Kind kind, absl::string_view principal) {
  return absl::HashOf(static_cast<int>(kind), principal);
}

// The account of the principal; empty if it belongs to none.
absl::string_view AccountOf(Kind kind, absl::string_view principal) {
  if (kind == Kind::kAccount) return principal;
  const std::optional<Arn> arn = Arn::Parse(principal);
  return arn ? arn->account : absl::string_view();
}

// Whether the registry holds the provider.
bool KnowsProvider(const Snapshot& snapshot, absl::string_view principal) {
  if (snapshot.FindSamlProvider(principal) != nullptr) return true;
  const std::optional<Arn> arn = Arn::Parse(principal);
  if (!arn) return false;
  absl::string_view host = arn->resource;
  if (!absl::ConsumePrefix(&host, "oidc-provider/")) return false;
  const auto providers =
      snapshot.FindOpenIdProviders(absl::StrCat("https://", host));
  return std::any_of(
      providers.begin(), providers.end(),
      [&](const OpenIdProvider* each) { return each->arn == principal; });
}

// Copies at most `most` elements as texts, and counts those left out.
template <typename List, typename Show>
std::vector<std::string> Listed(const List& list, Show show,
                                std::size_t* more) {
  std::vector<std::string> texts;
  for (const auto element : list) {
    if (texts.size() == TrustStatement::kMaxListed) break;
    texts.emplace_back(show(element));
  }
  *more = list.size() - texts.size();
  return texts;
}

std::string ActionText(ActionView action) {
  switch (action.kind()) {
    case ActionKind::kAll:
      return "*";
    case ActionKind::kNothing:
      return "(matches nothing)";
    case ActionKind::kExact:
    case ActionKind::kGlob:
      break;
  }
  return std::string(action.text());
}

TrustCondition Describe(ConditionView condition) {
  TrustCondition described;
  described.op = ConditionOperatorName(condition.op());
  described.key = std::string(condition.key().name);
  described.values = TextsOfValues(condition, ShowTemplate);
  if (described.values.size() > TrustStatement::kMaxListed) {
    described.more_values =
        described.values.size() - TrustStatement::kMaxListed;
    described.values.resize(TrustStatement::kMaxListed);
  }
  return described;
}

}  // namespace

absl::string_view PrincipalKindName(PrincipalPatternKind kind) {
  switch (kind) {
    case Kind::kEveryone:
      return "everyone";
    case Kind::kNobody:
      return "nobody";
    case Kind::kAccount:
      return "account";
    case Kind::kUser:
      return "user";
    case Kind::kRole:
      return "role";
    case Kind::kRoleSession:
      return "role-session";
    case Kind::kFederatedUser:
      return "federated-user";
    case Kind::kUniqueId:
      return "unique-id";
    case Kind::kService:
      return "service";
    case Kind::kFederated:
      return "provider";
  }
  return "nobody";
}

std::vector<TrustStatement> DescribeTrust(const Role& role, std::size_t most) {
  std::vector<TrustStatement> described;
  int index = 0;
  for (const StatementView statement : role.trust->program().statements()) {
    if (described.size() == most) break;
    TrustStatement& added = described.emplace_back();
    added.index = index;
    added.line = role.trust->PositionOf(index++).line;
    added.sid = std::string(statement.sid());
    added.effect = statement.effect();
    added.not_principal = statement.not_principal();
    added.not_action = statement.not_action();
    added.principals = Listed(
        statement.principals(),
        [](PrincipalView principal) { return principal.text(); },
        &added.more_principals);
    added.actions =
        Listed(statement.actions(), ActionText, &added.more_actions);
    for (const ConditionView condition : statement.conditions()) {
      if (added.conditions.size() == TrustStatement::kMaxListed) break;
      added.conditions.push_back(Describe(condition));
    }
    added.more_conditions =
        statement.conditions().size() - added.conditions.size();
  }
  return described;
}

TrustGraph::TrustGraph(std::shared_ptr<const Snapshot> snapshot)
    : snapshot_(std::move(snapshot)) {
  const auto roles = snapshot_->roles();
  by_id_.assign(roles.begin(), roles.end());
  std::sort(by_id_.begin(), by_id_.end(), [](const Role* a, const Role* b) {
    return a->role_id() < b->role_id();
  });
  for (std::uint32_t number = 0; number < roles.size(); ++number) {
    std::uint32_t index = 0;
    for (const StatementView statement :
         roles[number]->trust->program().statements()) {
      const std::uint32_t at = index++;
      // Whom a statement spares it gives nothing.
      if (statement.not_principal() || !ActionsOf(statement).any()) continue;
      std::uint32_t entry = 0;
      for (const PrincipalView principal : statement.principals()) {
        const Role* const behind =
            RoleBehind(principal.kind(), principal.text());
        entries_.push_back({behind != nullptr
                                ? KeyOf(Kind::kRole, behind->arn())
                                : KeyOf(principal.kind(), principal.text()),
                            number, at, entry++});
      }
    }
  }
  entries_.shrink_to_fit();
  std::sort(entries_.begin(), entries_.end());
}

const Role* TrustGraph::RoleBehind(PrincipalPatternKind kind,
                                   absl::string_view principal) const {
  if (kind == Kind::kRole) return snapshot_->FindRole(principal);
  if (kind == Kind::kRoleSession) {
    const std::optional<Arn> arn = Arn::Parse(principal);
    if (!arn) return nullptr;
    absl::string_view name = arn->resource;
    if (!absl::ConsumePrefix(&name, "assumed-role/")) return nullptr;
    return snapshot_->FindRoleByName(arn->account,
                                     name.substr(0, name.find('/')));
  }
  if (kind == Kind::kUniqueId) {
    const auto found =
        std::lower_bound(by_id_.begin(), by_id_.end(), principal,
                         [](const Role* role, absl::string_view id) {
                           return role->role_id() < id;
                         });
    if (found != by_id_.end() && (*found)->role_id() == principal) {
      return *found;
    }
  }
  return nullptr;
}

TrustEdge TrustGraph::EdgeOf(const Role& role, int statement,
                             AssumeActions actions,
                             PrincipalView principal) const {
  const StatementView view =
      role.trust->program().statements()[static_cast<std::size_t>(statement)];
  TrustEdge edge;
  edge.role = &role;
  edge.statement = statement;
  edge.effect = view.effect();
  edge.actions = actions;
  edge.conditional = !view.conditions().empty();
  edge.kind = principal.kind();
  edge.principal = principal.text();
  edge.spares = view.not_principal();
  edge.principal_role = RoleBehind(edge.kind, edge.principal);
  if (edge.kind == Kind::kUser) {
    edge.principal_user = snapshot_->FindUser(edge.principal);
  }
  const absl::string_view account = edge.principal_role != nullptr
                                        ? edge.principal_role->account()
                                        : AccountOf(edge.kind, edge.principal);
  edge.crosses_accounts = !account.empty() && account != role.account();
  switch (edge.kind) {
    case Kind::kEveryone:
    case Kind::kService:
      edge.known = true;
      break;
    case Kind::kAccount:
      edge.known = snapshot_->KnowsAccount(edge.principal);
      edge.needs_own_policy = true;
      break;
    case Kind::kUser:
    case Kind::kRole:
    case Kind::kRoleSession:
    case Kind::kUniqueId:
      edge.known =
          edge.principal_role != nullptr || edge.principal_user != nullptr;
      edge.needs_own_policy = edge.crosses_accounts;
      break;
    case Kind::kFederatedUser:
      edge.needs_own_policy = edge.crosses_accounts;
      break;
    case Kind::kFederated:
      edge.known = KnowsProvider(*snapshot_, edge.principal);
      break;
    case Kind::kNobody:
      break;
  }
  return edge;
}

TrustEdge TrustGraph::EdgeOf(const Entry& entry) const {
  const Role& role = *snapshot_->roles()[entry.role];
  const StatementView statement =
      role.trust->program().statements()[entry.statement];
  return EdgeOf(role, static_cast<int>(entry.statement), ActionsOf(statement),
                statement.principals()[entry.principal]);
}

std::vector<TrustEdge> TrustGraph::Into(const Role& role,
                                        std::size_t most) const {
  std::vector<TrustEdge> edges;
  int index = 0;
  for (const StatementView statement : role.trust->program().statements()) {
    const int at = index++;
    const AssumeActions actions = ActionsOf(statement);
    if (!actions.any()) continue;
    for (const PrincipalView principal : statement.principals()) {
      if (edges.size() == most) return edges;
      edges.push_back(EdgeOf(role, at, actions, principal));
    }
  }
  return edges;
}

absl::Span<const TrustGraph::Entry> TrustGraph::Find(std::uint64_t key) const {
  const auto begin = std::lower_bound(
      entries_.begin(), entries_.end(), key,
      [](const Entry& entry, std::uint64_t k) { return entry.key < k; });
  const auto end = std::upper_bound(
      begin, entries_.end(), key,
      [](std::uint64_t k, const Entry& entry) { return k < entry.key; });
  return absl::MakeConstSpan(entries_).subspan(
      static_cast<std::size_t>(begin - entries_.begin()),
      static_cast<std::size_t>(end - begin));
}

std::vector<TrustEdge> TrustGraph::From(PrincipalPatternKind kind,
                                        absl::string_view principal,
                                        std::size_t most) const {
  const Role* const behind = RoleBehind(kind, principal);
  std::vector<TrustEdge> edges;
  for (const Entry& entry :
       Find(behind != nullptr ? KeyOf(Kind::kRole, behind->arn())
                              : KeyOf(kind, principal))) {
    if (edges.size() == most) break;
    const TrustEdge edge = EdgeOf(entry);
    if (edge.kind == kind && edge.principal == principal) {
      edges.push_back(edge);
    }
  }
  return edges;
}

std::size_t TrustGraph::CountFrom(PrincipalPatternKind kind,
                                  absl::string_view principal) const {
  return From(kind, principal, kAll).size();
}

std::vector<TrustEdge> TrustGraph::FromRole(const Role& role,
                                            std::size_t most) const {
  std::vector<TrustEdge> edges;
  for (const Entry& entry : Find(KeyOf(Kind::kRole, role.arn()))) {
    if (edges.size() == most) break;
    const TrustEdge edge = EdgeOf(entry);
    if (edge.principal_role == &role) edges.push_back(edge);
  }
  return edges;
}

std::size_t TrustGraph::CountFromRole(const Role& role) const {
  return Find(KeyOf(Kind::kRole, role.arn())).size();
}

namespace {

// Walks the graph breadth first, away from the centre.
class Walk {
 public:
  Walk(const TrustGraph& graph, const TrustNeighbourhoodOptions& options)
      : graph_(graph), options_(options) {}

  TrustNeighbourhood From(const Role& centre) {
    NumberOf(Kind::kRole, centre.arn(), &centre, true, 0);
    // The first nodes are for whoever comes to the centre directly and for what
    // is come to from it; what is farther away follows.
    std::vector<std::size_t> before = {0};
    std::vector<std::size_t> after = {0};
    for (int distance = 1; distance <= options_.depth; ++distance) {
      before = Expand(before, -distance);
      after = Expand(after, distance);
    }
    return std::move(found_);
  }

 private:
  // Adds the neighbours of these nodes, on the side that the sign of `distance`
  // tells, and returns the roles that are new.
  std::vector<std::size_t> Expand(const std::vector<std::size_t>& nodes,
                                  int distance) {
    std::vector<std::size_t> added;
    for (const std::size_t node : nodes) {
      const Role* const role = found_.nodes[node].role;
      const std::vector<TrustEdge> edges =
          distance < 0 ? graph_.Into(*role, kAll)
                       : graph_.FromRole(*role, options_.max_fan);
      if (distance > 0) {
        found_.nodes[node].left_out +=
            graph_.CountFromRole(*role) - edges.size();
      }
      std::size_t shown = 0;
      for (const TrustEdge& edge : edges) {
        const std::size_t before = found_.nodes.size();
        const std::optional<std::size_t> other =
            shown < options_.max_fan ? OtherEnd(edge, distance) : std::nullopt;
        if (!other.has_value()) {
          ++found_.nodes[node].left_out;
          continue;
        }
        if (*other == before && found_.nodes[*other].role != nullptr) {
          added.push_back(*other);
        }
        ++shown;
        if (distance < 0) {
          AddLink(*other, node, edge);
        } else {
          AddLink(node, *other, edge);
        }
      }
    }
    return added;
  }

  // The node of whom the edge leads to, or of whom it comes from.
  std::optional<std::size_t> OtherEnd(const TrustEdge& edge, int distance) {
    if (distance > 0) {
      return NumberOf(Kind::kRole, edge.role->arn(), edge.role, true, distance);
    }
    // The others are whom a statement meets that spares somebody.
    if (edge.spares) {
      return NumberOf(Kind::kEveryone, "", nullptr, true, distance);
    }
    if (edge.principal_role != nullptr) {
      return NumberOf(Kind::kRole, edge.principal_role->arn(),
                      edge.principal_role, true, distance);
    }
    return NumberOf(edge.kind, edge.principal, nullptr, edge.known, distance);
  }

  // Nothing if it is new and there is no room for it.
  std::optional<std::size_t> NumberOf(Kind kind, absl::string_view name,
                                      const Role* role, bool known,
                                      int distance) {
    const auto number =
        numbers_.find(std::make_pair(static_cast<int>(kind), name));
    if (number != numbers_.end()) return number->second;
    if (found_.nodes.size() >= options_.max_nodes) return std::nullopt;
    const std::size_t added = found_.nodes.size();
    found_.nodes.push_back({kind, std::string(name), role, known, distance, 0});
    // Names are views into policies and roles, which the graph keeps.
    numbers_.emplace(std::make_pair(static_cast<int>(kind), name), added);
    return added;
  }

  void AddLink(std::size_t from, std::size_t to, const TrustEdge& edge) {
    const absl::string_view principal =
        edge.spares ? absl::string_view() : edge.principal;
    if (!linked_.emplace(from, to, edge.statement, principal).second) return;
    found_.links.push_back({from, to, edge});
  }

  const TrustGraph& graph_;
  const TrustNeighbourhoodOptions options_;
  TrustNeighbourhood found_;
  absl::flat_hash_map<std::pair<int, absl::string_view>, std::size_t> numbers_;
  absl::flat_hash_set<
      std::tuple<std::size_t, std::size_t, int, absl::string_view>>
      linked_;
};

}  // namespace

TrustNeighbourhood NeighbourhoodOf(const TrustGraph& graph, const Role& role,
                                   const TrustNeighbourhoodOptions& options) {
  return Walk(graph, options).From(role);
}

}  // namespace rolegate
