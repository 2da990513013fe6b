// What AWS refuses to save.  AWS: "Grammar of the IAM JSON policy language"
// and "IAM JSON policy elements reference", IAM User Guide.

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/oracle/question.h"
#include "tests/oracle/values.h"

namespace rolegate_oracle {
namespace {

constexpr std::size_t kNever = std::string::npos;

// Forms are literals, so their addresses name them.
bool Matches(const std::string& text, const char* form) {
  static auto* const forms = new std::map<const char*, std::regex>;
  const auto found = forms->try_emplace(form, form).first;
  return std::regex_match(text, found->second);
}

bool HasRepeatedKeys(const Json& json) {
  if (json.IsArray()) {
    return std::any_of(json.Begin(), json.End(), HasRepeatedKeys);
  }
  if (!json.IsObject()) return false;
  std::set<std::string> seen;
  for (const auto& member : json.GetObject()) {
    if (!seen.insert(member.name.GetString()).second) return true;
    if (HasRepeatedKeys(member.value)) return true;
  }
  return false;
}

bool IsScalar(const Json& value) {
  return value.IsString() || value.IsBool();  // numbers are strings here
}

bool IsTextOrList(const Json& value, bool scalars) {
  const auto ok = [&](const Json& v) {
    return scalars ? IsScalar(v) : v.IsString();
  };
  if (!value.IsArray()) return ok(value);
  return !value.Empty() && std::all_of(value.Begin(), value.End(), ok);
}

bool IsValidPrincipalText(const std::string& type, const std::string& text) {
  if (type == "AWS") {
    return text == "*" || Matches(text, "[0-9]{12}") ||
           Matches(text, "A[A-Z]{3}[A-Z0-9]{12,}") ||
           Matches(text, "arn:[a-z0-9-]+:iam::[0-9]{12}:root") ||
           Matches(text, "arn:[a-z0-9-]+:iam::[0-9]{12}:(user|role)/[^*?]+") ||
           Matches(
               text,
               "arn:[a-z0-9-]+:sts::[0-9]{12}:assumed-role/[^*?/]+/[^*?/]+") ||
           Matches(text,
                   "arn:[a-z0-9-]+:sts::[0-9]{12}:federated-user/[^*?/]+");
  }
  if (type == "Service") return Matches(text, "[A-Za-z0-9._-]+");
  if (type == "Federated") {
    return Matches(text, "[A-Za-z0-9]([A-Za-z0-9-]*\\.)+[A-Za-z0-9]+") ||
           Matches(text,
                   "arn:[a-z0-9-]+:iam::[0-9]{12}:(saml|oidc)-provider/.+");
  }
  return type == "CanonicalUser" && !text.empty();
}

bool IsValidPrincipal(const Json& principal) {
  if (principal.IsString()) return principal == "*";
  if (!principal.IsObject() || principal.ObjectEmpty()) return false;
  for (const auto& member : principal.GetObject()) {
    if (!IsTextOrList(member.value, false)) return false;
    for (const std::string& text : TextsOf(member.value)) {
      if (!IsValidPrincipalText(member.name.GetString(), text)) return false;
    }
  }
  return true;
}

bool IsValidAction(const std::string& text, Kind kind) {
  if (kind == Kind::kTrust) return Matches(text, "[sS][tT][sS]:[^:]*");
  return Matches(text, "\\*+") || Matches(text, "[A-Za-z0-9.-]+:[^:]*");
}

bool IsValidResource(const std::string& text, Kind kind) {
  if (text == "*") return true;
  if (!Matches(text, "arn:([a-z0-9-]+|\\*)(:[^]*)?")) return false;
  const auto parts = Split(text, ':', 6);
  if (parts.size() > 3 && parts[2] == "iam" && !parts[3].empty() &&
      parts[3].find_first_of("*?") == kNever) {
    return false;
  }
  if (parts.size() == 6) return true;
  if (text.find("::") != kNever) return false;
  if (kind == Kind::kRcp) return false;
  return kind != Kind::kScp || text.back() == '*';
}

bool IsValidValue(const std::string& text, const std::string& base,
                  bool variables) {
  const bool variable = variables && text.find("${") != kNever;
  if (StartsWith(base, "numeric")) return IsNumber(text);
  if (StartsWith(base, "date")) return ParseDate(text).has_value();
  if (base == "bool") return ParseBool(text).has_value() || variable;
  if (base == "null") return ParseBool(text).has_value();
  if (base == "ipaddress") return NetworkHolds(text, "0.0.0.0").has_value();
  if (base == "binaryequals") return ParseBase64(text).has_value();
  if (StartsWith(base, "arn")) {
    return text == "*" || variable ||
           (StartsWith(text, "arn:") && Split(text, ':', 6).size() == 6);
  }
  return true;
}

bool IsValidCondition(const Json& condition, bool variables) {
  if (!condition.IsObject()) return false;
  for (const auto& entry : condition.GetObject()) {
    const auto op = ParseOperator(entry.name.GetString());
    if (!op || !entry.value.IsObject()) return false;
    for (const auto& key : entry.value.GetObject()) {
      if (key.name.GetStringLength() == 0) return false;
      if (!IsTextOrList(key.value, true)) return false;
      for (const std::string& text : TextsOf(key.value)) {
        if (!IsValidValue(text, op->base, variables)) return false;
      }
    }
  }
  return true;
}

bool AllowsEverything(const Json& statement) {
  const auto is_star = [&](const char* element) {
    return statement.HasMember(element) &&
           TextsOf(statement[element]) == std::vector<std::string>{"*"};
  };
  return is_star("Action") && is_star("Resource") &&
         (!statement.HasMember("Condition") ||
          statement["Condition"].ObjectEmpty());
}

bool IsValidStatement(const Json& statement, Kind kind, bool variables) {
  static const std::set<std::string> kElements = {
      "Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
      "NotAction", "Resource", "NotResource", "Condition"};
  if (!statement.IsObject()) return false;
  for (const auto& member : statement.GetObject()) {
    if (kElements.count(member.name.GetString()) == 0) return false;
  }
  const auto has = [&](const char* name) { return statement.HasMember(name); };
  if (!has("Effect") ||
      !(statement["Effect"] == "Allow" || statement["Effect"] == "Deny")) {
    return false;
  }
  const bool allow = statement["Effect"] == "Allow";
  for (const char* element : {"Principal", "Action", "Resource"}) {
    const std::string negated = std::string("Not") + element;
    if (has(element) && has(negated.c_str())) return false;
  }

  const bool principal = has("Principal") || has("NotPrincipal");
  switch (kind) {
    case Kind::kIdentity:
    case Kind::kSession:
    case Kind::kScp:
      if (principal) return false;
      break;
    case Kind::kTrust:
      if (!principal || (has("NotPrincipal") && allow)) return false;
      break;
    case Kind::kRcp:
      // AWS's own RCPFullAWSAccess is the only one that allows.
      if ((allow && !AllowsEverything(statement)) || has("NotAction") ||
          !has("Principal") || !(statement["Principal"] == "*")) {
        return false;
      }
      break;
    case Kind::kResource:
      if (has("NotPrincipal") && allow) return false;
      break;
  }
  for (const char* element : {"Principal", "NotPrincipal"}) {
    if (has(element) && !IsValidPrincipal(statement[element])) return false;
  }

  if (!has("Action") && !has("NotAction")) return false;
  const Json& action = statement[has("Action") ? "Action" : "NotAction"];
  if (!IsTextOrList(action, false)) return false;
  for (const std::string& text : TextsOf(action)) {
    if (!IsValidAction(text, kind)) return false;
  }

  const bool resource = has("Resource") || has("NotResource");
  if (kind == Kind::kTrust ? resource : !resource && kind != Kind::kResource) {
    return false;
  }
  if (resource) {
    const Json& list = statement[has("Resource") ? "Resource" : "NotResource"];
    if (!IsTextOrList(list, false)) return false;
    for (const std::string& text : TextsOf(list)) {
      if (!IsValidResource(text, kind)) return false;
    }
  }
  if (has("Sid") && !statement["Sid"].IsString()) return false;
  return !has("Condition") ||
         IsValidCondition(statement["Condition"], variables);
}

bool AreValidSids(const Json& statements, Kind kind) {
  std::set<std::string> seen;
  for (const Json& statement : statements.GetArray()) {
    if (!statement.HasMember("Sid")) continue;
    const std::string sid = statement["Sid"].GetString();
    if (sid.empty()) continue;
    if (!seen.insert(sid).second) return false;
    if (kind != Kind::kResource && !Matches(sid, "[0-9A-Za-z]*")) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> TextsOf(const Json& value) {
  const auto text = [](const Json& v) -> std::string {
    if (v.IsBool()) return v.GetBool() ? "true" : "false";
    return {v.GetString(), v.GetStringLength()};
  };
  std::vector<std::string> texts;
  if (!value.IsArray()) return {text(value)};
  for (const Json& element : value.GetArray()) texts.push_back(text(element));
  return texts;
}

bool HasVariables(const Json& document) {
  return document.HasMember("Version") && document["Version"] == "2012-10-17";
}

bool IsValid(const Json& document, Kind kind) {
  if (!document.IsObject() || HasRepeatedKeys(document)) return false;
  for (const auto& member : document.GetObject()) {
    const std::string name = member.name.GetString();
    if (name != "Version" && name != "Id" && name != "Statement") return false;
  }
  if (document.HasMember("Id") && !document["Id"].IsString()) return false;
  if (document.HasMember("Version") && !HasVariables(document) &&
      !(document["Version"] == "2008-10-17")) {
    return false;
  }
  if (kind == Kind::kRcp && !HasVariables(document)) return false;
  if (!document.HasMember("Statement")) return false;
  const Json& statements = document["Statement"];
  const bool variables = HasVariables(document);
  if (statements.IsObject()) {
    return IsValidStatement(statements, kind, variables) &&
           (kind == Kind::kResource || !statements.HasMember("Sid") ||
            Matches(statements["Sid"].GetString(), "[0-9A-Za-z]*"));
  }
  if (!statements.IsArray() || statements.Empty()) return false;
  for (const Json& statement : statements.GetArray()) {
    if (!IsValidStatement(statement, kind, variables)) return false;
  }
  return AreValidSids(statements, kind);
}

std::optional<Operator> ParseOperator(const std::string& name) {
  static const std::set<std::string> kPositive = {"stringequals",
                                                  "stringequalsignorecase",
                                                  "stringlike",
                                                  "numericequals",
                                                  "numericlessthan",
                                                  "numericlessthanequals",
                                                  "numericgreaterthan",
                                                  "numericgreaterthanequals",
                                                  "dateequals",
                                                  "datelessthan",
                                                  "datelessthanequals",
                                                  "dategreaterthan",
                                                  "dategreaterthanequals",
                                                  "bool",
                                                  "binaryequals",
                                                  "ipaddress",
                                                  "arnequals",
                                                  "arnlike",
                                                  "null"};
  static const std::vector<std::pair<std::string, std::string>> kNegated = {
      {"stringnotequals", "stringequals"},
      {"stringnotequalsignorecase", "stringequalsignorecase"},
      {"stringnotlike", "stringlike"},
      {"numericnotequals", "numericequals"},
      {"datenotequals", "dateequals"},
      {"notipaddress", "ipaddress"},
      {"arnnotequals", "arnequals"},
      {"arnnotlike", "arnlike"}};
  Operator op;
  op.base = Lower(name);
  for (const char* set : {"forallvalues", "foranyvalue"}) {
    if (!StartsWith(op.base, std::string(set) + ":")) continue;
    op.set = set;
    op.base.erase(0, op.set.size() + 1);
  }
  static const std::string kIfExists = "ifexists";
  if (op.base.size() > kIfExists.size() &&
      op.base.compare(op.base.size() - kIfExists.size(), kIfExists.size(),
                      kIfExists) == 0) {
    op.if_exists = true;
    op.base.resize(op.base.size() - kIfExists.size());
  }
  for (const auto& [negated, positive] : kNegated) {
    if (op.base != negated) continue;
    op.base = positive;
    op.negated = true;
    return op;
  }
  if (kPositive.count(op.base) == 0) return std::nullopt;
  if (op.base == "null" && (op.if_exists || !op.set.empty())) {
    return std::nullopt;
  }
  return op;
}

}  // namespace rolegate_oracle
