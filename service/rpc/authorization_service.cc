#include "service/rpc/authorization_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/sts/question.h"
#include "engine/text/arn.h"
#include "engine/text/text.h"
#include "service/answer/context_translation.h"
#include "service/answer/hurry.h"
#include "service/answer/proto_conversions.h"
#include "service/answer/refusals.h"
#include "service/rpc/authorize_stream.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kResourceTag = "aws:ResourceTag/";
constexpr std::size_t kMaxPresenter = 2048;

// Up to so many checks, with so many bytes of names and contexts, are answered
// on gRPC's own thread.
constexpr int kMaxSmallBatch = 100;
constexpr std::uint64_t kMaxSmallBatchBytes = 32 * 1024;

// One question, with its names parsed.  Views into the request.
struct Check {
  ActionName action;
  ResourceName resource;
  absl::string_view resource_account;
};

// A tag of the resource among the keys; null if there is none.
const std::string* FindResourceTag(const ContextMap& map) {
  for (const auto& [key, values] : map) {
    if (absl::StartsWithIgnoreCase(key, kResourceTag)) return &key;
  }
  return nullptr;
}

// Where a check stands in a request.  Its text is made for a refusal only.
class CheckPath {
 public:
  // Of the one check that is the request itself.
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
  explicit Authorizer(Call& call)
      : call_(call),
        translation_(call.core().config.limits, ContextUse::kAuthorize,
                     call.snapshot().get()),
        budget_(call.core().config.limits.max_call_steps) {}

  // Everything that comes before the questions.  `Request` has the subject,
  // the common context, `presenter` and `explain`.
  template <typename Request>
  Refusal Begin(const Request& request) {
    if (auto refusal = call_.Identify()) return refusal;
    if (auto refusal = call_.RequireRegistry()) return refusal;
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
  static Result<Check> Parse(const std::string& action,
                             const std::string& resource,
                             const std::string& account,
                             const CheckPath& path) {
    absl::StatusOr<ActionName> parsed_action = ActionName::Parse(action);
    if (!parsed_action.ok()) {
      return InvalidField(path.To("action"), parsed_action.status().message());
    }
    absl::StatusOr<ResourceName> parsed_resource =
        ResourceName::Parse(resource);
    if (!parsed_resource.ok()) {
      return InvalidField(path.To("resource"),
                          parsed_resource.status().message());
    }
    if (!account.empty() && !IsAccountId(account)) {
      return InvalidField(path.To("resource_account"),
                          "expected an account number of twelve digits");
    }
    return Check{*parsed_action, *parsed_resource, account};
  }

  Refusal AddContext(const ContextMap& map, const CheckPath& path,
                     RequestContext* context) {
    translation_.BeginQuestion();
    return translation_.Add(map, path.To("context"), context);
  }

  // The bytes of all contexts that were added so far.
  std::uint64_t context_bytes() const { return translation_.total_bytes(); }

  // The tags of a role that the registry holds are the registry's to tell.
  // `tag_key`: what FindResourceTag found in the context.
  Refusal CheckTag(const Check& check, const std::string* tag_key) const {
    if (tag_key == nullptr ||
        call_.snapshot()->FindRole(check.resource.text()) == nullptr) {
      return std::nullopt;
    }
    return InvalidField("context",
                        absl::StrCat("condition key `", *tag_key,
                                     "` of a role of the registry is not the "
                                     "caller's to set"));
  }

  // What the call is refused with if the questions so far took more than a
  // call's may.
  Refusal RefuseIfExhausted() const {
    if (!budget_.exhausted()) return std::nullopt;
    return BudgetExceeded(budget_.limit());
  }

  // Answers one question, into a response or a batch's result.  Leaves the
  // answer as it was if the call is in a hurry and this takes long.
  template <typename Answer>
  void Decide(const Check& check, AuditKind kind, const RequestContext* extra,
              bool explain, Answer* answer) {
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
      call_.TakesLong();
      return;
    }
    answer->set_decision(ToProto(decision.verdict));
    DescribeDecision(decision, principal_arn_, action_text_,
                     check.resource.text(), answer->mutable_reason());
    if (explain && !foreign_presenter_) {
      ExplanationToProto(decision, Explain(question, decision, &budget_),
                         answer->mutable_explanation());
    }

    Record(check, kind, decision, answer);
    // A batch answers many questions quickly; whoever needs the record of one
    // asks that one again.
    if (kind == AuditKind::kAuthorize && !decision.allowed() &&
        !foreign_presenter_) {
      answer->set_encoded_message(
          SealDenial(call_, subject(), action_text_, question, decision,
                     answer->decision_id(), answer->reason()));
    }
  }

  // The action as the caller wrote it, for reasons and records.
  void set_action_text(absl::string_view text) { action_text_ = text; }

 private:
  template <typename Answer>
  void Record(const Check& check, AuditKind kind, const Decision& decision,
              Answer* answer) {
    AuditLog* const audit = call_.core().audit.get();
    if (audit == nullptr || !audit->Wants(decision.verdict)) {
      call_.core().decision_ids.Next(call_.now(),
                                     answer->mutable_decision_id());
      return;
    }
    AuditRecord record = call_.MakeAuditRecord(kind);
    answer->set_decision_id(record.decision_id);
    if (other_.has_value()) record.principal = DisplayName(*other_);
    record.action = std::string(action_text_);
    record.resource = std::string(check.resource.text());
    record.reason = answer->reason();
    record.SetDecision(decision);
    call_.WriteAudit(std::move(record));
  }

  const Subject& subject() const {
    return other_.has_value() ? *other_ : call_.caller().subject;
  }

  // A session that somebody passed on is good only if it was brought to them
  // by who it is bound to.  The caller's own was held against its connection.
  bool IsForeign(absl::string_view presenter) const {
    return other_.has_value() && other_->session != nullptr &&
           other_->session->binding.bound() &&
           other_->session->binding.presenter() != presenter;
  }
  static Decision ForeignPresenter() {
    Decision decision;
    decision.reason = Reason::kForeignPresenter;
    return decision;
  }

  template <typename Request>
  Refusal FindSubject(const Request& request) {
    if (request.has_session_token()) {
      auto verified = call_.VerifySession(request.session_token());
      if (!verified.ok()) return std::move(verified).error();
      other_ = *std::move(verified);
      return std::nullopt;
    }
    if (!request.has_principal()) return std::nullopt;
    if (request.principal().size() > 2048) {
      return InvalidField("principal", "is longer than 2048 characters");
    }
    if (auto refusal = call_.RequireAdministration(
            kAuthorizeAs, PrincipalResource(request.principal()))) {
      return refusal;
    }
    absl::StatusOr<Subject> named =
        SubjectByName(request.principal(), *call_.snapshot(), call_.now());
    if (!named.ok()) return InvalidField("principal", named.status().message());
    other_ = *std::move(named);
    // A session of a role that is named is issued now, and may be revoked.
    return RefuseUnlessAlive(*call_.snapshot(), *other_, call_.now());
  }

  Call& call_;
  ContextTranslation translation_;
  RequestContext given_;
  StepBudget budget_;
  std::optional<Subject> other_;  // none: the caller
  bool foreign_presenter_ = false;
  std::optional<Circumstances> circumstances_;
  std::unique_ptr<ConditionMemo> memo_;  // of a batch
  absl::string_view principal_arn_;      // once `circumstances_` is there
  absl::string_view action_text_;
};

Refusal HandleAuthorize(Call& call, const v1::AuthorizeRequest& request,
                        v1::AuthorizeResponse* response) {
  Authorizer authorizer(call);
  if (auto refusal = authorizer.Begin(request)) return refusal;
  auto check = authorizer.Parse(request.action(), request.resource(),
                                request.resource_account(), CheckPath());
  if (!check.ok()) return std::move(check).error();
  const Check& parsed = *check;
  if (auto refusal =
          authorizer.CheckTag(parsed, FindResourceTag(request.context()))) {
    return refusal;
  }
  authorizer.set_action_text(request.action());
  authorizer.Decide(parsed, AuditKind::kAuthorize, nullptr, request.explain(),
                    response);
  if (call.takes_long()) return std::nullopt;
  // A check alone has its own budget, and its answer says when that is over.
  if (request.explain()) {
    if (auto refusal = authorizer.RefuseIfExhausted()) return refusal;
  }
  response->set_registry_revision(call.snapshot()->revision());
  return std::nullopt;
}

Refusal HandleBatch(Call& call, const v1::BatchAuthorizeRequest& request,
                    v1::BatchAuthorizeResponse* response) {
  Authorizer authorizer(call);
  if (auto refusal = authorizer.Begin(request)) return refusal;
  const int limit = call.core().config.limits.max_batch_checks;
  if (request.checks_size() == 0 || request.checks_size() > limit) {
    return InvalidField("checks",
                        absl::StrCat("expected 1 to ", limit, " checks, found ",
                                     request.checks_size()));
  }
  // All are parsed before the first is decided: a batch is refused whole.
  std::vector<Check> checks;
  std::vector<RequestContext> contexts;  // of the checks that have one
  std::vector<const RequestContext*> context_of;
  checks.reserve(static_cast<std::size_t>(request.checks_size()));
  context_of.reserve(checks.capacity());
  const std::string* const common_tag = FindResourceTag(request.context());
  std::uint64_t name_bytes = 0;
  for (int i = 0; i < request.checks_size(); ++i) {
    const v1::AuthorizationCheck& each = request.checks(i);
    const CheckPath path(i);
    auto check = authorizer.Parse(each.action(), each.resource(),
                                  each.resource_account(), path);
    if (!check.ok()) return std::move(check).error();
    checks.push_back(*check);
    if (auto refusal = authorizer.CheckTag(checks.back(), common_tag)) {
      return refusal;
    }
    context_of.push_back(nullptr);
    if (!each.context().empty()) {
      if (auto refusal = authorizer.CheckTag(checks.back(),
                                             FindResourceTag(each.context()))) {
        return refusal;
      }
      contexts.reserve(checks.capacity());  // where they are, they stay
      context_of.back() = &contexts.emplace_back();
      if (auto refusal =
              authorizer.AddContext(each.context(), path, &contexts.back())) {
        return refusal;
      }
    }
    name_bytes += each.action().size() + each.resource().size();
    if (call.hurries() &&
        name_bytes + authorizer.context_bytes() > kMaxSmallBatchBytes) {
      call.TakesLong();
      return std::nullopt;
    }
  }
  for (int i = 0; i < request.checks_size(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    // In a hurry all checks together take too little for anybody to give up.
    if (!call.hurries()) {
      if (auto refusal = call.RequireWaiting()) return refusal;
    }
    authorizer.set_action_text(request.checks(i).action());
    authorizer.Decide(checks[index], AuditKind::kBatch, context_of[index],
                      request.explain(), response->add_results());
    if (call.takes_long()) {
      response->clear_results();
      return std::nullopt;
    }
    if (auto refusal = authorizer.RefuseIfExhausted()) return refusal;
  }
  response->set_registry_revision(call.snapshot()->revision());
  return std::nullopt;
}

// Whether its number of checks alone says that other calls are not to wait for
// it.  HandleBatch finds out about its bytes, which cost as much to count as to
// translate.
bool IsLargeBatch(const v1::BatchAuthorizeRequest& request) {
  return request.explain() || request.checks_size() > kMaxSmallBatch;
}

template <typename Request, typename Response>
LaterCallInfo InfoOf(const Request& request, const Response& response) {
  LaterCallInfo info;
  info.request = &request;
  info.response = &response;
  info.session_token = request.session_token();
  info.principal = request.principal();
  return info;
}

}  // namespace

grpc::ServerUnaryReactor* AuthorizationService::Authorize(
    grpc::CallbackServerContext* context, const v1::AuthorizeRequest* request,
    v1::AuthorizeResponse* response) {
  const auto handle = [request, response](Call& call) {
    return HandleAuthorize(call, *request, response);
  };
  LaterCallInfo info = InfoOf(*request, *response);
  if (request->explain()) {
    return ServeLater(core_, listener_, context, info, handle);
  }
  info.small_answer = true;
  return Serve(core_, listener_, context, handle, info);
}

grpc::ServerUnaryReactor* AuthorizationService::BatchAuthorize(
    grpc::CallbackServerContext* context,
    const v1::BatchAuthorizeRequest* request,
    v1::BatchAuthorizeResponse* response) {
  const auto handle = [request, response](Call& call) {
    return HandleBatch(call, *request, response);
  };
  const LaterCallInfo info = InfoOf(*request, *response);
  return IsLargeBatch(*request)
             ? ServeLater(core_, listener_, context, info, handle)
             : Serve(core_, listener_, context, handle, info);
}

grpc::ServerBidiReactor<v1::AuthorizeStreamRequest,
                        v1::AuthorizeStreamResponse>*
AuthorizationService::AuthorizeStream(grpc::CallbackServerContext* context) {
  return ServeAuthorizeStream(core_, listener_, context,
                              {HandleBatch, IsLargeBatch});
}

}  // namespace rolegate::service
