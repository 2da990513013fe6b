#include "service/console/trust_json.h"

#include <limits>
#include <map>
#include <string>
#include <utility>

namespace rolegate::service {
namespace {

void WriteList(absl::string_view key, const std::vector<std::string>& texts,
               std::size_t more, TextRoom* room, JsonWriter* writer) {
  writer->Key(key);
  writer->StartArray();
  for (const std::string& text : texts) {
    if (room->Take(text)) {
      writer->String(text);
    } else {
      ++more;
    }
  }
  writer->EndArray();
  writer->Count(absl::StrCat("more_", key), more);
}

absl::string_view EffectName(Effect effect) {
  return effect == Effect::kAllow ? "Allow" : "Deny";
}

void WriteActions(const AssumeActions& actions, JsonWriter* writer) {
  writer->Key("actions");
  writer->StartArray();
  if (actions.assume_role) writer->String("sts:AssumeRole");
  if (actions.web_identity) writer->String("sts:AssumeRoleWithWebIdentity");
  if (actions.saml) writer->String("sts:AssumeRoleWithSAML");
  writer->EndArray();
}

void WriteEdgeMembers(const TrustEdge& edge, JsonWriter* writer) {
  writer->Text("effect", EffectName(edge.effect));
  WriteActions(edge.actions, writer);
  writer->Flag("conditional", edge.conditional);
  writer->Text("kind", PrincipalKindName(edge.kind));
  writer->Text("principal", edge.principal);
  writer->Flag("spares", edge.spares);
  writer->Flag("known", edge.known);
  writer->Flag("crosses_accounts", edge.crosses_accounts);
  writer->Flag("needs_own_policy", edge.needs_own_policy);
  if (edge.principal_role != nullptr) {
    writer->Text("principal_role", edge.principal_role->arn());
  }
}

}  // namespace

void WriteTrustStatement(const TrustStatement& statement, TextRoom* room,
                         JsonWriter* writer) {
  writer->StartObject();
  writer->Count("index", static_cast<std::size_t>(statement.index));
  writer->Count("line", static_cast<std::size_t>(statement.line));
  writer->Text("sid", room->Take(statement.sid) ? statement.sid : "");
  writer->Text("effect", EffectName(statement.effect));
  writer->Flag("not_principal", statement.not_principal);
  writer->Flag("not_action", statement.not_action);
  WriteList("principals", statement.principals, statement.more_principals, room,
            writer);
  WriteList("actions", statement.actions, statement.more_actions, room, writer);
  writer->Key("conditions");
  writer->StartArray();
  std::size_t more = statement.more_conditions;
  for (const TrustCondition& condition : statement.conditions) {
    if (!room->Take(condition.key)) {
      ++more;
      continue;
    }
    writer->StartObject();
    writer->Text("operator", condition.op);
    writer->Text("key", condition.key);
    WriteList("values", condition.values, condition.more_values, room, writer);
    writer->EndObject();
  }
  writer->EndArray();
  writer->Count("more_conditions", more);
  writer->EndObject();
}

void WriteTrustEdge(const TrustEdge& edge, JsonWriter* writer) {
  writer->StartObject();
  writer->Text("role", edge.role->arn());
  writer->Count("statement", static_cast<std::size_t>(edge.statement));
  WriteEdgeMembers(edge, writer);
  writer->EndObject();
}

void WriteNeighbourhood(const TrustNeighbourhood& found, TextRoom* room,
                        JsonWriter* writer) {
  writer->Key("nodes");
  writer->StartArray();
  for (const auto& node : found.nodes) {
    writer->StartObject();
    writer->Text("kind", PrincipalKindName(node.kind));
    writer->Text("name", node.name);
    writer->Flag("in_registry", node.role != nullptr);
    writer->Flag("known", node.known);
    writer->Key("distance");
    writer->Int(node.distance);
    writer->Count("left_out", node.left_out);
    writer->EndObject();
  }
  writer->EndArray();

  // Many edges come from one statement.
  std::map<std::pair<const Role*, int>, std::size_t> numbers;
  std::vector<std::pair<const Role*, int>> statements;
  writer->Key("links");
  writer->StartArray();
  for (const auto& link : found.links) {
    const auto key = std::make_pair(link.edge.role, link.edge.statement);
    const auto [number, added] = numbers.emplace(key, statements.size());
    if (added) statements.push_back(key);
    writer->StartObject();
    writer->Count("from", link.from);
    writer->Count("to", link.to);
    writer->Count("statement", number->second);
    WriteEdgeMembers(link.edge, writer);
    writer->EndObject();
  }
  writer->EndArray();

  std::map<const Role*, std::vector<TrustStatement>> described;
  writer->Key("statements");
  writer->StartArray();
  for (const auto& [role, index] : statements) {
    std::vector<TrustStatement>& all = described[role];
    if (all.empty()) {
      all = DescribeTrust(*role, std::numeric_limits<std::size_t>::max());
    }
    WriteTrustStatement(all[static_cast<std::size_t>(index)], room, writer);
  }
  writer->EndArray();
}

}  // namespace rolegate::service
