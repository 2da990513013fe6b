// Questions whose every choice is a byte: parsed, compiled and decided, and
// compared with the second evaluator.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "client/cli/case_evaluator.h"
#include "client/cli/case_reader.h"
#include "tests/differential/question_generator.h"
#include "tests/oracle/oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string question = rolegate::testing::QuestionFromBytes(data, size);
  std::string id;
  const auto parsed = rolegate::cli::ParseCase(question, "question", &id);
  if (!parsed.ok()) std::abort();
  const auto answer = rolegate::cli::Evaluate(*parsed, nullptr);
  if (!answer.ok()) std::abort();
  rapidjson::Document json;
  json.Parse<rapidjson::kParseNumbersAsStringsFlag>(question.c_str());
  const std::string expected = rolegate_oracle::Decide(json);
  if (rolegate::cli::AnswerName(*answer) != expected) {
    std::cerr << "expected " << expected << ": " << question << "\n";
    std::abort();
  }
  return 0;
}
