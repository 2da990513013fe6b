#include "service/answer/session_issue.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/policy/context_keys.h"
#include "engine/text/text.h"
#include "service/answer/proto_conversions.h"
#include "service/sessions/session_token.h"

namespace rolegate::service {
namespace {

// An ARN that is longer is none, and is not written whole.
constexpr std::size_t kMaxRecordedArn = 2048;

std::string ReasonOf(const ApiError& error) {
  if (error.violations.empty()) return error.message;
  return absl::StrJoin(error.violations, "; ",
                       [](std::string* out, const FieldViolation& violation) {
                         absl::StrAppend(out, violation.field, ": ",
                                         violation.description);
                       });
}

// Whether any policy had a say.
bool IsDecided(const AuditRecord& record) {
  return std::any_of(
      record.layers.begin(), record.layers.end(),
      [](const AuditRecord::LayerEntry& layer) { return layer.present; });
}

void AddKey(const SessionKey& key, AuditContext* context) {
  const std::vector<absl::string_view> values(key.values.begin(),
                                              key.values.end());
  context->AddOnce(key.name, values);
}

}  // namespace

void AddTransportKeys(const Call& call, const std::string& peer,
                      RequestContext* given) {
  if (!peer.empty()) given->Set(keys::kSourceIp, peer);
  const bool secure =
      call.listener().tls.has_value() || call.listener().address.is_unix();
  given->Set(keys::kSecureTransport, secure ? "true" : "false");
}

AuditRecord BeginSessionRecord(const Call& call, absl::string_view action,
                               const std::string& role_arn) {
  AuditRecord record = call.MakeAuditRecord(AuditKind::kAssumeRole);
  record.action = std::string(action);
  record.resource = role_arn.substr(0, kMaxRecordedArn);
  if (call.snapshot() != nullptr) {
    record.user_id = UserIdOf(call.caller().subject, *call.snapshot());
  }
  return record;
}

Refusal EndSessionRecord(const Call& call, Refusal refusal,
                         AuditRecord record) {
  RecordRefusal(refusal, &record);
  call.WriteAudit(&record);
  return refusal;
}

void RecordOutcome(const AssumeRoleOutcome& outcome, AuditRecord* record) {
  if (outcome.decisions.empty()) return;
  const ActionDecision* deciding = &outcome.decisions.front();
  for (const ActionDecision& decision : outcome.decisions) {
    if (decision.decision.allowed()) continue;
    deciding = &decision;
    record->refused_action = decision.action;
    break;
  }
  record->SetDecision(deciding->decision);
  if (!record->reason.empty()) return;
  record->lacking =
      std::string(CutToBytes(outcome.lacking, kMaxRecordedLacking));
  if (outcome.role == nullptr) {
    record->reason = std::string(kUnknownRole);
  } else if (deciding->decision.reason == Reason::kBudgetExceeded) {
    record->reason = std::string(kTooManySteps);
  }
}

void RecordContext(const AssumeRoleInput& input, const RequestContext& given,
                   absl::Span<const SessionKey> identity_keys,
                   const AssumeRoleOutcome& outcome, AuditRecord* record) {
  if (outcome.decisions.empty()) return;
  AuditContext& context = record->context;
  for (const SessionKey& key : identity_keys) AddKey(key, &context);
  given.ForEach([&](const ContextKey& key, const ContextValues& values) {
    context.AddOnce(key.name,
                    absl::MakeConstSpan(values.begin(), values.size()));
  });
  const auto add = [&](absl::string_view key, absl::string_view value) {
    if (!value.empty()) context.AddOnce(key, {value});
  };
  const auto add_all = [&](absl::string_view key,
                           const std::vector<absl::string_view>& values) {
    if (!values.empty()) context.AddOnce(key, values);
  };
  add(keys::kRoleSessionName.name, input.role_session_name);
  add(keys::kExternalId.name, input.external_id.value_or(""));
  add("sts:SourceIdentity", input.source_identity.value_or(""));
  if (input.duration_seconds.has_value()) {
    add("sts:DurationSeconds", absl::StrCat(*input.duration_seconds));
  }
  std::vector<absl::string_view> tag_keys;
  for (const Tag& tag : input.tags) {
    tag_keys.push_back(tag.key);
    context.AddOnce(absl::StrCat(keys::kRequestTag.name, tag.key), {tag.value});
  }
  add_all(keys::kTagKeys.name, tag_keys);
  add_all(keys::kTransitiveTagKeys.name,
          {input.transitive_tag_keys.begin(), input.transitive_tag_keys.end()});
}

void RecordRefusal(const Refusal& refusal, AuditRecord* record) {
  if (!refusal.has_value()) return;
  record->error = refusal->code;
  if (record->reason.empty() && !IsDecided(*record)) {
    record->reason = ReasonOf(*refusal);
  }
  if (record->decision == Verdict::kAllow) {
    record->decision = Verdict::kImplicitDeny;
  }
}

Refusal IssueSession(const Call& call, RoleSession session,
                     v1::Credentials* credentials, v1::AssumedRoleUser* user,
                     std::string* source_identity, int* packed_policy_size,
                     AuditRecord* record) {
  SessionVerifier& sessions = call.core().sessions;
  const std::shared_ptr<const SigningKeys> keys = call.core().keys->signing();
  const absl::StatusOr<MintedToken> minted =
      MintToken(&session, sessions.parties(), keys->signer());
  if (!minted.ok()) {
    return ApiError{absl::IsInvalidArgument(minted.status())
                        ? ErrorCode::kPackedPolicyTooLarge
                        : ErrorCode::kInternalFailure,
                    std::string(minted.status().message()),
                    {}};
  }
  sessions.Remember(minted->token, keys, call.now());
  credentials->set_access_key_id(session.access_key_id);
  credentials->set_session_token(minted->token);
  *credentials->mutable_expiration() = ToProto(session.expires_at);
  user->set_assumed_role_id(session.assumed_role_id());
  user->set_arn(session.arn());
  *packed_policy_size = minted->packed_policy_size;
  *source_identity = session.source_identity;
  record->source_identity = session.source_identity;
  if (call.core().audit == nullptr) return std::nullopt;
  record->issued = {session.access_key_id, session.role_arn,
                    session.session_name};
  record->assumed_role_id = user->assumed_role_id();
  record->assumed_role_arn = user->arn();
  record->issued_tags.AddTags(session.tags);
  record->issued_policy = session.policy;
  record->issued_policy_arns = absl::StrJoin(session.policy_arns, ",");
  record->issued_transitive_tag_keys =
      absl::StrJoin(session.transitive_tag_keys, ",");
  for (const SessionKey& key : session.identity_keys) {
    AddKey(key, &record->issued_identity_keys);
  }
  record->issued_binding = std::string(BindingKindName(session.binding.kind));
  record->issued_until = session.expires_at;
  return std::nullopt;
}

}  // namespace rolegate::service
