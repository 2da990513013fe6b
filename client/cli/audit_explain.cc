// audit explain: why a decision of the log was made, by a registry.

#include "client/cli/audit_explain.h"

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/audit_memory.h"
#include "client/cli/audit_stream.h"
#include "client/cli/audit_text.h"
#include "client/cli/case_output.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "client/cli/reconstruction.h"
#include "client/cli/registry_flags.h"
#include "client/cli/terminal.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

struct ExplainFlags {
  std::string decision_id;
  std::vector<std::string> logs;
  std::string registry;
  RegistryFlags reading;
  std::string output = "text";
};

// A record, what the registry says about it now, and why.
struct Explained {
  Redecision now;
  CaseDecision answer;  // of the question, if there is one
  bool has_question = false;
};

Explained ExplainEntry(const AuditEntry& entry, Reconstruction& again) {
  Explained explained;
  explained.now = again.Decide(
      entry, [&](const Question& question, const Decision& decision) {
        CaseDecision& answer = explained.answer;
        explained.has_question = true;
        answer.verdict = decision.verdict;
        answer.explanation = Explain(question, decision);
        for (std::size_t i = 0; i < kLayerCount; ++i) {
          if (!decision.layers[i].present) continue;
          answer.layers[std::string(LayerName(static_cast<Layer>(i)))] =
              std::string(VerdictName(decision.layers[i].verdict));
        }
        DescribeDecision(
            decision, question.circumstances().facts().principal.arn,
            entry.refused_action.empty() ? entry.action : entry.refused_action,
            entry.resource, &answer.reason);
      });
  return explained;
}

// Whether the registry decides as the log says; the sentence that tells it.
std::string Verdicts(const AuditEntry& entry, const Redecision& now) {
  if (now.is_settled) {
    return "no policy had a say: the request was refused before";
  }
  if (!entry.decision.has_value()) return "the log does not tell the decision";
  const bool agrees = now.verdict == *entry.decision;
  return absl::StrCat(
      "the log says ", VerdictName(*entry.decision),
      agrees ? ", and so does this registry"
             : absl::StrCat(", and this registry ", VerdictName(now.verdict)));
}

// Whether it is the registry that decided.
std::string Revisions(const AuditEntry& entry, const Snapshot& registry) {
  if (entry.registry_revision.empty()) {
    return "the record names no revision of the registry";
  }
  if (entry.registry_revision == registry.revision()) {
    return "this registry is of the revision that decided";
  }
  return absl::StrCat("another revision decided: ",
                      Printable(entry.registry_revision.substr(0, 64)),
                      ", and this registry is ", registry.revision());
}

void PrintText(const PlacedEntry& placed, const Explained& explained,
               const Snapshot& registry) {
  const AuditEntry& entry = placed.entry;
  const Redecision& now = explained.now;
  std::cout << placed.place() << "\n" << EntryText(entry) << "\n";
  if (now.obstacle != Obstacle::kNone) {
    std::cout << "not decided again: " << ObstacleText(now.obstacle)
              << (now.missing.empty()
                      ? ""
                      : absl::StrCat(" (", Printable(now.missing), ")"))
              << "\n"
              << Revisions(entry, registry) << "\n";
    return;
  }
  const bool allowed = now.verdict == Verdict::kAllow;
  if (!now.is_settled) {
    std::cout << InColour(allowed ? Colour::kGreen : Colour::kRed,
                          VerdictName(now.verdict))
              << "\n";
  }
  if (!now.note.empty()) std::cout << Printable(now.note) << "\n";
  if (explained.has_question) {
    const CaseDecision& answer = explained.answer;
    std::cout << Printable(answer.reason) << "\n";
    for (const auto& [layer, verdict] : answer.layers) {
      std::cout << "  " << layer << ": " << verdict << "\n";
    }
    std::cout << ExplanationText(answer.explanation);
  }
  std::cout << Verdicts(entry, now) << "\n"
            << Revisions(entry, registry) << "\n";
}

void PrintJson(const PlacedEntry& placed, const Explained& explained,
               const Snapshot& registry) {
  const AuditEntry& entry = placed.entry;
  const Redecision& now = explained.now;
  rapidjson::StringBuffer buffer;
  JsonLine writer(buffer);
  writer.StartObject();
  WriteMember(writer, "id", entry.decision_id);
  WriteMember(writer, "place", placed.place());
  WriteMember(writer, "logged_decision",
              entry.decision.has_value() ? VerdictName(*entry.decision) : "");
  WriteMember(writer, "logged_revision", entry.registry_revision);
  WriteMember(writer, "registry_revision", registry.revision());
  WriteMember(writer, "not_decided",
              now.obstacle == Obstacle::kNone ? absl::string_view()
                                              : ObstacleName(now.obstacle));
  WriteMember(writer, "missing", now.missing);
  WriteMember(writer, "note", now.note);
  writer.Key("is_settled_without_policies");
  writer.Bool(now.is_settled);
  if (explained.has_question) {
    WriteAnswer(writer, explained.answer);
  } else if (now.obstacle == Obstacle::kNone && !now.is_settled) {
    WriteMember(writer, "decision", VerdictName(now.verdict));
  }
  writer.EndObject();
  std::cout << SafeLine(buffer.GetString()) << "\n";
}

int Complain(absl::string_view message) {
  std::cerr << "rolegate: " << message << "\n";
  return kUsage;
}

int RunExplain(const ExplainFlags& flags) {
  const std::shared_ptr<const Snapshot> registry =
      flags.reading.Read(flags.registry);
  if (registry == nullptr) return kUsage;
  FaultPrinter faults;
  AuditStream stream([&](absl::string_view place, absl::string_view fault) {
    faults.Print(place, fault);
  });
  const absl::Status opened = stream.Open(flags.logs);
  if (!opened.ok()) return Complain(opened.message());
  AuditMemory memory;
  const AccessOptions access = flags.reading.access();
  Reconstruction again(*registry, 0, access, &memory);
  PlacedEntry placed;
  while (stream.Next(&placed)) {
    const AuditEntry& entry = placed.entry;
    if (entry.decision_id != flags.decision_id) {
      memory.Learn(std::move(placed.entry));
      continue;
    }
    if (entry.kind != EntryKind::kAuthorize &&
        entry.kind != EntryKind::kBatch &&
        entry.kind != EntryKind::kAssumeRole) {
      return Complain(absl::StrCat(placed.place(),
                                   ": no registry decides a "
                                   "record of kind `",
                                   Printable(entry.kind_name.substr(0, 64)),
                                   "`"));
    }
    const Explained explained = ExplainEntry(entry, again);
    (flags.output == "json" ? PrintJson : PrintText)(placed, explained,
                                                     *registry);
    return explained.now.obstacle == Obstacle::kNone ? kDone : kFailed;
  }
  if (!stream.status().ok()) return Complain(stream.status().message());
  Complain(absl::StrCat("no record of the log has the decision_id `",
                        Printable(flags.decision_id.substr(0, 64)), "`"));
  return kFailed;
}

}  // namespace

void AddAuditExplain(CLI::App* audit, int* exit_code) {
  CLI::App* const command =
      audit->add_subcommand("explain", "Say why a decision of a log was made");
  command->footer(
      "Examples:\n"
      "  rolegate audit explain 01M8KMV7SXSBWK6WVG7WESFABC --log audit.log \\\n"
      "    --registry roles\n"
      "  rolegate audit explain 01M8KMV7SXSBWK6WVG7WESFABC --log audit.log \\\n"
      "    --registry roles -o json\n"
      "\n"
      "Asks the registry the record's question again and explains its answer\n"
      "as `rolegate simulate` does. Says so if the registry is another than\n"
      "the one that decided. Exits with 1 if the log does not hold what the\n"
      "decision follows from.");
  auto flags = std::make_shared<ExplainFlags>();
  command
      ->add_option("decision_id", flags->decision_id,
                   "The decision_id that the caller was told")
      ->required();
  AddLogFlag(command, &flags->logs);
  command
      ->add_option("--registry", flags->registry,
                   "The registry's directory that is asked")
      ->required()
      ->check(CLI::ExistingDirectory);
  flags->reading.AddTo(command);
  command->add_option("-o,--output", flags->output, "`text` or `json`")
      ->check(CLI::IsMember({"text", "json"}));
  command->callback([flags, exit_code] { *exit_code = RunExplain(*flags); });
}

}  // namespace rolegate::cli
