#include "service/rpc/authorizer.h"

#include "absl/strings/match.h"
#include "engine/policy/context_keys.h"
#include "service/identity/administration.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxPrincipal = 2048;

}  // namespace

const std::string* FindResourceTag(const ContextMap& map) {
  for (const auto& [key, values] : map) {
    if (absl::StartsWithIgnoreCase(key, keys::kResourceTag.name)) return &key;
  }
  return nullptr;
}

Result<Check> Authorizer::Parse(const std::string& action,
                                const std::string& resource,
                                const std::string& account,
                                const CheckPath& path) {
  absl::StatusOr<ActionName> parsed_action = ActionName::Parse(action);
  if (!parsed_action.ok()) {
    return InvalidField(path.To("action"), parsed_action.status().message());
  }
  absl::StatusOr<ResourceName> parsed_resource = ResourceName::Parse(resource);
  if (!parsed_resource.ok()) {
    return InvalidField(path.To("resource"),
                        parsed_resource.status().message());
  }
  if (!account.empty() && !IsAccountId(account)) {
    return InvalidField(path.To("resource_account"),
                        "expected an account number of twelve digits");
  }
  return Check{action, *parsed_action, *parsed_resource, account};
}

Refusal Authorizer::CheckTag(const Check& check,
                             const std::string* tag_key) const {
  if (tag_key == nullptr ||
      call_.snapshot()->FindRole(check.resource.text()) == nullptr) {
    return std::nullopt;
  }
  return InvalidField("context",
                      absl::StrCat("condition key `", *tag_key,
                                   "` of a role of the registry is not the "
                                   "caller's to set"));
}

Refusal Authorizer::RefuseIfExhausted() const {
  if (!budget_.exhausted()) return std::nullopt;
  return BudgetExceeded(budget_.limit());
}

bool Authorizer::IsForeign(absl::string_view presenter) const {
  return other_.has_value() && other_->session != nullptr &&
         other_->session->binding.bound() &&
         other_->session->binding.presenter() != presenter;
}

Decision Authorizer::ForeignPresenter() {
  Decision decision;
  decision.reason = Reason::kForeignPresenter;
  return decision;
}

Refusal Authorizer::TakeSession(absl::string_view token) {
  Result<Subject> verified = call_.VerifySession(token);
  if (!verified.ok()) return std::move(verified).error();
  other_ = *std::move(verified);
  return std::nullopt;
}

Refusal Authorizer::TakePrincipal(const std::string& name) {
  if (name.size() > kMaxPrincipal) {
    return InvalidField(
        "principal",
        absl::StrCat("is longer than ", kMaxPrincipal, " characters"));
  }
  if (auto refusal =
          call_.RequireAdministration(kAuthorizeAs, PrincipalResource(name))) {
    return refusal;
  }
  absl::StatusOr<Subject> named =
      SubjectByName(name, *call_.snapshot(), call_.now());
  if (!named.ok()) return InvalidField("principal", named.status().message());
  other_ = *std::move(named);
  principal_is_named_ = true;
  // A session of a role that is named is issued now, and may be revoked.
  return RefuseUnlessAlive(*call_.snapshot(), *other_, call_.now());
}

void Authorizer::RecordContext(const RequestContext* extra,
                               AuditRecord* record) {
  const auto add = [](const RequestContext& keys, AuditContext* context) {
    keys.ForEach([&](const ContextKey& key, const ContextValues& values) {
      context->Add(key.name,
                   absl::MakeConstSpan(values.begin(), values.size()));
    });
  };
  if (record->kind != AuditKind::kBatch) {
    add(given_, &record->context);
    return;
  }
  if (extra != nullptr) add(*extra, &record->context);
  if (!common_context_in_.empty()) {
    record->common_context_in = common_context_in_;
    return;
  }
  add(given_, &record->common_context);
  if (!record->common_context.empty()) {
    common_context_in_ = record->decision_id;
  }
}

void Authorizer::Record(const Check& check, AuditKind kind,
                        const Decision& decision, const RequestContext* extra,
                        absl::string_view reason, std::string* decision_id) {
  AuditLog* const audit = call_.core().audit.get();
  if (audit == nullptr || !audit->Wants(decision.verdict)) {
    call_.core().decision_ids.Next(call_.now(), decision_id);
    return;
  }
  AuditRecord record = call_.MakeAuditRecord(kind);
  *decision_id = record.decision_id;
  if (other_.has_value()) {
    record.principal = DisplayName(*other_);
    if (!principal_is_named_) {
      record.principal_session = AuditSessionOf(*other_);
    }
  }
  record.action = std::string(check.action_text);
  record.resource = std::string(check.resource.text());
  record.resource_account = std::string(check.resource_account);
  RecordContext(extra, &record);
  if (decision.allowed()) {
    // Most lines are of these, and who may do what on what has members of its
    // own.  What a denied caller was told can be found as it was told.
    DescribeGrant(decision, &record.reason);
    record.sample_rate = audit->allow_sample_rate();
  } else {
    record.reason = std::string(reason);
  }
  record.SetDecision(decision);
  call_.WriteAudit(&record);
}

}  // namespace rolegate::service
