// Which records of an audit log somebody wants to see.

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_FILTER_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_FILTER_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/audit_entry.h"

namespace rolegate::cli {

// Matches a text by a pattern of IAM, with `*` and `?`.  In an ARN's first five
// parts no wildcard takes a colon, if the pattern is an ARN's, too.
bool MatchesPattern(absl::string_view pattern, absl::string_view text);

// Reads a time: RFC 3339, a day such as `2026-11-02`, or how long before `now`
// it was: `90s`, `15m`, `1h30m`, `7d`.
std::optional<absl::Time> ParseMoment(absl::string_view text, absl::Time now);

// A record matches if it matches each kind of filter that is set, by any of its
// values.
struct AuditFilter {
  std::vector<std::string> principals;  // patterns: caller, role or principal
  std::vector<std::string> actions;     // patterns, whatever their letter case
  std::vector<std::string> resources;   // patterns
  std::vector<std::string> decisions;   // ALLOW, DENY, or one of the two
  std::vector<std::string> kinds;
  std::string decision_id;
  std::string trace_id;
  std::string access_key_id;  // of a caller's, a principal's or a new session
  std::optional<absl::Time> since;
  std::optional<absl::Time> until;

  bool Matches(const AuditEntry& entry) const;
};

// The same as flags.
struct FilterFlags {
  AuditFilter filter;
  std::string since;
  std::string until;

  void AddTo(CLI::App* command);
  // Reads what is left as text.  kInvalidArgument names the flag.
  absl::Status Settle(absl::Time now);
};

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_FILTER_H_
