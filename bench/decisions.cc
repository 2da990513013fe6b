// Measures decisions in this process and prints the figures as JSON.
//   bench_decisions [ROLES]    ROLES: how many a large registry has, 1000000;
//                              with less than 10000 all is measured briefly

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/counted.h"
#include "bench/paired.h"
#include "bench/questions.h"
#include "bench/registry_generator.h"

namespace rolegate::bench {
namespace {

constexpr int kSmallBatch = 16;      // a clock reading costs 25 ns
constexpr int kQuestions = 1 << 16;  // of a crowd

std::vector<std::string> figures;
bool brief = false;

int Pairs(int wanted) { return brief ? 3 : wanted; }
int SmallBatches() { return brief ? 200 : 20'000; }

void Print(const std::string& name, double value) {
  figures.push_back(absl::StrCat("\"", name, "\":", value));
}
void PrintCurve(const std::string& name,
                const std::vector<std::vector<double>>& points) {
  figures.push_back(absl::StrCat(
      "\"", name, "\":[",
      absl::StrJoin(points, ",",
                    [](std::string* out, const std::vector<double>& point) {
                      absl::StrAppend(out, "[", absl::StrJoin(point, ","), "]");
                    }),
      "]"));
}

// A figure of wrong answers would be worth nothing.
void Expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "wrong answer: " << what << "\n";
  std::exit(1);
}

Question Typical(const std::string& action = "s3:GetObject") {
  return Question(LoadTexts({TypicalRole("Typical")}), "Typical", action,
                  TypicalResource("Typical"));
}

Question Wide(int statements, bool few) {
  Question question(LoadTexts({WideRole("Wide", statements, few)}), "Wide",
                    "app0:Read", WideResource(statements));
  Expect(question.Ask(), "the last statement allows");
  return question;
}

void OneDecision() {
  const Question question = Typical();
  Expect(question.Ask(), "the typical role may read");
  const Counts before = CountsOfThread();
  bool allowed = question.Ask();
  const Counts after = CountsOfThread();
  Expect(allowed, "the typical role may read");
  Print("decision_allocations",
        static_cast<double>(after.allocations - before.allocations));
  Print("decision_locks", static_cast<double>(after.locks - before.locks));
  Print("decision_p50_ns", MedianOfBatches(SmallBatches(), kSmallBatch,
                                           [&](int) { question.Ask(); }));

  // What a batch pays for each question after its first.
  const Circumstances circumstances(question.snapshot(), question.options(),
                                    question.subject(), question.context(),
                                    question.now());
  Print("next_decision_p50_ns",
        MedianOfBatches(SmallBatches(), kSmallBatch, [&](int) {
          Decide(rolegate::Question(circumstances, question.action(),
                                    question.resource(), ""));
        }));

  const Question denied = Typical("s3:DeleteObject");
  Expect(!denied.Ask(), "the typical role may not delete");
  Print("denied_p50_ns", MedianOfBatches(SmallBatches(), kSmallBatch,
                                         [&](int) { denied.Ask(); }));
}

void ManyStatements() {
  const Question ten = Wide(10, true);
  std::vector<std::vector<double>> curve;
  for (const int statements : {10, 100, 1'000, 10'000}) {
    const Question few = Wide(statements, true);
    const Question all = Wide(statements, false);
    const Pair of_few = InTurns(
        Pairs(61), 2'000, [&](int) { few.Ask(); }, 2'000,
        [&](int) { ten.Ask(); });
    const Pair of_all = InTurns(
        Pairs(21), std::max(5, 200'000 / statements / 10),
        [&](int) { all.Ask(); }, 2'000, [&](int) { ten.Ask(); });
    curve.push_back({static_cast<double>(statements), of_few.a, of_all.a});
    if (statements == 10'000) {
      Print("statements_few_ratio", of_few.ratio);
      Print("statements_all_ratio", of_all.ratio);
    }
  }
  PrintCurve("statements_curve", curve);
}

void ManyRoles(int largest) {
  const Crowd small(LoadTypicalRoles(100), 100, true, kQuestions);
  const Crowd small_uniform(LoadTypicalRoles(100), 100, false, kQuestions);
  std::vector<std::vector<double>> curve;
  for (int roles = 100;; roles = std::min(roles * 10, largest)) {
    const auto snapshot = LoadTypicalRoles(roles);
    const Crowd zipf(snapshot, roles, true, kQuestions);
    const Crowd uniform(snapshot, roles, false, kQuestions);
    for (const Crowd* const crowd : {&zipf, &uniform}) {
      for (int i = 0; i < 1'000; ++i) Expect(crowd->Ask(i), "roles may read");
    }
    const auto in_turns = [](const Crowd& a, const Crowd& b) {
      return InTurns(
          Pairs(31), kQuestions, [&](int i) { a.Ask(i); }, kQuestions,
          [&](int i) { b.Ask(i); });
    };
    const Pair of_zipf = in_turns(zipf, small);
    const Pair of_uniform = in_turns(uniform, small_uniform);
    curve.push_back({static_cast<double>(roles), of_zipf.a, of_uniform.a});
    if (roles >= largest) {
      Print("roles_zipf_ratio", of_zipf.ratio);
      Print("roles_uniform_ratio", of_uniform.ratio);
      break;
    }
  }
  PrintCurve("roles_curve", curve);
}

// As many patterns as a document may hold, each nearly matching at every
// place of a resource name as long as may be.
void Hostile() {
  std::string pattern = "arn:aws:s3:::";
  for (int i = 0; i < 250; ++i) pattern += "*a";
  pattern += "*b";
  std::vector<std::string> patterns;
  for (int i = 0; i < 1'900; ++i) {
    patterns.push_back(absl::StrCat("\"", pattern, i, "\""));
  }
  const std::string policy =
      absl::StrCat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)",
                   R"("Action":"s3:GetObject","Resource":[)",
                   absl::StrJoin(patterns, ","), "]}]}");
  const Question question(
      LoadTexts({RoleWith("Hostile", {policy})}), "Hostile", "s3:GetObject",
      absl::StrCat("arn:aws:s3:::", std::string(8'000, 'a')));
  bool allowed = false;
  const double ns = TimeBatch(1, [&](int) { allowed = question.Ask(); });
  Expect(!allowed, "no hostile pattern matches");
  Print("hostile_ms", ns / 1e6);
  Print("hostile_kib", static_cast<double>(policy.size()) / 1024);
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  namespace bench = rolegate::bench;
  const int roles = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  bench::brief = roles < 10'000;
  bench::OneDecision();
  bench::ManyStatements();
  bench::Hostile();
  bench::ManyRoles(roles);
  std::cout << "{" << absl::StrJoin(bench::figures, ",") << "}\n";
  return 0;
}
