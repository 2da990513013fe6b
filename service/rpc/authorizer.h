// What Authorize, BatchAuthorize and AuthorizeStream have in common: the
// subject of a request, its context, and the answer to one check.

#ifndef ROLEGATE_SERVICE_RPC_AUTHORIZER_H_
#define ROLEGATE_SERVICE_RPC_AUTHORIZER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/sts/question.h"
#include "engine/sts/result.h"
#include "engine/text/arn.h"
#include "engine/text/text.h"
#include "service/answer/call.h"
#include "service/answer/context_translation.h"
#include "service/answer/hurry.h"
#include "service/answer/proto_conversions.h"
#include "service/answer/refusals.h"
#include "service/rpc/method.h"

namespace rolegate::service {

// One question, with its names parsed.  Views into the request.
struct Check {
  absl::string_view action_text;  // as the caller wrote it, for reasons
  ActionName action;
  ResourceName resource;
  absl::string_view resource_account;
};

// A tag of the resource among the keys; null if there is none.
const std::string* FindResourceTag(const ContextMap& map);

// Names the place of a check in a request.  The text is made for a refusal
// only.
class CheckPath {
 public:
  // The place of a check that is the request itself.
  CheckPath() = default;
  explicit CheckPath(int index) : index_(index) {}

  std::string To(absl::string_view field) const {
    return index_ < 0 ? std::string(field)
                      : absl::StrCat("checks[", index_, "].", field);
  }

 private:
  int index_ = -1;
};

// Finds the subject of a request and answers its checks, all on one snapshot.
class Authorizer {
 public:
  static constexpr std::size_t kMaxPresenter = 2048;

  explicit Authorizer(Call& call)
      : call_(call),
        translation_(call.core().config.limits, ContextUse::kAuthorize,
                     call.snapshot().get()),
        budget_(call.core().config.limits.max_call_steps) {}

  // Everything that comes before the questions, once the caller is known and
  // there is a registry.  `Request` has the subject, the common context,
  // `presenter` and `explain`.
  template <typename Request>
  Refusal Begin(const Request& request) {
    if (request.presenter().size() > kMaxPresenter ||
        HasControlCharacter(request.presenter())) {
      return InvalidField("presenter",
                          absl::StrCat("expected at most ", kMaxPresenter,
                                       " characters, no control characters"));
    }
    if (auto refusal = FindSubject(request)) return refusal;
    foreign_presenter_ = IsForeign(request.presenter());
    if (request.explain()) {
      if (auto refusal =
              call_.RequireAdministration(kExplain, kRegistryResource)) {
        return refusal;
      }
    }
    Refusal refusal = translation_.Add(request.context(), "context", &given_);
    translation_.EndCommon();
    return refusal;
  }

  // Parses one question, which stands at `path`.
  [[nodiscard]] static Result<Check> Parse(const std::string& action,
                                           const std::string& resource,
                                           const std::string& account,
                                           const CheckPath& path);

  Refusal AddContext(const ContextMap& map, const CheckPath& path,
                     RequestContext* context) {
    translation_.BeginQuestion();
    return translation_.Add(map, path.To("context"), context);
  }

  // The bytes of all contexts that were added so far.
  std::uint64_t context_bytes() const { return translation_.total_bytes(); }

  // The tags of a role that the registry holds are the registry's to tell.
  // `tag_key`: what FindResourceTag found in the context.
  Refusal CheckTag(const Check& check, const std::string* tag_key) const;

  // What the call is refused with if the questions so far took more than a
  // call's may.
  Refusal RefuseIfExhausted() const;

  // Answers one question, into a response or a batch's result.  False, with the
  // answer as it was, if the call is in a hurry and this takes long.
  template <typename Answer>
  [[nodiscard]] bool Decide(const Check& check, AuditKind kind,
                            const RequestContext* extra, bool explain,
                            Answer* answer) {
    if (!circumstances_.has_value()) {
      const Core& core = call_.core();
      circumstances_.emplace(
          *call_.snapshot(),
          call_.hurries() ? core.access_in_a_hurry : core.access, subject(),
          given_, call_.now());
      if (kind == AuditKind::kBatch) memo_ = std::make_unique<ConditionMemo>();
      principal_arn_ = subject().principal.view().arn;
    }
    const Question question(*circumstances_, check.action, check.resource,
                            check.resource_account, extra);
    const Decision decision =
        foreign_presenter_ ? ForeignPresenter()
                           : rolegate::Decide(question, {.budget = &budget_,
                                                         .memo = memo_.get()});
    if (call_.hurries() && TookLong(call_.core().access, decision, budget_)) {
      return false;
    }
    call_.core().metrics.CountDecision(decision);
    answer->set_decision(ToProto(decision.verdict));
    DescribeDecision(decision, principal_arn_, check.action_text,
                     check.resource.text(), answer->mutable_reason());
    if (explain && !foreign_presenter_) {
      ExplanationToProto(decision, Explain(question, decision, &budget_),
                         answer->mutable_explanation());
    }

    Record(check, kind, decision, extra, answer->reason(),
           answer->mutable_decision_id());
    if (CallTrace* const trace = call_.trace()) {
      trace->AddDecision(decision, answer->decision_id(), check.action_text);
    }
    // A batch answers many questions quickly; whoever needs the record of one
    // asks that one again.
    if (kind == AuditKind::kAuthorize && !decision.allowed() &&
        !foreign_presenter_) {
      answer->set_encoded_message(
          SealDenial(call_, subject(), check.action_text, question, decision,
                     answer->decision_id(), answer->reason()));
    }
    return true;
  }

 private:
  const Subject& subject() const {
    return other_.has_value() ? *other_ : call_.caller().subject;
  }

  // A session that somebody passed on is good only if it was brought to them
  // by who it is bound to.  The caller's own was held against its connection.
  bool IsForeign(absl::string_view presenter) const;
  static Decision ForeignPresenter();

  template <typename Request>
  Refusal FindSubject(const Request& request) {
    if (request.has_session_token()) {
      return TakeSession(request.session_token());
    }
    return request.has_principal() ? TakePrincipal(request.principal())
                                   : std::nullopt;
  }
  Refusal TakeSession(absl::string_view token);
  // Takes an administrator's word for who asks.
  Refusal TakePrincipal(const std::string& name);
  // The condition keys of the request and of the check.
  void RecordContext(const RequestContext* extra, AuditRecord* record);
  // Gives the decision its id and writes its audit record.
  void Record(const Check& check, AuditKind kind, const Decision& decision,
              const RequestContext* extra, absl::string_view reason,
              std::string* decision_id);

  Call& call_;
  ContextTranslation translation_;
  RequestContext given_;
  StepBudget budget_;
  std::optional<Subject> other_;     // none: the caller
  bool principal_is_named_ = false;  // `other_` has no token
  bool foreign_presenter_ = false;
  std::optional<Circumstances> circumstances_;
  std::unique_ptr<ConditionMemo> memo_;  // of a batch
  absl::string_view principal_arn_;      // once `circumstances_` is there
  // The id of the record that has a batch's common context; empty: none yet.
  std::string common_context_in_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_AUTHORIZER_H_
