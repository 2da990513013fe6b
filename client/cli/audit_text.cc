#include "client/cli/audit_text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/terminal.h"
#include "engine/text/plural.h"
#include "engine/text/printable.h"
#include "engine/text/text.h"

namespace rolegate::cli {
namespace {

constexpr std::size_t kDecisionWidth = 13;  // EXPLICIT_DENY

Colour ColourOf(Verdict verdict) {
  return verdict == Verdict::kAllow ? Colour::kGreen : Colour::kRed;
}

std::string Padded(absl::string_view word) {
  return absl::StrFormat("%-*s", static_cast<int>(kDecisionWidth), word);
}

std::string DecisionText(const AuditEntry& entry) {
  if (entry.kind == EntryKind::kAuditLoss) {
    return InColour(Colour::kYellow, Padded("LOST"));
  }
  if (!entry.decision.has_value()) return Padded("-");
  return InColour(ColourOf(*entry.decision),
                  Padded(VerdictName(*entry.decision)));
}

std::string OrDash(absl::string_view text) {
  return text.empty() ? "-" : Printable(text);
}

std::string StatementWords(const EntryStatement& statement) {
  return absl::StrCat(
      statement.sid.empty() ? absl::StrCat("statement ", statement.index)
                            : absl::StrCat("`", statement.sid, "`"),
      " of `", statement.policy, "`",
      statement.file.empty() ? "" : absl::StrCat(" (", statement.file, ")"));
}

// The part of a reason that the line does not say already.
absl::string_view Because(absl::string_view reason) {
  constexpr absl::string_view kBecause = " because ";
  const std::size_t at = reason.find(kBecause);
  return at == absl::string_view::npos ? reason
                                       : reason.substr(at + kBecause.size());
}

std::string Why(const AuditEntry& entry) {
  if (entry.kind == EntryKind::kAuditLoss) {
    return Count(static_cast<std::uint64_t>(entry.lost), "record");
  }
  std::string why;
  if (!entry.error.empty()) absl::StrAppend(&why, entry.error, ": ");
  if (entry.statement.index >= 0) {
    absl::StrAppend(&why, StatementWords(entry.statement));
  } else if (!entry.lacking.empty()) {
    absl::StrAppend(&why, "lacking: ", entry.lacking);
  } else if (!entry.reason.empty()) {
    absl::StrAppend(&why, Because(entry.reason));
  } else if (!entry.error.empty()) {
    why = std::string(entry.error);
  }
  if (!entry.issued.access_key_id.empty()) {
    absl::StrAppend(&why, ", issued ", entry.issued.access_key_id);
  }
  return why;
}

// Who asked, and for whom if that is somebody else.
std::string Who(const AuditEntry& entry) {
  if (entry.principal.empty() || entry.principal == entry.caller) {
    return OrDash(entry.caller.empty() ? entry.peer : entry.caller);
  }
  return absl::StrCat(OrDash(entry.caller), " for ", OrDash(entry.principal));
}

}  // namespace

std::string EntryText(const AuditEntry& entry) {
  return absl::StrCat(ShowTime(entry.time), "  ", DecisionText(entry), "  ",
                      Who(entry), "  ", OrDash(entry.action), "  ",
                      OrDash(entry.resource), "  ", OrDash(Why(entry)));
}

std::string SafeLine(absl::string_view line) {
  if (IsPrintable(line)) return std::string(line);
  std::string safe;
  while (!line.empty()) {
    const std::size_t size = Utf8Size(line);
    const absl::string_view character = line.substr(0, size);
    // Outside of texts JSON has only blanks, tabs and line ends.
    if (character == "\t" || character == "\r") {
      safe += ' ';
    } else if (size > 0 && IsControl(character)) {
      const std::uint32_t code =
          size == 1   ? static_cast<unsigned char>(line[0])
          : size == 2 ? (static_cast<unsigned char>(line[0]) & 0x1fu) << 6 |
                            (static_cast<unsigned char>(line[1]) & 0x3fu)
                      : 0x2000u | (static_cast<unsigned char>(line[2]) & 0x3fu);
      absl::StrAppendFormat(&safe, "\\u%04x", code);
    } else {
      absl::StrAppend(&safe, character);
    }
    line.remove_prefix(size == 0 ? 1 : size);
  }
  return safe;
}

}  // namespace rolegate::cli
