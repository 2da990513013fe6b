// A record of the audit log as one line for people.

#ifndef ROLEGATE_CLIENT_CLI_AUDIT_TEXT_H_
#define ROLEGATE_CLIENT_CLI_AUDIT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/cli/audit_entry.h"

namespace rolegate::cli {

// "TIME  DECISION  WHO  ACTION  RESOURCE  WHY", in colour on a terminal,
// without a line end and without control characters of the record.
std::string EntryText(const AuditEntry& entry);

// The line as it stands in the log.  Characters that control a terminal and
// that JSON allows in a text are escaped as JSON does.
std::string SafeLine(absl::string_view line);

}  // namespace rolegate::cli

#endif  // ROLEGATE_CLIENT_CLI_AUDIT_TEXT_H_
