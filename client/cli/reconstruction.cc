#include "client/cli/reconstruction.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/decide/decide.h"
#include "engine/policy/context_keys.h"
#include "engine/sts/assume_role.h"
#include "engine/sts/federated_identity.h"
#include "engine/sts/session_tags.h"
#include "engine/sts/subject.h"
#include "engine/text/case_folding.h"

namespace rolegate::cli {
namespace {

constexpr absl::string_view kAssumeRoleAction = "sts:AssumeRole";
constexpr absl::string_view kDuration = "sts:DurationSeconds";

// What the server writes as the reason where policies did not decide.
constexpr absl::string_view kForeignPresenter =
    "the session is bound to another presenter";
constexpr absl::string_view kUnknownRole = "the registry does not hold";
constexpr absl::string_view kTooManySteps = "the check takes more steps";

struct ObstacleWords {
  absl::string_view name;
  absl::string_view text;
};
constexpr ObstacleWords kObstacles[kObstacleCount] = {
    {"none", ""},
    {"no_session", "the `assume_role` record of the session is not in the log"},
    {"no_common_context",
     "the record with the common context of the call is not in the log"},
    {"replaced", "a value that the answer depends on is masked or redacted"},
    {"no_decision", "the record does not tell what was decided"},
    {"no_principal", "the record does not tell who asked"},
    {"no_question", "the action or the resource is none"},
    {"no_input",
     "it was refused, or would be, for what the record does not hold"},
};

bool IsRefusal(absl::string_view reason) {
  return !reason.empty() && !absl::StartsWith(reason, kUnknownRole) &&
         !absl::StartsWith(reason, kTooManySteps);
}

bool EqualKeys(absl::string_view a, absl::string_view b) {
  return ContextKey(a) == ContextKey(b);
}

// One record that is decided again.
class Redeciding {
 public:
  Redeciding(const AuditEntry& entry, const Snapshot& registry,
             std::size_t which, const AccessOptions& options,
             AuditMemory& memory, const Reconstruction::Witness* see)
      : entry_(entry),
        registry_(registry),
        which_(which),
        options_(options),
        memory_(memory),
        see_(see) {}

  Redecision Run() {
    if (!entry_.decision.has_value()) Stop(Obstacle::kNoDecision, "decision");
    for (const char* member : {"/timestamp", "/action", "/resource"}) {
      if (IsMasked(entry_, member)) Stop(Obstacle::kReplaced, member + 1);
    }
    if (IsReplaced(entry_.action) || IsReplaced(entry_.resource)) {
      Stop(Obstacle::kReplaced, "action or resource");
    }
    if (stopped()) return std::move(answer_);
    if (entry_.kind == EntryKind::kAssumeRole) {
      AssumeRole();
    } else {
      Ask();
    }
    return std::move(answer_);
  }

 private:
  bool stopped() const { return answer_.obstacle != Obstacle::kNone; }
  void Stop(Obstacle obstacle, absl::string_view missing) {
    if (stopped()) return;
    answer_.obstacle = obstacle;
    answer_.missing = std::string(missing);
  }
  void Refuse(std::string note) {
    answer_.verdict = Verdict::kImplicitDeny;
    answer_.note = std::move(note);
  }

  // Who asks.  False if that cannot be told, or if the answer is settled by
  // that.
  bool FindSubject() {
    for (const char* member : {"/principal", "/principal_session"}) {
      if (IsMasked(entry_, member) || !MaskedMembers(entry_, member).empty()) {
        Stop(Obstacle::kReplaced, member + 1);
        return false;
      }
    }
    const bool for_other =
        entry_.kind != EntryKind::kAssumeRole && !entry_.principal.empty();
    if (for_other) {
      return entry_.principal_session.is_named()
                 ? TakeSession(entry_.principal_session)
                 : TakeName(entry_.principal);
    }
    if (IsMasked(entry_, "/session") ||
        IsMasked(entry_, "/session/access_key_id")) {
      Stop(Obstacle::kReplaced, "session");
      return false;
    }
    if (entry_.session.is_named()) return TakeSession(entry_.session);
    if (IsMasked(entry_, "/caller") || IsMasked(entry_, "/caller_tags") ||
        !MaskedMembers(entry_, "/caller_tags").empty()) {
      Stop(Obstacle::kReplaced, "caller");
      return false;
    }
    if (!TakeName(entry_.caller)) return false;
    for (const EntryKey& tag : entry_.caller_tags) {
      NoteReplaced(keys::kPrincipalTag.name, tag);
      subject_.tags.push_back(
          {std::string(tag.name),
           tag.values.empty() ? "" : std::string(tag.values.front())});
    }
    return true;
  }

  bool TakeSession(const EntrySession& named) {
    KnownSession* const known = memory_.FindSession(named.access_key_id);
    if (known == nullptr) {
      Stop(Obstacle::kNoSession, named.access_key_id);
      return false;
    }
    if (known->lacks_policy) {
      Stop(Obstacle::kReplaced, "the session's policies or names");
      return false;
    }
    unknown_keys_.insert(unknown_keys_.end(), known->unknown_keys.begin(),
                         known->unknown_keys.end());
    const Subject* const subject = SubjectOf(known, registry_, which_);
    if (subject == nullptr) {
      Refuse("the registry does not hold the session's role");
      return false;
    }
    subject_ = *subject;
    return IsAlive();
  }

  bool TakeName(absl::string_view name) {
    if (name.empty() || IsReplaced(name)) {
      Stop(name.empty() ? Obstacle::kNoPrincipal : Obstacle::kReplaced,
           "caller");
      return false;
    }
    // A service's name is the only one that is no ARN.
    const std::string full = absl::StartsWith(name, "arn:")
                                 ? std::string(name)
                                 : absl::StrCat("service:", name);
    absl::StatusOr<Subject> subject =
        SubjectByName(full, registry_, entry_.time);
    if (absl::IsNotFound(subject.status())) {
      Refuse("the registry does not hold the session's role");
      return false;
    }
    if (!subject.ok()) {
      Stop(Obstacle::kNoPrincipal, subject.status().message());
      return false;
    }
    subject_ = *std::move(subject);
    return IsAlive();
  }

  // The server knew that the session was not over; what the registry says is
  // asked anew.
  bool IsAlive() {
    switch (CheckSubject(registry_, subject_, entry_.time)) {
      case SubjectState::kAlive:
      case SubjectState::kExpired:
        return true;
      case SubjectState::kRevoked:
        Refuse("the registry revokes the session");
        return false;
      case SubjectState::kUnknownRole:
        Refuse("the registry does not hold the session's role");
        return false;
    }
    return false;
  }

  void NoteReplaced(absl::string_view family, const EntryKey& key) {
    if (std::any_of(key.values.begin(), key.values.end(), IsReplaced) ||
        IsReplaced(key.name)) {
      unknown_keys_.push_back(absl::StrCat(family, key.name));
    }
  }

  // Whether the server refuses a call that gives the key, for the registry or a
  // provider's token tells it.
  bool BelongsToRegistry(absl::string_view name) const {
    absl::string_view tag = name;
    return registry_.IsProviderKey(name) ||
           (ConsumeKeyFamily(keys::kResourceTag, &tag) &&
            registry_.HasRole(entry_.resource));
  }

  // Adds condition keys of a member.  False if a mask took all of them.  A mask
  // of the context holds for the common one, too.
  bool AddKeys(const AuditEntry& from, absl::string_view member,
               const EntryKeys& keys, RequestContext* context) {
    for (const absl::string_view pointer :
         {absl::string_view("/context"), member}) {
      if (IsMasked(from, pointer)) {
        Stop(Obstacle::kReplaced, pointer.substr(1));
        return false;
      }
      for (std::string& key : MaskedMembers(from, pointer)) {
        unknown_keys_.push_back(std::move(key));
      }
    }
    for (const EntryKey& key : keys) {
      NoteReplaced("", key);
      if (BelongsToRegistry(key.name)) refused_key_ = key.name;
      if (key.values.size() == 1) {
        context->Set(ContextKey(key.name), key.values.front());
      } else {
        context->SetList(ContextKey(key.name), key.values);
      }
    }
    return true;
  }

  bool AddCommonKeys(RequestContext* given) {
    if (entry_.kind == EntryKind::kAuthorize) {
      return AddKeys(entry_, "/context", entry_.context, given);
    }
    if (IsMasked(entry_, "/common_context_in")) {
      Stop(Obstacle::kReplaced, "common_context_in");
      return false;
    }
    if (entry_.common_context_in.empty()) {
      return AddKeys(entry_, "/common_context", entry_.common_context, given);
    }
    const AuditEntry* const first =
        memory_.FindCommonContext(entry_.common_context_in);
    if (first == nullptr) {
      Stop(Obstacle::kNoCommonContext, entry_.common_context_in);
      return false;
    }
    return AddKeys(*first, "/common_context", first->common_context, given);
  }

  // An `authorize` or `batch` record.
  void Ask() {
    if (!entry_.has_layers &&
        absl::StrContains(entry_.reason, kForeignPresenter)) {
      answer_.is_settled = true;
      return;
    }
    const absl::StatusOr<ActionName> action = ActionName::Parse(entry_.action);
    const absl::StatusOr<ResourceName> resource =
        ResourceName::Parse(entry_.resource);
    if (!action.ok() || !resource.ok()) {
      const absl::Status& why =
          action.ok() ? resource.status() : action.status();
      return Stop(Obstacle::kNoQuestion, why.message());
    }
    if (IsMasked(entry_, "/resource_account") ||
        IsReplaced(entry_.resource_account)) {
      return Stop(Obstacle::kReplaced, "resource_account");
    }
    RequestContext given;
    RequestContext own;
    if (!AddCommonKeys(&given) ||
        (entry_.kind == EntryKind::kBatch &&
         !AddKeys(entry_, "/context", entry_.context, &own)) ||
        !FindSubject()) {
      return;
    }
    if (!refused_key_.empty()) {
      return Refuse(absl::StrCat("the registry does not let callers give `",
                                 refused_key_, "`"));
    }
    const Circumstances circumstances(registry_, options_, subject_, given,
                                      entry_.time);
    const bool has_own =
        entry_.kind == EntryKind::kBatch && !entry_.context.empty();
    const Question question(circumstances, *action, *resource,
                            entry_.resource_account, has_own ? &own : nullptr);
    const Decision decision = rolegate::Decide(question);
    if (DependsOnUnknown(question)) return;
    answer_.verdict = decision.verdict;
    answer_.statement = decision.deciding();
    if (see_ != nullptr) (*see_)(question, decision);
  }

  // Whether a key whose value is not told may have decided.
  bool DependsOnUnknown(const Question& question) {
    if (unknown_keys_.empty()) return false;
    const auto read = KeysRead(question);
    for (const std::string& unknown : unknown_keys_) {
      const bool is_family = absl::EndsWith(unknown, "/");
      const bool is_read =
          !read.has_value() ||
          std::any_of(read->begin(), read->end(), [&](absl::string_view key) {
            return is_family ? absl::StartsWithIgnoreCase(key, unknown)
                             : EqualKeys(key, unknown);
          });
      if (!is_read) continue;
      Stop(Obstacle::kReplaced, unknown);
      return true;
    }
    return false;
  }

  // Takes the condition keys of an `assume_role` record.  A request that had a
  // tag needs sts:TagSession whatever its value was, so a word stands for each
  // value that is not told.
  void TakeAsked() {
    constexpr absl::string_view kStandIn = "untold";
    asked_ = entry_.context;
    for (EntryKey& key : asked_) {
      NoteReplaced("", key);
      for (absl::string_view& value : key.values) {
        if (IsReplaced(value)) value = kStandIn;
      }
    }
    masked_ = MaskedMembers(entry_, "/context");
    for (const std::string& name : masked_) {
      unknown_keys_.push_back(name);
      const bool is_there = std::any_of(
          asked_.begin(), asked_.end(),
          [&](const EntryKey& key) { return EqualKeys(key.name, name); });
      if (!is_there) asked_.push_back({name, {kStandIn}});
    }
  }

  // The request of an `assume_role` record.  The condition keys that stand for
  // its fields are taken out of the context, and the rest was given, or is of
  // the provider's token or assertion.
  void ReadRequest(bool is_federated) {
    input_.role_arn = std::string(entry_.resource);
    for (const EntryKey& key : asked_) {
      const absl::string_view first =
          key.values.empty() ? absl::string_view() : key.values.front();
      absl::string_view tag = key.name;
      if (EqualKeys(key.name, keys::kRoleSessionName.name)) {
        input_.role_session_name = std::string(first);
      } else if (EqualKeys(key.name, keys::kExternalId.name)) {
        input_.external_id = std::string(first);
      } else if (EqualKeys(key.name, keys::kStsSourceIdentity.name)) {
        input_.source_identity = std::string(first);
      } else if (EqualKeys(key.name, kDuration)) {
        int seconds = 0;
        if (absl::SimpleAtoi(first, &seconds)) {
          input_.duration_seconds = seconds;
        }
      } else if (ConsumeKeyFamily(keys::kRequestTag, &tag)) {
        input_.tags.push_back({std::string(tag), std::string(first)});
      } else if (EqualKeys(key.name, keys::kTransitiveTagKeys.name)) {
        input_.transitive_tag_keys =
            std::vector<std::string>(key.values.begin(), key.values.end());
      } else if (EqualKeys(key.name, keys::kTagKeys.name)) {
        continue;  // the tags say so
      } else if (is_federated && !absl::StartsWith(key.name, "aws:")) {
        identity_.keys.push_back(
            {std::string(key.name), {key.values.begin(), key.values.end()}});
      } else {
        given_.SetList(ContextKey(key.name), key.values);
      }
    }
    if (!entry_.issued_policy.empty()) {
      input_.policy = std::string(entry_.issued_policy);
    }
    if (!entry_.issued_policy_arns.empty()) {
      input_.policy_arns =
          absl::StrSplit(entry_.issued_policy_arns, ',', absl::SkipEmpty());
    }
    if (entry_.issued_binding == BindingKindName(BindingKind::kSpiffe)) {
      input_.binding = {BindingKind::kSpiffe, "not recorded"};
    } else if (!entry_.issued_binding.empty()) {
      input_.binding = {BindingKind::kCertificate, "not recorded"};
    }
    input_.refused_beforehand =
        entry_.error == "AccessDenied" && IsRefusal(entry_.reason);
  }

  void AssumeRole() {
    if (!entry_.has_layers) {
      answer_.is_settled = true;  // a field was wrong, or a token was none
      return;
    }
    const bool is_federated =
        entry_.action == "sts:AssumeRoleWithWebIdentity" ||
        entry_.action == "sts:AssumeRoleWithSAML";
    if (!is_federated && entry_.action != kAssumeRoleAction) {
      return Stop(Obstacle::kNoQuestion, entry_.action);
    }
    if (IsMasked(entry_, "/context") ||
        (is_federated && entry_.context.empty())) {
      return Stop(IsMasked(entry_, "/context") ? Obstacle::kReplaced
                                               : Obstacle::kNoInput,
                  "context");
    }
    if (IsMasked(entry_, "/issued/policy") ||
        IsMasked(entry_, "/issued/policy_arns") ||
        IsReplaced(entry_.issued_policy)) {
      return Stop(Obstacle::kReplaced, "issued.policy");
    }
    TakeAsked();
    ReadRequest(is_federated);
    if (is_federated) {
      AssumeWithIdentity();
    } else if (FindSubject()) {
      Conclude(rolegate::AssumeRole(registry_, options_, subject_, input_,
                                    given_, entry_.time));
    }
  }

  void AssumeWithIdentity() {
    identity_.provider = std::string(entry_.caller);
    identity_.action = std::string(entry_.action);
    identity_.tags = input_.tags;
    identity_.transitive_tag_keys = input_.transitive_tag_keys;
    identity_.source_identity = input_.source_identity.value_or("");
    absl::StatusOr<OwnedPrincipal> principal =
        OwnedPrincipal::Federated(identity_.provider);
    if (!principal.ok() || IsReplaced(entry_.caller)) {
      return Stop(Obstacle::kNoPrincipal, "caller");
    }
    subject_.principal = *std::move(principal);
    Conclude(AssumeRoleWithIdentity(registry_, options_, identity_, input_,
                                    given_, entry_.time));
  }

  // As the server records it: the first action that was refused, or the first
  // of all.
  void Conclude(const AssumeRoleOutcome& outcome) {
    const ActionDecision* deciding = nullptr;
    bool allowed = !outcome.decisions.empty();
    for (const ActionDecision& each : outcome.decisions) {
      if (deciding == nullptr || (allowed && !each.decision.allowed())) {
        deciding = &each;
      }
      allowed = allowed && each.decision.allowed();
    }
    for (const ActionDecision& each : outcome.decisions) {
      if (!Show(each, &each == deciding)) return;
    }
    if (deciding != nullptr) {
      answer_.verdict = deciding->decision.verdict;
      answer_.statement = deciding->decision.deciding();
    }
    if (deciding == nullptr && !outcome.result.ok()) {
      answer_.note = outcome.result.error().message;
    } else if (outcome.role == nullptr) {
      answer_.note = "the registry does not hold the role that is asked for";
    }
    if (outcome.result.ok()) {
      // Policies allowed it then, too, and something else did not.
      const bool was_allowed =
          !entry_.error.empty() && entry_.refused_action.empty();
      if (was_allowed) Stop(Obstacle::kNoInput, entry_.error);
      return;
    }
    if (answer_.verdict != Verdict::kAllow) return;
    answer_.verdict = Verdict::kImplicitDeny;
    answer_.statement = {};
    answer_.note = input_.refused_beforehand ? std::string(entry_.reason)
                                             : outcome.result.error().message;
  }

  // The question that a part of the request was.  False if it depends on what
  // is not told.
  bool Show(const ActionDecision& asked, bool is_deciding) {
    const bool seen = is_deciding && see_ != nullptr;
    if (unknown_keys_.empty() && !seen) return true;
    const absl::StatusOr<ActionName> action = ActionName::Parse(asked.action);
    const absl::StatusOr<ResourceName> resource =
        ResourceName::Parse(input_.role_arn);
    if (!action.ok() || !resource.ok()) return true;
    RequestContext context = given_;
    for (const EntryKey& key : asked_) {
      context.SetList(ContextKey(key.name), key.values);
    }
    std::vector<std::string> names;
    std::vector<Tag> inherited;
    if (subject_.session != nullptr) {
      if (!input_.source_identity &&
          !subject_.session->source_identity.empty()) {
        context.Set(keys::kStsSourceIdentity,
                    subject_.session->source_identity);
      }
      inherited = TransitiveTags(*subject_.session);
      names.reserve(inherited.size());
      for (const Tag& tag : inherited) {
        names.push_back(absl::StrCat(keys::kResourceTag.name, tag.key));
        context.Set(ContextKey(names.back()), tag.value);
      }
    }
    if (!identity_.provider.empty()) {
      context.Set(keys::kFederatedProvider, identity_.provider);
    }
    const Role* const role = registry_.FindRole(input_.role_arn);
    const Circumstances circumstances(registry_, options_, subject_, context,
                                      entry_.time);
    const Question question(
        circumstances, *action, *resource,
        role == nullptr ? absl::string_view() : role->account());
    if (DependsOnUnknown(question)) return false;
    if (seen) (*see_)(question, asked.decision);
    return true;
  }

  const AuditEntry& entry_;
  const Snapshot& registry_;
  const std::size_t which_;
  const AccessOptions& options_;
  AuditMemory& memory_;
  const Reconstruction::Witness* const see_;  // may be null
  Redecision answer_;
  Subject subject_;
  absl::string_view refused_key_;  // that the caller may not give
  std::vector<std::string> unknown_keys_;
  EntryKeys asked_;  // condition keys of an `assume_role` record
  std::vector<std::string> masked_;  // names of such keys
  AssumeRoleInput input_;
  FederatedIdentity identity_;
  RequestContext given_;
};

}  // namespace

absl::string_view ObstacleText(Obstacle obstacle) {
  return kObstacles[static_cast<std::size_t>(obstacle)].text;
}

absl::string_view ObstacleName(Obstacle obstacle) {
  return kObstacles[static_cast<std::size_t>(obstacle)].name;
}

Redecision Reconstruction::Decide(const AuditEntry& entry) {
  return Redeciding(entry, registry_, which_, options_, memory_, nullptr).Run();
}

Redecision Reconstruction::Decide(const AuditEntry& entry, const Witness& see) {
  return Redeciding(entry, registry_, which_, options_, memory_, &see).Run();
}

}  // namespace rolegate::cli
