#include "service/audit_record.h"

#include "engine/policy.h"
#include "service/json_line.h"

namespace rolegate::service {
namespace {

void AppendSession(absl::string_view key, const AuditSession& session,
                   JsonObjectWriter* line) {
  if (session.access_key_id.empty() && session.role_arn.empty()) return;
  line->Object(key);
  line->TextUnlessEmpty("access_key_id", session.access_key_id);
  line->TextUnlessEmpty("role_arn", session.role_arn);
  line->TextUnlessEmpty("session_name", session.session_name);
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
  }
  return "authorize";
}

void AuditRecord::SetDecision(const Decision& from) {
  decision = from.verdict;
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    layers[i] = {from.layers[i].present, from.layers[i].verdict};
  }
  if (const StatementRef deciding = from.deciding()) {
    const Program& program = deciding.policy->program();
    policy = std::string(deciding.policy->name());
    file = deciding.policy->file();
    statement_index = deciding.index;
    sid = std::string(program.text(
        program.statements()[static_cast<std::size_t>(deciding.index)].sid));
  }
}

std::size_t AuditRecord::size_bytes() const {
  std::size_t size = sizeof(*this);
  for (const std::string* text : {&decision_id,
                                  &trace_id,
                                  &caller,
                                  &presenter,
                                  &peer,
                                  &principal,
                                  &action,
                                  &resource,
                                  &reason,
                                  &policy,
                                  &sid,
                                  &file,
                                  &refused_action,
                                  &error_code,
                                  &source_identity,
                                  &registry_revision,
                                  &session.access_key_id,
                                  &session.role_arn,
                                  &session.session_name,
                                  &issued.access_key_id,
                                  &issued.role_arn,
                                  &issued.session_name}) {
    size += text->size();
  }
  return size;
}

void AppendAuditLine(const AuditRecord& record, std::string* out) {
  JsonObjectWriter line(out);
  line.Text("timestamp", FormatTimestamp(record.time));
  line.Text("kind", AuditKindName(record.kind));
  line.TextUnlessEmpty("decision_id", record.decision_id);
  line.TextUnlessEmpty("trace_id", record.trace_id);
  line.TextUnlessEmpty("caller", record.caller);
  line.TextUnlessEmpty("presenter", record.presenter);
  line.TextUnlessEmpty("peer", record.peer);
  AppendSession("session", record.session, &line);
  line.TextUnlessEmpty("principal", record.principal);
  line.TextUnlessEmpty("action", record.action);
  line.TextUnlessEmpty("resource", record.resource);
  line.Text("decision", VerdictName(record.decision));
  line.TextUnlessEmpty("reason", record.reason);
  if (record.statement_index >= 0) {
    line.Object("statement");
    line.TextUnlessEmpty("policy", record.policy);
    line.TextUnlessEmpty("sid", record.sid);
    line.Int("index", record.statement_index);
    line.TextUnlessEmpty("file", record.file);
    line.End();
  }
  line.Object("layers");
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    if (!record.layers[i].present) continue;
    line.Text(LayerName(static_cast<Layer>(i)),
              VerdictName(record.layers[i].verdict));
  }
  line.End();
  line.TextUnlessEmpty("refused_action", record.refused_action);
  line.TextUnlessEmpty("error", record.error_code);
  line.TextUnlessEmpty("source_identity", record.source_identity);
  AppendSession("issued", record.issued, &line);
  line.TextUnlessEmpty("registry_revision", record.registry_revision);
  line.Int("duration_us", absl::ToInt64Microseconds(record.duration));
  line.Finish();
  out->push_back('\n');
}

}  // namespace rolegate::service
