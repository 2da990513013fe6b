// audit tail and audit grep: what stands in an audit log, for people.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/audit_explain.h"
#include "client/cli/audit_filter.h"
#include "client/cli/audit_groups.h"
#include "client/cli/audit_stream.h"
#include "client/cli/audit_text.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/log_follower.h"
#include "client/cli/log_reader.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

constexpr std::chrono::milliseconds kLookAgain{200};
constexpr std::size_t kMaxLastLines = 1'000'000;

struct TailFlags {
  std::string file;
  std::size_t lines = 10;
  bool follow = false;
  FilterFlags filter;
  std::string output = "text";
};

struct GrepFlags {
  std::vector<std::string> files;
  bool count = false;
  FilterFlags filter;
  std::string output = "text";
};

int Complain(const absl::Status& status) {
  std::cerr << "rolegate: " << status.message() << "\n";
  return kUsage;
}

// Shows the lines of one log as they come.
class Tail {
 public:
  explicit Tail(const TailFlags& flags)
      : flags_(flags),
        name_(flags.file == "-" ? "standard input" : Printable(flags.file)) {}

  int Run() {
    // What is packed, or is no file, has no end to begin at.
    return IsPlainFile() ? RunPlain() : RunStream();
  }

 private:
  bool IsPlainFile() const {
    if (flags_.file == "-") return false;
    struct stat status {};
    if (stat(flags_.file.c_str(), &status) != 0) return true;  // it is told
    if (!S_ISREG(status.st_mode)) return false;
    unsigned char magic[2] = {0, 0};
    const int fd = open(flags_.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return true;
    const bool is_packed =
        pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    close(fd);
    return !is_packed;
  }

  int RunPlain() {
    auto follower = LogFollower::Open(flags_.file, flags_.lines);
    if (!follower.ok()) return Complain(follower.status());
    LogLine line;
    for (;;) {
      while ((*follower)->Next(&line)) {
        const std::string place =
            absl::StrCat(name_, ": the line at byte ", line.number);
        if (!Show(place, std::move(line))) return kUsage;
        line = LogLine();
      }
      if (!flags_.follow) break;
      std::cout.flush();
      if (!std::cout) return kFailed;
      if ((*follower)->WasTruncated()) {
        std::cerr << "rolegate: " << name_ << ": was cut off\n";
      }
      std::this_thread::sleep_for(kLookAgain);
    }
    if ((*follower)->TakeRest(&line) &&
        !Show(absl::StrCat(name_, ": the last line"), std::move(line))) {
      return kUsage;
    }
    return kDone;
  }

  int RunStream() {
    auto reader = LogReader::Open(flags_.file);
    if (!reader.ok()) return Complain(reader.status());
    std::deque<LogLine> last;
    LogLine line;
    while ((*reader)->Next(&line)) {
      last.push_back(std::move(line));
      line = LogLine();
      // A stream that goes on is shown as it comes.
      if (!flags_.follow && last.size() <= flags_.lines) continue;
      if (flags_.follow && !ShowNumbered(std::move(last.front()))) {
        return kUsage;
      }
      last.pop_front();
      if (flags_.follow) std::cout.flush();
    }
    for (LogLine& each : last) {
      if (!ShowNumbered(std::move(each))) return kUsage;
    }
    return (*reader)->status().ok() ? kDone : Complain((*reader)->status());
  }

  bool ShowNumbered(LogLine line) {
    const std::string place = absl::StrCat(name_, ":", line.number);
    return Show(place, std::move(line));
  }

  // False if the log is none of ours.
  bool Show(absl::string_view place, LogLine line) {
    if (!line.is_too_long && line.text.empty()) return true;
    const std::string text = flags_.output == "json" ? line.text : "";
    const absl::StatusOr<AuditEntry> entry = ParseLogLine(std::move(line));
    if (!entry.ok()) {
      std::cout.flush();
      std::cerr << "rolegate: " << place << ": " << entry.status().message()
                << "\n";
      return !absl::IsUnimplemented(entry.status());
    }
    if (!flags_.filter.filter.Matches(*entry)) return true;
    std::cout << (flags_.output == "json" ? SafeLine(text) : EntryText(*entry))
              << "\n";
    return true;
  }

  const TailFlags& flags_;
  const std::string name_;
};

int RunTail(TailFlags& flags) {
  if (const absl::Status status = flags.filter.Settle(absl::Now());
      !status.ok()) {
    return Complain(status);
  }
  return Tail(flags).Run();
}

int RunGrep(GrepFlags& flags) {
  if (const absl::Status status = flags.filter.Settle(absl::Now());
      !status.ok()) {
    return Complain(status);
  }
  const bool json = flags.output == "json";
  FaultPrinter faults;
  AuditStream stream(
      [&](absl::string_view place, absl::string_view fault) {
        faults.Print(place, fault);
      },
      /*keeps_text=*/json && !flags.count);
  absl::Status status = stream.Open(flags.files);
  if (!status.ok()) return Complain(status);
  AuditGroups groups;
  std::uint64_t found = 0;
  PlacedEntry placed;
  while (stream.Next(&placed)) {
    if (!flags.filter.filter.Matches(placed.entry)) continue;
    ++found;
    if (flags.count) {
      groups.Add(placed.entry);
    } else {
      std::cout << (json ? SafeLine(placed.text) : EntryText(placed.entry))
                << "\n";
    }
  }
  if (flags.count) std::cout << (json ? groups.Json() : groups.Text());
  if (!stream.status().ok()) return Complain(stream.status());
  return found > 0 ? kDone : kFailed;
}

void AddOutput(CLI::App* command, std::string* output, const char* text) {
  command->add_option("-o,--output", *output, text)
      ->check(CLI::IsMember({"text", "json"}));
}

void AddTail(CLI::App* audit, int* exit_code) {
  CLI::App* const command =
      audit->add_subcommand("tail", "Show the end of an audit log");
  command->footer(
      "Examples:\n"
      "  rolegate audit tail audit.log\n"
      "  rolegate audit tail -n 100 --decision DENY audit.log\n"
      "  rolegate audit tail -o json < audit.log\n"
      "\n"
      "-f goes on with what is written later, also after the log was rotated.\n"
      "The filters are those of `rolegate audit grep`, among the last lines.");
  auto flags = std::make_shared<TailFlags>();
  flags->file = "-";
  command->add_option("file", flags->file,
                      "The log, packed by gzip or not; none or `-`: standard "
                      "input");
  command
      ->add_option("-n,--lines", flags->lines,
                   "So many of the last lines; default 10")
      ->check(CLI::Range(std::size_t{0}, kMaxLastLines));
  command->add_flag("-f,--follow", flags->follow,
                    "Go on with what is written later");
  flags->filter.AddTo(command);
  AddOutput(command, &flags->output,
            "`text`, or `json`: the lines as they stand in the log");
  command->callback([flags, exit_code] { *exit_code = RunTail(*flags); });
}

void AddGrep(CLI::App* audit, int* exit_code) {
  CLI::App* const command =
      audit->add_subcommand("grep", "Show the records that match filters");
  command->footer(
      "Examples:\n"
      "  rolegate audit grep --decision DENY audit.log\n"
      "  rolegate audit grep --principal '*/Reader*' --action 's3:Get*' "
      "audit.log\n"
      "  rolegate audit grep --since 2026-11-01 --until 2026-12-01 "
      "audit.log.1.gz audit.log\n"
      "  rolegate audit grep --kind assume_role -o json audit.log\n"
      "  rolegate audit grep --count audit.log\n"
      "\n"
      "A record is shown if it matches each kind of filter by any of its\n"
      "values. Patterns have `*` and `?`, as in policies. Several logs are\n"
      "merged by time. --since 1h is an hour ago. Exits with 1 if nothing\n"
      "matches.");
  auto flags = std::make_shared<GrepFlags>();
  command->add_option("files", flags->files,
                      "The logs, packed by gzip or not; none or `-`: standard "
                      "input");
  flags->filter.AddTo(command);
  command->add_flag("--count", flags->count,
                    "Count by decision, principal and action instead");
  AddOutput(command, &flags->output,
            "`text`, or `json`: the lines as they stand in the log, or with "
            "--count an array");
  command->callback([flags, exit_code] { *exit_code = RunGrep(*flags); });
}

}  // namespace

void AddAudit(CLI::App* app, int* exit_code) {
  CLI::App* const command =
      app->add_subcommand("audit", "Read an audit log without a server");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  rolegate audit tail audit.log\n"
      "  rolegate help audit grep\n"
      "docs/audit-log.md tells what records say.");
  AddTail(command, exit_code);
  AddGrep(command, exit_code);
  AddAuditExplain(command, exit_code);
}

}  // namespace rolegate::cli
