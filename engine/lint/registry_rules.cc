// How roles and policies stand to each other.  What a role may do is asked of
// the engine, so that boundaries, control policies and conditions count.

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/lint/absence.h"
#include "engine/lint/lint.h"
#include "engine/lint/registry_names.h"
#include "engine/lint/report.h"
#include "engine/lint/service_names.h"
#include "engine/lint/statement.h"
#include "engine/policy/document_faults.h"
#include "engine/sts/question.h"
#include "engine/sts/subject.h"
#include "engine/text/arn.h"
#include "engine/text/fault_text.h"
#include "engine/text/spelling.h"

namespace rolegate {
namespace {

// Actions that start something of a service under a role that was passed.
struct ServiceStart {
  absl::string_view service;
  absl::string_view action;
};
constexpr ServiceStart kServiceStarts[] = {
    {"cloudformation.amazonaws.com", "cloudformation:CreateStack"},
    {"codebuild.amazonaws.com", "codebuild:CreateProject"},
    {"ec2.amazonaws.com", "ec2:RunInstances"},
    {"ecs-tasks.amazonaws.com", "ecs:RunTask"},
    {"glue.amazonaws.com", "glue:CreateJob"},
    {"lambda.amazonaws.com", "lambda:CreateFunction"},
    {"sagemaker.amazonaws.com", "sagemaker:CreateNotebookInstance"},
};

// The services of that table that a role trusts.
using ServiceSet = std::bitset<std::size(kServiceStarts)>;

ServiceSet TrustedServices(const Program& program) {
  ServiceSet services;
  for (const StatementView statement : program.statements()) {
    if (statement.effect() != Effect::kAllow || statement.not_principal()) {
      continue;
    }
    for (const PrincipalView pattern : statement.principals()) {
      if (pattern.kind() != PrincipalPatternKind::kService) continue;
      const absl::string_view name = pattern.text();
      for (std::size_t i = 0; i < std::size(kServiceStarts); ++i) {
        if (kServiceStarts[i].service == name) services.set(i);
      }
    }
  }
  return services;
}

// A role that may ask, with nothing known of its circumstances: conditions on
// keys that only a request has do not hold.
class Actor {
 public:
  // All but `services` must outlive this.  Questions are charged to `steps`.
  Actor(const Snapshot& snapshot, const AccessOptions& options,
        const Role& role, ServiceSet services, StepBudget& steps)
      : role_(role),
        services_(services),
        subject_(*SubjectByName(role.arn(), snapshot, absl::UnixEpoch())),
        circumstances_(snapshot, options, subject_, no_context_,
                       absl::UnixEpoch()),
        steps_(steps) {
    circumstances_.RemoveClock();
  }

  const Role& role() const { return role_; }

  // Whether a service can be given the role.
  bool TrustsService(std::size_t start) const { return services_[start]; }

  bool May(absl::string_view action, absl::string_view resource) {
    const auto action_name = ActionName::Parse(action);
    const auto resource_name = ResourceName::Parse(resource);
    return action_name.ok() && resource_name.ok() &&
           Decide(Question(circumstances_, *action_name, *resource_name, ""),
                  {.budget = &steps_})
               .allowed();
  }

 private:
  const Role& role_;
  const ServiceSet services_;
  const Subject subject_;
  const RequestContext no_context_;
  Circumstances circumstances_;
  StepBudget& steps_;
};

using Actors = std::vector<std::unique_ptr<Actor>>;

class RegistryLinter {
 public:
  RegistryLinter(const Snapshot& snapshot, std::uint64_t max_steps)
      : snapshot_(snapshot), names_(snapshot), steps_(max_steps) {}

  Diagnostics Lint() && {
    Actors actors;
    for (const Role* role : snapshot_.roles()) {
      LintTrust(*role);
      LintPolicies(*role);
      actors.push_back(std::make_unique<Actor>(
          snapshot_, options_, *role, TrustedServices(role->trust->program()),
          steps_));
    }
    LintServices();
    LintEscalation(actors);
    Normalize(diagnostics_);
    ReportMore();
    if (steps_.exhausted()) {
      Add(Finding::kLintIncomplete, "", "", Position(), "the registry");
    }
    return std::move(diagnostics_);
  }

 private:
  void LintTrust(const Role& role) {
    const auto statements = role.trust->program().statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      const StatementView statement = statements[i];
      if (statement.effect() != Effect::kAllow || statement.not_principal()) {
        continue;
      }
      const bool limited = IsLimited(statement);
      for (const PrincipalView pattern : statement.principals()) {
        LintTrusted(role, {role.trust, static_cast<int>(i)}, limited, pattern);
      }
    }
  }

  void LintTrusted(const Role& role, const StatementRef& statement,
                   bool limited, PrincipalView pattern) {
    const absl::string_view text = pattern.text();
    switch (pattern.kind()) {
      case PrincipalPatternKind::kRole:
      case PrincipalPatternKind::kRoleSession:
        if (IsUnknownRole(text)) {
          AddToTrust(Finding::kTrustNamesUnknownRole, role, statement, text,
                     HintOfRole(text));
        }
        return;
      case PrincipalPatternKind::kAccount:
        if (text != role.account() && !SameOrganization(text, role.account()) &&
            !limited) {
          AddToTrust(Finding::kCrossAccountTrustWithoutCondition, role,
                     statement, text);
        }
        return;
      case PrincipalPatternKind::kFederated:
        LintProvider(role, statement, text);
        return;
      default:
        return;
    }
  }

  // The registry must hold other roles of that account; otherwise it cannot
  // know.
  bool IsUnknownRole(absl::string_view role_arn) const {
    const auto arn = Arn::Parse(role_arn);
    return arn && snapshot_.KnowsAccount(arn->account) &&
           !names_.HasRole(role_arn);
  }

  std::string HintOfRole(absl::string_view role_arn) const {
    const Role* const meant = names_.RoleMeant(role_arn);
    if (meant == nullptr) return "";
    const auto arn = Arn::Parse(role_arn);
    // The ARN of a session has the role's name without its path.
    const auto session = arn->resource.rfind('/');
    return arn->service == "sts"
               ? absl::StrCat("did you mean `arn:", arn->partition,
                              ":sts::", arn->account, ":assumed-role/",
                              meant->name(), arn->resource.substr(session), "`")
               : absl::StrCat("did you mean `", meant->arn(), "`");
  }

  void LintProvider(const Role& role, const StatementRef& statement,
                    absl::string_view name) {
    if (!names_.HasProvider(name)) {
      const std::string meant = names_.ProviderMeant(name);
      AddToTrust(
          Finding::kUnknownProvider, role, statement, name,
          meant.empty() ? "" : absl::StrCat("did you mean `", meant, "`"));
      return;
    }
    const OpenIdProvider* const provider = names_.FindOpenIdProvider(name);
    if (provider == nullptr) return;  // of SAML
    const std::string audience = absl::StrCat(provider->key_prefix(), ":aud");
    for (const ConditionView condition : statement.view().conditions()) {
      const ConditionOperator& op = condition.op();
      if (op.type != OperandType::kString || op.negated ||
          condition.key() != ContextKey(audience)) {
        continue;
      }
      for (const TemplateView value : condition.values<TemplateView>()) {
        LintAudience(role, statement, *provider, value);
      }
    }
  }

  // A pattern is left alone, because it may mean audiences of the future.
  void LintAudience(const Role& role, const StatementRef& statement,
                    const OpenIdProvider& provider, TemplateView value) {
    if (!value.IsOnly(PieceKind::kLiteral)) return;
    const absl::string_view audience = (*value.begin()).text();
    const std::vector<absl::string_view> listed(provider.client_ids.begin(),
                                                provider.client_ids.end());
    if (!steps_.Spend(kStepsOfQuestion) ||
        std::find(listed.begin(), listed.end(), audience) != listed.end()) {
      return;
    }
    constexpr std::size_t kMaxEdits = 3;
    const absl::string_view meant =
        NearestName(audience, listed, kMaxEdits, &steps_);
    AddToTrust(Finding::kAudienceNotListed, role, statement, audience,
               meant.empty() ? "" : absl::StrCat("did you mean `", meant, "`"));
  }

  // Keys that users have and sessions never have.
  void LintKeysOfSessions(const Role& role, const Policy& policy) {
    constexpr PrincipalKinds kUsers = {PrincipalKind::kUser};
    constexpr PrincipalKinds kSessions = {PrincipalKind::kRoleSession};
    // One finding for all roles that have the policy, and none for AWS's own.
    if (!looked_at_.insert(&policy).second ||
        absl::StrContains(policy.name(), ":iam::aws:")) {
      return;
    }
    absl::flat_hash_set<absl::string_view> reported;
    const auto statements = policy.program().statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      for (const ConditionView condition : statements[i].conditions()) {
        const KnownKey* const key = FindKnownKey(condition.key());
        if (key == nullptr || !kSessions.NeverHave(*key) ||
            kUsers.NeverHave(*key) || !reported.insert(key->name).second) {
          continue;
        }
        const StatementRef statement{&policy, static_cast<int>(i)};
        Add(Finding::kKeyAbsentHere, policy.file(), std::string(policy.path()),
            statement.position(), key->name,
            absl::StrCat("`", Echo(role.arn()), "` has the policy, and ",
                         AbsenceHint(*key, kSessions, "")));
      }
    }
  }

  // A service of one's own acts for others if the registry says so: some policy
  // requires that it tells for whom it asks.  Then all must.
  void LintServices() {
    absl::flat_hash_set<std::string> act_for_others;
    ForEachService(
        [&](const StatementRef&, absl::string_view service, bool tells_source) {
          if (tells_source) act_for_others.emplace(service);
        });
    if (act_for_others.empty()) return;
    ForEachService([&](const StatementRef& statement, absl::string_view service,
                       bool tells_source) {
      if (tells_source || !act_for_others.contains(service)) return;
      const Policy& policy = *statement.policy;
      Add(policy.kind() == PolicyKind::kTrust
              ? Finding::kServiceTrustWithoutSource
              : Finding::kServiceAccessWithoutSource,
          policy.file(), std::string(policy.path()), statement.position(),
          service, "other policies of the registry require it of this service");
    });
  }

  template <typename Visit>
  void ForEachService(Visit visit) const {
    for (const Policy* policy : snapshot_.AllPolicies()) {
      if (policy->kind() != PolicyKind::kTrust &&
          policy->kind() != PolicyKind::kResource) {
        continue;
      }
      const auto statements = policy->program().statements();
      for (std::size_t i = 0; i < statements.size(); ++i) {
        const StatementView statement = statements[i];
        if (statement.effect() != Effect::kAllow || statement.not_principal()) {
          continue;
        }
        const bool tells_source = TellsSource(statement);
        for (const PrincipalView pattern : statement.principals()) {
          if (pattern.kind() != PrincipalPatternKind::kService ||
              IsAwsService(pattern.text())) {
            continue;
          }
          visit(StatementRef{policy, static_cast<int>(i)}, pattern.text(),
                tells_source);
        }
      }
    }
  }

  static bool TellsSource(StatementView statement) {
    constexpr PrincipalKinds kServices = {PrincipalKind::kService};
    const auto conditions = statement.conditions();
    return std::any_of(
        conditions.begin(), conditions.end(), [&](ConditionView condition) {
          const KnownKey* const key = FindKnownKey(condition.key());
          return IsPositiveTest(condition.op()) && key != nullptr &&
                 key->Is(KeyUse::kConfines) && !kServices.NeverHave(*key) &&
                 key->source == KeySource::kCaller;
        });
  }

  bool SameOrganization(absl::string_view a, absl::string_view b) const {
    const OrganizationMember* const one = snapshot_.FindAccount(a);
    const OrganizationMember* const other = snapshot_.FindAccount(b);
    return one != nullptr && other != nullptr &&
           one->organization_id == other->organization_id;
  }

  // Whether nobody of an account ever has the key.
  static bool NeverOfAccounts(const ContextKey& key) {
    constexpr PrincipalKinds kOfAccounts = {
        PrincipalKind::kRoot, PrincipalKind::kUser, PrincipalKind::kRoleSession,
        PrincipalKind::kFederatedUser};
    const KnownKey* const known = FindKnownKey(key);
    return known != nullptr && kOfAccounts.NeverHave(*known);
  }

  // Whether one of the values is `*`.
  static bool AdmitsAnyText(ConditionView condition) {
    if (condition.op().type != OperandType::kString) return false;
    const auto values = condition.values<TemplateView>();
    return std::any_of(values.begin(), values.end(), [](TemplateView value) {
      return value.IsOnly(PieceKind::kAnyRun);
    });
  }

  static bool IsLimited(StatementView statement) {
    const auto conditions = statement.conditions();
    return std::any_of(
        conditions.begin(), conditions.end(), [](ConditionView condition) {
          return IsPositiveTest(condition.op()) &&
                 IsLimitingKey(condition.key().name) &&
                 !NeverOfAccounts(condition.key()) && !AdmitsAnyText(condition);
        });
  }

  void LintPolicies(const Role& role) {
    const auto& policies = role.identity.policies;
    if (policies.empty() && role.identity.missing.empty()) {
      AddToRole(Finding::kRoleWithoutPermissions, role, role.arn());
    }
    // Reports each of several equal policies except the first.
    absl::flat_hash_map<absl::string_view, const Policy*> seen;
    for (const Policy* policy : policies) {
      LintKeysOfSessions(role, *policy);
      const auto [first, is_new] =
          seen.emplace(policy->content_digest().bytes(), policy);
      if (is_new) continue;
      AddToRole(Finding::kSamePolicyTwice, role,
                absl::StrCat(Echo(first->second->name()), "` and `",
                             Echo(policy->name())));
    }
  }

  // Backwards from the administrators along all who may assume them.
  void LintEscalation(Actors& actors) {
    std::vector<Actor*> reached;
    std::vector<Actor*> others;
    for (const auto& actor : actors) {
      // An action and a resource that no policy names.
      const bool administrator =
          Ask(*actor, "any:Thing", "arn:aws:any:::thing");
      (administrator ? reached : others).push_back(actor.get());
    }
    const std::vector<Actor*> administrators = reached;
    for (Actor* actor : others) {
      LintPassing(*actor, administrators);
      LintSelfService(*actor);
    }
    while (!reached.empty()) {
      const Role& target = reached.back()->role();
      reached.pop_back();
      std::vector<Actor*> rest;
      for (Actor* actor : others) {
        if (Ask(*actor, "sts:AssumeRole", target.arn())) {
          AddToRole(Finding::kRoleReachesAdministrator, actor->role(),
                    absl::StrCat(actor->role().arn(), "` by `", target.arn()));
          reached.push_back(actor);
        } else {
          rest.push_back(actor);
        }
      }
      others = std::move(rest);
    }
  }

  void LintPassing(Actor& actor, const std::vector<Actor*>& administrators) {
    for (std::size_t i = 0; i < std::size(kServiceStarts); ++i) {
      const absl::string_view action = kServiceStarts[i].action;
      if (!Ask(actor, action, "*")) continue;
      for (const Actor* administrator : administrators) {
        if (!administrator->TrustsService(i)) continue;
        if (!Ask(actor, "iam:PassRole", administrator->role().arn())) continue;
        AddToRole(Finding::kRolePassesAdministrator, actor.role(),
                  absl::StrCat(actor.role().arn(), "` by `", action));
        return;
      }
    }
  }

  void LintSelfService(Actor& actor) {
    const Role& role = actor.role();
    static constexpr absl::string_view kOnRole[] = {"iam:AttachRolePolicy",
                                                    "iam:PutRolePolicy"};
    for (absl::string_view action : kOnRole) {
      if (!Ask(actor, action, role.arn())) continue;
      AddToRole(Finding::kRoleChangesItself, role,
                absl::StrCat(role.arn(), "` by `", action));
      return;
    }
    constexpr absl::string_view kOnPolicy = "iam:CreatePolicyVersion";
    for (const Policy* policy : role.identity.policies) {
      if (!Ask(actor, kOnPolicy, policy->name())) continue;
      AddToRole(Finding::kRoleChangesItself, role,
                absl::StrCat(role.arn(), "` by `", kOnPolicy));
      return;
    }
  }

  void AddToTrust(Finding finding, const Role& role,
                  const StatementRef& statement, absl::string_view subject,
                  absl::string_view hint = {}) {
    Add(finding, role.file(), std::string(role.trust->path()),
        statement.position(), subject, hint);
  }

  void AddToRole(Finding finding, const Role& role, absl::string_view subject) {
    const absl::string_view path = role.trust->path();
    Add(finding, role.file(),
        std::string(absl::StripSuffix(
            absl::StripSuffix(path, "AssumeRolePolicyDocument"), ".")),
        Position(), subject);
  }

  void Add(Finding finding, const std::string& file, std::string path,
           Position position, absl::string_view subject,
           absl::string_view hint = {}) {
    const FindingInfo& info = InfoOf(finding);
    if (counts_[static_cast<std::size_t>(info.severity)]++ >= kMaxOfSeverity) {
      return;
    }
    diagnostics_.push_back({info.severity, file, std::move(path), position,
                            std::string(info.code),
                            FindingMessage(finding, subject, hint)});
  }

  void ReportMore() {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] <= kMaxOfSeverity) continue;
      const auto severity = static_cast<Severity>(i);
      diagnostics_.push_back(
          {severity, "", "", Position(), std::string(kMoreFindings),
           absl::StrCat("and ", counts_[i] - kMaxOfSeverity, " more ",
                        SeverityName(severity), "s of the registry")});
    }
  }

  // Whether the role may; "no" once the steps are exhausted.  What roles are
  // asked about each other grows with the square of their number.
  bool Ask(Actor& actor, absl::string_view action, absl::string_view resource) {
    return steps_.Spend(kStepsOfQuestion) && actor.May(action, resource);
  }

  // Besides what the decision itself is charged.
  static constexpr std::uint64_t kStepsOfQuestion = 500;
  static constexpr std::size_t kMaxOfSeverity = 10'000;

  const Snapshot& snapshot_;
  const RegistryNames names_;
  const AccessOptions options_;
  Diagnostics diagnostics_;
  StepBudget steps_;
  absl::flat_hash_set<const Policy*> looked_at_;
  std::array<std::size_t, kSeverities> counts_ = {};
};

}  // namespace

Diagnostics LintRegistry(const Snapshot& snapshot, std::uint64_t max_steps) {
  return RegistryLinter(snapshot, max_steps).Lint();
}

}  // namespace rolegate
