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
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/lint/lint.h"
#include "engine/lint/report.h"
#include "engine/lint/statement.h"
#include "engine/policy/document_faults.h"
#include "engine/sts/question.h"
#include "engine/sts/subject.h"
#include "engine/text/arn.h"
#include "engine/text/fault_text.h"

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
      : snapshot_(snapshot), steps_(max_steps) {}

  Diagnostics Lint() && {
    Actors actors;
    for (const Role* role : snapshot_.roles()) {
      LintTrust(*role);
      LintPolicies(*role);
      actors.push_back(std::make_unique<Actor>(
          snapshot_, options_, *role, TrustedServices(role->trust->program()),
          steps_));
    }
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
    using Kind = PrincipalPatternKind;
    if (pattern.kind() == Kind::kRole && IsUnknownRole(text)) {
      AddToTrust(Finding::kTrustNamesUnknownRole, role, statement, text);
    }
    if (pattern.kind() == Kind::kAccount && text != role.account() &&
        !SameOrganization(text, role.account()) && !limited) {
      AddToTrust(Finding::kCrossAccountTrustWithoutCondition, role, statement,
                 text);
    }
  }

  // The registry must hold other roles of that account; otherwise it cannot
  // know.
  bool IsUnknownRole(absl::string_view role_arn) const {
    const auto arn = Arn::Parse(role_arn);
    return arn && snapshot_.KnowsAccount(arn->account) &&
           snapshot_.FindRole(role_arn) == nullptr;
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

  static bool IsLimited(StatementView statement) {
    const auto conditions = statement.conditions();
    return std::any_of(conditions.begin(), conditions.end(),
                       [](ConditionView condition) {
                         return IsPositiveTest(condition.op()) &&
                                IsLimitingKey(condition.key().name) &&
                                !NeverOfAccounts(condition.key());
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
                  const StatementRef& statement, absl::string_view subject) {
    Add(finding, role.file(), std::string(role.trust->path()),
        statement.position(), subject);
  }

  void AddToRole(Finding finding, const Role& role, absl::string_view subject) {
    const absl::string_view path = role.trust->path();
    Add(finding, role.file(),
        std::string(absl::StripSuffix(
            absl::StripSuffix(path, "AssumeRolePolicyDocument"), ".")),
        Position(), subject);
  }

  void Add(Finding finding, const std::string& file, std::string path,
           Position position, absl::string_view subject) {
    const FindingInfo& info = InfoOf(finding);
    if (counts_[static_cast<std::size_t>(info.severity)]++ >= kMaxOfSeverity) {
      return;
    }
    diagnostics_.push_back({info.severity, file, std::move(path), position,
                            std::string(info.code),
                            FindingMessage(finding, subject)});
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
  const AccessOptions options_;
  Diagnostics diagnostics_;
  StepBudget steps_;
  std::array<std::size_t, kSeverities> counts_ = {};
};

}  // namespace

Diagnostics LintRegistry(const Snapshot& snapshot, std::uint64_t max_steps) {
  return RegistryLinter(snapshot, max_steps).Lint();
}

}  // namespace rolegate
