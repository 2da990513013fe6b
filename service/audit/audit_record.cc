#include "service/audit/audit_record.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/program/policy.h"
#include "service/base/json_line.h"
#include "service/base/redact.h"

namespace rolegate::service {
namespace {

// The one way into a line: no text that a caller can choose gets there without
// being looked at for secrets, whoever made the record.
class AuditLine {
 public:
  explicit AuditLine(std::string* out) : out_(out) {}

  // An empty text is left out.
  void Text(absl::string_view key, absl::string_view value) {
    if (value.empty()) return;
    if (HoldsSecret(value)) {
      out_.Text(key, Redact(value));
    } else {
      out_.Text(key, value);
    }
  }
  // A word of ours, or what cannot be a secret.
  void Word(absl::string_view key, absl::string_view value) {
    out_.Text(key, value);
  }
  // A text that was given as an ARN and is not one may be anything, even a code
  // of an MFA device or a password.
  void Arn(absl::string_view key, absl::string_view value) {
    Text(key,
         value.empty() || absl::StartsWith(value, "arn:") ? value : kNoArn);
  }
  void Int(absl::string_view key, std::int64_t value) { out_.Int(key, value); }
  // What AuditContext::json wrote.
  void Context(absl::string_view key, absl::string_view json) {
    if (!json.empty()) out_.Json(key, json);
  }
  void Object(absl::string_view key) { out_.Object(key); }
  void End() { out_.End(); }
  void Finish() { out_.Finish(); }

  void Session(absl::string_view key, const AuditSession& session) {
    if (session.access_key_id.empty() && session.role_arn.empty()) return;
    Object(key);
    SessionMembers(session);
    End();
  }
  void Issued(const AuditRecord& record) {
    if (record.issued.access_key_id.empty()) return;
    Object("issued");
    SessionMembers(record.issued);
    Word("expires_at", FormatTimestamp(record.issued_until));
    Context("tags", record.issued_tags);
    Text("policy", record.issued_policy);
    Text("policy_arns", record.issued_policy_arns);
    Text("transitive_tag_keys", record.issued_transitive_tag_keys);
    Context("identity_keys", record.issued_identity_keys);
    Text("binding", record.issued_binding);
    End();
  }

 private:
  static constexpr absl::string_view kNoArn = "[no ARN]";

  void SessionMembers(const AuditSession& session) {
    Text("access_key_id", session.access_key_id);
    Text("role_arn", session.role_arn);
    Text("session_name", session.session_name);
  }

  JsonObjectWriter out_;
};

}  // namespace

void AuditContext::Add(absl::string_view key,
                       absl::Span<const absl::string_view> values) {
  if (!added_.insert(absl::AsciiStrToLower(key)).second) return;
  const auto append = [this](absl::string_view text) {
    AppendJsonString(HoldsSecret(text) ? Redact(text) : std::string(text),
                     &members_);
  };
  members_ += members_.empty() ? "" : ",";
  append(key);
  members_ += ":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) members_ += ',';
    append(values[i]);
  }
  members_ += ']';
}

std::string AuditContext::json() const {
  return empty() ? "" : absl::StrCat("{", members_, "}");
}

std::string TagsJson(absl::Span<const Tag> tags) {
  if (tags.empty()) return "";
  AuditContext context;
  for (const Tag& tag : tags) context.Add(tag.key, {tag.value});
  return context.json();
}

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

void AppendAuditLine(const AuditRecord& record, std::string* out) {
  AuditLine line(out);
  line.Word("timestamp", FormatTimestamp(record.time));
  line.Word("kind", AuditKindName(record.kind));
  line.Text("decision_id", record.decision_id);
  line.Text("trace_id", record.trace_id);
  line.Text("caller", record.caller);
  line.Text("presenter", record.presenter);
  line.Text("peer", record.peer);
  line.Text("listener", record.listener);
  line.Session("session", record.session);
  line.Context("caller_tags", record.caller_tags);
  line.Text("principal", record.principal);
  line.Session("principal_session", record.principal_session);
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
  line.Word("decision", VerdictName(record.decision));
  line.Text("reason", record.reason);
  line.Text("lacking", record.lacking);
  if (record.statement_index >= 0) {
    line.Object("statement");
    line.Text("policy", record.policy);
    line.Text("sid", record.sid);
    line.Int("index", record.statement_index);
    line.Text("file", record.file);
    line.End();
  }
  line.Object("layers");
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    if (!record.layers[i].present) continue;
    line.Word(LayerName(static_cast<Layer>(i)),
              VerdictName(record.layers[i].verdict));
  }
  line.End();
  line.Text("refused_action", record.refused_action);
  line.Text("error", record.error.has_value() ? ErrorName(*record.error) : "");
  line.Text("source_identity", record.source_identity);
  line.Issued(record);
  if (record.count > 1) {
    line.Word("first_at", FormatTimestamp(record.first_time));
    line.Int("count", static_cast<std::int64_t>(record.count));
  }
  line.Text("registry_revision", record.registry_revision);
  line.Int("duration_us", absl::ToInt64Microseconds(record.duration));
  line.Finish();
  out->push_back('\n');
}

}  // namespace rolegate::service
