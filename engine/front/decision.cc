#include "rolegate/decision.h"

#include <deque>
#include <list>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/decide/explain.h"
#include "engine/front/internals.h"
#include "engine/policy/context_keys.h"
#include "engine/sts/question.h"
#include "engine/text/arn.h"
#include "rolegate/policy.h"
#include "rolegate/question.h"

namespace rolegate::engine {
namespace {

Outcome OutcomeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return Outcome::kAllow;
    case Verdict::kExplicitDeny:
      return Outcome::kExplicitDeny;
    case Verdict::kImplicitDeny:
      break;
  }
  return Outcome::kImplicitDeny;
}

Statement Show(Layer layer, const StatementRef& ref) {
  Statement statement;
  statement.layer = std::string(LayerName(layer));
  statement.policy = std::string(ref.policy->name());
  statement.sid = std::string(ref.view().sid());
  statement.index = ref.index;
  statement.file = ref.policy->file();
  statement.position = ref.position();
  return statement;
}

absl::Status BadField(absl::string_view field, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat("`", field, "`: ", message));
}

// A question of which every part was checked, in the engine's own form.
class Asked {
 public:
  static absl::StatusOr<std::unique_ptr<Asked>> Of(
      const Question& question, const rolegate::Snapshot& snapshot) {
    absl::StatusOr<ActionName> action = ActionName::Parse(question.action);
    if (!action.ok()) return BadField("action", action.status().message());
    absl::StatusOr<ResourceName> resource =
        ResourceName::Parse(question.resource);
    if (!resource.ok()) {
      return BadField("resource", resource.status().message());
    }
    if (!question.resource_account.empty() &&
        !IsAccountId(question.resource_account)) {
      return BadField("resource_account",
                      "expected an account number of twelve digits");
    }
    const rolegate::Subject& subject = Internals::Of(question.subject);
    if (const auto gone = RefuseUnlessAlive(snapshot, subject, question.time)) {
      return absl::UnauthenticatedError(gone->message);
    }
    auto asked = std::make_unique<Asked>(question, *action, *resource);
    for (const auto& [name, values] : question.context) {
      const ContextKey key(name);
      const auto& list =
          asked->values_.emplace_back(values.begin(), values.end());
      if (const absl::Status status =
              CheckCallerKey(key, list, ContextUse::kAuthorize);
          !status.ok()) {
        return BadField("context", status.message());
      }
      if (snapshot.IsProviderKey(name)) {
        return BadField("context",
                        absl::StrCat("condition key `", name,
                                     "` is an identity provider's to set"));
      }
      asked->context_.SetList(key, list);
    }
    asked->circumstances_ = std::make_unique<Circumstances>(
        snapshot, asked->options_, subject, asked->context_, question.time);
    return asked;
  }

  Asked(const Question& question, const ActionName& action,
        const ResourceName& resource)
      : question_(question), action_(action), resource_(resource) {}

  Circumstances& circumstances() { return *circumstances_; }

  Decision Decide() const { return Show(rolegate::Decide(Ask())); }

  Decision Show(const rolegate::Decision& decision) const {
    Decision shown;
    shown.outcome = OutcomeOf(decision.verdict);
    DescribeDecision(decision,
                     Internals::Of(question_.subject).principal.view().arn,
                     question_.action, question_.resource, &shown.reason);
    if (const StatementRef deciding = decision.deciding()) {
      shown.statement = engine::Show(decision.layer, deciding);
    }
    return shown;
  }

  absl::StatusOr<Explanation> Explain() const {
    const rolegate::Question question = Ask();
    const rolegate::Decision decision = rolegate::Decide(question);
    StepBudget budget(kMaxCallSteps);
    rolegate::Explanation found =
        rolegate::Explain(question, decision, &budget);
    if (budget.exhausted()) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "an explanation takes more than ", budget.limit(), " steps"));
    }
    Explanation shown;
    shown.decision = Show(decision);
    for (const MatchedStatement& each : found.matched) {
      shown.matched.push_back(engine::Show(each.layer, each.statement));
    }
    for (rolegate::NearMiss& miss : found.near_misses) {
      shown.near_misses.push_back(
          {engine::Show(miss.layer, miss.statement), std::move(miss.cause)});
    }
    shown.missing_context_keys = std::move(found.missing_context_keys);
    shown.lacking = std::move(found.lacking);
    return shown;
  }

 private:
  rolegate::Question Ask() const {
    return {*circumstances_, action_, resource_, question_.resource_account};
  }

  const Question& question_;
  const ActionName action_;
  const ResourceName resource_;
  const AccessOptions options_;
  std::list<std::vector<absl::string_view>> values_;
  RequestContext context_;
  std::unique_ptr<Circumstances> circumstances_;
};

// The policies of a decision without a registry, as the engine takes them.
class Substitutes {
 public:
  absl::Status Add(const Policies& policies) {
    using Kind = PolicyKind;
    const struct {
      absl::string_view layer;
      const std::vector<Policy>* policies;
      Kind kind;
      OptionalPolicies* substitute;
    } kLayers[] = {
        {"identity", &policies.identity, Kind::kIdentity, &all_.identity},
        {"boundary", Pointer(policies.boundary), Kind::kIdentity,
         &all_.boundary},
        {"session", Pointer(policies.session), Kind::kSession, &all_.session},
        {"resource", &policies.resource, Kind::kResource, &all_.resource},
        {"scps", Pointer(policies.scps), Kind::kScp, &scps_},
        {"rcps", Pointer(policies.rcps), Kind::kRcp, &rcps_},
    };
    for (const auto& layer : kLayers) {
      if (layer.policies == nullptr) continue;
      std::vector<const rolegate::Policy*>& list = lists_.emplace_back();
      for (const Policy& policy : *layer.policies) {
        if (policy.kind() != layer.kind) {
          return BadField(layer.layer, "holds a policy of another kind");
        }
        list.push_back(&Internals::Of(policy));
      }
      *layer.substitute = {true, list};
    }
    if (scps_.present) all_.scps = {true, absl::MakeSpan(&scps_.policies, 1)};
    if (rcps_.present) all_.rcps = {true, absl::MakeSpan(&rcps_.policies, 1)};
    return absl::OkStatus();
  }

  const SubstitutePolicies& all() const { return all_; }

 private:
  static const std::vector<Policy>* Pointer(
      const std::optional<std::vector<Policy>>& policies) {
    return policies.has_value() ? &*policies : nullptr;
  }

  std::list<std::vector<const rolegate::Policy*>> lists_;
  SubstitutePolicies all_;
  OptionalPolicies scps_;
  OptionalPolicies rcps_;
};

// Asks by a snapshot or by policies alone, and has `tell` make the answer.
template <typename Answer, typename Tell>
absl::StatusOr<Answer> Ask(const Question& question, const Snapshot& snapshot,
                           Tell tell) {
  auto asked = Asked::Of(question, Internals::Of(snapshot));
  if (!asked.ok()) return asked.status();
  return tell(**asked);
}

template <typename Answer, typename Tell>
absl::StatusOr<Answer> Ask(const Question& question, const Policies& policies,
                           Tell tell) {
  Substitutes substitutes;
  if (absl::Status bad = substitutes.Add(policies); !bad.ok()) return bad;
  const Snapshot nothing;
  return Ask<Answer>(question, nothing, [&](Asked& asked) {
    asked.circumstances().Substitute(substitutes.all());
    return tell(asked);
  });
}

absl::StatusOr<Decision> TellDecision(Asked& asked) { return asked.Decide(); }

absl::StatusOr<Explanation> TellExplanation(Asked& asked) {
  return asked.Explain();
}

}  // namespace

absl::StatusOr<Subject> Subject::ByName(absl::string_view name,
                                        const Snapshot& snapshot,
                                        absl::Time now) {
  absl::StatusOr<rolegate::Subject> subject =
      SubjectByName(name, Internals::Of(snapshot), now);
  if (!subject.ok()) return subject.status();
  return Subject(
      std::make_shared<const rolegate::Subject>(*std::move(subject)));
}

Subject::Subject(std::shared_ptr<const rolegate::Subject> subject)
    : subject_(std::move(subject)) {}

std::string Subject::arn() const {
  return std::string(subject_->principal.view().arn);
}

absl::StatusOr<Decision> Decide(const Question& question,
                                const Snapshot& snapshot) {
  return Ask<Decision>(question, snapshot, TellDecision);
}

absl::StatusOr<Decision> Decide(const Question& question,
                                const Policies& policies) {
  return Ask<Decision>(question, policies, TellDecision);
}

absl::StatusOr<Explanation> Explain(const Question& question,
                                    const Snapshot& snapshot) {
  return Ask<Explanation>(question, snapshot, TellExplanation);
}

absl::StatusOr<Explanation> Explain(const Question& question,
                                    const Policies& policies) {
  return Ask<Explanation>(question, policies, TellExplanation);
}

}  // namespace rolegate::engine
