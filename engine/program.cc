#include "engine/program.h"

#include "absl/strings/str_cat.h"

namespace rolegate {
namespace {

template <typename T>
std::size_t HeapBytes(const std::vector<T>& all) {
  return all.capacity() * sizeof(T);
}

std::string ShowTemplate(const Program& program, TextTemplate text) {
  std::string out;
  for (const Piece& piece : program.pieces(text)) {
    switch (piece.kind) {
      case Piece::Kind::kLiteral:
        absl::StrAppend(&out, "`", program.text(piece.text), "`");
        break;
      case Piece::Kind::kAnyRun:
        out += '*';
        break;
      case Piece::Kind::kAnyOne:
        out += '?';
        break;
      case Piece::Kind::kVariable:
        absl::StrAppend(&out, "${", program.key(piece.key).name);
        if (piece.has_default) {
          absl::StrAppend(&out, ", `", program.text(piece.text), "`");
        }
        out += '}';
        break;
    }
  }
  return out;
}

absl::string_view PrincipalKindName(PrincipalPattern::Kind kind) {
  using Kind = PrincipalPattern::Kind;
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
      return "role session";
    case Kind::kFederatedUser:
      return "federated user";
    case Kind::kUniqueId:
      return "unique id";
    case Kind::kService:
      return "service";
    case Kind::kFederated:
      return "provider";
  }
  return "nobody";
}

std::string ShowAction(const Program& program, const ActionPattern& action) {
  switch (action.kind) {
    case ActionPattern::Kind::kAll:
      return "all";
    case ActionPattern::Kind::kNothing:
      return "nothing";
    case ActionPattern::Kind::kExact:
    case ActionPattern::Kind::kGlob:
      break;
  }
  return std::string(program.text(action.text));
}

std::string ShowValues(const Program& program, const ConditionTest& test) {
  std::string out;
  switch (test.op.type) {
    case OperandType::kString:
    case OperandType::kArn:
    case OperandType::kBool:
      for (TextTemplate value : program.templates(test.values)) {
        absl::StrAppend(&out, " ", ShowTemplate(program, value));
      }
      break;
    case OperandType::kNumeric:
      for (const DecimalLiteral& value : program.decimals(test.values)) {
        absl::StrAppend(&out, " ", value.negative ? "-" : "",
                        program.text(value.integer), ".",
                        program.text(value.fraction));
      }
      break;
    case OperandType::kDate:
      for (const Instant& value : program.instants(test.values)) {
        absl::StrAppend(&out, " @", value.seconds, ".", value.nanos);
      }
      break;
    case OperandType::kIpAddress:
      for (const CidrBlock& value : program.cidrs(test.values)) {
        absl::StrAppend(&out, value.address.is_v6 ? " v6/" : " v4/",
                        value.prefix_size);
      }
      break;
    case OperandType::kBinary:
      for (TextRef value : program.binaries(test.values)) {
        absl::StrAppend(&out, " ", value.size, " bytes");
      }
      break;
    case OperandType::kNull:
      for (std::uint8_t value : program.flags(test.values)) {
        absl::StrAppend(&out, value != 0 ? " true" : " false");
      }
      break;
  }
  return out;
}

}  // namespace

std::size_t Program::memory_bytes() const {
  return pool_.capacity() + HeapBytes(statements_) + HeapBytes(actions_) +
         HeapBytes(resources_) + HeapBytes(principals_) +
         HeapBytes(conditions_) + HeapBytes(pieces_) + HeapBytes(templates_) +
         HeapBytes(decimals_) + HeapBytes(instants_) + HeapBytes(cidrs_) +
         HeapBytes(binaries_) + HeapBytes(flags_) + HeapBytes(keys_);
}

std::string Program::Dump() const {
  std::string out;
  for (std::size_t i = 0; i < statements_.size(); ++i) {
    const StatementCode& statement = statements_[i];
    absl::StrAppend(&out, "statement ", i, " ",
                    statement.effect == Effect::kAllow ? "allow" : "deny",
                    statement.sid.size > 0 ? " " : "", text(statement.sid),
                    "\n");
    for (const PrincipalPattern& principal : principals(statement.principals)) {
      absl::StrAppend(
          &out, statement.not_principal ? "  not principal " : "  principal ",
          PrincipalKindName(principal.kind), " ", text(principal.text), "\n");
    }
    for (const ActionPattern& action : actions(statement.actions)) {
      absl::StrAppend(&out,
                      statement.not_action ? "  not action " : "  action ",
                      ShowAction(*this, action), "\n");
    }
    for (const ResourcePattern& resource : resources(statement.resources)) {
      absl::StrAppend(
          &out, statement.not_resource ? "  not resource " : "  resource ",
          resource.kind == ResourcePattern::Kind::kAll ? "all"
          : resource.kind == ResourcePattern::Kind::kNothing
              ? "nothing"
              : ShowTemplate(*this, resource.arn),
          "\n");
    }
    for (const ConditionTest& test : conditions(statement.conditions)) {
      absl::StrAppend(&out, "  condition ", ConditionOperatorName(test.op), " ",
                      key(test.key).name, ShowValues(*this, test), "\n");
    }
  }
  return out;
}

}  // namespace rolegate
