#include "service/audit/audit_record.h"

#include <cstddef>

#include "engine/program/policy.h"
#include "service/audit/audit_line.h"

namespace rolegate::service {
namespace {

void AppendSessionMembers(const AuditSession& session, AuditLine* line) {
  line->Text("access_key_id", session.access_key_id);
  line->Text("role_arn", session.role_arn);
  line->Text("session_name", session.session_name);
}

void AppendSession(absl::string_view key, const AuditSession& session,
                   AuditLine* line) {
  if (session.access_key_id.empty() && session.role_arn.empty()) return;
  line->Object(key);
  AppendSessionMembers(session, line);
  line->End();
}

void AppendIssued(const AuditRecord& record, AuditLine* line) {
  if (record.issued.access_key_id.empty()) return;
  line->Object("issued");
  AppendSessionMembers(record.issued, line);
  line->Time("expires_at", record.issued_until);
  line->Context("tags", record.issued_tags);
  line->Text("policy", record.issued_policy);
  line->Text("policy_arns", record.issued_policy_arns);
  line->Text("transitive_tag_keys", record.issued_transitive_tag_keys);
  line->Context("identity_keys", record.issued_identity_keys);
  line->Text("binding", record.issued_binding);
  line->End();
}

}  // namespace

absl::string_view AuditKindName(AuditKind kind) {
  switch (kind) {
    case AuditKind::kAuthorize:
      return "authorize";
    case AuditKind::kBatch:
      return "batch";
    case AuditKind::kAssumeRole:
      return "assume_role";
    case AuditKind::kAdministration:
      return "administration";
    case AuditKind::kAuthentication:
      return "authentication";
  }
  return "authorize";
}

void AuditRecord::SetDecision(const Decision& from) {
  decision = from.verdict;
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    layers[i] = {from.layers[i].present, from.layers[i].verdict};
  }
  if (const StatementRef deciding = from.deciding()) {
    policy = std::string(deciding.policy->name());
    file = deciding.policy->file();
    statement_index = deciding.index;
    sid = std::string(deciding.view().sid());
  }
}

void AppendDecision(const AuditRecord& record, AuditLine* line) {
  line->Word("decision", VerdictName(record.decision));
  line->Text("reason", record.reason);
  line->Text("lacking", record.lacking);
  if (record.statement_index >= 0) {
    line->Object("statement");
    line->Text("policy", record.policy);
    line->Text("sid", record.sid);
    line->Int("index", record.statement_index);
    line->Text("file", record.file);
    line->End();
  }
  line->Object("layers");
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    if (!record.layers[i].present) continue;
    line->Word(LayerName(static_cast<Layer>(i)),
               VerdictName(record.layers[i].verdict));
  }
  line->End();
  line->Text("refused_action", record.refused_action);
}

void AppendMeasure(const AuditRecord& record, AuditLine* line) {
  if (record.count > 1) {
    line->Time("first_at", record.first_time);
    line->Int("count", static_cast<std::int64_t>(record.count));
  }
  if (record.sample_rate < 1) line->Double("sample_rate", record.sample_rate);
  if (!record.registry_revision.empty()) {
    line->Word("registry_revision", record.registry_revision);
  }
  line->Int("duration_us", absl::ToInt64Microseconds(record.duration));
}

void AppendAuditLine(const AuditRecord& record, const AuditMasks& masks,
                     std::string* out) {
  AuditLine line(masks, out);
  line.Time("timestamp", record.time);
  line.Word("kind", AuditKindName(record.kind));
  line.Text("decision_id", record.decision_id);
  line.Text("trace_id", record.trace_id);
  line.Text("caller", record.caller);
  line.Text("presenter", record.presenter);
  line.Text("peer", record.peer);
  line.Text("listener", record.listener);
  AppendSession("session", record.session, &line);
  line.Context("caller_tags", record.caller_tags);
  line.Text("principal", record.principal);
  AppendSession("principal_session", record.principal_session, &line);
  line.Text("action", record.action);
  if (record.kind == AuditKind::kAssumeRole) {
    line.Arn("resource", record.resource);
  } else {
    line.Text("resource", record.resource);
  }
  line.Text("resource_account", record.resource_account);
  line.Context("context", record.context);
  line.Context("common_context", record.common_context);
  line.Text("common_context_in", record.common_context_in);
  AppendDecision(record, &line);
  line.Text("error", record.error.has_value() ? ErrorName(*record.error) : "");
  line.Text("source_identity", record.source_identity);
  AppendIssued(record, &line);
  AppendMeasure(record, &line);
  line.Finish();
  out->push_back('\n');
}

absl::Span<const MaskableMember> MaskableMembers() {
  static constexpr MaskableMember kMembers[] = {
      {"caller"},
      {"presenter"},
      {"peer"},
      {"listener"},
      {"session", true},
      {"principal"},
      {"caller_tags", true},
      {"principal_session", true},
      {"action"},
      {"resource"},
      {"resource_account"},
      {"context", true},
      {"common_context", true},
      {"reason"},
      {"lacking"},
      {"statement", true},
      {"refused_action"},
      {"error"},
      {"source_identity"},
      {"issued", true},
      {"trace_id"},
  };
  return kMembers;
}

}  // namespace rolegate::service
