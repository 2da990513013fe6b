#include "engine/program/compile.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/action_name.h"
#include "engine/program/operands.h"
#include "engine/program/program_writer.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr std::size_t kArnParts = 6;

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?") != absl::string_view::npos;
}

class PolicyCompiler {
 public:
  PolicyCompiler(const PolicyDocument& policy, PolicyKind kind,
                 DocumentFaults& faults)
      : policy_(policy),
        kind_(kind),
        variables_(policy.version == PolicyVersion::k2012_10_17),
        faults_(faults) {}

  CountedPtr<const Program> Compile(const ProgramSource& source) && {
    // If the document has faults, it has no program, and its condition values
    // are read only to find more faults.
    const bool faulty = faults_.count() > 0;
    for (const StatementDocument& statement : policy_.statements) {
      if (faulty) {
        writer_.AddStatement(StatementRecord(), "", 0);
      } else {
        CompileStatement(statement);
      }
      for (const ConditionClause& clause : statement.conditions) {
        CompileCondition(statement, clause);
      }
    }
    if (faulty) return {};
    if (!writer_.fits()) {
      faults_.Add(policy_.offset, "", FaultText("larger than a policy can be"));
      return {};
    }
    return std::move(writer_).Finish(source);
  }

 private:
  void CompileStatement(const StatementDocument& statement) {
    StatementRecord record;
    std::uint16_t service = 0;
    record.effect = statement.effect;
    if (statement.principal) {
      record.has_principal = true;
      record.not_principal = statement.principal->negated;
    }
    if (statement.action) {
      record.not_action = statement.action->negated;
      if (!record.not_action) service = ServiceOf(*statement.action);
    }
    if (statement.resource) {
      record.has_resource = true;
      record.not_resource = statement.resource->negated;
    }
    writer_.AddStatement(
        record, statement.sid ? statement.sid->value : absl::string_view(),
        service);

    if (statement.principal) {
      for (const PrincipalEntry& entry : statement.principal->entries) {
        CompilePrincipal(entry);
      }
    }
    if (statement.action) {
      for (const SourceText& pattern : statement.action->patterns) {
        CompileAction(pattern.value);
      }
    }
    if (statement.resource) {
      for (const SourceText& pattern : statement.resource->patterns) {
        CompileResource(pattern.value);
      }
    }
  }

  void CompilePrincipal(const PrincipalEntry& entry) {
    using Kind = PrincipalPatternKind;
    const absl::string_view text = entry.text.value;
    switch (entry.type) {
      case PrincipalType::kService:
        return writer_.AddPrincipal(Kind::kService, text);
      case PrincipalType::kFederated:
        return writer_.AddPrincipal(Kind::kFederated, text);
      case PrincipalType::kCanonicalUser:
        return writer_.AddPrincipal(Kind::kNobody, text);
      case PrincipalType::kAws:
        break;
    }
    if (text == "*") return writer_.AddPrincipal(Kind::kEveryone, text);
    if (IsAccountId(text)) return writer_.AddPrincipal(Kind::kAccount, text);
    const std::optional<Arn> arn = Arn::Parse(text);
    if (!arn) return writer_.AddPrincipal(Kind::kUniqueId, text);
    if (arn->resource == "root") {
      return writer_.AddPrincipal(Kind::kAccount, arn->account);
    }
    writer_.AddPrincipal(KindOfEntity(arn->resource), text);
  }

  // `resource` is the last part of the principal's ARN.
  static PrincipalPatternKind KindOfEntity(absl::string_view resource) {
    using Kind = PrincipalPatternKind;
    if (absl::StartsWith(resource, "role/")) return Kind::kRole;
    if (absl::StartsWith(resource, "assumed-role/")) return Kind::kRoleSession;
    if (absl::StartsWith(resource, "federated-user/")) {
      return Kind::kFederatedUser;
    }
    return Kind::kUser;
  }

  void CompileAction(absl::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == absl::string_view::npos) {  // "*", "**"
      writer_.AddAction(ActionKind::kAll, 0, "");
      return;
    }
    const absl::string_view name = text.substr(colon + 1);
    // AWS saves these, and they match nothing.
    const bool inert =
        name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
          return c == ',' || absl::ascii_isspace(static_cast<unsigned char>(c));
        });
    // A prefix that leaves an action no room for its name matches nothing
    // either.
    static_assert(ActionName::kMaxBytes == 256);
    constexpr std::size_t kMaxPrefix = 255;
    if (inert || colon > kMaxPrefix) {
      writer_.AddAction(ActionKind::kNothing, 0, "");
      return;
    }
    if (text.size() > ActionRecord::kMaxText) return CompileLongAction(text);
    writer_.AddAction(
        HasWildcard(name) ? ActionKind::kGlob : ActionKind::kExact, colon,
        text);
  }

  // Every character but a `*` stands for one of the action, so that most long
  // patterns match nothing.  In the others, a row of `*` means the same as one.
  void CompileLongAction(absl::string_view text) {
    const auto stars =
        static_cast<std::size_t>(std::count(text.begin(), text.end(), '*'));
    if (text.size() - stars > ActionName::kMaxBytes) {
      writer_.AddAction(ActionKind::kNothing, 0, "");
      return;
    }
    std::string shorter(text);
    shorter.erase(
        std::unique(shorter.begin(), shorter.end(),
                    [](char a, char b) { return a == '*' && b == '*'; }),
        shorter.end());
    writer_.AddAction(ActionKind::kGlob, shorter.find(':'), shorter);
  }

  // Returns 0 if the actions are not of one service.
  static std::uint16_t ServiceOf(const PatternElement& action) {
    absl::string_view service;
    for (const SourceText& pattern : action.patterns) {
      const std::size_t colon = pattern.value.find(':');
      if (colon == absl::string_view::npos) return 0;
      const absl::string_view each = pattern.value.substr(0, colon);
      if (service.empty()) service = each;
      if (!absl::EqualsIgnoreCase(service, each)) return 0;
    }
    return ServiceNumber(absl::AsciiStrToLower(service));
  }

  void CompileResource(absl::string_view text) {
    if (text == "*") {
      writer_.AddResource(ResourceKind::kAll);
      return;
    }
    std::string completed;
    const auto parts =
        static_cast<std::size_t>(std::count(text.begin(), text.end(), ':') + 1);
    if (parts < kArnParts) {
      // A short ARN in a resource policy needs a wildcard to mean anything.
      if (kind_ == PolicyKind::kResource && !absl::StrContains(text, "*")) {
        writer_.AddResource(ResourceKind::kNothing);
        return;
      }
      completed = std::string(text);
      for (std::size_t i = parts; i < kArnParts; ++i) completed += ":*";
      text = completed;
    }
    TemplateSyntax syntax;
    syntax.wildcards = true;
    syntax.variables = variables_;
    syntax.variables_from = OffsetOfLastPart(text);
    writer_.AddArn(text, syntax);
  }

  // Returns the offset behind the fifth colon of an ARN with six parts.
  static std::size_t OffsetOfLastPart(absl::string_view text) {
    std::size_t offset = 0;
    for (std::size_t i = 1; i < kArnParts; ++i) {
      offset = text.find(':', offset) + 1;
    }
    return offset;
  }

  void CompileCondition(const StatementDocument& statement,
                        const ConditionClause& clause) {
    writer_.AddCondition(clause.op, clause.key.value);
    for (const SourceText& value : clause.values) {
      if (AddValue(clause.op, value.value)) continue;
      const auto path = [&] {
        return absl::StrCat(statement.path, ".Condition.",
                            Echo(clause.op_name.value), ".",
                            Echo(clause.key.value));
      };
      faults_.Add(value.offset, path,
                  FaultText("`", value.value, "` is not ",
                            ExpectedValue(clause.op.type)));
    }
  }

  static absl::string_view ExpectedValue(OperandType type) {
    return VisitOperand(type, [](auto operand) { return operand.kExpected; });
  }

  // Returns false if the value is not of the operator's type.
  bool AddValue(const ConditionOperator& op, absl::string_view text) {
    return VisitOperand(op.type, [&](auto operand) {
      const auto value = operand.Read(text, {op.comparison, variables_});
      if (value) writer_.AddValue(*value);
      return value.has_value();
    });
  }

  const PolicyDocument& policy_;
  const PolicyKind kind_;
  const bool variables_;
  DocumentFaults& faults_;
  ProgramWriter writer_;
};

}  // namespace

CountedPtr<const Program> CompileProgram(const PolicyDocument& policy,
                                         const ProgramSource& source,
                                         DocumentFaults& faults) {
  return PolicyCompiler(policy, source.kind, faults).Compile(source);
}

}  // namespace rolegate
