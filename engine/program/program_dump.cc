#include <string>

#include "absl/strings/str_cat.h"
#include "engine/policy/action_name.h"
#include "engine/program/program.h"
#include "engine/program/program_text.h"

namespace rolegate {
namespace {

absl::string_view NameOf(PrincipalPatternKind kind) {
  switch (kind) {
    case PrincipalPatternKind::kEveryone:
      return "everyone";
    case PrincipalPatternKind::kNobody:
      return "nobody";
    case PrincipalPatternKind::kAccount:
      return "account";
    case PrincipalPatternKind::kUser:
      return "user";
    case PrincipalPatternKind::kRole:
      return "role";
    case PrincipalPatternKind::kRoleSession:
      return "role-session";
    case PrincipalPatternKind::kFederatedUser:
      return "federated-user";
    case PrincipalPatternKind::kUniqueId:
      return "unique-id";
    case PrincipalPatternKind::kService:
      return "service";
    case PrincipalPatternKind::kFederated:
      return "federated";
  }
  return "unknown";
}

std::string DumpOf(ActionView action) {
  switch (action.kind()) {
    case ActionKind::kAll:
      return "all";
    case ActionKind::kNothing:
      return "nothing";
    case ActionKind::kExact:
      return absl::StrCat("exact ", action.text());
    case ActionKind::kGlob:
      break;
  }
  return absl::StrCat("glob ", action.text());
}

std::string DumpOf(ResourceView resource) {
  switch (resource.kind()) {
    case ResourceKind::kAll:
      return "all";
    case ResourceKind::kNothing:
      return "nothing";
    case ResourceKind::kArn:
      break;
  }
  return ShowPieces(resource.arn());
}

// The name of the service that all actions are of.
std::string ServiceOf(StatementView statement, std::uint16_t number) {
  if (number == 0) return "any service";
  for (const ActionView action : statement.actions()) {
    if (ServiceNumber(action.prefix()) == number) {
      return absl::StrCat("service ", action.prefix());
    }
  }
  return absl::StrCat("service number ", number);
}

void AppendStatement(StatementView statement, std::string* out) {
  for (const PrincipalView principal : statement.principals()) {
    absl::StrAppend(out, "  ", statement.not_principal() ? "not-" : "",
                    "principal ", NameOf(principal.kind()), " ",
                    principal.text(), "\n");
  }
  for (const ActionView action : statement.actions()) {
    absl::StrAppend(out, "  ", statement.not_action() ? "not-" : "", "action ",
                    DumpOf(action), "\n");
  }
  for (const ResourceView resource : statement.resources()) {
    absl::StrAppend(out, "  ", statement.not_resource() ? "not-" : "",
                    "resource ", DumpOf(resource), "\n");
  }
  for (const ConditionView condition : statement.conditions()) {
    absl::StrAppend(out, "  if ", ConditionOperatorName(condition.op()), " ",
                    condition.key().name);
    for (const std::string& value : TextsOfValues(condition, ShowPieces)) {
      absl::StrAppend(out, " ", value);
    }
    out->push_back('\n');
  }
}

}  // namespace

std::string ShowPieces(TemplateView text) {
  std::string out;
  for (const PieceView piece : text) {
    switch (piece.kind()) {
      case PieceKind::kLiteral:
        absl::StrAppend(&out, "[", piece.text(), "]");
        break;
      case PieceKind::kAnyRun:
        out += "[*]";
        break;
      case PieceKind::kAnyOne:
        out += "[?]";
        break;
      case PieceKind::kVariable:
        absl::StrAppend(&out, "[$", piece.key().name,
                        piece.has_default() ? "=" : "", piece.default_text(),
                        "]");
        break;
    }
  }
  return out.empty() ? "[]" : out;
}

std::string Program::Dump() const {
  std::string out;
  const ViewList<StatementView> all = statements();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const StatementView statement = all[i];
    absl::StrAppend(&out, i,
                    statement.effect() == Effect::kAllow ? " allow" : " deny");
    if (!statement.sid().empty()) {
      absl::StrAppend(&out, " `", statement.sid(), "`");
    }
    absl::StrAppend(&out, ", ", ServiceOf(statement, services()[i]), "\n");
    AppendStatement(statement, &out);
  }
  if (index() != nullptr) {
    absl::StrAppend(&out, "index of ", index()->nodes(), " nodes\n");
  }
  return out;
}

}  // namespace rolegate
