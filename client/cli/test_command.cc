// test: policy tests, as a team puts them under CI.

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/case_evaluator.h"
#include "client/cli/case_output.h"
#include "client/cli/case_reader.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/junit_report.h"
#include "client/cli/offline_registry.h"
#include "client/cli/statement_coverage.h"

namespace rolegate::cli {
namespace {

struct TestFlags {
  std::vector<std::string> files;
  std::string registry;
  std::string aws_managed_dir;
  std::string junit;
  bool coverage = false;
};

bool IsExpectable(absl::string_view answer) {
  return answer == "ALLOW" || answer == "EXPLICIT_DENY" ||
         answer == "IMPLICIT_DENY" || answer == "INVALID";
}

// What a reader needs to see what the case shows and why the answer is another
// one, a line each.
std::string DetailsOf(const Case& asked, const CaseAnswer& answer) {
  std::string details;
  if (!asked.description.empty()) {
    absl::StrAppend(&details, "  ", asked.description, "\n");
  }
  if (const CaseError* const error = std::get_if<CaseError>(&answer)) {
    absl::StrAppend(&details, "  in `", error->policy,
                    "`: ", ToString(error->diagnostic), "\n");
    return details;
  }
  const CaseDecision& decision = std::get<CaseDecision>(answer);
  absl::StrAppend(&details, "  ", decision.reason, "\n",
                  ExplanationText(decision.explanation));
  return details;
}

class TestRun {
 public:
  explicit TestRun(const Snapshot* registry) : registry_(registry) {
    if (registry != nullptr) coverage_.emplace(*registry);
  }

  void RunPath(const std::string& path) {
    const auto files = FindCaseFiles(path);
    if (!files.ok()) return Unreadable(path, path, "", files.status());
    for (const std::string& file : *files) RunFile(file);
  }

  int Finish(const TestFlags& flags) const {
    if (coverage_.has_value()) PrintCoverage(flags.coverage);
    std::cout << agree_ << " of " << agree_ + differ_ << " cases agree\n";
    if (!flags.junit.empty() && !WriteJunit(flags.junit)) return kUsage;
    if (unreadable_ || agree_ + differ_ == 0) return kUsage;
    return differ_ == 0 ? kDone : kFailed;
  }

 private:
  void RunFile(const std::string& file) {
    const auto texts = ReadCaseFile(file);
    if (!texts.ok()) return Unreadable(file, file, "", texts.status());
    for (const CaseText& text : *texts) RunCase(file, text);
  }

  void RunCase(const std::string& file, const CaseText& text) {
    const absl::Time start = absl::Now();
    std::string id;
    const absl::StatusOr<Case> parsed = ParseCase(text.text, text.place, &id);
    if (!parsed.ok()) return Unreadable(file, text.place, id, parsed.status());
    if (const auto [it, fresh] = places_.emplace(id, text.place); !fresh) {
      return Unreadable(
          file, text.place, id,
          absl::InvalidArgumentError(absl::StrCat(
              text.place, " id `", id, "` is that of ", it->second)));
    }
    if (!IsExpectable(parsed->expect)) {
      return Unreadable(file, text.place, id,
                        absl::InvalidArgumentError(absl::StrCat(
                            text.place, " expect: `", parsed->expect,
                            "` is neither a decision nor `INVALID`")));
    }
    const absl::StatusOr<CaseAnswer> answer = Evaluate(*parsed, registry_);
    if (!answer.ok()) return Unreadable(file, text.place, id, answer.status());
    CaseResult result{file, id, text.place, "", "", false, 0};
    if (const CaseDecision* decision = std::get_if<CaseDecision>(&*answer);
        decision != nullptr && coverage_.has_value()) {
      coverage_->Add(decision->explanation);
    }
    if (AnswerName(*answer) == parsed->expect) {
      ++agree_;
    } else {
      ++differ_;
      result.failure = absl::StrCat("expected ", parsed->expect, ", found ",
                                    AnswerName(*answer));
      result.details = DetailsOf(*parsed, *answer);
      std::cout << text.place << " " << id << ": " << result.failure << "\n"
                << result.details;
    }
    result.seconds = absl::ToDoubleSeconds(absl::Now() - start);
    results_.push_back(std::move(result));
  }

  void Unreadable(const std::string& file, const std::string& place,
                  const std::string& id, const absl::Status& status) {
    const std::string message(status.message());
    std::cerr << "rolegate: " << message << "\n";
    results_.push_back({file, id.empty() ? place : id, place, message, "",
                        /*is_error=*/true, 0});
    unreadable_ = true;
  }

  void PrintCoverage(bool list) const {
    if (list) {
      for (const std::string& statement : coverage_->NeverDecisive()) {
        std::cout << "never decisive: " << statement << "\n";
      }
    }
    std::cout << coverage_->decisive() << " of " << coverage_->total()
              << " statements were decisive\n";
  }

  bool WriteJunit(const std::string& path) const {
    std::ofstream out(path);
    out << JunitReport(results_);
    out.close();
    if (!out.fail()) return true;
    std::cerr << "rolegate: cannot write `" << path << "`\n";
    return false;
  }

  const Snapshot* const registry_;
  std::optional<StatementCoverage> coverage_;             // with a registry
  absl::flat_hash_map<std::string, std::string> places_;  // by id
  std::vector<CaseResult> results_;
  std::size_t agree_ = 0;
  std::size_t differ_ = 0;
  bool unreadable_ = false;
};

int RunTest(const TestFlags& flags) {
  std::shared_ptr<const Snapshot> registry;
  if (!ReadRegistryOrComplain(flags.registry, flags.aws_managed_dir,
                              &registry)) {
    return kUsage;
  }
  TestRun run(registry.get());
  for (const std::string& path : flags.files) run.RunPath(path);
  return run.Finish(flags);
}

}  // namespace

void AddTest(CLI::App* app, int* exit_code) {
  CLI::App* const command = app->add_subcommand(
      "test", "Decide cases and compare with what they expect");
  command->footer(
      "Examples:\n"
      "  rolegate test tests/cases/\n"
      "  rolegate test --registry roles/ --coverage roles/cases.ndjson\n"
      "  rolegate test --junit results.xml tests/cases/");
  auto flags = std::make_shared<TestFlags>();
  command->add_option("files", flags->files, "Case files and directories")
      ->required();
  CLI::Option* const registry = command->add_option(
      "--registry", flags->registry, "Take the policies from this directory");
  command
      ->add_option("--aws-managed-dir", flags->aws_managed_dir,
                   "As in the server's settings")
      ->needs(registry);
  command
      ->add_flag("--coverage", flags->coverage,
                 "List the registry's statements that never decided")
      ->needs(registry);
  command->add_option("--junit", flags->junit,
                      "Write the results to this file as JUnit XML");
  command->callback([flags, exit_code] { *exit_code = RunTest(*flags); });
}

}  // namespace rolegate::cli
