#include "engine/sts/access.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/context_keys.h"

namespace rolegate {
namespace {

constexpr ContextKey kResourceAccount("aws:ResourceAccount");
constexpr ContextKey kResourceOrgId("aws:ResourceOrgID");
constexpr ContextKey kResourceOrgPaths("aws:ResourceOrgPaths");
constexpr ContextKey kViaAwsService("aws:ViaAWSService");
constexpr ContextKey kCalledVia("aws:CalledVia");
constexpr ContextKey kCalledViaFirst("aws:CalledViaFirst");
constexpr ContextKey kCalledViaLast("aws:CalledViaLast");

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

bool LimitedByOrganization(const OrganizationMember* member) {
  return member != nullptr && !member->is_management_account;
}

// Keys that the service itself knows, but for those of tags.
const std::vector<ContextKey>& OwnKeys() {
  static const auto* const keys = [] {
    auto* const all = new std::vector<ContextKey>;
    for (const KnownKey& key : KnownKeys()) {
      const bool own =
          key.source == KeySource::kSession || key.source == KeySource::kEngine;
      if (own && key.name.back() != '/') all->emplace_back(key.name);
    }
    return all;
  }();
  return *keys;
}

}  // namespace

Access::Access(const Snapshot& snapshot, const AccessOptions& options,
               const Subject& subject, const RequestContext& given,
               absl::Time now)
    : snapshot_(snapshot),
      max_steps_(std::min(options.max_check_steps, options.max_steps_here)),
      given_(given),
      facts_(FactsOf(subject, snapshot)),
      subject_keys_(facts_, now),
      identity_(IdentityOf(facts_)),
      budget_(max_steps_) {
  const absl::string_view account = facts_.principal.account;
  policies_.identity_is_external =
      !account.empty() && !options.external_accounts.empty() &&
      options.external_accounts.contains(account) &&
      !snapshot.KnowsAccount(account);
  GatherPolicies();
  request_.principal = facts_.principal;
  request_.context = this;
  request_.budget = &budget_;
  request_.max_steps = options.max_check_steps;
}

// Those that are the same for every question.
void Access::GatherPolicies() {
  if (identity_ != nullptr) {
    identity_->Prefetch();
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
    // One that is gone allows nothing, and leaves the others their say.
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

void Access::Substitute(const SubstitutePolicies& substitutes) {
  substitutes_ = substitutes;
  if (substitutes.identity.present) {
    policies_.identity = substitutes.identity.policies;
    policies_.identity_index = nullptr;
  }
  if (substitutes.boundary.present) policies_.boundary = substitutes.boundary;
  if (substitutes.session.present) policies_.session = substitutes.session;
  if (substitutes.scps.present) policies_.scps = substitutes.scps;
}

bool Access::Get(const ContextKey& key, ContextValues* values) const {
  return (extra_ != nullptr && extra_->Get(key, values)) ||
         subject_keys_.Get(key, values) || given_.Get(key, values) ||
         GetResourceKey(key, values) || GetCallKey(key, values);
}

bool Access::GetResourceKey(const ContextKey& key,
                            ContextValues* values) const {
  if (key == kResourceAccount || key == kResourceOrgId ||
      key == kResourceOrgPaths) {
    MarkOfQuestion();
    return GetOwnerKey(key, values);
  }
  for (absl::string_view family : {"aws:ResourceTag/", "iam:ResourceTag/"}) {
    absl::string_view name = key.name;
    if (ConsumeTagFamily(family, &name)) {
      MarkOfQuestion();
      return GetResourceTag(name, values);
    }
  }
  return false;
}

void Access::MarkOfQuestion() const {
  if (memo_ != nullptr) memo_->MarkOfQuestion();
}

bool Access::GetOwnerKey(const ContextKey& key, ContextValues* values) const {
  if (key == kResourceAccount) {
    if (request_.resource_account.empty()) return false;
    *values = ContextValues(request_.resource_account);
    return true;
  }
  if (owner_ == nullptr) return false;
  if (key == kResourceOrgId) {
    *values = ContextValues(absl::string_view(owner_->organization_id));
    return true;
  }
  if (owner_org_paths_.empty()) {
    owner_org_paths_.assign(owner_->org_paths.begin(), owner_->org_paths.end());
  }
  *values = ContextValues(absl::MakeConstSpan(owner_org_paths_));
  return true;
}

// A role's tags are the registry's matter, nobody else's; but what AssumeRole
// gives stays, as it is inherited.
bool Access::GetResourceTag(absl::string_view tag_key,
                            ContextValues* values) const {
  // No role's ARN is so long, and to hash a long text takes its time.
  constexpr std::size_t kMaxRoleArn = 2048;
  if (request_.resource->text().size() > kMaxRoleArn) return false;
  const Role* const role = snapshot_.FindRole(request_.resource->text());
  if (role == nullptr) return false;
  const absl::Span<const Tag> tags = role->tags();
  const auto tag = std::find_if(tags.begin(), tags.end(), [&](const Tag& each) {
    return absl::EqualsIgnoreCase(each.key, tag_key);
  });
  if (tag == tags.end()) return false;
  *values = ContextValues(absl::string_view(tag->value));
  return true;
}

bool Access::GetCallKey(const ContextKey& key, ContextValues* values) const {
  if (key == kViaAwsService) {
    *values = ContextValues(absl::string_view("false"));
    return true;
  }
  const bool first = key == kCalledViaFirst;
  if (!first && key != kCalledViaLast) return false;
  ContextValues via;
  if (!Get(kCalledVia, &via) || via.empty()) return false;
  *values = ContextValues(first ? via.front() : via.back());
  return true;
}

void Access::ForEachKey(KeySink sink) const {
  absl::InlinedVector<ContextKey, 64> seen;
  std::deque<std::string> tag_keys;
  const auto visit = [&](const ContextKey& key) {
    ContextValues values;
    if (std::find(seen.begin(), seen.end(), key) != seen.end() ||
        !Get(key, &values)) {
      return;
    }
    seen.push_back(key);
    sink(key.name, values);
  };
  const auto visit_tags = [&](absl::string_view family,
                              absl::Span<const Tag> tags) {
    for (const Tag& tag : tags) {
      visit(ContextKey(tag_keys.emplace_back(absl::StrCat(family, tag.key))));
    }
  };
  const auto visit_set = [&](const ContextKey& key, const ContextValues&) {
    visit(key);
  };
  if (extra_ != nullptr) extra_->ForEach(visit_set);
  given_.ForEach(visit_set);
  for (const ContextKey& key : OwnKeys()) visit(key);
  if (facts_.session != nullptr) {
    visit_tags("aws:PrincipalTag/", facts_.session->tags);
  }
  if (facts_.role != nullptr)
    visit_tags("aws:PrincipalTag/", facts_.role->tags());
  if (facts_.user != nullptr)
    visit_tags("aws:PrincipalTag/", facts_.user->tags);
  if (const Role* role = snapshot_.FindRole(request_.resource->text())) {
    visit_tags("aws:ResourceTag/", role->tags());
  }
}

Decision Access::Authorize(const ActionName& action,
                           const ResourceName& resource,
                           absl::string_view resource_account,
                           const RequestContext* extra) {
  BeginQuestion(resource, extra);
  const absl::string_view account =
      ResolveResourceAccount(resource_account, resource, facts_.principal);
  return Ask(action, account, PoliciesOf(action, resource));
}

OptionalPolicies Access::PoliciesOf(const ActionName& action,
                                    const ResourceName& resource) {
  const bool is_trust = IsTrustRequest(action, resource);
  if (substitutes_) {
    const OptionalPolicies& substitute =
        is_trust ? substitutes_->trust : substitutes_->resource;
    if (substitute.present) return substitute;
  }
  resource_policies_.clear();
  if (!is_trust) {
    snapshot_.FindResourcePolicies(resource.text(), &budget_,
                                   &resource_policies_);
  } else if (const Role* role = snapshot_.FindRole(resource.text())) {
    resource_policies_.push_back(role->trust);
  }
  return {!resource_policies_.empty(), resource_policies_};
}

Decision Access::AuthorizeWithPolicies(const ActionName& action,
                                       const ResourceName& resource,
                                       absl::string_view resource_account,
                                       PolicySpan resource_policies) {
  BeginQuestion(resource, nullptr);
  return Ask(action, resource_account, {true, resource_policies});
}

void Access::BeginQuestion(const ResourceName& resource,
                           const RequestContext* extra) {
  budget_ = StepBudget(max_steps_);
  extra_ = extra;
  request_.resource = &resource;
  request_.memo = extra == nullptr ? memo_.get() : nullptr;
}

Decision Access::Ask(const ActionName& action, absl::string_view account,
                     const OptionalPolicies& policies) {
  owner_ = account == facts_.principal.account ? facts_.member
                                               : snapshot_.FindAccount(account);
  owner_org_paths_.clear();
  policies_.resource = policies;
  policies_.rcps = {};
  if (substitutes_ && substitutes_->rcps.present) {
    policies_.rcps = substitutes_->rcps;
  } else if (LimitedByOrganization(owner_)) {
    policies_.rcps = {true, owner_->rcps};
  }
  request_.action = &action;
  request_.resource_account = account;
  Decision decision = Decide(request_, policies_);
  const std::uint64_t saved = memo_ != nullptr ? memo_->TakeSaved() : 0;
  if (call_budget_ != nullptr) call_budget_->Spend(budget_.spent() - saved);
  if (decision.reason == Reason::kBudgetExceeded) return decision;
  if (identity_ != nullptr && !identity_->missing.empty() &&
      !(substitutes_ && substitutes_->identity.present) &&
      decision.verdict != Verdict::kExplicitDeny) {
    decision.verdict = Verdict::kImplicitDeny;
    decision.reason = Reason::kMissingPolicy;
    decision.layer = Layer::kIdentity;
  }
  return decision;
}

Explanation Access::Explain(const Decision& decision) const {
  if (call_budget_ == nullptr) {
    return rolegate::Explain(request_, policies_, decision);
  }
  return rolegate::Explain(request_, policies_, decision, call_budget_);
}

}  // namespace rolegate
