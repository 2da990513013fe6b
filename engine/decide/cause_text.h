// Why statements match a request or do not, in words, for explanations.

#ifndef ROLEGATE_ENGINE_DECIDE_CAUSE_TEXT_H_
#define ROLEGATE_ENGINE_DECIDE_CAUSE_TEXT_H_

#include <string>

#include "engine/decide/charged_context.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/request.h"
#include "engine/program/program_views.h"
#include "engine/text/step_costs.h"

namespace rolegate {

// Calls `f` with every key that a template takes a value from and that the
// request leaves without one.  Stops where the budget ends.
template <typename F>
void ForEachUnresolved(TemplateView text, const ChargedContext& context, F f) {
  for (const PieceView piece : text) {
    if (!context.budget().Spend(step_costs::kPart)) return;
    if (piece.kind() != PieceKind::kVariable || piece.has_default()) continue;
    ContextValues values;
    context.Get(piece.key(), &values);
    if (values.size() != 1 || values.front().empty()) f(piece.key());
  }
}

// Says what a statement needs that the request has not, and what the request
// has.  `stopped_by` is the element that did not match; empty for an action.
//
//   "`aws:SourceIp` is `10.0.0.7`, IpAddress needs `192.0.2.0/24`"
std::string WhyNot(StatementView statement, Element stopped_by,
                   const Request& request, const ChargedContext& context);

// Says why a Deny that matches holds, and what about the request would lift it.
//
//   "`aws:RequestedRegion` is `us-east-1`, and StringNotEquals spares only
//   `eu-west-1`"
//   "`aws:RequestedRegion` as one of `eu-west-1`"
struct DenyCause {
  std::string facts;     // empty: the statement denies whatever else is so
  std::string remedies;  // empty: nothing about the request would
};
DenyCause WhyDenied(StatementView statement, const Request& request,
                    bool caller_has_boundary, const ChargedContext& context);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_CAUSE_TEXT_H_
