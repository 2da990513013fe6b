// Questions that several rules put to a statement.

#ifndef ROLEGATE_ENGINE_LINT_STATEMENT_H_
#define ROLEGATE_ENGINE_LINT_STATEMENT_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/lint/pattern_cover.h"
#include "engine/lint/requesters.h"
#include "engine/policy/policy_document.h"

namespace rolegate {

// "Statement[1].NotAction", "Statement[1].Condition.Bool.aws:SecureTransport".
std::string ActionPath(const StatementDocument& statement);
std::string ResourcePath(const StatementDocument& statement);
std::string PrincipalPath(const StatementDocument& statement);
std::string ConditionPath(const StatementDocument& statement,
                          const ConditionClause& clause);

// Whether its Principal holds `*`.
bool NamesEveryone(const StatementDocument& statement);

// Whether it is about the action, which has no wildcard.
bool NamesAction(const StatementDocument& statement, absl::string_view action,
                 PatternCover& cover);

// Whether its Resource matches every ARN, or is left out.
bool NamesEveryResource(const StatementDocument& statement,
                        PatternCover& cover);

// Whether the operator holds only for a key that is there and has one of the
// values that are listed.
bool IsPositiveTest(const ConditionOperator& op);

// Whether one of the clause's values lets every value of the key through.
bool AdmitsAnything(const ConditionClause& clause);

// Whether the clause admits only some of the requesters: a positive test of who
// they are, whence they come or on whose behalf they ask, by a key that they
// have.
bool LimitsRequesters(const ConditionClause& clause, PrincipalKinds requesters);

// The kinds of principal that may ask for what the statement is about: those
// that its Principal matches, or to which such a policy can be attached.  In a
// trust policy only those that can ask for one of its actions.
PrincipalKinds RequestersOf(const StatementDocument& statement, PolicyKind kind,
                            PatternCover& cover);

// Facts about a statement for which rules ask once for each of its principals,
// actions or values.  They are found once, so that an answer does not take
// longer in a larger statement.
class StatementFacts {
 public:
  // The statement must outlive this.
  StatementFacts(const StatementDocument& statement, PolicyKind kind,
                 PatternCover& cover);

  // Returns what NamesEveryone does.
  bool names_everyone() const { return names_everyone_; }

  // Returns what RequestersOf does.
  PrincipalKinds requesters() const { return requesters_; }

  // Whether the statement applies only to some values of the key: a positive
  // test of it, in any letter case, that does not admit every value.
  bool Limits(absl::string_view key) const;

  // Whether the statement applies only while the key is there.
  bool Requires(absl::string_view key) const;

 private:
  struct KeyFacts {
    bool limited = false;
    bool required = false;
  };

  KeyFacts Find(absl::string_view key) const;

  const bool names_everyone_;
  const PrincipalKinds requesters_;
  absl::flat_hash_map<std::string, KeyFacts> keys_;  // by names in lower case
};

// Something that takes a look at the whole statement, answered once for all
// that ask.
class Once {
 public:
  template <typename Ask>
  bool Get(Ask ask) {
    if (!asked_) answer_ = ask();
    asked_ = true;
    return answer_;
  }

 private:
  bool asked_ = false;
  bool answer_ = false;
};

// A key of KMS that says who asks; the table of condition keys holds those of
// no service but STS and IAM.
inline constexpr absl::string_view kKmsCallerAccount = "kms:CallerAccount";

// Whether the key says who asks, whence, or on whose behalf.
bool IsLimitingKey(absl::string_view key);

// Whether a pattern of `*` alone, or an ARN of any resource of any account.
bool IsAnything(absl::string_view value);
bool IsAnyArn(absl::string_view value);

// Whether it is no key that is known, and close to one.
bool IsMisspelledKey(absl::string_view name, StepBudget& steps);

bool HasWildcard(absl::string_view text);
bool HasUpper(absl::string_view text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_STATEMENT_H_
