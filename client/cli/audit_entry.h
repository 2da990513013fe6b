// A line of the audit log as it is read back (docs/audit-log.md).

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_ENTRY_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/decide/decision.h"
#include "engine/json/json_document.h"

namespace rolegate::cli {

enum class EntryKind : std::uint8_t {
  kAuthorize,
  kBatch,
  kAssumeRole,
  kAdministration,
  kAuthentication,
  kAuditLoss,
  kUnknown,  // of a later version
};

// A session as records name it; empty texts for one that is not there.
struct EntrySession {
  absl::string_view access_key_id;
  absl::string_view role_arn;
  absl::string_view session_name;

  bool is_named() const { return !access_key_id.empty() || !role_arn.empty(); }
};

// A condition key or a tag with its values.
struct EntryKey {
  absl::string_view name;
  std::vector<absl::string_view> values;
};
using EntryKeys = std::vector<EntryKey>;

struct EntryStatement {
  absl::string_view policy;
  absl::string_view sid;
  absl::string_view file;
  int index = -1;  // -1: no statement decided
};

// What a record says.  Texts are empty for members that are not there, and
// views into `json`.  Movable, for views do not move with it.
struct AuditEntry {
  std::unique_ptr<JsonDocument> json;
  std::size_t line_bytes = 0;

  absl::Time time;
  EntryKind kind = EntryKind::kUnknown;
  absl::string_view kind_name;
  absl::string_view decision_id;
  absl::string_view trace_id;
  absl::string_view caller;
  absl::string_view presenter;
  absl::string_view peer;
  EntrySession session;
  EntryKeys caller_tags;
  absl::string_view principal;
  EntrySession principal_session;

  absl::string_view action;
  absl::string_view resource;
  absl::string_view resource_account;
  EntryKeys context;
  EntryKeys common_context;
  absl::string_view common_context_in;

  std::optional<Verdict> decision;
  absl::string_view reason;
  absl::string_view lacking;
  EntryStatement statement;
  bool has_layers = false;  // whether any policy had a say
  absl::string_view refused_action;
  absl::string_view error;

  absl::string_view source_identity;
  EntrySession issued;
  absl::Time issued_until;
  EntryKeys issued_tags;
  absl::string_view issued_policy;
  absl::string_view issued_policy_arns;
  absl::string_view issued_transitive_tag_keys;
  EntryKeys issued_identity_keys;
  absl::string_view issued_binding;

  absl::string_view registry_revision;
  std::int64_t lost = 0;    // records, of `audit_loss`
  double weight = 1;        // how many records it stands for, an estimate
  bool is_sampled = false;  // `weight` is not 1 for sure
  std::vector<std::string> masked;  // JSON pointers

  // Who asked: `principal`, else the session's ARN or the caller.
  absl::string_view who() const {
    return principal.empty() ? caller : principal;
  }
};

// Reads a line.  kInvalidArgument for one that is no record: no JSON, nested
// too deep, no UTF-8, with a member twice or of a wrong type.  kUnimplemented
// for a line of CloudTrail's format.
absl::StatusOr<AuditEntry> ParseAuditEntry(std::string line);

// Whether a mask took the value that the pointer names, or what it is part of.
// Letter case does not count.
bool IsMasked(const AuditEntry& entry, absl::string_view pointer);

// The members of an object that masks took, whole or in part: `aws:SourceIp`
// for `/context/aws:SourceIp/0` below `/context`.
std::vector<std::string> MaskedMembers(const AuditEntry& entry,
                                       absl::string_view object);

// Whether the server or a mask put something else in the place of a text, or of
// a part of it.
bool IsReplaced(absl::string_view text);

// Reads an instant as records have it, RFC 3339.
std::optional<absl::Time> ParseTimestamp(absl::string_view text);

// "2026-11-02T10:00:00Z", with milliseconds if there are any.
std::string ShowTime(absl::Time time);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_ENTRY_H_
