#include "engine/sts/circumstances.h"

#include <algorithm>

namespace rolegate {
namespace {

SubjectFacts FactsOf(const Subject& subject, const Snapshot& snapshot) {
  SubjectFacts facts;
  facts.principal = subject.principal.view();
  facts.session = subject.session.get();
  facts.tags = subject.tags;
  facts.member = snapshot.FindAccount(facts.principal.account);
  if (facts.principal.kind == PrincipalKind::kUser) {
    facts.user = snapshot.FindUser(facts.principal.arn);
  } else if (facts.session != nullptr) {
    facts.role = snapshot.FindRole(subject.role);
  }
  return facts;
}

const IdentityPolicies* IdentityOf(const SubjectFacts& facts) {
  if (facts.user != nullptr) return &facts.user->identity;
  return facts.role != nullptr ? &facts.role->identity : nullptr;
}

// Asks memory for the beginning of the first policy's program, which is all of
// most programs.  In a large registry it is in no cache, and to wait for one
// line after the other takes longer than to decide.
void PrefetchFirst(const IdentityPolicies& identity) {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kLines = 24;
  if (identity.policies.empty()) return;
  const auto* const begin =
      reinterpret_cast<const char*>(&identity.policies.front()->program());
  for (std::size_t i = 0; i < kLines; ++i) {
    __builtin_prefetch(begin + i * kLine);
  }
}

}  // namespace

Circumstances::Circumstances(const Snapshot& snapshot,
                             const AccessOptions& options,
                             const Subject& subject,
                             const RequestContext& given, absl::Time now)
    : snapshot_(snapshot),
      max_steps_(options.max_check_steps),
      max_steps_here_(std::min(max_steps_, options.max_steps_here)),
      given_(given),
      facts_(FactsOf(subject, snapshot)),
      subject_keys_(facts_, now),
      identity_(IdentityOf(facts_)) {
  const absl::string_view account = facts_.principal.account;
  policies_.identity_is_external =
      !account.empty() && !options.external_accounts.empty() &&
      options.external_accounts.contains(account) &&
      !snapshot.KnowsAccount(account);
  GatherPolicies();
}

void Circumstances::GatherPolicies() {
  if (identity_ != nullptr) {
    PrefetchFirst(*identity_);
    policies_.identity = identity_->policies;
    policies_.identity_index = identity_->index.get();
    policies_.boundary.present = identity_->has_boundary;
    if (identity_->boundary != nullptr) {
      policies_.boundary.policies =
          absl::MakeConstSpan(&identity_->boundary, 1);
    }
  }
  const RoleSession* const session = facts_.session;
  if (session != nullptr && session->has_session_policies()) {
    if (session->compiled_policy) {
      session_policies_.push_back(session->compiled_policy.get());
    }
    // A managed policy that is gone allows nothing, and leaves the others their
    // say.
    for (const std::string& arn : session->policy_arns) {
      if (const ManagedPolicy* policy = snapshot_.FindManagedPolicy(arn)) {
        session_policies_.push_back(policy->policy.get());
      }
    }
    policies_.session = {true, session_policies_};
  }
  if (LimitedByOrganization(facts_.member)) {
    policies_.scps = {true, facts_.member->scps};
  }
}

void Circumstances::Substitute(const SubstitutePolicies& substitutes) {
  substitutes_ = substitutes;
  if (substitutes.identity.present) {
    policies_.identity = substitutes.identity.policies;
    policies_.identity_index = nullptr;
  }
  if (substitutes.boundary.present) policies_.boundary = substitutes.boundary;
  if (substitutes.session.present) policies_.session = substitutes.session;
  if (substitutes.scps.present) policies_.scps = substitutes.scps;
}

}  // namespace rolegate
