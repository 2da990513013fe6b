// simulate and test: decide the cases of files, without a server.

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "client/cli/case_evaluator.h"
#include "client/cli/case_reader.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_output.h"
#include "client/cli/offline_registry.h"

namespace rolegate::cli {
namespace {

struct CaseFlags {
  std::vector<std::string> files;
  std::string registry;
};

// The registry of --registry; null in `*snapshot` without the flag.  False,
// with its faults printed, if it does not load.
bool LoadRegistry(const std::string& dir,
                  std::shared_ptr<const Snapshot>* snapshot) {
  if (dir.empty()) return true;
  RegistryOptions options;
  options.dir = dir;
  const OfflineRegistry read = ReadRegistry(options);
  if (read.snapshot == nullptr) {
    for (const Diagnostic& fault : read.diagnostics) {
      std::cerr << "rolegate: " << ToString(fault) << "\n";
    }
    return false;
  }
  *snapshot = read.snapshot;
  return true;
}

void Complain(const absl::Status& status) {
  std::cerr << "rolegate: " << std::string(status.message()) << "\n";
}

void WriteError(JsonLine& writer, absl::string_view code,
                absl::string_view message, absl::string_view policy,
                absl::string_view path, Position position) {
  writer.Key("error");
  writer.StartObject();
  WriteMember(writer, "code", code);
  WriteMember(writer, "message", message);
  WriteMember(writer, "policy", policy);
  WriteMember(writer, "path", path);
  writer.Key("line");
  writer.Int(position.line);
  writer.Key("column");
  writer.Int(position.column);
  writer.EndObject();
}

// The members of a StatementReference of the API.
void WriteStatement(JsonLine& writer, Layer layer,
                    const StatementRef& statement) {
  const Policy& policy = *statement.policy;
  WriteMember(writer, "layer", LayerName(layer));
  WriteMember(writer, "policy", policy.name());
  WriteMember(writer, "sid", policy.program().text(statement.code().sid));
  writer.Key("index");
  writer.Int(statement.index);
  WriteMember(writer, "file", policy.source().file);
  writer.Key("line");
  writer.Int(statement.code().position.line);
}

void WriteExplanation(JsonLine& writer, const Explanation& explanation) {
  writer.Key("matched_statements");
  writer.StartArray();
  for (const MatchedStatement& matched : explanation.matched) {
    writer.StartObject();
    WriteStatement(writer, matched.layer, matched.statement);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Key("near_misses");
  writer.StartArray();
  for (const NearMiss& miss : explanation.near_misses) {
    writer.StartObject();
    WriteStatement(writer, miss.layer, miss.statement);
    WriteMember(writer, "cause", miss.cause);
    writer.EndObject();
  }
  writer.EndArray();
  writer.Key("missing_context_keys");
  writer.StartArray();
  for (const std::string& key : explanation.missing_context_keys) {
    WriteText(writer, key);
  }
  writer.EndArray();
  WriteMember(writer, "lacking", explanation.lacking);
}

void WriteAnswer(JsonLine& writer, const CaseAnswer& answer) {
  if (const CaseError* const error = std::get_if<CaseError>(&answer)) {
    const Diagnostic& diagnostic = error->diagnostic;
    WriteError(writer, diagnostic.code, diagnostic.message, error->policy,
               diagnostic.path, diagnostic.position);
    return;
  }
  const CaseDecision& decision = std::get<CaseDecision>(answer);
  WriteMember(writer, "decision", VerdictName(decision.verdict));
  WriteMember(writer, "reason", decision.reason);
  writer.Key("layers");
  writer.StartObject();
  for (const auto& [layer, verdict] : decision.layers) {
    WriteMember(writer, layer.c_str(), verdict);
  }
  writer.EndObject();
  WriteExplanation(writer, decision.explanation);
}

// Prints the answer of one case.  False if the text is no case.
bool Simulate(const CaseText& text, const Snapshot* registry) {
  std::string id;
  const absl::StatusOr<Case> parsed = ParseCase(text.text, text.place, &id);
  absl::StatusOr<CaseAnswer> answer =
      parsed.ok() ? Evaluate(*parsed, registry) : parsed.status();
  rapidjson::StringBuffer buffer;
  JsonLine writer(buffer);
  writer.StartObject();
  WriteMember(writer, "id", id);
  if (answer.ok()) {
    WriteAnswer(writer, *answer);
  } else {
    WriteError(writer, "InvalidCase", answer.status().message(), "", "", {});
  }
  writer.EndObject();
  std::cout << buffer.GetString() << "\n";
  return answer.ok();
}

int RunSimulate(const CaseFlags& flags) {
  std::shared_ptr<const Snapshot> registry;
  if (!LoadRegistry(flags.registry, &registry)) return kUsage;
  bool all_answered = true;
  const auto simulate = [&](const std::vector<CaseText>& texts) {
    for (const CaseText& text : texts) {
      all_answered &= Simulate(text, registry.get());
    }
  };
  if (flags.files.empty()) simulate(ReadCaseLines(std::cin, "standard input"));
  for (const std::string& file : flags.files) {
    const auto texts = file == "-" ? ReadCaseLines(std::cin, "standard input")
                                   : ReadCaseFile(file);
    if (texts.ok()) {
      simulate(*texts);
    } else {
      Complain(texts.status());
      all_answered = false;
    }
  }
  return all_answered ? kDone : kUsage;
}

class TestRun {
 public:
  explicit TestRun(const Snapshot* registry) : registry_(registry) {}

  void RunFile(const std::string& path) {
    const auto texts = ReadCaseFile(path);
    if (!texts.ok()) return Unreadable(texts.status());
    for (const CaseText& text : *texts) RunCase(text);
  }

  void Unreadable(const absl::Status& status) {
    Complain(status);
    unreadable_ = true;
  }

  int Finish() const {
    std::cout << agree_ << " of " << agree_ + differ_ << " cases agree\n";
    if (unreadable_ || agree_ + differ_ == 0) return kUsage;
    return differ_ == 0 ? kDone : kFailed;
  }

 private:
  void RunCase(const CaseText& text) {
    std::string id;
    const absl::StatusOr<Case> parsed = ParseCase(text.text, text.place, &id);
    if (!parsed.ok()) return Unreadable(parsed.status());
    if (const auto [it, fresh] = places_.emplace(id, text.place); !fresh) {
      return Unreadable(absl::InvalidArgumentError(
          absl::StrCat(text.place, " id `", id, "` is that of ", it->second)));
    }
    if (parsed->expect != "ALLOW" && parsed->expect != "EXPLICIT_DENY" &&
        parsed->expect != "IMPLICIT_DENY" && parsed->expect != "INVALID") {
      return Unreadable(absl::InvalidArgumentError(
          absl::StrCat(text.place, " expect: `", parsed->expect,
                       "` is neither a decision nor `INVALID`")));
    }
    const absl::StatusOr<CaseAnswer> answer = Evaluate(*parsed, registry_);
    if (!answer.ok()) return Unreadable(answer.status());
    const std::string found = AnswerName(*answer);
    if (found == parsed->expect) {
      ++agree_;
      return;
    }
    ++differ_;
    std::cout << text.place << " " << id << ": expected " << parsed->expect
              << ", found " << found;
    if (const CaseError* const error = std::get_if<CaseError>(&*answer)) {
      std::cout << ": " << ToString(error->diagnostic);
    } else {
      std::cout << ": " << std::get<CaseDecision>(*answer).reason;
    }
    std::cout << "\n";
  }

  const Snapshot* const registry_;
  absl::flat_hash_map<std::string, std::string> places_;  // by id
  std::size_t agree_ = 0;
  std::size_t differ_ = 0;
  bool unreadable_ = false;
};

int RunTest(const CaseFlags& flags) {
  std::shared_ptr<const Snapshot> registry;
  if (!LoadRegistry(flags.registry, &registry)) return kUsage;
  TestRun run(registry.get());
  for (const std::string& path : flags.files) {
    const auto files = FindCaseFiles(path);
    if (!files.ok()) {
      run.Unreadable(files.status());
      continue;
    }
    for (const std::string& file : *files) run.RunFile(file);
  }
  return run.Finish();
}

}  // namespace

void AddSimulate(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "simulate", "Decide cases and print the answers, one JSON object a line");
  command->footer(
      "Examples:\n"
      "  rolegate simulate cases.ndjson\n"
      "  rolegate simulate --registry deploy/demo/registry < cases.ndjson");
  auto flags = std::make_shared<CaseFlags>();
  command->add_option("files", flags->files,
                      "Case files; none or `-`: standard input");
  command->add_option("--registry", flags->registry,
                      "Take the policies from this directory");
  command->callback([flags, exit_code] { *exit_code = RunSimulate(*flags); });
}

void AddTest(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "test", "Decide cases and compare with what they expect");
  command->footer(
      "Examples:\n"
      "  rolegate test tests/cases/\n"
      "  rolegate test --registry roles/ roles/cases.ndjson");
  auto flags = std::make_shared<CaseFlags>();
  command->add_option("files", flags->files, "Case files and directories")
      ->required();
  command->add_option("--registry", flags->registry,
                      "Take the policies from this directory");
  command->callback([flags, exit_code] { *exit_code = RunTest(*flags); });
}

}  // namespace rolegate::cli
