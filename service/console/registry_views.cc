#include "service/console/registry_views.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "service/answer/proto_conversions.h"
#include "service/base/message_json.h"
#include "service/console/json_writer.h"
#include "service/console/trust_json.h"

namespace rolegate::service {
namespace {

// What one answer holds of statements and of edges.
constexpr std::size_t kMaxStatements = 50;
constexpr std::size_t kMaxEdges = 200;
constexpr std::size_t kMaxText = std::size_t{256} << 10;
// A search has no more words.
constexpr std::size_t kMaxWords = 16;

std::vector<std::string> WordsOf(const std::string& text) {
  std::vector<std::string> words = absl::StrSplit(
      absl::AsciiStrToLower(text), absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.size() > kMaxWords) words.resize(kMaxWords);
  return words;
}

// Appends `edges` as a list with this key, and how many there are in all.
void WriteEdges(absl::string_view key, const std::vector<TrustEdge>& edges,
                std::size_t count, JsonWriter* writer) {
  writer->Count(absl::StrCat(key, "_count"), count);
  writer->Key(key);
  writer->StartArray();
  for (const TrustEdge& edge : edges) {
    WriteTrustEdge(edge, writer);
  }
  writer->EndArray();
}

}  // namespace

std::string RolesJson(const Snapshot& snapshot, const RoleSearch& search) {
  std::string json;
  JsonWriter writer(&json);
  MessageJson<JsonWriter> messages(writer);
  writer.StartObject();
  writer.Text("revision", snapshot.revision());
  writer.Count("total", snapshot.roles().size());
  writer.Key("roles");
  writer.StartArray();
  const std::vector<std::string> words = WordsOf(search.words);
  std::size_t matches = 0;
  std::string arn;
  for (const Role* role : snapshot.roles()) {
    if (!words.empty()) {
      arn.assign(role->arn().data(), role->arn().size());
      absl::AsciiStrToLower(&arn);
      const bool has_all =
          std::all_of(words.begin(), words.end(), [&](const std::string& word) {
            return arn.find(word) != std::string::npos;
          });
      if (!has_all) continue;
    }
    const std::size_t number = matches++;
    if (number < search.offset || number - search.offset >= search.limit) {
      continue;
    }
    v1::RoleSummary summary;
    RoleToProto(*role, &summary);
    messages.Write(summary);
  }
  writer.EndArray();
  writer.Count("offset", search.offset);
  writer.Count("matches", matches);
  writer.EndObject();
  return json;
}

std::string RoleJson(const TrustGraph& graph, const Role& role,
                     const v1::GetRoleResponse& message) {
  std::string json;
  JsonWriter writer(&json);
  TextRoom room(kMaxText);
  writer.StartObject();
  MessageJson<JsonWriter>(writer).WriteMembers(message);
  writer.Text("account", role.account());
  writer.Count("trust_count", role.trust->program().statements().size());
  writer.Key("trust");
  writer.StartArray();
  for (const TrustStatement& statement : DescribeTrust(role, kMaxStatements)) {
    WriteTrustStatement(statement, &room, &writer);
  }
  writer.EndArray();
  std::vector<TrustEdge> into =
      graph.Into(role, std::numeric_limits<std::size_t>::max());
  const std::size_t count = into.size();
  into.resize(std::min(count, kMaxEdges));
  WriteEdges("into", into, count, &writer);
  WriteEdges("from", graph.FromRole(role, kMaxEdges), graph.CountFromRole(role),
             &writer);
  // What anybody of its account may assume, if its own policies allow it.
  writer.Count("account_count",
               graph.CountFrom(PrincipalPatternKind::kAccount, role.account()));
  writer.EndObject();
  return json;
}

std::string GraphJson(const TrustGraph& graph, const Role& role,
                      const TrustNeighbourhoodOptions& options) {
  std::string json;
  JsonWriter writer(&json);
  TextRoom room(kMaxText);
  writer.StartObject();
  writer.Text("revision", graph.snapshot().revision());
  writer.Count("depth", static_cast<std::size_t>(options.depth));
  WriteNeighbourhood(NeighbourhoodOf(graph, role, options), &room, &writer);
  writer.EndObject();
  return json;
}

std::string AssumesJson(const TrustGraph& graph, PrincipalPatternKind kind,
                        absl::string_view principal) {
  std::string json;
  JsonWriter writer(&json);
  writer.StartObject();
  writer.Text("kind", PrincipalKindName(kind));
  writer.Text("principal", principal);
  WriteEdges("edges", graph.From(kind, principal, kMaxEdges),
             graph.CountFrom(kind, principal), &writer);
  writer.EndObject();
  return json;
}

std::optional<PrincipalPatternKind> PrincipalKindOf(absl::string_view name) {
  using Kind = PrincipalPatternKind;
  for (const Kind kind :
       {Kind::kEveryone, Kind::kNobody, Kind::kAccount, Kind::kUser,
        Kind::kRole, Kind::kRoleSession, Kind::kFederatedUser, Kind::kUniqueId,
        Kind::kService, Kind::kFederated}) {
    if (PrincipalKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace rolegate::service
