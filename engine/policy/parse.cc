#include "engine/policy/parse.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/fault_text.h"

namespace rolegate {
namespace {

SourceText TextOf(const JsonNode& node) { return {node.text(), node.offset()}; }

FaultText Expected(absl::string_view what, const JsonNode& found) {
  return FaultText("expected ", what, ", found ", JsonTypeName(found.type()));
}

// A JSON path, which is put together if there is a fault to report.
struct Path {
  const Path* outer;  // null: none
  absl::string_view name;

  std::string operator()() const {
    return outer == nullptr ? Echo(name)
                            : absl::StrCat((*outer)(), ".", Echo(name));
  }
};

class PolicyParser {
 public:
  explicit PolicyParser(DocumentFaults& faults) : faults_(faults) {}

  PolicyDocument Parse(const JsonNode& root) {
    PolicyDocument policy;
    policy.offset = root.offset();
    if (!root.is_object()) {
      faults_.Add(root.offset(), "", Expected("an object", root));
      return policy;
    }
    bool has_statement = false;
    for (const JsonMember& member : root.members()) {
      if (member.key == "Version") {
        ParseVersion(member.value, policy);
      } else if (member.key == "Id") {
        if (ExpectString(member.value, {nullptr, "Id"})) {
          policy.id = TextOf(member.value);
        }
      } else if (member.key == "Statement") {
        has_statement = true;
        ParseStatements(member.value, policy);
      } else {
        UnknownElement(member, "", "`Version`, `Id` or `Statement`");
      }
    }
    if (!has_statement) {
      faults_.Add(root.offset(), "",
                  FaultText("a policy must have a `Statement`"));
    }
    return policy;
  }

 private:
  void ParseVersion(const JsonNode& node, PolicyDocument& policy) {
    policy.has_version = true;
    if (!ExpectString(node, {nullptr, "Version"})) return;
    if (node.text() == "2012-10-17") {
      policy.version = PolicyVersion::k2012_10_17;
    } else if (node.text() != "2008-10-17") {
      faults_.Add(node.offset(), "Version",
                  FaultText("unknown policy version `", node.text(),
                            "`, expected `2012-10-17` or `2008-10-17`"));
    }
  }

  void ParseStatements(const JsonNode& node, PolicyDocument& policy) {
    if (node.is_object()) {
      AddStatement(ParseStatement(node, 0, "Statement"), policy);
      return;
    }
    if (!node.is_array()) {
      faults_.Add(node.offset(), "Statement",
                  Expected("an object or an array", node));
      return;
    }
    if (node.elements().empty()) {
      faults_.Add(node.offset(), "Statement",
                  FaultText("a policy must have at least one statement"));
    }
    int index = 0;
    for (const JsonNode& element : node.elements()) {
      const auto path = [index] {
        return absl::StrCat("Statement[", index, "]");
      };
      if (element.is_object()) {
        AddStatement(ParseStatement(element, index, path()), policy);
      } else {
        faults_.Add(element.offset(), path, Expected("an object", element));
      }
      ++index;
    }
  }

  // A document with a fault is read on for its other faults alone.  Its
  // statements would take a hundred times the memory of their text.
  void AddStatement(StatementDocument statement, PolicyDocument& policy) {
    if (faults_.count() > 0) return;
    policy.statements.push_back(std::move(statement));
  }

  StatementDocument ParseStatement(const JsonNode& node, int index,
                                   std::string path) {
    StatementDocument statement;
    statement.index = index;
    statement.offset = node.offset();
    statement.path = std::move(path);
    bool has_effect = false;
    for (const JsonMember& member : node.members()) {
      if (member.key == "Effect") has_effect = true;
      ParseElement(member, statement);
    }
    if (!has_effect) {
      faults_.Add(node.offset(), statement.path,
                  FaultText("a statement must have an `Effect`"));
    }
    return statement;
  }

  void ParseElement(const JsonMember& member, StatementDocument& statement) {
    const absl::string_view key = member.key;
    const JsonNode& value = member.value;
    const Path whole = {nullptr, statement.path};
    const Path path = {&whole, key};
    if (key == "Sid") {
      if (ExpectString(value, path)) statement.sid = TextOf(value);
    } else if (key == "Effect") {
      ParseEffect(value, path, statement);
    } else if (key == "Principal" || key == "NotPrincipal") {
      if (!OnlyOne(member, statement.principal.has_value(), "Principal",
                   statement)) {
        return;
      }
      statement.principal = ParsePrincipal(value, path);
      statement.principal->negated = key == "NotPrincipal";
    } else if (key == "Action" || key == "NotAction") {
      if (!OnlyOne(member, statement.action.has_value(), "Action", statement)) {
        return;
      }
      statement.action = ParsePatterns(value, path);
      statement.action->negated = key == "NotAction";
    } else if (key == "Resource" || key == "NotResource") {
      if (!OnlyOne(member, statement.resource.has_value(), "Resource",
                   statement)) {
        return;
      }
      statement.resource = ParsePatterns(value, path);
      statement.resource->negated = key == "NotResource";
    } else if (key == "Condition") {
      ParseCondition(value, path, statement);
    } else {
      UnknownElement(member, statement.path,
                     "`Sid`, `Effect`, `Condition`, or `Principal`, `Action` "
                     "or `Resource`, each also with `Not` in front");
    }
  }

  // An element and its Not- form exclude each other.
  bool OnlyOne(const JsonMember& member, bool seen, absl::string_view element,
               const StatementDocument& statement) {
    if (!seen) return true;
    faults_.Add(member.key_offset, statement.path,
                FaultText("a statement cannot have both `", element,
                          "` and `Not", element, "`"));
    return false;
  }

  void ParseEffect(const JsonNode& node, const Path& path,
                   StatementDocument& statement) {
    if (!ExpectString(node, path)) return;
    if (node.text() == "Allow") {
      statement.effect = Effect::kAllow;
    } else if (node.text() != "Deny") {
      faults_.Add(node.offset(), path,
                  FaultText("unknown effect `", node.text(),
                            "`, expected `Allow` or `Deny`"));
    }
  }

  PatternElement ParsePatterns(const JsonNode& node, const Path& path) {
    PatternElement element;
    element.offset = node.offset();
    element.patterns = ParseStrings(node, path);
    return element;
  }

  PrincipalElement ParsePrincipal(const JsonNode& node, const Path& path) {
    PrincipalElement principal;
    principal.offset = node.offset();
    if (node.is_string() && node.text() == "*") {
      principal.bare_star = true;
      principal.entries.push_back({PrincipalType::kAws, TextOf(node)});
      return principal;
    }
    if (!node.is_object()) {
      faults_.Add(node.offset(), path,
                  node.is_string()
                      ? FaultText("expected an object or `*`, found `",
                                  node.text(), "`")
                      : Expected("an object or `*`", node));
      return principal;
    }
    if (node.members().empty()) {
      faults_.Add(node.offset(), path,
                  FaultText("the object is empty, expected `AWS`, `Service`, "
                            "`Federated` or `CanonicalUser` in it"));
    }
    for (const JsonMember& member : node.members()) {
      ParsePrincipalEntries(member, path, principal);
    }
    return principal;
  }

  void ParsePrincipalEntries(const JsonMember& member, const Path& path,
                             PrincipalElement& principal) {
    static constexpr PrincipalType kTypes[] = {
        PrincipalType::kAws, PrincipalType::kService, PrincipalType::kFederated,
        PrincipalType::kCanonicalUser};
    for (PrincipalType type : kTypes) {
      if (member.key != PrincipalTypeName(type)) continue;
      for (const SourceText& text :
           ParseStrings(member.value, {&path, member.key})) {
        principal.entries.push_back({type, text});
      }
      return;
    }
    faults_.Add(member.key_offset, path,
                FaultText("unknown kind of principal `", member.key,
                          "`, expected `AWS`, `Service`, `Federated` or "
                          "`CanonicalUser`"));
  }

  void ParseCondition(const JsonNode& node, const Path& path,
                      StatementDocument& statement) {
    if (!node.is_object()) {
      faults_.Add(node.offset(), path, Expected("an object", node));
      return;
    }
    for (const JsonMember& member : node.members()) {
      ParseOperator(member, {&path, member.key}, statement);
    }
  }

  void ParseOperator(const JsonMember& member, const Path& path,
                     StatementDocument& statement) {
    const std::optional<ConditionOperator> op =
        ParseConditionOperator(member.key);
    if (!op) {
      UnknownOperator(member, path);
      return;
    }
    if (!member.value.is_object()) {
      faults_.Add(member.value.offset(), path,
                  Expected("an object of condition keys", member.value));
      return;
    }
    if (member.value.members().empty()) {
      statement.empty_conditions.push_back({member.key, member.key_offset});
    }
    for (const JsonMember& key : member.value.members()) {
      ConditionClause clause;
      clause.op = *op;
      clause.op_name = {member.key, member.key_offset};
      clause.key = {key.key, key.key_offset};
      clause.values = ParseValues(key.value, {&path, key.key});
      if (key.key.empty()) {
        faults_.Add(
            key.key_offset, path,
            FaultText("the condition key is empty, expected one such as "
                      "`aws:SourceIp`"));
      }
      statement.conditions.push_back(std::move(clause));
    }
  }

  void UnknownOperator(const JsonMember& member, const Path& path) {
    // A fault that is only counted needs no suggestion.  This bounds their
    // cost.
    const absl::string_view near = faults_.reports_next()
                                       ? SuggestConditionOperator(member.key)
                                       : absl::string_view();
    if (near.empty() || absl::StrContains(member.key, near)) {
      faults_.Add(member.key_offset, path,
                  FaultText("unknown operator `", member.key,
                            "`, expected one such as `StringEquals`"));
      return;
    }
    faults_.Add(member.key_offset, path,
                FaultText("unknown operator `", member.key, "`, did you mean `",
                          near, "`?"));
  }

  // A string, or a list of them that is not empty.
  std::vector<SourceText> ParseStrings(const JsonNode& node, const Path& path) {
    return ParseList(node, path, "a string",
                     [](const JsonNode& n) { return n.is_string(); });
  }

  // Reads condition values in the same way; they may also be numbers and
  // booleans.
  std::vector<SourceText> ParseValues(const JsonNode& node, const Path& path) {
    return ParseList(
        node, path, "a string, number or boolean", [](const JsonNode& n) {
          return n.type() == JsonType::kString ||
                 n.type() == JsonType::kNumber || n.type() == JsonType::kBool;
        });
  }

  template <typename Accepts>
  std::vector<SourceText> ParseList(const JsonNode& node, const Path& path,
                                    absl::string_view what, Accepts accepts) {
    std::vector<SourceText> texts;
    if (accepts(node)) {
      texts.push_back(TextOf(node));
      return texts;
    }
    if (!node.is_array()) {
      faults_.Add(node.offset(), path,
                  FaultText("expected ", what, " or a list, found ",
                            JsonTypeName(node.type())));
      return texts;
    }
    if (node.elements().empty()) {
      faults_.Add(node.offset(), path,
                  FaultText("the list is empty, expected at least one value"));
    }
    texts.reserve(node.elements().size());
    for (const JsonNode& element : node.elements()) {
      if (accepts(element)) {
        texts.push_back(TextOf(element));
        continue;
      }
      const auto place = [&] {
        return absl::StrCat(path(), "[", &element - node.elements().data(),
                            "]");
      };
      faults_.Add(element.offset(), place, Expected(what, element));
    }
    return texts;
  }

  bool ExpectString(const JsonNode& node, const Path& path) {
    if (node.is_string()) return true;
    faults_.Add(node.offset(), path, Expected("a string", node));
    return false;
  }

  void UnknownElement(const JsonMember& member, absl::string_view path,
                      absl::string_view expected) {
    faults_.Add(
        member.key_offset, path,
        FaultText("unknown element `", member.key, "`, expected ", expected));
  }

  DocumentFaults& faults_;
};

}  // namespace

absl::string_view PrincipalTypeName(PrincipalType type) {
  switch (type) {
    case PrincipalType::kAws:
      return "AWS";
    case PrincipalType::kService:
      return "Service";
    case PrincipalType::kFederated:
      return "Federated";
    case PrincipalType::kCanonicalUser:
      return "CanonicalUser";
  }
  return "AWS";
}

PolicyDocument ParsePolicy(const JsonNode& root, DocumentFaults& faults) {
  return PolicyParser(faults).Parse(root);
}

}  // namespace rolegate
