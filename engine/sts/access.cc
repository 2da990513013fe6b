#include "engine/sts/access.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/arn.h"

namespace rolegate {
namespace {

constexpr ContextKey kPrincipalArn("aws:PrincipalArn");
constexpr ContextKey kPrincipalAccount("aws:PrincipalAccount");
constexpr ContextKey kPrincipalOrgId("aws:PrincipalOrgID");
constexpr ContextKey kPrincipalOrgPaths("aws:PrincipalOrgPaths");
constexpr ContextKey kPrincipalIsAwsService("aws:PrincipalIsAWSService");
constexpr ContextKey kPrincipalServiceName("aws:PrincipalServiceName");
constexpr ContextKey kPrincipalServiceNamesList(
    "aws:PrincipalServiceNamesList");
constexpr ContextKey kPrincipalType("aws:PrincipalType");
constexpr ContextKey kUserId("aws:userid");
constexpr ContextKey kUserName("aws:username");
constexpr ContextKey kTokenIssueTime("aws:TokenIssueTime");
constexpr ContextKey kSourceIdentity("aws:SourceIdentity");
constexpr ContextKey kCurrentTime("aws:CurrentTime");
constexpr ContextKey kEpochTime("aws:EpochTime");
constexpr ContextKey kResourceAccount("aws:ResourceAccount");
constexpr ContextKey kResourceOrgId("aws:ResourceOrgID");
constexpr ContextKey kResourceOrgPaths("aws:ResourceOrgPaths");
constexpr ContextKey kViaAwsService("aws:ViaAWSService");
constexpr ContextKey kCalledVia("aws:CalledVia");
constexpr ContextKey kCalledViaFirst("aws:CalledViaFirst");
constexpr ContextKey kCalledViaLast("aws:CalledViaLast");

// AWS: the table of principal key values in "IAM policy elements: Variables
// and tags", IAM User Guide.
absl::string_view PrincipalTypeOf(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kRoot:
      return "Account";
    case PrincipalKind::kUser:
      return "User";
    case PrincipalKind::kFederatedUser:
      return "FederatedUser";
    case PrincipalKind::kRoleSession:
      return "AssumedRole";
    case PrincipalKind::kAnonymous:
      return "Anonymous";
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      break;
  }
  return "";
}

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace

Access::Access(const Snapshot& snapshot, const AccessOptions& options,
               const Subject& subject, const RequestContext& given,
               absl::Time now)
    : snapshot_(snapshot),
      options_(options),
      subject_(subject),
      principal_(subject.principal.view()),
      base_(given) {
  GatherPolicies();
  AddTimeKeys(now);
  AddPrincipalKeys();
  AddSessionKeys();
  AddOrganizationKeys();
}

void Access::GatherPolicies() {
  member_ = snapshot_.FindAccount(principal_.account);
  if (principal_.kind == PrincipalKind::kUser) {
    if (const User* user = snapshot_.FindUser(principal_.arn)) {
      identity_ = &user->identity;
    }
  } else if (subject_.session != nullptr) {
    if (const Role* role = snapshot_.FindRole(subject_.session->role_arn)) {
      identity_ = &role->identity;
    }
    has_session_policies_ = subject_.session->has_session_policies();
    if (subject_.session->compiled_policy) {
      session_policies_.push_back(subject_.session->compiled_policy.get());
    }
    // One that is gone allows nothing, and leaves the others their say.
    for (const std::string& arn : subject_.session->policy_arns) {
      if (const ManagedPolicy* policy = snapshot_.FindManagedPolicy(arn)) {
        session_policies_.push_back(policy->policy.get());
      }
    }
  }
}

void Access::RemoveClock() {
  for (const ContextKey& key : {kCurrentTime, kEpochTime, kTokenIssueTime}) {
    base_.Remove(key);
  }
}

void Access::AddTimeKeys(absl::Time now) {
  base_.Set(kCurrentTime, Keep(FormatUtc(now)));
  base_.Set(kEpochTime, Keep(absl::StrCat(absl::ToUnixSeconds(now))));
}

void Access::AddPrincipalKeys() {
  const bool is_service = principal_.kind == PrincipalKind::kService;
  const bool is_anonymous = principal_.kind == PrincipalKind::kAnonymous;
  if (const absl::string_view type = PrincipalTypeOf(principal_.kind);
      !type.empty()) {
    base_.Set(kPrincipalType, type);
  }
  if (is_anonymous) {
    base_.Set(kPrincipalAccount, "anonymous");
    base_.Set(kUserId, "anonymous");
    return;
  }
  base_.Set(kPrincipalIsAwsService, is_service ? "true" : "false");
  if (is_service) {
    base_.Set(kPrincipalServiceName, principal_.arn);
    base_.SetList(kPrincipalServiceNamesList,
                  absl::MakeConstSpan(&principal_.arn, 1));
    return;
  }
  if (principal_.account.empty()) return;  // federated, assuming a role
  base_.Set(kPrincipalArn, principal_.entity_arn);
  base_.Set(kPrincipalAccount, principal_.account);
  switch (principal_.kind) {
    case PrincipalKind::kRoot:
      base_.Set(kUserId, principal_.account);
      break;
    case PrincipalKind::kUser: {
      const User* const user = snapshot_.FindUser(principal_.arn);
      const std::optional<Arn> arn = Arn::Parse(principal_.arn);
      base_.Set(kUserName, arn->resource.substr(arn->resource.rfind('/') + 1));
      if (user != nullptr) {
        base_.Set(kUserId, user->user_id);
        AddPrincipalTags(user->tags, {});
      }
      break;
    }
    case PrincipalKind::kFederatedUser: {
      const absl::string_view name =
          principal_.arn.substr(principal_.arn.rfind('/') + 1);
      base_.Set(kUserId, Keep(absl::StrCat(principal_.account, ":", name)));
      break;
    }
    default:
      break;
  }
}

// A later tag takes the place of an earlier one whose key differs in letter
// case only.
void Access::AddPrincipalTags(absl::Span<const Tag> of_entity,
                              absl::Span<const Tag> of_session) {
  for (absl::Span<const Tag> tags : {of_entity, of_session}) {
    for (const Tag& tag : tags) {
      base_.Set(ContextKey(Keep(absl::StrCat("aws:PrincipalTag/", tag.key))),
                tag.value);
    }
  }
}

void Access::AddSessionKeys() {
  const RoleSession* const session = subject_.session.get();
  if (session == nullptr) return;
  base_.Set(kUserId, Keep(session->assumed_role_id()));
  base_.Set(kTokenIssueTime, Keep(FormatUtc(session->issued_at)));
  if (!session->source_identity.empty()) {
    base_.Set(kSourceIdentity, session->source_identity);
  }
  const Role* const role = snapshot_.FindRole(session->role_arn);
  AddPrincipalTags(role != nullptr ? absl::MakeConstSpan(role->tags)
                                   : absl::Span<const Tag>(),
                   session->tags);
}

void Access::AddOrganizationKeys() {
  if (member_ == nullptr) return;
  base_.Set(kPrincipalOrgId, member_->organization_id);
  org_paths_.assign(member_->org_paths.begin(), member_->org_paths.end());
  base_.SetList(kPrincipalOrgPaths, org_paths_);
}

// What a simulation gives stays.
void Access::SetIfAbsent(const ContextKey& key, absl::string_view value) {
  if (!context_.Contains(key)) context_.Set(key, value);
}

void Access::AddCalledViaKeys() {
  SetIfAbsent(kViaAwsService, "false");
  RequestContext::Values via;
  if (context_.Get(kCalledVia, &via) && !via.empty()) {
    SetIfAbsent(kCalledViaFirst, via.front());
    SetIfAbsent(kCalledViaLast, via.back());
  }
}

void Access::AddResourceKeys(const ResourceName& resource,
                             absl::string_view resource_account) {
  if (!resource_account.empty()) {
    SetIfAbsent(kResourceAccount, resource_account);
  }
  if (const OrganizationMember* owner =
          snapshot_.FindAccount(resource_account)) {
    SetIfAbsent(kResourceOrgId, owner->organization_id);
    if (!context_.Contains(kResourceOrgPaths)) {
      resource_org_paths_.assign(owner->org_paths.begin(),
                                 owner->org_paths.end());
      context_.SetList(kResourceOrgPaths, resource_org_paths_);
    }
  }
  // A role's tags are the registry's matter, nobody else's.
  if (const Role* role = snapshot_.FindRole(resource.text())) {
    for (const Tag& tag : role->tags) {
      for (absl::string_view family :
           {"aws:ResourceTag/", "iam:ResourceTag/"}) {
        // What AssumeRole has set by inheritance stays.
        SetIfAbsent(ContextKey(Keep(absl::StrCat(family, tag.key))), tag.value);
      }
    }
  }
}

Decision Access::Authorize(const ActionName& action,
                           const ResourceName& resource,
                           absl::string_view resource_account,
                           const RequestContext* extra) {
  context_ = base_;
  if (extra != nullptr) {
    extra->ForEach([this](absl::string_view name, RequestContext::Values v) {
      context_.SetList(ContextKey(name), v);
    });
  }
  const absl::string_view account =
      ResolveResourceAccount(resource_account, resource, principal_);
  return Ask(action, resource, account, PoliciesOf(action, resource));
}

OptionalPolicies Access::PoliciesOf(const ActionName& action,
                                    const ResourceName& resource) {
  const bool is_trust = IsTrustRequest(action, resource);
  const OptionalPolicies& substitute =
      is_trust ? substitutes_.trust : substitutes_.resource;
  if (substitute.present) return substitute;
  resource_policies_.clear();
  if (!is_trust) {
    snapshot_.FindResourcePolicies(resource.text(), &resource_policies_);
  } else if (const Role* role = snapshot_.FindRole(resource.text())) {
    resource_policies_.push_back(role->trust);
  }
  return {!resource_policies_.empty(), resource_policies_};
}

Decision Access::AuthorizeWithPolicies(const ActionName& action,
                                       const ResourceName& resource,
                                       absl::string_view resource_account,
                                       PolicySpan resource_policies) {
  context_ = base_;
  return Ask(action, resource, resource_account, {true, resource_policies});
}

Decision Access::Ask(const ActionName& action, const ResourceName& resource,
                     absl::string_view account,
                     const OptionalPolicies& policies) {
  AddCalledViaKeys();
  AddResourceKeys(resource, account);
  PolicySet& set = policies_;
  set = {};
  set.resource = policies;
  if (identity_ != nullptr) {
    set.identity = identity_->policies;
    set.boundary.present = identity_->has_boundary;
    if (identity_->boundary != nullptr) {
      set.boundary.policies = absl::MakeConstSpan(&identity_->boundary, 1);
    }
  }
  if (has_session_policies_) set.session = {true, session_policies_};
  set.identity_is_external =
      !principal_.account.empty() &&
      options_.external_accounts.contains(principal_.account) &&
      !snapshot_.KnowsAccount(principal_.account);
  if (member_ != nullptr && !member_->is_management_account) {
    set.scps = {true, member_->scps};
  }
  const OrganizationMember* const owner = snapshot_.FindAccount(account);
  if (owner != nullptr && !owner->is_management_account) {
    set.rcps = {true, owner->rcps};
  }
  ApplySubstitutes();
  request_.principal = principal_;
  request_.action = &action;
  request_.resource = &resource;
  request_.resource_account = account;
  request_.context = &context_;
  Decision decision = Decide(request_, set);
  if (identity_ != nullptr && !identity_->missing.empty() &&
      !substitutes_.identity.present &&
      decision.verdict != Verdict::kExplicitDeny) {
    decision.verdict = Verdict::kImplicitDeny;
    decision.reason = Reason::kMissingPolicy;
    decision.layer = Layer::kIdentity;
  }
  return decision;
}

void Access::ApplySubstitutes() {
  const SubstitutePolicies& given = substitutes_;
  if (given.identity.present) policies_.identity = given.identity.policies;
  if (given.boundary.present) policies_.boundary = given.boundary;
  if (given.session.present) policies_.session = given.session;
  if (given.scps.present) policies_.scps = given.scps;
  if (given.rcps.present) policies_.rcps = given.rcps;
}

Explanation Access::Explain(const Decision& decision) const {
  return rolegate::Explain(request_, policies_, decision);
}

}  // namespace rolegate
