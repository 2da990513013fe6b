// Questions that several rules put to a statement.

#ifndef ROLEGATE_ENGINE_LINT_STATEMENT_H_
#define ROLEGATE_ENGINE_LINT_STATEMENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/lint/pattern_cover.h"
#include "engine/policy_document.h"

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

// Whether any clause tests the key, in any letter case.
bool TestsKey(const StatementDocument& statement, absl::string_view key);

// Whether the statement applies only while the key is there.
bool RequiresKey(const StatementDocument& statement, absl::string_view key);

// Whether the key says who asks, whence, or on whose behalf.
bool IsLimitingKey(absl::string_view key);

// Whether it is no key that is known, and close to one.
bool IsMisspelledKey(absl::string_view name);

bool HasWildcard(absl::string_view text);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_STATEMENT_H_
