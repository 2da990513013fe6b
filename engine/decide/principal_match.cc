#include "engine/decide/principal_match.h"

#include <algorithm>

#include "engine/text/step_costs.h"

namespace rolegate {
namespace {

MatchLevel LevelIf(bool matches, MatchLevel level) {
  return matches ? level : MatchLevel::kNone;
}

MatchLevel MatchAccount(absl::string_view account, const Principal& caller) {
  if (!HasAccount(caller.kind) || caller.account != account) {
    return MatchLevel::kNone;
  }
  return caller.kind == PrincipalKind::kRoot ? MatchLevel::kDirect
                                             : MatchLevel::kAccount;
}

// An id that stands for a user or role which was deleted after the policy was
// written; it matches again only who has that very id.
MatchLevel MatchUniqueId(absl::string_view id, const Principal& caller) {
  if (caller.unique_id.empty() || caller.unique_id != id) {
    return MatchLevel::kNone;
  }
  return caller.kind == PrincipalKind::kRoleSession ? MatchLevel::kEntity
                                                    : MatchLevel::kDirect;
}

// The table of "Principal" in the IAM User Guide, one row a kind of entry.
// Rules 54 and 58: an entry names a caller directly, as its role or as its
// account, and texts compare byte by byte.
MatchLevel MatchEntry(PrincipalPatternKind kind, absl::string_view text,
                      const Principal& caller) {
  using Kind = PrincipalPatternKind;
  switch (kind) {
    case Kind::kEveryone:  // Rule 42
      return MatchLevel::kDirect;
    case Kind::kNobody:  // Rule 60
      return MatchLevel::kNone;
    case Kind::kAccount:
      return MatchAccount(text, caller);
    case Kind::kUser:  // Rule 44
      return LevelIf(caller.kind == PrincipalKind::kUser && caller.arn == text,
                     MatchLevel::kDirect);
    case Kind::kRole:  // Rule 45
      return LevelIf(caller.kind == PrincipalKind::kRoleSession &&
                         caller.entity_arn == text,
                     MatchLevel::kEntity);
    case Kind::kRoleSession:  // Rule 46
      return LevelIf(
          caller.kind == PrincipalKind::kRoleSession && caller.arn == text,
          MatchLevel::kDirect);
    case Kind::kFederatedUser:  // Rule 55
      return LevelIf(
          caller.kind == PrincipalKind::kFederatedUser && caller.arn == text,
          MatchLevel::kDirect);
    case Kind::kUniqueId:  // Rule 48
      return MatchUniqueId(text, caller);
    case Kind::kService:  // Rule 47
      return LevelIf(
          caller.kind == PrincipalKind::kService && caller.arn == text,
          MatchLevel::kDirect);
    case Kind::kFederated:  // Rule 56
      return LevelIf((caller.kind == PrincipalKind::kWebIdentity ||
                      caller.kind == PrincipalKind::kSaml) &&
                         caller.arn == text,
                     MatchLevel::kDirect);
  }
  return MatchLevel::kNone;
}

// Every entry is looked at, and its text compared with one of the caller's.
void ChargeEntries(StatementView statement, const Principal& caller,
                   StepBudget* budget) {
  budget->Spend(statement.principals().size() *
                (step_costs::kPrincipal +
                 step_costs::Bytes(
                     std::max(caller.arn.size(), caller.entity_arn.size()))));
}

}  // namespace

MatchLevel MatchPrincipal(StatementView statement, const Principal& caller,
                          StepBudget* budget) {
  MatchLevel closest = MatchLevel::kNone;
  ChargeEntries(statement, caller, budget);
  for (const PrincipalView pattern : statement.principals()) {
    closest =
        std::max(closest, MatchEntry(pattern.kind(), pattern.text(), caller));
  }
  return closest;
}

// Rules 50 and 61: who is listed by every name is spared.
bool NotPrincipalApplies(StatementView statement, const Principal& caller,
                         StepBudget* budget) {
  ChargeEntries(statement, caller, budget);
  bool listed = false;
  bool account_listed = false;
  bool role_listed = false;
  for (const PrincipalView pattern : statement.principals()) {
    if (pattern.kind() == PrincipalPatternKind::kEveryone) return false;
    switch (MatchEntry(pattern.kind(), pattern.text(), caller)) {
      case MatchLevel::kNone:
        break;
      case MatchLevel::kAccount:
        account_listed = true;
        break;
      case MatchLevel::kEntity:
        role_listed = true;
        break;
      case MatchLevel::kDirect:
        listed = true;
        break;
    }
  }
  switch (caller.kind) {
    case PrincipalKind::kRoleSession:
      return !(listed && role_listed && account_listed);
    case PrincipalKind::kUser:
    case PrincipalKind::kFederatedUser:
      return !(listed && account_listed);
    case PrincipalKind::kRoot:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
    case PrincipalKind::kAnonymous:
      break;
  }
  return !listed;
}

}  // namespace rolegate
