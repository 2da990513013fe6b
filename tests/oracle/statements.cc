// Which statements match.  AWS: "Principal", "NotPrincipal", "Resource" and
// "NotResource", IAM User Guide.

#include <algorithm>

#include "tests/oracle/question.h"
#include "tests/oracle/values.h"

namespace rolegate_oracle {
namespace {

Level LevelOf(const std::string& type, const std::string& text,
              const Caller& caller) {
  using K = Caller;
  if (type == "Service") {
    return caller.kind == K::kService && caller.name == text ? Level::kDirect
                                                             : Level::kNone;
  }
  if (type == "Federated") {
    return caller.kind == K::kFederated && caller.name == text ? Level::kDirect
                                                               : Level::kNone;
  }
  if (type == "CanonicalUser") return Level::kNone;
  if (text == "*") return Level::kDirect;
  if (caller.account.empty()) return Level::kNone;
  const auto parts = Split(text, ':', 6);
  const bool is_account = parts.size() == 1 || parts.back() == "root";
  if (is_account) {
    const std::string account = parts.size() == 1 ? text : parts[4];
    if (account != caller.account) return Level::kNone;
    return caller.kind == K::kRoot ? Level::kDirect : Level::kAccount;
  }
  if (caller.kind == K::kRoleSession && text == caller.role) {
    return Level::kEntity;
  }
  return text == caller.name ? Level::kDirect : Level::kNone;
}

std::vector<Level> LevelsOf(const Json& principal, const Caller& caller) {
  if (principal.IsString()) return {Level::kDirect};
  std::vector<Level> levels;
  for (const auto& member : principal.GetObject()) {
    for (const std::string& text : TextsOf(member.value)) {
      levels.push_back(LevelOf(member.name.GetString(), text, caller));
    }
  }
  return levels;
}

bool Lists(const std::vector<Level>& levels, Level level) {
  return std::find(levels.begin(), levels.end(), level) != levels.end();
}

bool ListsEveryone(const Json& principal) {
  if (principal.IsString()) return true;
  if (!principal.HasMember("AWS")) return false;
  const auto texts = TextsOf(principal["AWS"]);
  return std::find(texts.begin(), texts.end(), "*") != texts.end();
}

// To be spared, every name by which the caller goes must be listed.
bool IsSpared(const Json& not_principal, const Caller& caller) {
  if (ListsEveryone(not_principal)) return true;
  const auto levels = LevelsOf(not_principal, caller);
  if (!Lists(levels, Level::kDirect)) return false;
  switch (caller.kind) {
    case Caller::kRoleSession:
      return Lists(levels, Level::kEntity) && Lists(levels, Level::kAccount);
    case Caller::kUser:
    case Caller::kFederatedUser:
      return Lists(levels, Level::kAccount);
    default:
      return true;
  }
}

// "yes", "no", or "unresolved": the pattern's variable has no value.
enum class Hit { kNo, kYes, kUnresolved };

Hit ResourceHit(std::string text, Kind kind, bool variables,
                const Question& question) {
  if (text == "*") return Hit::kYes;
  const std::size_t given = Split(text, ':', 6).size();
  if (given < 6) {
    if (kind == Kind::kResource && text.find('*') == std::string::npos) {
      return Hit::kNo;
    }
    for (std::size_t i = given; i < 6; ++i) text += ":*";
  }
  std::size_t last_part = 0;
  for (int i = 0; i < 5; ++i) last_part = text.find(':', last_part) + 1;
  const auto pattern = MakePattern(
      text, true, variables ? last_part : std::string::npos, question);
  if (!pattern) return Hit::kUnresolved;
  return ArnGlob(*pattern, question.resource) ? Hit::kYes : Hit::kNo;
}

bool ResourceMatches(const Json& statement, Kind kind, bool variables,
                     const Question& question) {
  const bool negated = statement.HasMember("NotResource");
  if (!negated && !statement.HasMember("Resource")) return true;
  bool listed = false;
  bool unresolved = false;
  for (const std::string& text :
       TextsOf(statement[negated ? "NotResource" : "Resource"])) {
    const Hit hit = ResourceHit(text, kind, variables, question);
    listed |= hit == Hit::kYes;
    unresolved |= hit == Hit::kUnresolved;
  }
  if (!negated) return listed;
  if (unresolved && statement["Effect"] == "Allow") return false;
  return !listed;
}

}  // namespace

Said Ask(const std::vector<const Json*>& documents, Kind kind,
         const Question& question, bool caller_has_boundary) {
  Said said;
  const auto statement_says = [&](const Json& statement, bool variables) {
    const bool not_action = statement.HasMember("NotAction");
    if (ActionListed(statement[not_action ? "NotAction" : "Action"],
                     question.action) == not_action) {
      return;
    }
    Level level = Level::kDirect;
    if (kind == Kind::kResource || kind == Kind::kTrust) {
      if (statement.HasMember("NotPrincipal")) {
        if (!caller_has_boundary &&
            IsSpared(statement["NotPrincipal"], question.caller)) {
          return;
        }
      } else if (statement.HasMember("Principal")) {
        const auto levels = LevelsOf(statement["Principal"], question.caller);
        level = levels.empty()
                    ? Level::kNone
                    : *std::max_element(levels.begin(), levels.end());
        if (level == Level::kNone) return;
      } else {
        return;
      }
    }
    if (!ResourceMatches(statement, kind, variables, question) ||
        !ConditionHolds(statement, variables, question)) {
      return;
    }
    if (statement["Effect"] == "Deny") {
      said.deny = true;
    } else {
      said.allow = true;
      said.level = std::max(said.level, level);
    }
  };
  for (const Json* document : documents) {
    const Json& statements = (*document)["Statement"];
    if (statements.IsObject()) {
      statement_says(statements, HasVariables(*document));
      continue;
    }
    for (const Json& statement : statements.GetArray()) {
      statement_says(statement, HasVariables(*document));
    }
  }
  return said;
}

}  // namespace rolegate_oracle
