#include "engine/decide/decision.h"

#include "absl/strings/str_cat.h"
#include "engine/program/policy.h"

namespace rolegate {
namespace {

// How AWS's messages call a layer's policies.
absl::string_view LayerPolicies(Layer layer) {
  switch (layer) {
    case Layer::kTrust:
      return "role trust policy";
    case Layer::kIdentity:
      return "identity-based policy";
    case Layer::kResource:
      return "resource-based policy";
    case Layer::kBoundary:
      return "permissions boundary";
    case Layer::kSession:
      return "session policy";
    case Layer::kScp:
      return "service control policy";
    case Layer::kRcp:
      return "resource control policy";
  }
  return "policy";
}

absl::string_view Article(Layer layer) {
  switch (layer) {
    case Layer::kTrust:
      return "the ";
    case Layer::kIdentity:
      return "an ";
    default:
      return "a ";
  }
}

void AppendCause(const Decision& decision, absl::string_view action,
                 std::string* text) {
  switch (decision.reason) {
    case Reason::kExplicitDeny:
      absl::StrAppend(text, " with an explicit deny in ",
                      Article(decision.layer), LayerPolicies(decision.layer));
      return;
    case Reason::kRootMayNotAssume:
      text->append(": roles may not be assumed by root accounts");
      return;
    case Reason::kMissingPolicy:
      text->append(" because a policy attached to it is not in the registry");
      return;
    case Reason::kForeignPresenter:
      text->append(" because the session is bound to another presenter");
      return;
    case Reason::kBudgetExceeded:
      text->append(
          " because evaluating the policies that apply takes more steps than "
          "one check may (EvaluationBudgetExceeded)");
      return;
    case Reason::kAllowed:
    case Reason::kNoAllow:
    case Reason::kLimited:
      break;
  }
  absl::StrAppend(text, " because no ", LayerPolicies(decision.layer),
                  " allows the ", action, " action");
}

}  // namespace

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "ALLOW";
    case Verdict::kExplicitDeny:
      return "EXPLICIT_DENY";
    case Verdict::kImplicitDeny:
      break;
  }
  return "IMPLICIT_DENY";
}

absl::string_view LayerName(Layer layer) {
  switch (layer) {
    case Layer::kTrust:
      return "trust";
    case Layer::kIdentity:
      return "identity";
    case Layer::kResource:
      return "resource";
    case Layer::kBoundary:
      return "boundary";
    case Layer::kSession:
      return "session";
    case Layer::kScp:
      return "scp";
    case Layer::kRcp:
      return "rcp";
  }
  return "unknown";
}

StatementView StatementRef::view() const {
  return policy->program().statements()[static_cast<std::size_t>(index)];
}

Position StatementRef::position() const { return policy->PositionOf(index); }

StatementRef Decision::deciding() const {
  if (verdict == Verdict::kImplicitDeny) return {};
  return (*this)[layer].deciding;
}

void DescribeDecision(const Decision& decision, absl::string_view principal,
                      absl::string_view action, absl::string_view resource,
                      std::string* text) {
  text->clear();
  if (principal.empty()) principal = "anonymous";
  if (decision.allowed()) {
    absl::StrAppend(text, "User: ", principal,
                    " is authorized to perform: ", action,
                    " on resource: ", resource, " by ", Article(decision.layer),
                    LayerPolicies(decision.layer));
    return;
  }
  absl::StrAppend(text, "User: ", principal,
                  " is not authorized to perform: ", action,
                  " on resource: ", resource);
  AppendCause(decision, action, text);
}

void DescribeGrant(const Decision& decision, std::string* text) {
  text->clear();
  absl::StrAppend(text, "allowed by ", Article(decision.layer),
                  LayerPolicies(decision.layer));
}

}  // namespace rolegate
