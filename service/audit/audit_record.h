// One line of the audit log.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_RECORD_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/decide/decision.h"
#include "engine/sts/error_code.h"
#include "engine/text/tag.h"

namespace rolegate::service {

enum class AuditKind : std::uint8_t {
  kAuthorize,       // "authorize"
  kBatch,           // "batch": one check of BatchAuthorize
  kAssumeRole,      // "assume_role"
  kAdministration,  // "administration": a rolegate: action of the service
  kAuthentication,  // "authentication": nobody knows who is calling
};
absl::string_view AuditKindName(AuditKind kind);

// A session, by what may be known of it.  There is no field for a token.
struct AuditSession {
  std::string access_key_id;  // "RGSA…"
  std::string role_arn;
  std::string session_name;
};

// Condition keys as they stand in a line, with secrets taken out.
class AuditContext {
 public:
  // A key that was added before, in whatever letter case, is left out.
  void Add(absl::string_view key, absl::Span<const absl::string_view> values);

  bool empty() const { return members_.empty(); }
  // `{"aws:SourceIp":["10.0.0.7"]}`
  std::string json() const;

 private:
  std::string members_;
  absl::flat_hash_set<std::string> added_;  // in lower case
};

// Tags in the same form; empty: none.
std::string TagsJson(absl::Span<const Tag> tags);

// Owns its texts, so that it outlives the snapshot that decided.  Fields that
// are empty are left out of the line.
struct AuditRecord {
  AuditKind kind = AuditKind::kAuthorize;
  absl::Time time;
  std::string decision_id;
  std::string trace_id;  // of the request's traceparent

  std::string caller;     // ARN, or a service principal's name
  std::string presenter;  // the connection's identity beside a bearer session
  // "ipv4:10.0.0.7:51442", "unix:uid=1000,pid=4242"; of several calls the
  // peer that limits count.
  std::string peer;
  std::string listener;  // authentication only: its address as it was set
  AuditSession session;  // the caller's

  // The tags that whoever identified a caller without a session stated, as
  // AuditContext::json writes them.
  std::string caller_tags;

  std::string principal;           // decided for, if it is not the caller
  AuditSession principal_session;  // of `principal`, if its token was passed on
  std::string action;
  std::string resource;          // of assume_role: the role
  std::string resource_account;  // if the request names it

  // The condition keys that came with the question, as AuditContext::json
  // writes them; empty: none.  Of a batch these are the keys of the check
  // alone, which stand over the common ones.  The first record of a batch has
  // the common ones, and the others name that record.
  std::string context;
  std::string common_context;
  std::string common_context_in;  // a decision_id

  Verdict decision = Verdict::kImplicitDeny;
  std::string reason;

  // The deciding statement.
  std::string policy;
  std::string sid;
  int statement_index = -1;  // -1: no statement decided
  std::string file;

  // The outcome of each layer that took part.
  struct LayerEntry {
    bool present = false;
    Verdict verdict = Verdict::kImplicitDeny;
  };
  std::array<LayerEntry, kLayerCount> layers;

  // assume_role only.
  std::string refused_action;      // "sts:TagSession": which of those needed
  std::string lacking;             // what would have had to be otherwise
  std::optional<ErrorCode> error;  // with which the call is refused
  std::string source_identity;
  AuditSession issued;                     // the session that was issued
  std::string issued_tags;                 // as AuditContext::json writes them
  std::string issued_policy;               // its session policy
  std::string issued_policy_arns;          // with commas between them
  std::string issued_transitive_tag_keys;  // with commas between them
  std::string issued_identity_keys;        // as AuditContext::json writes them
  std::string issued_binding;              // as BindingKindName has it
  absl::Time issued_until;

  std::string registry_revision;
  absl::Duration duration;

  // How many calls the record stands for, and the time of the first of them;
  // `time` is that of the last.
  std::uint64_t count = 1;
  absl::Time first_time;

  // Copies verdict, reason layer by layer and the deciding statement, which
  // points into a snapshot, into the record.
  void SetDecision(const Decision& decision);
};

// Appends the record as one JSON object and a line end.  What looks like a
// token or an assertion is taken out of every text, and of an assume_role
// record the role is left out if it is no ARN.
void AppendAuditLine(const AuditRecord& record, std::string* out);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_RECORD_H_
