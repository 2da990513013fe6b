// replay: which decisions of an audit log would flip under another registry.

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/audit_stream.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/registry_flags.h"
#include "client/cli/replay.h"
#include "client/cli/replay_report.h"
#include "client/cli/terminal.h"

namespace rolegate::cli {
namespace {

struct ReplayFlags {
  std::vector<std::string> logs;
  std::string registry;
  std::string baseline;
  RegistryFlags reading;
  std::string fail_on = "never";
  std::string output = "text";
  std::size_t max_groups = 100;
};

bool Fails(const ReplayTotals& totals, absl::string_view fail_on) {
  if (fail_on == "any") return totals.by_registry > 0;
  return fail_on == "widening" && totals.widened_by_registry > 0;
}

std::string Report(const Replay& replay, const ReplayFrame& frame,
                   absl::string_view output) {
  if (output == "json") return ReplayJson(replay, frame);
  return output == "markdown" ? ReplayMarkdown(replay, frame)
                              : ReplayText(replay, frame);
}

int RunReplay(const ReplayFlags& flags) {
  const std::shared_ptr<const Snapshot> registry =
      flags.reading.Read(flags.registry);
  if (registry == nullptr) return kUsage;
  std::shared_ptr<const Snapshot> baseline;
  if (!flags.baseline.empty()) {
    baseline = flags.reading.Read(flags.baseline);
    if (baseline == nullptr) return kUsage;
  }
  Replay replay(*registry, baseline.get(), flags.reading.access());
  FaultPrinter faults;
  AuditStream stream([&](absl::string_view place, absl::string_view fault) {
    faults.Print(place, fault);
  });
  absl::Status status = stream.Open(flags.logs);
  if (status.ok()) {
    const Progress progress("replaying the log");
    PlacedEntry placed;
    while (stream.Next(&placed)) replay.Take(std::move(placed));
    status = stream.status();
  }
  if (!status.ok()) {
    std::cerr << "rolegate: " << status.message() << "\n";
    return kUsage;
  }
  ReplayFrame frame;
  frame.revision = registry->revision();
  if (baseline != nullptr) frame.baseline_revision = baseline->revision();
  frame.lines = stream.lines();
  frame.unreadable = stream.faults();
  frame.max_groups = flags.output == "json" ? 0 : flags.max_groups;
  std::cout << Report(replay, frame, flags.output);
  if (Fails(replay.totals(), flags.fail_on)) return kFlipped;
  if (replay.totals().decided + replay.totals().not_decided() > 0) return kDone;
  std::cerr << "rolegate: the log holds no decision\n";
  return kUsage;
}

}  // namespace

void AddReplay(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "replay", "Say which decisions of an audit log would flip");
  command->footer(
      "Examples:\n"
      "  rolegate replay --log audit.log --registry roles\n"
      "  rolegate replay --log audit.log.1.gz --log audit.log "
      "--registry roles\n"
      "  rolegate replay --log - --registry roles < audit.log\n"
      "  rolegate replay --log audit.log --registry roles \\\n"
      "    --baseline deploy/demo/registry --fail-on widening\n"
      "  rolegate replay --log audit.log --registry roles --output markdown\n"
      "\n"
      "Asks no server. Every decision of the log is made again by the "
      "registry,\n"
      "as of its time. Exits with 4 if --fail-on finds what it looks for.\n"
      "docs/audit-log.md tells more.");
  auto flags = std::make_shared<ReplayFlags>();
  AddLogFlag(command, &flags->logs);
  command
      ->add_option("--registry", flags->registry,
                   "The registry's directory that decides again")
      ->required()
      ->check(CLI::ExistingDirectory);
  command
      ->add_option("--baseline", flags->baseline,
                   "The registry that decided when the log was written: tells "
                   "what this change flips from what the log cannot show")
      ->check(CLI::ExistingDirectory);
  flags->reading.AddTo(command);
  command
      ->add_option("--fail-on", flags->fail_on,
                   "Exit with 4 if the registry newly allows something "
                   "(`widening`) or flips anything (`any`); default `never`")
      ->check(CLI::IsMember({"never", "widening", "any"}));
  command->add_option("--max-groups", flags->max_groups,
                      "Print so many groups of flips, the most frequent first; "
                      "0: all, as JSON always does; default 100");
  command
      ->add_option("-o,--output", flags->output, "`text`, `json` or `markdown`")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  command->callback([flags, exit_code] { *exit_code = RunReplay(*flags); });
}

}  // namespace rolegate::cli
