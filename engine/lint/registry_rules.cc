// How roles and policies stand to each other.  What a role may do is asked of
// the engine, so that boundaries, control policies and conditions count.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/arn.h"
#include "engine/lint/lint.h"
#include "engine/lint/report.h"
#include "engine/lint/statement.h"
#include "engine/sts/access.h"
#include "engine/sts/subject.h"

namespace rolegate {
namespace {

// A role that may ask, with nothing known of its circumstances: conditions on
// keys that only a request has do not hold.
class Actor {
 public:
  Actor(const Snapshot& snapshot, const AccessOptions& options,
        const Role& role)
      : role_(role),
        subject_(*SubjectByName(role.arn(), snapshot, absl::UnixEpoch())),
        access_(snapshot, options, subject_, no_context_, absl::UnixEpoch()) {
    access_.RemoveClock();
  }

  const Role& role() const { return role_; }

  bool May(absl::string_view action, absl::string_view resource) {
    const auto action_name = ActionName::Parse(action);
    const auto resource_name = ResourceName::Parse(resource);
    return action_name.ok() && resource_name.ok() &&
           access_.Authorize(*action_name, *resource_name, "").allowed();
  }

 private:
  const Role& role_;
  const Subject subject_;
  const RequestContext no_context_;
  Access access_;
};

using Actors = std::vector<std::unique_ptr<Actor>>;

// An action and a resource that no policy names.
bool IsAdministrator(Actor& actor) {
  return actor.May("any:Thing", "arn:aws:any:::thing");
}

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

bool TrustsService(const Role& role, absl::string_view service) {
  const Program& program = role.trust->program();
  const auto statements = program.statements();
  return std::any_of(
      statements.begin(), statements.end(), [&](const StatementCode& code) {
        const auto principals = program.principals(code);
        return code.effect == Effect::kAllow && !code.not_principal &&
               std::any_of(principals.begin(), principals.end(),
                           [&](const PrincipalPattern& pattern) {
                             return pattern.kind ==
                                        PrincipalPattern::Kind::kService &&
                                    program.text(pattern.text) == service;
                           });
      });
}

class RegistryLinter {
 public:
  explicit RegistryLinter(const Snapshot& snapshot) : snapshot_(snapshot) {}

  Diagnostics Lint() && {
    Actors actors;
    for (const Role* role : snapshot_.roles()) {
      LintTrust(*role);
      LintPolicies(*role);
      actors.push_back(std::make_unique<Actor>(snapshot_, options_, *role));
    }
    LintEscalation(actors);
    Normalize(diagnostics_);
    return std::move(diagnostics_);
  }

 private:
  void LintTrust(const Role& role) {
    const Program& program = role.trust->program();
    const auto statements = program.statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      const StatementCode& code = statements[i];
      if (code.effect != Effect::kAllow || code.not_principal) continue;
      for (const PrincipalPattern& pattern : program.principals(code)) {
        LintTrusted(role, {role.trust, static_cast<int>(i)}, pattern);
      }
    }
  }

  void LintTrusted(const Role& role, const StatementRef& statement,
                   const PrincipalPattern& pattern) {
    const Program& program = role.trust->program();
    const absl::string_view text = program.text(pattern.text);
    using Kind = PrincipalPattern::Kind;
    if (pattern.kind == Kind::kRole && IsUnknownRole(text)) {
      AddToTrust(Finding::kTrustNamesUnknownRole, role, statement, text);
    }
    if (pattern.kind == Kind::kAccount && text != role.account() &&
        !SameOrganization(text, role.account()) &&
        !IsLimited(program, statement.code())) {
      AddToTrust(Finding::kCrossAccountTrustWithoutCondition, role, statement,
                 text);
    }
  }

  // Only where the registry holds roles of that account.
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

  static bool IsLimited(const Program& program, const StatementCode& code) {
    const auto tests = program.conditions(code);
    return std::any_of(tests.begin(), tests.end(),
                       [&](const ConditionTest& test) {
                         return IsLimitingKey(program.key(test.key).name);
                       });
  }

  void LintPolicies(const Role& role) {
    const auto& policies = role.identity.policies;
    if (policies.empty() && role.identity.missing.empty()) {
      AddToRole(Finding::kRoleWithoutPermissions, role, role.arn());
    }
    for (std::size_t i = 0; i < policies.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (policies[i]->content_digest() != policies[j]->content_digest()) {
          continue;
        }
        AddToRole(
            Finding::kSamePolicyTwice, role,
            absl::StrCat(policies[j]->name(), "` and `", policies[i]->name()));
      }
    }
  }

  // Backwards from the administrators along all who may assume them.
  void LintEscalation(Actors& actors) {
    std::vector<Actor*> reached;
    std::vector<Actor*> others;
    for (const auto& actor : actors) {
      (IsAdministrator(*actor) ? reached : others).push_back(actor.get());
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
        if (Spend() && actor->May("sts:AssumeRole", target.arn())) {
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
    for (const ServiceStart& start : kServiceStarts) {
      if (!actor.May(start.action, "*")) continue;
      for (const Actor* administrator : administrators) {
        if (TrustsService(administrator->role(), start.service) && Spend() &&
            actor.May("iam:PassRole", administrator->role().arn())) {
          AddToRole(Finding::kRolePassesAdministrator, actor.role(),
                    absl::StrCat(actor.role().arn(), "` by `", start.action));
          return;
        }
      }
    }
  }

  void LintSelfService(Actor& actor) {
    const Role& role = actor.role();
    static constexpr absl::string_view kOnRole[] = {"iam:AttachRolePolicy",
                                                    "iam:PutRolePolicy"};
    for (absl::string_view action : kOnRole) {
      if (!actor.May(action, role.arn())) continue;
      AddToRole(Finding::kRoleChangesItself, role,
                absl::StrCat(role.arn(), "` by `", action));
      return;
    }
    constexpr absl::string_view kOnPolicy = "iam:CreatePolicyVersion";
    for (const Policy* policy : role.identity.policies) {
      if (!actor.May(kOnPolicy, policy->name())) continue;
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
    diagnostics_.push_back({info.severity, file, std::move(path), position,
                            std::string(info.code),
                            FindingMessage(finding, subject)});
  }

  // Questions of one role about another grow with the square of the roles.
  bool Spend() { return questions_left_ > 0 && questions_left_-- > 0; }

  const Snapshot& snapshot_;
  const AccessOptions options_;
  Diagnostics diagnostics_;
  std::int64_t questions_left_ = 4'000'000;
};

}  // namespace

Diagnostics LintRegistry(const Snapshot& snapshot) {
  return RegistryLinter(snapshot).Lint();
}

}  // namespace rolegate
