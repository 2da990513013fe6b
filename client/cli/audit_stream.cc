#include "client/cli/audit_stream.h"

#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/text/plural.h"

namespace rolegate::cli {
namespace {

constexpr std::uint64_t kMaxPrintedFaults = 20;

bool IsBlank(absl::string_view text) {
  return absl::StripAsciiWhitespace(text).empty();
}

}  // namespace

std::string PlacedEntry::place() const { return absl::StrCat(file, ":", line); }

absl::StatusOr<AuditEntry> ParseLogLine(LogLine line) {
  if (line.is_too_long) {
    return absl::InvalidArgumentError(
        absl::StrCat("is longer than ", kMaxLogLine, " bytes"));
  }
  absl::StatusOr<AuditEntry> entry = ParseAuditEntry(std::move(line.text));
  if (!entry.ok() && line.is_unterminated &&
      absl::IsInvalidArgument(entry.status())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "is cut off, for the log ends within it: ", entry.status().message()));
  }
  return entry;
}

absl::Status AuditStream::Open(const std::vector<std::string>& names) {
  const std::vector<std::string> none = {"-"};
  for (const std::string& name : names.empty() ? none : names) {
    auto reader = LogReader::Open(name);
    if (!reader.ok()) return reader.status();
    sources_.emplace_back().reader = *std::move(reader);
  }
  for (Source& source : sources_) Advance(&source);
  return absl::OkStatus();
}

void AuditStream::Tell(const Source& source, std::uint64_t line,
                       absl::string_view fault) {
  ++faults_;
  on_fault_(absl::StrCat(source.reader->name(), ":", line), fault);
}

void AuditStream::Advance(Source* source) {
  source->has_next = false;
  LogLine line;
  while (source->reader->Next(&line)) {
    ++lines_;
    if (!line.is_too_long && IsBlank(line.text)) continue;
    if (keeps_text_) source->next.text = line.text;
    const std::uint64_t number = line.number;
    absl::StatusOr<AuditEntry> entry = ParseLogLine(std::move(line));
    if (entry.ok()) {
      source->next.entry = *std::move(entry);
      source->next.file = source->reader->name();
      source->next.line = number;
      source->has_next = true;
      return;
    }
    if (absl::IsUnimplemented(entry.status())) {
      status_.Update(absl::UnimplementedError(
          absl::StrCat(source->reader->name(), ":", number, ": ",
                       entry.status().message())));
      return;
    }
    Tell(*source, number, entry.status().message());
    line = LogLine();
  }
  status_.Update(source->reader->status());
}

bool AuditStream::Next(PlacedEntry* entry) {
  Source* first = nullptr;
  for (Source& source : sources_) {
    if (source.has_next &&
        (first == nullptr || source.next.entry.time < first->next.entry.time)) {
      first = &source;
    }
  }
  if (first == nullptr) return false;
  *entry = std::move(first->next);
  Advance(first);
  return true;
}

void FaultPrinter::Print(absl::string_view place, absl::string_view fault) {
  if (++count_ > kMaxPrintedFaults) return;
  std::cerr << "rolegate: " << place << ": " << fault << "\n";
}

FaultPrinter::~FaultPrinter() {
  if (count_ <= kMaxPrintedFaults) return;
  std::cerr << "rolegate: and "
            << Count(count_ - kMaxPrintedFaults, "more line")
            << " that are no records\n";
}

}  // namespace rolegate::cli
