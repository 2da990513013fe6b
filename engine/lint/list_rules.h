// Lists in which one member makes another needless.

#ifndef ROLEGATE_ENGINE_LINT_LIST_RULES_H_
#define ROLEGATE_ENGINE_LINT_LIST_RULES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/lint/report.h"

namespace rolegate {

// Reports each member that another one covers; of two that cover each other
// the second.  Longer lists than that of `kMaxCompared` are not looked at.
template <typename Covers>
void LintCovered(const std::vector<SourceText>& list, Finding finding,
                 const std::string& path, LintReport& report, Covers covers) {
  constexpr std::size_t kMaxCompared = 512;
  if (list.size() > kMaxCompared) return;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t j = 0; j < list.size(); ++j) {
      if (i == j || !covers(list[j].value, list[i].value)) continue;
      if (j > i && covers(list[i].value, list[j].value)) continue;
      report.Add(finding, list[i], path);
      break;
    }
  }
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_LIST_RULES_H_
