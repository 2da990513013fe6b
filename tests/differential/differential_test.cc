// Asks the engine and the oracle the same random questions.
//
//   ROLEGATE_SEED=7 ROLEGATE_CASES=1000000 differential_test

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>

#include "client/cli/case_evaluator.h"
#include "client/cli/case_reader.h"
#include "gtest/gtest.h"
#include "tests/differential/question_generator.h"
#include "tests/differential/shrink.h"
#include "tests/oracle/oracle.h"
#include "tests/support/paths.h"

namespace rolegate::testing {
namespace {

constexpr std::uint64_t kDefaultCases = 40'000;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string AskEngine(const std::string& question) {
  std::string id;
  const auto parsed = cli::ParseCase(question, "question", &id);
  if (!parsed.ok()) return std::string(parsed.status().message());
  const auto answer = cli::Evaluate(*parsed, nullptr);
  if (!answer.ok()) return std::string(answer.status().message());
  return cli::AnswerName(*answer);
}

std::string AskOracle(const std::string& question) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseNumbersAsStringsFlag>(question.c_str());
  return rolegate_oracle::Decide(json);
}

// A smaller question must still be one: the engine answers it.
bool StillDisagree(const std::string& question) {
  const std::string engine = AskEngine(question);
  return (engine == "ALLOW" || engine == "EXPLICIT_DENY" ||
          engine == "IMPLICIT_DENY" || engine == "INVALID") &&
         engine != AskOracle(question);
}

TEST(Differential, EngineAndOracleAgree) {
  const std::uint64_t seed =
      FromEnvironment("ROLEGATE_SEED", std::random_device()());
  const std::uint64_t cases = FromEnvironment("ROLEGATE_CASES", kDefaultCases);
  std::cout << "ROLEGATE_SEED=" << seed << " ROLEGATE_CASES=" << cases << "\n";
  std::map<std::string, std::uint64_t> answers;
  int differences = 0;
  for (std::uint64_t i = 0; i < cases && differences < 5; ++i) {
    const std::string question = GenerateQuestion(seed + i);
    const std::string engine = AskEngine(question);
    ++answers[engine];
    if (engine == AskOracle(question)) continue;
    ++differences;
    const std::string small = Shrink(question, StillDisagree);
    ADD_FAILURE() << "seed " << seed + i << ": engine " << AskEngine(small)
                  << ", oracle " << AskOracle(small) << "\n"
                  << small;
  }
  for (const auto& [answer, count] : answers) {
    std::cout << answer << ": " << count << "\n";
  }
  // Questions that all end alike would show little.
  for (const char* answer : {"ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY"}) {
    EXPECT_GT(answers[answer], cases / 20) << answer;
  }
}

// The cases made elsewhere that contradict AWS (conformance_test.py).
std::set<std::string> KnownDifferences() {
  std::ifstream file(testing::SourcePath("/tests/conformance_differences.txt"));
  std::set<std::string> ids;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') ids.insert(line);
  }
  return ids;
}

// The case tables hold for both, so that neither is wrong alone; cases that
// lie beside the project count, too.
TEST(Differential, OracleAgreesWithTheCases) {
  const std::set<std::string> differences = KnownDifferences();
  int cases = 0;
  for (const std::string& dir :
       {testing::SourcePath("/tests/cases"),
        testing::SourcePath("/../shared/conformance")}) {
    if (!std::filesystem::exists(dir)) continue;
    const auto files = cli::FindCaseFiles(dir);
    ASSERT_TRUE(files.ok()) << files.status();
    for (const std::string& file : *files) {
      const auto texts = cli::ReadCaseFile(file);
      ASSERT_TRUE(texts.ok()) << texts.status();
      for (const cli::CaseText& text : *texts) {
        std::string id;
        const auto parsed = cli::ParseCase(text.text, text.place, &id);
        ASSERT_TRUE(parsed.ok()) << parsed.status();
        if (differences.contains(id)) continue;
        EXPECT_EQ(AskOracle(text.text), parsed->expect) << text.place << id;
        ++cases;
      }
    }
  }
  EXPECT_GT(cases, 100);
  std::cout << cases << " cases\n";
}

}  // namespace
}  // namespace rolegate::testing
