// One line of the audit log.

#ifndef ROLEGATE_SERVICE_AUDIT_AUDIT_RECORD_H_
#define ROLEGATE_SERVICE_AUDIT_AUDIT_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/decide/decision.h"
#include "engine/sts/error_code.h"
#include "service/audit/audit_context.h"
#include "service/audit/audit_line.h"
#include "service/audit/audit_masks.h"

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
  // The tags that whoever identified a caller without a session stated.
  AuditContext caller_tags;
  std::string user_id;  // assume_role only: aws:userid of the caller

  std::string principal;           // decided for, if it is not the caller
  AuditSession principal_session;  // of `principal`, if its token was passed on
  std::string action;
  std::string resource;          // of assume_role: the role
  std::string resource_account;  // if the request names it

  // The condition keys that came with the question.  Of a batch these are the
  // keys of the check alone, which stand over the common ones.  The first
  // record of a batch has the common ones, and the others name that record.
  AuditContext context;
  AuditContext common_context;
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
  AuditSession issued;           // the session that was issued
  std::string assumed_role_id;   // of it: `AROA…:name`
  std::string assumed_role_arn;  // of it: `arn:aws:sts::…`
  AuditContext issued_tags;
  std::string issued_policy;               // its session policy
  std::string issued_policy_arns;          // with commas between them
  std::string issued_transitive_tag_keys;  // with commas between them
  AuditContext issued_identity_keys;
  std::string issued_binding;  // as BindingKindName has it
  absl::Time issued_until;

  std::string registry_revision;
  absl::Duration duration;

  // Which share of the records of its kind the log keeps, if it keeps only
  // some: above 0, at most 1.
  double sample_rate = 1;

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
void AppendAuditLine(const AuditRecord& record, const AuditMasks& masks,
                     std::string* out);

// The parts of a line that other formats have, too: what was decided and why;
// how many calls the record stands for, which registry decided and how long it
// took.
void AppendDecision(const AuditRecord& record, AuditLine* line);
void AppendMeasure(const AuditRecord& record, AuditLine* line);

// The members that masks may leave out.  All others say what a line is.
absl::Span<const MaskableMember> MaskableMembers();

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_AUDIT_RECORD_H_
