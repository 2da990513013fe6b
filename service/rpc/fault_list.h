// The faults and findings of a response.

#ifndef ROLEGATE_SERVICE_RPC_FAULT_LIST_H_
#define ROLEGATE_SERVICE_RPC_FAULT_LIST_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/text/diagnostic.h"
#include "service/answer/proto_conversions.h"

namespace rolegate::service {

// What a response holds of faults and findings: messages have a limit, and
// nobody reads the ten thousandth.
inline constexpr std::size_t kMaxFaults = 1000;
inline constexpr std::size_t kMaxFaultBytes = std::size_t{1} << 20;

// Adds some of them, and no more bytes than there is `room` for: an answer that
// is too large is none.  A last one says how many more there are, and is as
// grave as the gravest of them.
template <typename Field>
void AddFaults(const Diagnostics& diagnostics, std::size_t* room,
               Field* field) {
  std::size_t shown = 0;
  for (; shown < std::min(diagnostics.size(), kMaxFaults); ++shown) {
    FaultToProto(diagnostics[shown], field->Add());
    const std::size_t size = field->rbegin()->ByteSizeLong();
    if (size > *room) {
      field->RemoveLast();
      break;
    }
    *room -= size;
  }
  if (shown == diagnostics.size()) return;
  Diagnostic more;
  more.severity = Severity::kSuggestion;
  for (std::size_t i = shown; i < diagnostics.size(); ++i) {
    more.severity = std::min(more.severity, diagnostics[i].severity);
  }
  const bool faults = more.severity == Severity::kError;
  more.code = std::string(faults ? kMoreFaults : kMoreFindings);
  more.message = absl::StrCat("and ", diagnostics.size() - shown, " more");
  FaultToProto(more, field->Add());
}

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_FAULT_LIST_H_
