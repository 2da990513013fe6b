// simulate: decides the cases of files, without a server.

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/case_evaluator.h"
#include "client/cli/case_output.h"
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
  std::string aws_managed_dir;
};

void Complain(const absl::Status& status) {
  std::cerr << "rolegate: " << std::string(status.message()) << "\n";
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
  if (!ReadRegistryOrComplain(flags.registry, flags.aws_managed_dir,
                              &registry)) {
    return kUsage;
  }
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
  CLI::Option* const registry = command->add_option(
      "--registry", flags->registry, "Take the policies from this directory");
  command
      ->add_option("--aws-managed-dir", flags->aws_managed_dir,
                   "As in the server's settings")
      ->needs(registry);
  command->callback([flags, exit_code] { *exit_code = RunSimulate(*flags); });
}

}  // namespace rolegate::cli
