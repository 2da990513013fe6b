// Questions that several rules put to a statement.

#ifndef ROLEGATE_ENGINE_LINT_STATEMENT_H_
#define ROLEGATE_ENGINE_LINT_STATEMENT_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/lint/pattern_cover.h"
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

// Facts about a statement for which rules ask once for each of its principals,
// actions or values.  They are found once, so that an answer does not take
// longer in a larger statement.
class StatementFacts {
 public:
  // The statement must outlive this.
  explicit StatementFacts(const StatementDocument& statement);

  // Returns what NamesEveryone does.
  bool names_everyone() const { return names_everyone_; }

  // Whether any clause tests the key, in any letter case.
  bool Tests(absl::string_view key) const;

  // Whether the statement applies only while the key is there.
  bool Requires(absl::string_view key) const;

 private:
  // Null if no clause tests the key.
  const bool* Find(absl::string_view key) const;

  const bool names_everyone_;
  // Whether it is required, by the key in lower case.
  absl::flat_hash_map<std::string, bool> required_;
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

// Whether it is no key that is known, and close to one.
bool IsMisspelledKey(absl::string_view name, StepBudget& steps);

bool HasWildcard(absl::string_view text);
bool HasUpper(absl::string_view text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_STATEMENT_H_
