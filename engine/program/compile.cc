#include "engine/program/compile.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/action_name.h"
#include "engine/program/program_writer.h"
#include "engine/text/arn.h"
#include "engine/text/base64.h"
#include "engine/text/boolean.h"
#include "engine/text/decimal.h"

namespace rolegate {
namespace {

constexpr std::size_t kArnParts = 6;

bool HasWildcard(absl::string_view text) {
  return text.find_first_of("*?") != absl::string_view::npos;
}

class PolicyCompiler {
 public:
  PolicyCompiler(const PolicyDocument& policy, PolicyKind kind,
                 DocumentFaults& faults, WordStore* words)
      : policy_(policy),
        kind_(kind),
        variables_(policy.version == PolicyVersion::k2012_10_17),
        faults_(faults),
        writer_(words) {}

  CountedPtr<const Program> Compile(const ProgramSource& source) && {
    // A document with faults is looked through for others alone.
    const bool faulty = faults_.count() > 0;
    for (const StatementDocument& statement : policy_.statements) {
      if (!faulty) CompileStatement(statement);
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
    StatementCode code;
    std::uint16_t service = 0;
    code.effect = statement.effect;
    if (statement.sid) code.sid = writer_.AddText(statement.sid->value);
    if (statement.principal) {
      code.has_principal = true;
      code.not_principal = statement.principal->negated;
    }
    if (statement.action) {
      code.not_action = statement.action->negated;
      if (!code.not_action) service = ServiceOf(*statement.action);
    }
    if (statement.resource) {
      code.has_resource = true;
      code.not_resource = statement.resource->negated;
    }
    writer_.AddStatement(code, service);

    if (statement.principal) {
      for (const PrincipalEntry& entry : statement.principal->entries) {
        writer_.AddPrincipal(CompilePrincipal(entry));
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

  PrincipalPattern CompilePrincipal(const PrincipalEntry& entry) {
    const absl::string_view text = entry.text.value;
    switch (entry.type) {
      case PrincipalType::kService:
        return MakePrincipal(PrincipalPattern::Kind::kService, text);
      case PrincipalType::kFederated:
        return MakePrincipal(PrincipalPattern::Kind::kFederated, text);
      case PrincipalType::kCanonicalUser:
        return MakePrincipal(PrincipalPattern::Kind::kNobody, text);
      case PrincipalType::kAws:
        break;
    }
    if (text == "*") {
      return MakePrincipal(PrincipalPattern::Kind::kEveryone, text);
    }
    if (IsAccountId(text)) {
      return MakePrincipal(PrincipalPattern::Kind::kAccount, text);
    }
    const std::optional<Arn> arn = Arn::Parse(text);
    if (!arn) return MakePrincipal(PrincipalPattern::Kind::kUniqueId, text);
    if (arn->resource == "root") {
      return MakePrincipal(PrincipalPattern::Kind::kAccount, arn->account);
    }
    if (absl::StartsWith(arn->resource, "role/")) {
      return MakePrincipal(PrincipalPattern::Kind::kRole, text);
    }
    if (absl::StartsWith(arn->resource, "assumed-role/")) {
      return MakePrincipal(PrincipalPattern::Kind::kRoleSession, text);
    }
    if (absl::StartsWith(arn->resource, "federated-user/")) {
      return MakePrincipal(PrincipalPattern::Kind::kFederatedUser, text);
    }
    return MakePrincipal(PrincipalPattern::Kind::kUser, text);
  }

  PrincipalPattern MakePrincipal(PrincipalPattern::Kind kind,
                                 absl::string_view text) {
    PrincipalPattern pattern;
    pattern.kind = kind;
    pattern.text = writer_.AddText(text);
    return pattern;
  }

  void CompileAction(absl::string_view text) {
    using Kind = ActionPattern::Kind;
    ActionPattern pattern;
    const std::size_t colon = text.find(':');
    if (colon == absl::string_view::npos) {  // "*", "**"
      pattern.kind = Kind::kAll;
      writer_.AddAction(pattern);
      return;
    }
    const absl::string_view name = text.substr(colon + 1);
    // AWS saves these, and they match nothing.
    const bool inert =
        name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
          return c == ',' || absl::ascii_isspace(static_cast<unsigned char>(c));
        });
    // Nor does a prefix that leaves an action no room for its name.
    static_assert(ActionName::kMaxBytes == 256);
    constexpr std::size_t kMaxPrefix = 255;
    if (inert || colon > kMaxPrefix) {
      writer_.AddAction(pattern);
      return;
    }
    pattern.kind = HasWildcard(name) ? Kind::kGlob : Kind::kExact;
    pattern.prefix_size = static_cast<std::uint8_t>(colon);
    pattern.text = text;
    writer_.AddAction(pattern);
  }

  // 0 if the actions are not of one service.
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
      writer_.AddResource(ResourcePattern::Kind::kAll);
      return;
    }
    std::string completed;
    const auto parts =
        static_cast<std::size_t>(std::count(text.begin(), text.end(), ':') + 1);
    if (parts < kArnParts) {
      // A short ARN in a resource policy needs a wildcard to mean anything.
      if (kind_ == PolicyKind::kResource && !absl::StrContains(text, "*")) {
        writer_.AddResource(ResourcePattern::Kind::kNothing);
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

  // Behind the fifth colon of an ARN with six parts.
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
    switch (type) {
      case OperandType::kNumeric:
        return "a number";
      case OperandType::kDate:
        return "a date of ISO 8601 or seconds since 1970";
      case OperandType::kBool:
      case OperandType::kNull:
        return "`true` or `false`";
      case OperandType::kBinary:
        return "base64";
      case OperandType::kIpAddress:
        return "an IP address or range";
      case OperandType::kArn:
        return "an ARN of six parts or `*`";
      case OperandType::kString:
        break;
    }
    return "a string";
  }

  // False if the value is not of the operator's type.
  bool AddValue(const ConditionOperator& op, absl::string_view text) {
    switch (op.type) {
      case OperandType::kString:
        AddText(text, op.comparison == Comparison::kLike);
        return true;
      case OperandType::kArn:
        return AddArn(text);
      case OperandType::kBool:
        // A variable is only known at the request.
        if (!ParseBool(text) && !HasVariable(text)) return false;
        AddText(text, /*wildcards=*/false);
        return true;
      case OperandType::kNumeric:
        return AddParsed(Decimal::Parse(text), &ProgramWriter::AddDecimal);
      case OperandType::kDate:
        return AddParsed(Instant::Parse(text), &ProgramWriter::AddInstant);
      case OperandType::kIpAddress:
        return AddParsed(CidrBlock::Parse(text), &ProgramWriter::AddCidr);
      case OperandType::kNull:
        return AddParsed(ParseBool(text), &ProgramWriter::AddFlag);
      case OperandType::kBinary:
        return AddBytes(text);
    }
    return false;
  }

  template <typename T, typename Added>
  bool AddParsed(const std::optional<T>& value,
                 void (ProgramWriter::*add)(Added)) {
    if (!value) return false;
    (writer_.*add)(*value);
    return true;
  }

  bool HasVariable(absl::string_view text) const {
    return variables_ && absl::StrContains(text, "${");
  }

  void AddText(absl::string_view text, bool wildcards) {
    writer_.AddValue(writer_.AddTemplate(text, {wildcards, variables_, 0}));
  }

  bool AddArn(absl::string_view text) {
    const bool whole = text == "*" || HasVariable(text) ||
                       (absl::StartsWith(text, "arn:") &&
                        std::count(text.begin(), text.end(), ':') + 1 >=
                            static_cast<std::ptrdiff_t>(kArnParts));
    if (!whole) return false;
    AddText(text, /*wildcards=*/true);
    return true;
  }

  bool AddBytes(absl::string_view text) {
    const std::optional<std::string> bytes = DecodeBase64(text);
    if (!bytes) return false;
    writer_.AddValue(writer_.AddText(*bytes));
    return true;
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
                                         DocumentFaults& faults,
                                         WordStore* words) {
  return PolicyCompiler(policy, source.kind, faults, words).Compile(source);
}

}  // namespace rolegate
