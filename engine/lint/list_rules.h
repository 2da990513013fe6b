// Lists in which one member makes another needless.

#ifndef ROLEGATE_ENGINE_LINT_LIST_RULES_H_
#define ROLEGATE_ENGINE_LINT_LIST_RULES_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/lint/pattern_table.h"
#include "engine/lint/rules.h"

namespace rolegate {

// Reports each member of the list that another one covers; of two that cover
// each other the second.  `covers(general, special)` is asked of patterns that
// a PatternTable finds.
template <typename Path, typename Covers>
void LintCovered(const LintScope& scope, const std::vector<SourceText>& list,
                 LetterCase letter_case, Finding finding, const Path& path,
                 Covers covers) {
  if (list.size() < 2) return;
  PatternTable table(letter_case, scope.steps);
  std::vector<bool> covered(list.size());
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    covered[i] = !table.Add(list[i].value, i);
  }
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    if (scope.steps.exhausted()) return;
    const absl::string_view special = list[i].value;
    covered[i] =
        covered[i] || (table.has_wildcards() &&
                       table.AnyCandidate(special, [&](std::uint32_t j) {
                         const absl::string_view general = list[j].value;
                         return j != i && covers(general, special) &&
                                (j < i || !covers(special, general));
                       }));
    if (covered[i]) scope.report.Add(finding, list[i], path);
  }
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_LIST_RULES_H_
