// Prints how many nanoseconds a step takes, by what the steps are spent on, for
// whoever sets the weights of engine/text/step_costs.h: none should be above
// one. Measures the time of its own thread, so that other programs matter
// little.

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/decide/decide.h"
#include "engine/program/policy.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

std::string Times(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

double ThreadSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Work {
  const char* name;
  std::string statements;
  std::vector<std::string> values;  // of app:k
  std::string action = "s3:GetObject";
  std::string resource = "arn:aws:s3:::bucket/key";
};

void Measure(const Work& work) {
  Diagnostics faults;
  const auto policy =
      Policy::CompileText(testing::Policy(work.statements),
                          PolicyKind::kIdentity, {"p", "", ""}, &faults);
  const auto caller =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  const ActionName action = *ActionName::Parse(work.action);
  const ResourceName resource = *ResourceName::Parse(work.resource);
  const std::vector<absl::string_view> values(work.values.begin(),
                                              work.values.end());
  RequestContext context;
  context.SetList(ContextKey("app:k"), values);
  const Policy* const policies[] = {policy.get()};
  PolicySet set;
  set.identity = policies;
  Request request;
  request.principal = caller.view();
  request.action = &action;
  request.resource = &resource;
  request.resource_account = "123456789012";
  request.context = &context;
  std::uint64_t steps = 0;
  std::uint64_t rounds = 0;
  const double begin = ThreadSeconds();
  double seconds = 0;
  while (seconds < 0.2) {
    StepBudget budget(StepBudget::kUnlimited);
    request.budget = &budget;
    Decide(request, set);
    steps += budget.spent();
    ++rounds;
    seconds = ThreadSeconds() - begin;
  }
  std::printf("%-44s %8.3f ns a step, %10llu steps, %10.1f us\n", work.name,
              seconds * 1e9 / static_cast<double>(steps),
              static_cast<unsigned long long>(steps / rounds),
              seconds * 1e6 / static_cast<double>(rounds));
}

std::string Like(const std::string& value,
                 const std::string& op = "StringLike") {
  return absl::StrCat(R"({"Effect": "Allow", "Action": "*", "Resource": "*",
                          "Condition": {")",
                      op, R"(": {"app:k": [)", value, "]}}}");
}

std::string Statements(int count,
                       const std::function<std::string(int)>& statement) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&all, i == 0 ? "" : ",", statement(i));
  }
  return all;
}

void MeasureAll() {
  const std::string text(60'000, 'a');
  const std::string many =
      Statements(2000, [](int i) { return absl::StrCat("\"v", i, "\""); });
  std::vector<std::string> values;
  for (int i = 0; i < 1000; ++i) values.push_back(absl::StrCat("w", i));
  const std::vector<Work> all = {
      {"a run of ?", Like("\"*" + std::string(1800, '?') + "b\""), {text}},
      {"mixed parts", Like("\"*" + Times("a?", 900) + "b*\""), {text}},
      {"mixed parts of two bytes",
       Like("\"*" + Times("\xc3\xa9?", 300) + "b*\""),
       {Times("\xc3\xa9", 30'000)}},
      {"short mixed parts",
       Like("\"" + Times("*a?ab", 200) + "*c\""),
       {Times("aaab", 15'000)}},
      {"a short literal that nearly matches",
       Like("\"*" + std::string(40, 'a') + "b*\""),
       {text}},
      {"a long literal that nearly matches",
       Like("\"*" + std::string(4000, 'a') + "b*\""),
       {text}},
      {"a literal that nearly matches backwards",
       Like("\"*b" + std::string(4000, 'a') + "*\""),
       {text}},
      {"a literal that is not there", Like("\"*xyz*\""), {text}},
      {"stars and letters", Like("\"" + Times("*a", 10'000) + "*b\""), {text}},
      {"many values, many to compare", Like(many, "ForAnyValue:StringEquals"),
       values},
      {"many values to compare after folding",
       Like(many, "ForAnyValue:StringEqualsIgnoreCase"), values},
      {"a long value after folding",
       Like("\"" + std::string(60'000, 'A') + "x\"", "StringEqualsIgnoreCase"),
       {text + "y"}},
      {"base64", Like("\"AAAA\"", "BinaryEquals"), {std::string(60'000, 'A')}},
      {"numbers", Like("1", "NumericEquals"), {std::string(60'000, '1')}},
      {"statements of one service",
       Statements(5000,
                  [](int i) {
                    return absl::StrCat(
                        R"({"Effect": "Allow", "Action": "s3:*", "Resource":
                            "arn:aws:s3:::)",
                        i, "*\"}");
                  }),
       {}},
      {"resources with a star inside",
       Statements(500,
                  [](int i) {
                    return absl::StrCat(
                        R"({"Effect": "Allow", "Action": "s3:*", "Resource":
                            "arn:aws:s3:::*a)",
                        i, "*\"}");
                  }),
       {},
       "s3:GetObject",
       "arn:aws:s3:::" + std::string(8000, 'a')},
      {"actions with stars",
       Statements(500,
                  [](int i) {
                    return absl::StrCat(R"({"Effect": "Allow", "Resource": "*",
                                            "Action": "s3:*a*b*c)",
                                        i, "*\"}");
                  }),
       {},
       "s3:" + Times("ab", 120)},
      {"conditions on keys that are missing",
       Statements(
           500,
           [](int i) {
             return absl::StrCat(
                 R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                            "Condition": {"StringEquals": {"app:)",
                 i, R"(": "x"}}})");
           }),
       {}},
  };
  for (const Work& work : all) Measure(work);
}

}  // namespace
}  // namespace rolegate

int main() { rolegate::MeasureAll(); }
