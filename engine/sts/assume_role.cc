#include "engine/sts/assume_role.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/policy/context_keys.h"
#include "engine/sts/assume_role_fields.h"
#include "engine/sts/question.h"
#include "engine/sts/session_tags.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr absl::Duration kDefaultDuration = absl::Hours(1);
constexpr std::size_t kMaxSessionPolicy = 2048;  // characters, minified
constexpr std::size_t kMaxChain = 8;             // sessions in a chain

constexpr absl::string_view kAssumeRole = "sts:AssumeRole";
constexpr absl::string_view kTagSession = "sts:TagSession";
constexpr absl::string_view kSetSourceIdentity = "sts:SetSourceIdentity";

// The account that an ARN names; empty if it is none.
absl::string_view AccountOf(absl::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  return arn ? arn->account : absl::string_view();
}

ApiError Validation(std::string field, std::string message) {
  return {ErrorCode::kValidationError, message, {{std::move(field), message}}};
}

class AssumeRoleCall {
 public:
  AssumeRoleCall(const Snapshot& snapshot, const AccessOptions& options,
                 const Subject& caller, const FederatedIdentity* identity,
                 const AssumeRoleInput& input, const RequestContext& given,
                 absl::Time now)
      : snapshot_(snapshot),
        options_(options),
        caller_(caller),
        parent_(caller.session.get()),
        identity_(identity),
        input_(input),
        given_(given),
        now_(now) {}

  AssumeRoleOutcome Run() && {
    Refusal error = Validate();
    if (!error) error = CheckCaller();
    if (!error) error = Authorize();
    // From here on errors tell details, because the caller may assume the role.
    if (!error) error = SetSourceIdentity();
    if (!error) error = SetTimes();
    if (!error) error = SetPolicies();
    if (!error) error = SetTags();
    if (!error) error = SetChain();
    if (!error) error = SetBinding();
    if (!error) SetIdentity();
    if (error) {
      outcome_.result = *std::move(error);
    } else {
      session_.session_name = input_.role_session_name;
      outcome_.result = std::move(session_);
    }
    return std::move(outcome_);
  }

 private:
  Refusal Validate() const {
    Refusal error = ValidateAssumeRole(input_);
    if (!error || identity_ == nullptr) return error;
    // The error's text shows values; those of a token or an assertion stay
    // where they are.
    for (const FieldViolation& violation : error->violations) {
      if (violation.field == "tags" || violation.field == "source_identity" ||
          violation.field == "transitive_tag_keys") {
        return ApiError{ErrorCode::kInvalidIdentityToken,
                        absl::StrCat("the identity's ", violation.field, ": ",
                                     violation.description),
                        {}};
      }
    }
    return error;
  }

  Refusal CheckCaller() { return RefuseUnlessAlive(snapshot_, caller_, now_); }

  // One context for all the actions that the request needs.
  Refusal Authorize() {
    outcome_.role = snapshot_.FindRole(input_.role_arn);
    const std::vector<std::string> actions = NeededActions();
    const absl::StatusOr<ResourceName> resource =
        ResourceName::Parse(input_.role_arn);
    RequestContext context = given_;
    AddRequestKeys(&context);
    if (!resource.ok()) return NotAuthorized(actions);  // no role is named so
    const Policy* const stand_in = StandIn();
    const Circumstances circumstances(snapshot_, options_, caller_, context,
                                      now_);
    for (const std::string& name : actions) {
      const absl::StatusOr<ActionName> action = ActionName::Parse(name);
      const Question question =
          outcome_.role != nullptr
              ? Question(circumstances, *action, *resource,
                         outcome_.role->account())
              : Question(circumstances, *action, *resource,
                         AccountOf(input_.role_arn),
                         absl::MakeConstSpan(&stand_in,
                                             stand_in == nullptr ? 0 : 1));
      outcome_.decisions.push_back({name, outcome_.role != nullptr
                                              ? Decide(question)
                                              : RefuseUnknownRole(question)});
      if (!outcome_.decisions.back().decision.allowed() ||
          input_.refused_beforehand) {
        Explain(question);
        ForEachKey(question,
                   [this](absl::string_view key, const ContextValues& v) {
                     Remember(key, v);
                   });
        return NotAuthorized(actions);
      }
    }
    return std::nullopt;
  }

  // The trust policy that is asked in place of an unknown role's, so that time
  // does not tell which roles there are: always the same one for the same name,
  // as if the role were there.  Null if the registry holds no role at all.
  // Picked for a known role, too, so that picking takes no time of its own.
  const Policy* StandIn() const {
    const absl::Span<const Role* const> roles = snapshot_.roles();
    if (roles.empty()) return nullptr;
    return roles[absl::HashOf(input_.role_arn) % roles.size()]->trust;
  }

  // Decides by the caller's own policies, as for a role whose trust policy says
  // nothing.  Whatever the stand-in said is overwritten.
  static Decision RefuseUnknownRole(const Question& question) {
    Decision decision = Decide(question);
    for (const Layer layer : {Layer::kTrust, Layer::kResource}) {
      if (decision[layer].present) decision[layer] = {.present = true};
    }
    const bool others_deny = decision.verdict == Verdict::kExplicitDeny &&
                             decision.layer != Layer::kTrust &&
                             decision.layer != Layer::kResource;
    if (!others_deny) {
      decision.verdict = Verdict::kImplicitDeny;
      decision.reason = Reason::kNoAllow;
      decision.layer = Layer::kTrust;
    }
    return decision;
  }

  // In the order in which they are asked.
  std::vector<std::string> NeededActions() const {
    std::vector<std::string> actions;
    if (input_.source_identity || InheritsSourceIdentity()) {
      actions.emplace_back(kSetSourceIdentity);
    }
    if (!input_.tags.empty() ||
        (parent_ != nullptr && !parent_->transitive_tag_keys.empty())) {
      actions.emplace_back(kTagSession);
    }
    actions.emplace_back(identity_ != nullptr
                             ? absl::string_view(identity_->action)
                             : kAssumeRole);
    return actions;
  }

  // Returns the same words whatever failed, so that they tell nobody which
  // roles there are.
  ApiError NotAuthorized(std::vector<std::string> actions) const {
    std::rotate(actions.rbegin(), actions.rbegin() + 1, actions.rend());
    if (identity_ != nullptr) {
      return {ErrorCode::kAccessDenied,
              absl::StrCat("Not authorized to perform ",
                           absl::StrJoin(actions, ", ")),
              {}};
    }
    return {ErrorCode::kAccessDenied,
            absl::StrCat(
                "User: ", caller_.principal.view().arn,
                " is not authorized to perform: ", absl::StrJoin(actions, ", "),
                " on resource: ", input_.role_arn),
            {}};
  }

  // Says why the last decision refuses.  It may take what a check may, and is
  // made for an unknown role, too, by what the stand-in says, so that it takes
  // no time of its own.
  void Explain(const Question& question) {
    StepBudget budget(kMaxCheckSteps);
    const Decision& decision = outcome_.decisions.back().decision;
    outcome_.lacking = rolegate::Explain(question, decision, &budget).lacking;
    if (outcome_.role != nullptr && !decision.allowed()) return;
    constexpr std::size_t kUsualBytes = 160;
    outcome_.untold_bytes =
        decision.allowed() ? kUsualBytes : outcome_.lacking.size();
    outcome_.lacking.clear();
  }

  // A key that a refusal was decided by.
  void Remember(absl::string_view name, const ContextValues& values) {
    outcome_.refused_context.emplace_back(
        name, std::vector<std::string>(values.begin(), values.end()));
  }

  void AddRequestKeys(RequestContext* context) {
    context->Set(keys::kRoleSessionName, input_.role_session_name);
    if (input_.external_id) {
      context->Set(keys::kExternalId, *input_.external_id);
    }
    if (input_.source_identity) {
      context->Set(keys::kStsSourceIdentity, *input_.source_identity);
    } else if (InheritsSourceIdentity()) {
      context->Set(keys::kStsSourceIdentity, parent_->source_identity);
    }
    for (const Tag& tag : input_.tags) {
      context->Set(TagKey(keys::kRequestTag.name, tag.key), tag.value);
      tag_keys_.push_back(tag.key);
    }
    if (!tag_keys_.empty()) context->SetList(keys::kTagKeys, tag_keys_);
    for (const std::string& key : input_.transitive_tag_keys) {
      transitive_keys_.push_back(key);
    }
    if (!transitive_keys_.empty()) {
      context->SetList(keys::kTransitiveTagKeys, transitive_keys_);
    }
    if (identity_ != nullptr) AddIdentityKeys(context);
    // Inherited transitive tags override those of the role that is assumed.
    if (parent_ == nullptr) return;
    inherited_ = TransitiveTags(*parent_);
    for (const Tag& tag : inherited_) {
      context->Set(TagKey(keys::kResourceTag.name, tag.key), tag.value);
      context->Set(TagKey(keys::kIamResourceTag.name, tag.key), tag.value);
    }
  }

  void AddIdentityKeys(RequestContext* context) {
    context->Set(keys::kFederatedProvider, identity_->provider);
    for (const SessionKey& key : identity_->keys) {
      const std::vector<absl::string_view>& values =
          identity_values_.emplace_back(key.values.begin(), key.values.end());
      context->SetList(ContextKey(key.name), values);
    }
  }

  ContextKey TagKey(absl::string_view family, const std::string& key) {
    return ContextKey(key_names_.emplace_back(absl::StrCat(family, key)));
  }

  bool InheritsSourceIdentity() const {
    return parent_ != nullptr && !parent_->source_identity.empty();
  }

  // Once set it stays for the whole chain.
  Refusal SetSourceIdentity() {
    if (InheritsSourceIdentity()) {
      if (input_.source_identity &&
          *input_.source_identity != parent_->source_identity) {
        return Validation("source_identity",
                          "The source identity is already set for this assume "
                          "role session");
      }
      session_.source_identity = parent_->source_identity;
    } else if (input_.source_identity) {
      session_.source_identity = *input_.source_identity;
    }
    return std::nullopt;
  }

  Refusal SetTimes() {
    const Role& role = *outcome_.role;
    session_.role_arn = std::string(role.arn());
    session_.role_id = std::string(role.role_id());
    session_.issued_at = absl::FromUnixSeconds(absl::ToUnixSeconds(now_));

    absl::Duration duration =
        input_.duration_seconds
            ? absl::Seconds(*input_.duration_seconds)
            : std::min(kDefaultDuration, role.max_session());
    if (duration > role.max_session()) {
      return Validation("duration_seconds",
                        "The requested DurationSeconds exceeds the "
                        "MaxSessionDuration set for this role.");
    }
    if (parent_ != nullptr && duration > role.max_chained_session()) {
      if (input_.duration_seconds) {
        return Validation("duration_seconds", ChainingLimitText(role));
      }
      duration = role.max_chained_session();
    }
    session_.expires_at = session_.issued_at + duration;
    if (identity_ != nullptr) {
      session_.expires_at = std::min(session_.expires_at, identity_->not_after);
      if (session_.expires_at <= now_) {
        return ApiError{ErrorCode::kExpiredTokenException,
                        "the identity provider's session has ended",
                        {}};
      }
    }
    return std::nullopt;
  }

  static std::string ChainingLimitText(const Role& role) {
    return role.max_chained_session() == absl::Hours(1)
               ? "The requested DurationSeconds exceeds the 1 hour session "
                 "limit for roles assumed by role chaining."
               : absl::StrCat(
                     "The requested DurationSeconds exceeds the limit "
                     "of ",
                     absl::ToInt64Seconds(role.max_chained_session()),
                     " seconds for roles assumed by role chaining.");
  }

  Refusal SetPolicies() {
    if (input_.policy) {
      // Before it is compiled, for that costs more than counting does.
      session_.policy = MinifyJson(*input_.policy);
      if (session_.policy.size() > kMaxSessionPolicy) {
        return Validation(
            "policy",
            absl::StrCat("the session policy has ", session_.policy.size(),
                         " characters without white space, at "
                         "most ",
                         kMaxSessionPolicy));
      }
      Diagnostics faults;
      session_.compiled_policy =
          Policy::CompileText(*input_.policy, PolicyKind::kSession,
                              {"session policy", "", ""}, &faults);
      if (session_.compiled_policy == nullptr) {
        std::vector<std::string> texts;
        for (const Diagnostic& fault : faults) texts.push_back(ToString(fault));
        const std::string text = absl::StrJoin(texts, "; ");
        return ApiError{ErrorCode::kMalformedPolicy, text, {{"policy", text}}};
      }
    }
    for (const std::string& arn : input_.policy_arns) {
      if (Refusal error = CheckPolicyArn(arn)) return error;
    }
    if (Refusal error = CheckSteps()) return error;
    session_.policy_arns = input_.policy_arns;
    return std::nullopt;
  }

  // Sessions whose every check would be denied for its cost are not made.
  Refusal CheckSteps() const {
    const std::uint64_t most = options_.max_session_steps();
    std::uint64_t steps = 0;
    if (session_.compiled_policy != nullptr) {
      steps = session_.compiled_policy->program().max_steps();
      if (steps > most) {
        const std::string text = absl::StrCat(
            "evaluating the policy may take ", steps, " steps, at most ", most,
            ": give it fewer patterns with `*` and `?` inside");
        return ApiError{ErrorCode::kMalformedPolicy, text, {{"policy", text}}};
      }
    }
    for (const std::string& arn : input_.policy_arns) {
      steps += snapshot_.FindManagedPolicy(arn)->policy->program().max_steps();
    }
    if (steps <= most) return std::nullopt;
    const std::string text =
        absl::StrCat("evaluating the session's policies together may take ",
                     steps, " steps, at most ", most);
    return ApiError{
        ErrorCode::kPackedPolicyTooLarge, text, {{"policy_arns", text}}};
  }

  // Managed policies of the role's account, or AWS's own.
  Refusal CheckPolicyArn(const std::string& text) const {
    const std::optional<Arn> arn = Arn::Parse(text);
    const bool eligible =
        arn && arn->service == "iam" &&
        absl::StartsWith(arn->resource, "policy/") &&
        (arn->account == outcome_.role->account() || arn->account == "aws");
    if (eligible && snapshot_.FindManagedPolicy(text) != nullptr) {
      return std::nullopt;
    }
    return Validation("policy_arns",
                      absl::StrCat("`", text.substr(0, 256),
                                   "` is not a managed policy of the role's "
                                   "account"));
  }

  Refusal SetTags() {
    Result<SessionTags> joined =
        JoinSessionTags(parent_, input_.tags, input_.transitive_tag_keys);
    if (!joined.ok()) return std::move(joined).error();
    SessionTags& tags = *joined;
    session_.tags = std::move(tags.tags);
    session_.transitive_tag_keys = std::move(tags.transitive_keys);
    return std::nullopt;
  }

  Refusal SetChain() {
    if (parent_ == nullptr) return std::nullopt;
    session_.chain = parent_->chain;
    session_.chain.push_back(parent_->access_key_id);
    if (session_.chain.size() >= kMaxChain) {
      return ApiError{
          ErrorCode::kPackedPolicyTooLarge,
          absl::StrCat("a chain has at most ", kMaxChain, " sessions"),
          {}};
    }
    return std::nullopt;
  }

  // A chain keeps its binding or gets a stronger one: the caller has proved
  // the one that it has, or it would not be here.
  Refusal SetBinding() {
    session_.binding = input_.binding;
    if (parent_ != nullptr && parent_->binding.kind > session_.binding.kind) {
      session_.binding = parent_->binding;
    }
    const BindingKind required = outcome_.role->required_binding();
    if (session_.binding.kind >= required) return std::nullopt;
    return Validation(
        "bind_to",
        absl::StrCat("the role gives out sessions only that are bound: ask "
                     "with `bind_to` ",
                     BindingKindName(required)));
  }

  void SetIdentity() {
    if (identity_ == nullptr) return;
    session_.federated_provider = identity_->provider;
    for (const SessionKey& key : identity_->keys) {
      const std::vector<std::string>& lasting = identity_->lasting_keys;
      if (std::find(lasting.begin(), lasting.end(), key.name) !=
          lasting.end()) {
        session_.identity_keys.push_back(key);
      }
    }
  }

  const Snapshot& snapshot_;
  const AccessOptions& options_;
  const Subject& caller_;
  const RoleSession* const parent_;          // null: not a session
  const FederatedIdentity* const identity_;  // null: not of a provider
  const AssumeRoleInput& input_;
  const RequestContext& given_;
  const absl::Time now_;
  AssumeRoleOutcome outcome_;
  RoleSession session_;
  // The texts to which the context's views point.
  std::deque<std::string> key_names_;
  std::vector<absl::string_view> tag_keys_;
  std::vector<absl::string_view> transitive_keys_;
  std::vector<Tag> inherited_;
  std::deque<std::vector<absl::string_view>> identity_values_;
};

}  // namespace

std::string MinifyJson(absl::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out.append(json.data() + i, 2);
      ++i;
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string || !absl::ascii_isspace(static_cast<unsigned char>(c))) {
      out.push_back(c);
    }
  }
  return out;
}

AssumeRoleOutcome AssumeRole(const Snapshot& snapshot,
                             const AccessOptions& options,
                             const Subject& caller,
                             const AssumeRoleInput& input,
                             const RequestContext& given, absl::Time now) {
  return AssumeRoleCall(snapshot, options, caller, nullptr, input, given, now)
      .Run();
}

AssumeRoleOutcome AssumeRoleWithIdentity(const Snapshot& snapshot,
                                         const AccessOptions& options,
                                         const FederatedIdentity& identity,
                                         AssumeRoleInput input,
                                         const RequestContext& given,
                                         absl::Time now) {
  absl::StatusOr<OwnedPrincipal> principal =
      OwnedPrincipal::Federated(identity.provider);
  if (!principal.ok()) {
    return {ApiError{ErrorCode::kInvalidIdentityToken,
                     std::string(principal.status().message()),
                     {}},
            {},
            nullptr};
  }
  Subject subject;
  subject.principal = *std::move(principal);
  input.tags = identity.tags;
  input.transitive_tag_keys = identity.transitive_tag_keys;
  if (!identity.source_identity.empty()) {
    input.source_identity = identity.source_identity;
  }
  return AssumeRoleCall(snapshot, options, subject, &identity, input, given,
                        now)
      .Run();
}

}  // namespace rolegate
