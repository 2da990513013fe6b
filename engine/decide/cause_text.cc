#include "engine/decide/cause_text.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/decide/condition_match.h"
#include "engine/decide/principal_match.h"
#include "engine/policy/condition_operator.h"
#include "engine/program/operands.h"
#include "engine/program/program_text.h"
#include "engine/text/arn.h"
#include "engine/text/case_folding.h"

namespace rolegate {
namespace {

constexpr int kColonsOfArn = 5;

std::string ShowRequestValues(const ContextValues& values) {
  if (values.size() == 1) return absl::StrCat("is `", values.front(), "`");
  return absl::StrCat("is [`", absl::StrJoin(values, "`, `"), "`]");
}

absl::string_view ExpectedValue(const ConditionOperator& op) {
  return VisitOperand(op.type, [](auto operand) { return operand.kExpected; });
}

bool IsOneTooMany(const ConditionOperator& op, const ContextValues& values) {
  return values.size() > 1 && op.quantifier == SetQuantifier::kNone;
}

// Returns the `${…}` that stands in a text, or nothing.
absl::string_view VariableIn(absl::string_view text) {
  const std::size_t begin = text.find("${");
  if (begin == absl::string_view::npos) return {};
  const std::size_t end = text.find('}', begin);
  if (end == absl::string_view::npos) return {};
  return text.substr(begin, end + 1 - begin);
}

// A variable that is literal text looks like any other in a policy, and is what
// its author sees last.
std::optional<std::string> LiteralVariable(TemplateView text, bool is_arn) {
  int colons = 0;
  for (const PieceView piece : text) {
    if (piece.kind() != PieceKind::kLiteral) continue;
    const absl::string_view literal = piece.text();
    const absl::string_view variable = VariableIn(literal);
    if (!variable.empty()) {
      colons +=
          static_cast<int>(std::count(literal.data(), variable.data(), ':'));
      const bool guarded = is_arn && colons < kColonsOfArn;
      return absl::StrCat(
          "`", variable, "` is literal text ",
          guarded ? "before the fifth colon of an ARN"
                  : "in a policy without `\"Version\": \"2012-10-17\"`");
    }
    colons += static_cast<int>(std::count(literal.begin(), literal.end(), ':'));
  }
  return std::nullopt;
}

// Adds what a template tells of variables that do not stand for a value.
void AddVariables(TemplateView text, bool is_arn, const ChargedContext& context,
                  std::vector<std::string>* causes) {
  if (auto literal = LiteralVariable(text, is_arn)) {
    causes->push_back(*std::move(literal));
  }
  ForEachUnresolved(text, context, [&](const ContextKey& key) {
    causes->push_back(
        absl::StrCat("variable `${", key.name, "}` has no value"));
  });
}

// Says which values a condition that does not hold found, and which it needs.
std::string ConditionCause(ConditionView condition,
                           const ChargedContext& context,
                           ConditionResult result) {
  const ContextKey key = condition.key();
  const std::string op = ConditionOperatorName(condition.op());
  ContextValues values;
  context.Get(key, &values);
  if (condition.op().type == OperandType::kNull) {
    return absl::StrCat("`", key.name, "` is ",
                        values.empty() ? "missing" : "present", ", ", op,
                        " needs it ", values.empty() ? "present" : "absent");
  }
  if (values.empty()) {
    return absl::StrCat("`", key.name, "` is missing, ", op, " needs ",
                        ShowValues(condition));
  }
  const std::string found =
      absl::StrCat("`", key.name, "` ", ShowRequestValues(values));
  if (result == ConditionResult::kIllTyped) {
    return absl::StrCat(found, ", ", op,
                        IsOneTooMany(condition.op(), values)
                            ? " takes one value"
                            : " cannot compare that");
  }
  return absl::StrCat(found, ", ", op,
                      condition.op().negated ? " needs none of " : " needs ",
                      ShowValues(condition));
}

std::string ConditionsCause(StatementView statement,
                            const ChargedContext& context) {
  std::vector<std::string> causes;
  for (const ConditionView condition : statement.conditions()) {
    const ConditionResult result = TestCondition(condition, context);
    const bool stops = result == ConditionResult::kFalse ||
                       (result == ConditionResult::kIllTyped &&
                        statement.effect() == Effect::kAllow);
    if (!stops) continue;
    causes.push_back(ConditionCause(condition, context, result));
    if (!HasTemplates(condition.op().type)) continue;
    for (const TemplateView value : condition.values<TemplateView>()) {
      AddVariables(value, /*is_arn=*/false, context, &causes);
    }
  }
  return absl::StrJoin(causes, "; ");
}

std::string ResourceCause(StatementView statement, const Request& request,
                          const ChargedContext& context) {
  std::vector<std::string> causes = {
      absl::StrCat("resource `", request.resource->text(), "` ",
                   statement.not_resource() ? "is excluded by NotResource "
                                            : "does not match ",
                   ShowResources(statement))};
  for (const ResourceView pattern : statement.resources()) {
    if (pattern.kind() != ResourceKind::kArn) continue;
    AddVariables(pattern.arn(), /*is_arn=*/true, context, &causes);
  }
  return absl::StrJoin(causes, "; ");
}

// Whether two ARNs of roles differ in the path before the name alone.
bool DiffersInPath(absl::string_view listed, absl::string_view role) {
  const std::optional<Arn> a = Arn::Parse(listed);
  const std::optional<Arn> b = Arn::Parse(role);
  if (!a || !b || a->account != b->account || a->partition != b->partition) {
    return false;
  }
  const auto name_of = [](absl::string_view resource) {
    return resource.substr(resource.rfind('/') + 1);
  };
  return a->resource != b->resource && absl::StartsWith(a->resource, "role/") &&
         absl::StartsWith(b->resource, "role/") &&
         name_of(a->resource) == name_of(b->resource);
}

// Says how an entry that looks like the caller differs from it.
std::string NearPrincipal(StatementView statement, const Principal& caller) {
  for (const PrincipalView entry : statement.principals()) {
    const absl::string_view listed = entry.text();
    if (!VariableIn(listed).empty()) {
      return absl::StrCat("; `", VariableIn(listed),
                          "` is literal text in a principal");
    }
    if (caller.kind == PrincipalKind::kRoleSession &&
        DiffersInPath(listed, caller.entity_arn)) {
      return absl::StrCat("; the session's role is `", caller.entity_arn,
                          "`, and a path belongs to the ARN of a role");
    }
    for (const absl::string_view own : {caller.arn, caller.entity_arn}) {
      if (listed != own && !own.empty() && EqualNames(listed, own)) {
        return absl::StrCat("; `", listed, "` differs from `", own,
                            "` in letter case");
      }
    }
  }
  return "";
}

absl::string_view NameOf(const Principal& caller) {
  return caller.arn.empty() ? absl::string_view("anonymous") : caller.arn;
}

std::string PrincipalCause(StatementView statement, const Request& request) {
  if (!statement.has_principal()) return "the statement names no principal";
  const Principal& caller = request.principal;
  return absl::StrCat(
      "principal `", NameOf(caller), "` is ",
      statement.not_principal() ? "spared by NotPrincipal " : "not named by ",
      ShowPrincipals(statement),
      statement.not_principal() ? "" : NearPrincipal(statement, caller));
}

// Collects why a Deny holds.  Each of its conditions holds, so that every
// remedy suffices by itself.
class DenyExplainer {
 public:
  DenyExplainer(const Request& request, const ChargedContext& context)
      : request_(request), context_(context) {}

  void AddPrincipal(StatementView statement, bool caller_has_boundary) {
    if (!statement.has_principal() || !statement.not_principal()) return;
    const std::string listed = ShowPrincipals(statement);
    if (caller_has_boundary) {
      facts_.push_back(absl::StrCat(
          "the caller has a permissions boundary, and NotPrincipal ", listed,
          " spares nobody who has one"));
      return;
    }
    const std::string lacking = absl::StrJoin(LackingNames(statement), "`, `");
    facts_.push_back(absl::StrCat("NotPrincipal ", listed, " does not list `",
                                  lacking, "`"));
    remedies_.push_back(
        absl::StrCat("`", lacking, "` in the list of NotPrincipal"));
  }

  void AddResource(StatementView statement) {
    if (!statement.has_resource() || !statement.not_resource()) return;
    std::vector<std::string> facts = {
        absl::StrCat("resource `", request_.resource->text(),
                     "` is none of NotResource ", ShowResources(statement))};
    for (const ResourceView pattern : statement.resources()) {
      if (pattern.kind() != ResourceKind::kArn) continue;
      AddVariables(pattern.arn(), /*is_arn=*/true, context_, &facts);
    }
    facts_.push_back(absl::StrJoin(facts, "; "));
    remedies_.emplace_back("a resource that NotResource excludes");
  }

  void AddAction(StatementView statement) {
    if (!statement.not_action()) return;
    facts_.emplace_back("NotAction does not exclude the action");
    remedies_.emplace_back("an action that NotAction excludes");
  }

  void AddCondition(ConditionView condition) {
    const ContextKey key = condition.key();
    const ConditionOperator& op = condition.op();
    const std::string name = ConditionOperatorName(op);
    ContextValues values;
    context_.Get(key, &values);
    if (op.type == OperandType::kNull) {
      facts_.push_back(absl::StrCat("`", key.name, "` is ",
                                    values.empty() ? "missing" : "present",
                                    ", for which ", name, " holds"));
      remedies_.push_back(absl::StrCat("a request ",
                                       values.empty() ? "with" : "without",
                                       " `", key.name, "`"));
      return;
    }
    if (values.empty()) {
      facts_.push_back(absl::StrCat("`", key.name, "` is missing, for which ",
                                    name, " holds"));
      remedies_.push_back(Remedy(condition, key));
      return;
    }
    const std::string found =
        absl::StrCat("`", key.name, "` ", ShowRequestValues(values));
    if (TestCondition(condition, context_) == ConditionResult::kIllTyped) {
      const bool many = IsOneTooMany(op, values);
      facts_.push_back(absl::StrCat(
          found, ", ", name, many ? " takes one value" : " cannot compare that",
          ", and a Deny holds then"));
      remedies_.push_back(absl::StrCat("`", key.name, "` as ",
                                       many ? "one value" : ExpectedValue(op)));
      return;
    }
    facts_.push_back(op.negated
                         ? absl::StrCat(found, ", and ", name, " spares only ",
                                        ShowValues(condition))
                         : absl::StrCat(found, ", for which ", name, " ",
                                        ShowValues(condition), " holds"));
    remedies_.push_back(Remedy(condition, key));
  }

  DenyCause Finish() const {
    return {absl::StrJoin(facts_, ", and "), absl::StrJoin(remedies_, " or ")};
  }

 private:
  static std::string Remedy(ConditionView condition, const ContextKey& key) {
    return absl::StrCat(
        "`", key.name,
        condition.op().negated ? "` as one of " : "` as none of ",
        ShowValues(condition));
  }

  // The names by which the caller would have to be listed, too.
  std::vector<std::string> LackingNames(StatementView statement) const {
    const Principal& caller = request_.principal;
    std::vector<std::string> names = {std::string(NameOf(caller))};
    if (caller.kind == PrincipalKind::kRoleSession) {
      names.emplace_back(caller.entity_arn);
    }
    if (HasAccount(caller.kind) && caller.kind != PrincipalKind::kRoot) {
      names.push_back(absl::StrCat("arn:", caller.partition,
                                   ":iam::", caller.account, ":root"));
    }
    const auto is_listed = [&](const std::string& name) {
      for (const PrincipalView entry : statement.principals()) {
        if (entry.text() == name ||
            (entry.kind() == PrincipalPatternKind::kAccount &&
             absl::EndsWith(name, ":root") && entry.text() == caller.account)) {
          return true;
        }
      }
      return false;
    };
    names.erase(std::remove_if(names.begin(), names.end(), is_listed),
                names.end());
    return names;
  }

  const Request& request_;
  const ChargedContext& context_;
  std::vector<std::string> facts_;
  std::vector<std::string> remedies_;
};

}  // namespace

std::string WhyNot(StatementView statement, Element stopped_by,
                   const Request& request, const ChargedContext& context) {
  switch (stopped_by) {
    case Element::kPrincipal:
      return PrincipalCause(statement, request);
    case Element::kResource:
      return ResourceCause(statement, request, context);
    case Element::kCondition:
      return ConditionsCause(statement, context);
    case Element::kNone:
    case Element::kAction:
      break;
  }
  return "";
}

DenyCause WhyDenied(StatementView statement, const Request& request,
                    bool caller_has_boundary, const ChargedContext& context) {
  DenyExplainer explainer(request, context);
  explainer.AddPrincipal(statement, caller_has_boundary);
  explainer.AddAction(statement);
  explainer.AddResource(statement);
  for (const ConditionView condition : statement.conditions()) {
    explainer.AddCondition(condition);
  }
  return explainer.Finish();
}

}  // namespace rolegate
