// A case as the oracle sees it, and what its files ask each other.

#ifndef ROLEGATE_TESTS_ORACLE_QUESTION_H_
#define ROLEGATE_TESTS_ORACLE_QUESTION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/oracle.h"

namespace rolegate_oracle {

struct Caller {
  enum Kind {
    kAnonymous,
    kRoot,
    kUser,
    kRoleSession,
    kFederatedUser,
    kService,
    kFederated
  } kind = kAnonymous;
  std::string account;
  std::string name;  // its ARN, service name or provider
  std::string role;  // of a session: the role's ARN with path
};

struct Question {
  Caller caller;
  std::string action;
  std::string resource;
  std::string resource_account;
  std::map<std::string, std::vector<std::string>> context;  // keys folded
};

enum class Kind { kIdentity, kSession, kResource, kTrust, kScp, kRcp };

// How closely a Principal names the caller.
enum class Level { kNone, kAccount, kEntity, kDirect };

// documents.cc: whether the document loads as a policy of this kind.
bool IsValid(const Json& document, Kind kind);
// A string or a list of them, booleans as text.
std::vector<std::string> TextsOf(const Json& value);
bool HasVariables(const Json& document);

// Operator names taken apart.
struct Operator {
  std::string base;  // folded, "stringequals"
  std::string set;   // "", "forallvalues", "foranyvalue"
  bool if_exists = false;
  bool negated = false;  // and `base` is then the positive one
};
std::optional<Operator> ParseOperator(const std::string& name);

// patterns.cc: wildcards and variables.
struct Symbol {
  char32_t point = 0;
  bool any_one = false;
  bool any_run = false;
};
using Pattern = std::vector<Symbol>;
// Nothing if a variable has no value.  Variables from `variables_from` on;
// with npos none.
std::optional<Pattern> MakePattern(const std::string& text, bool wildcards,
                                   std::size_t variables_from,
                                   const Question& question);
bool Glob(const Pattern& pattern, const std::u32string& text);
bool ArnGlob(const Pattern& pattern, const std::string& text);
bool ActionListed(const Json& patterns, const std::string& action);

// conditions.cc: whether a statement's whole Condition is satisfied.
bool ConditionHolds(const Json& statement, bool variables,
                    const Question& question);

// statements.cc
struct Said {
  bool deny = false;
  bool allow = false;
  Level level = Level::kNone;  // of the closest matching Allow
};
Said Ask(const std::vector<const Json*>& documents, Kind kind,
         const Question& question, bool caller_has_boundary);

}  // namespace rolegate_oracle

#endif  // ROLEGATE_TESTS_ORACLE_QUESTION_H_
