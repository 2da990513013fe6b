#include "engine/sts/question.h"

#include <algorithm>
#include <deque>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/decide/keys_read.h"
#include "engine/policy/context_keys.h"
#include "engine/text/case_folding.h"

namespace rolegate {
namespace {

// Leaves the tag's own key of the name of a resource's tag.
bool ConsumeResourceTag(absl::string_view* name) {
  return ConsumeKeyFamily(keys::kResourceTag, name) ||
         ConsumeKeyFamily(keys::kIamResourceTag, name);
}

bool IsOwnerKey(const ContextKey& key) {
  return key == keys::kResourceAccount || key == keys::kResourceOrgId ||
         key == keys::kResourceOrgPaths;
}

// The keys that the service itself knows, but for those of tags.
const std::vector<ContextKey>& OwnKeys() {
  static const auto* const keys = [] {
    auto* const all = new std::vector<ContextKey>;
    for (const KnownKey& key : KnownKeys()) {
      const bool own =
          key.source == KeySource::kSession || key.source == KeySource::kEngine;
      if (own && !key.is_family()) all->emplace_back(key.name);
    }
    return all;
  }();
  return *keys;
}

// The organisation that the resource's account is of; null for none.
const OrganizationMember* OwnerOf(const Circumstances& circumstances,
                                  absl::string_view account) {
  const SubjectFacts& subject = circumstances.facts();
  return account == subject.principal.account
             ? subject.member
             : circumstances.snapshot().FindAccount(account);
}

// The name of a known key as AWS spells it, with the tag's own key as it is;
// the names of other keys, for which `known` is null, as they are.
std::string SpelledAs(const KnownKey* known, absl::string_view name) {
  return known == nullptr
             ? std::string(name)
             : absl::StrCat(known->name, name.substr(known->name.size()));
}

bool LessIgnoringCase(absl::string_view a, absl::string_view b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return absl::ascii_tolower(static_cast<unsigned char>(x)) <
               absl::ascii_tolower(static_cast<unsigned char>(y));
      });
}

}  // namespace

Question::Question(const Circumstances& circumstances, const ActionName& action,
                   const ResourceName& resource, absl::string_view account,
                   const RequestContext* own)
    : circumstances_(circumstances),
      action_(action),
      resource_(resource),
      account_(ResolveResourceAccount(account, resource,
                                      circumstances.facts().principal)),
      own_(own),
      owner_(OwnerOf(circumstances, account_)),
      budget_(circumstances.max_steps_here()),
      policies_(circumstances.policies()) {
  SetRcps();
  FindResourcePolicies();
}

Question::Question(const Circumstances& circumstances, const ActionName& action,
                   const ResourceName& resource, absl::string_view account,
                   PolicySpan resource_policies)
    : circumstances_(circumstances),
      action_(action),
      resource_(resource),
      account_(account),
      own_(nullptr),
      owner_(OwnerOf(circumstances, account)),
      budget_(circumstances.max_steps_here()),
      policies_(circumstances.policies()) {
  policies_.resource = {true, resource_policies};
  SetRcps();
}

void Question::FindResourcePolicies() {
  const bool is_trust = IsTrustRequest(action_, resource_);
  if (const SubstitutePolicies* others = circumstances_.substitutes()) {
    policies_.resource = is_trust ? others->trust : others->resource;
    if (policies_.resource.present) return;
  }
  const Snapshot& snapshot = circumstances_.snapshot();
  if (!is_trust) {
    snapshot.FindResourcePolicies(resource_.text(), &budget_,
                                  &resource_policies_);
  } else if (const Role* role = snapshot.FindRole(resource_.text())) {
    resource_policies_.push_back(role->trust);
  }
  policies_.resource = {!resource_policies_.empty(), resource_policies_};
}

void Question::SetRcps() {
  const SubstitutePolicies* const others = circumstances_.substitutes();
  if (others != nullptr && others->rcps.present) {
    policies_.rcps = others->rcps;
  } else if (LimitedByOrganization(owner_)) {
    policies_.rcps = {true, owner_->rcps};
  }
}

Request Question::request() const {
  Request request;
  request.principal = circumstances_.facts().principal;
  request.action = &action_;
  request.resource = &resource_;
  request.resource_account = account_;
  request.context = this;
  request.max_steps = circumstances_.max_steps();
  return request;
}

bool Question::Get(const ContextKey& key, ContextValues* values) const {
  return (own_ != nullptr && own_->Get(key, values)) ||
         circumstances_.Get(key, values) || GetResourceKey(key, values) ||
         GetCallKey(key, values);
}

// Nobody else's questions are about this resource.
bool Question::DiffersByQuestion(const ContextKey& key) const {
  absl::string_view name = key.name;
  ContextValues values;
  return (IsOwnerKey(key) || ConsumeResourceTag(&name)) &&
         !circumstances_.Get(key, &values);
}

bool Question::GetResourceKey(const ContextKey& key,
                              ContextValues* values) const {
  absl::string_view value;
  if (key == keys::kResourceAccount) {
    value = account_;
  } else if (key == keys::kResourceOrgId) {
    if (owner_ != nullptr) value = owner_->organization_id;
  } else if (key == keys::kResourceOrgPaths) {
    value = OrganizationPathOf(owner_);
  } else {
    absl::string_view name = key.name;
    return ConsumeResourceTag(&name) && GetResourceTag(name, values);
  }
  if (value.empty()) return false;
  *values = ContextValues(value);
  return true;
}

// Rule 169: a role's tags are the registry's matter, nobody else's; but those
// that AssumeRole gives come first, for a session inherits them.
bool Question::GetResourceTag(absl::string_view tag_key,
                              ContextValues* values) const {
  // No role's ARN is so long, and hashing a long text takes its time.
  constexpr std::size_t kMaxRoleArn = 2048;
  if (resource_.text().size() > kMaxRoleArn) return false;
  const Role* const role = circumstances_.snapshot().FindRole(resource_.text());
  if (role == nullptr) return false;
  const absl::Span<const Tag> tags = role->tags();
  const auto tag = std::find_if(tags.begin(), tags.end(), [&](const Tag& each) {
    return EqualNames(each.key, tag_key);
  });
  if (tag == tags.end()) return false;
  *values = ContextValues(absl::string_view(tag->value));
  return true;
}

// Rule 170.
bool Question::GetCallKey(const ContextKey& key, ContextValues* values) const {
  if (key == keys::kViaAwsService) {
    *values = ContextValues(absl::string_view("false"));
    return true;
  }
  const bool first = key == keys::kCalledViaFirst;
  if (!first && key != keys::kCalledViaLast) return false;
  ContextValues via;
  if (!Get(keys::kCalledVia, &via) || via.empty()) return false;
  *values = ContextValues(first ? via.front() : via.back());
  return true;
}

Decision Decide(const Question& question, const SharedWork& shared) {
  StepBudget budget = question.budget();
  Request request = question.request();
  request.budget = &budget;
  if (question.own_context() == nullptr) request.memo = shared.memo;
  Decision decision = Decide(request, question.policies());
  const std::uint64_t saved =
      shared.memo != nullptr ? shared.memo->TakeSaved() : 0;
  if (shared.budget != nullptr) shared.budget->Spend(budget.spent() - saved);
  if (decision.reason == Reason::kBudgetExceeded) return decision;
  if (question.circumstances().lacks_policies() &&
      decision.verdict != Verdict::kExplicitDeny) {
    decision.verdict = Verdict::kImplicitDeny;
    decision.reason = Reason::kMissingPolicy;
    decision.layer = Layer::kIdentity;
  }
  return decision;
}

Explanation Explain(const Question& question, const Decision& decision,
                    StepBudget* budget) {
  StepBudget usual(kMaxCallSteps);
  return Explain(question.request(), question.policies(), decision,
                 budget != nullptr ? budget : &usual);
}

std::optional<std::vector<std::string>> KeysRead(const Question& question,
                                                 StepBudget* budget) {
  StepBudget usual(kMaxCallSteps);
  if (budget == nullptr) budget = &usual;
  std::set<std::string, decltype(&LessIgnoringCase)> names(&LessIgnoringCase);
  ForEachKeyRead(question.request(), question.policies(), budget,
                 [&](absl::string_view name) {
                   const KnownKey* const known = FindKnownKey(name);
                   names.insert(SpelledAs(known, name));
                   if (known != nullptr && !known->made_from.empty()) {
                     names.emplace(known->made_from);
                   }
                 });
  if (budget->exhausted()) return std::nullopt;
  return std::vector<std::string>(names.begin(), names.end());
}

void ForEachKey(const Question& question, KeySink sink) {
  const Circumstances& circumstances = question.circumstances();
  absl::InlinedVector<ContextKey, 64> seen;
  std::deque<std::string> tag_keys;
  const auto visit = [&](const ContextKey& key) {
    ContextValues values;
    if (std::find(seen.begin(), seen.end(), key) != seen.end() ||
        !question.Get(key, &values)) {
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
  if (question.own_context() != nullptr) {
    question.own_context()->ForEach(visit_set);
  }
  circumstances.given().ForEach(visit_set);
  for (const ContextKey& key : OwnKeys()) visit(key);
  const SubjectFacts& facts = circumstances.facts();
  if (facts.session != nullptr) {
    visit_tags(keys::kPrincipalTag.name, facts.session->tags);
  }
  if (facts.role != nullptr) {
    visit_tags(keys::kPrincipalTag.name, facts.role->tags());
  }
  if (facts.user != nullptr) {
    visit_tags(keys::kPrincipalTag.name, facts.user->tags);
  }
  const Role* const role =
      circumstances.snapshot().FindRole(question.resource().text());
  if (role != nullptr) visit_tags(keys::kResourceTag.name, role->tags());
}

}  // namespace rolegate
