// The engine under Google Benchmark: for profiles and for counting
// instructions, one case at a time.
//   engine_benchmark --benchmark_filter=BM_Authorize
// The figures of docs/performance.md come from decisions.cc.

#include <benchmark/benchmark.h>

#include <string>

#include "bench/counted.h"
#include "bench/questions.h"
#include "bench/registry_generator.h"
#include "engine/program/policy.h"

namespace rolegate::bench {
namespace {

// Counts what a loop asks for beside its time.
class Counting {
 public:
  explicit Counting(benchmark::State& state)
      : state_(state), before_(CountsOfThread()) {}
  ~Counting() {
    const Counts after = CountsOfThread();
    const auto per_iteration = [&](long long count) {
      return benchmark::Counter(static_cast<double>(count),
                                benchmark::Counter::kAvgIterations);
    };
    state_.counters["allocs"] =
        per_iteration(after.allocations - before_.allocations);
    state_.counters["locks"] = per_iteration(after.locks - before_.locks);
  }

 private:
  benchmark::State& state_;
  const Counts before_;
};

void Ask(benchmark::State& state, const Question& question) {
  question.Ask();
  const Counting counting(state);
  for (auto _ : state) benchmark::DoNotOptimize(question.Ask());
}

void BM_Authorize_Typical(benchmark::State& state) {
  Ask(state, Question(LoadTexts({TypicalRole("R")}), "R", "s3:GetObject",
                      TypicalResource("R")));
}
BENCHMARK(BM_Authorize_Typical);

void BM_Authorize_Denied(benchmark::State& state) {
  Ask(state, Question(LoadTexts({TypicalRole("R")}), "R", "s3:DeleteObject",
                      TypicalResource("R")));
}
BENCHMARK(BM_Authorize_Denied);

void BM_Authorize_NextOfRequest(benchmark::State& state) {
  const Question question(LoadTexts({TypicalRole("R")}), "R", "s3:GetObject",
                          TypicalResource("R"));
  const Circumstances circumstances(question.snapshot(), question.options(),
                                    question.subject(), question.context(),
                                    question.now());
  const Counting counting(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(Decide(rolegate::Question(
        circumstances, question.action(), question.resource(), "")));
  }
}
BENCHMARK(BM_Authorize_NextOfRequest);

void BM_Authorize_FewCandidates(benchmark::State& state) {
  const int statements = static_cast<int>(state.range(0));
  Ask(state, Question(LoadTexts({WideRole("R", statements, true)}), "R",
                      "app0:Read", WideResource(statements)));
}
BENCHMARK(BM_Authorize_FewCandidates)
    ->ArgName("statements")
    ->RangeMultiplier(10)
    ->Range(10, 10'000);

void BM_Authorize_AllCandidates(benchmark::State& state) {
  const int statements = static_cast<int>(state.range(0));
  Ask(state, Question(LoadTexts({WideRole("R", statements, false)}), "R",
                      "app0:Read", WideResource(statements)));
}
BENCHMARK(BM_Authorize_AllCandidates)
    ->ArgName("statements")
    ->RangeMultiplier(10)
    ->Range(10, 10'000);

void BM_Authorize_ManyRoles(benchmark::State& state) {
  const int roles = static_cast<int>(state.range(0));
  const Crowd crowd(LoadTypicalRoles(roles), roles, state.range(1) != 0,
                    1 << 16);
  const Counting counting(state);
  int i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(crowd.Ask(i++ & 0xffff));
}
BENCHMARK(BM_Authorize_ManyRoles)
    ->ArgNames({"roles", "zipf"})
    ->ArgsProduct({{100, 10'000, 100'000}, {0, 1}});

void BM_ParseNames(benchmark::State& state) {
  const std::string resource = TypicalResource("R");
  const Counting counting(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ActionName::Parse("s3:GetObject"));
    benchmark::DoNotOptimize(ResourceName::Parse(resource));
  }
}
BENCHMARK(BM_ParseNames);

void BM_CompilePolicy(benchmark::State& state) {
  RegistryGenerator generator(1);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string text = generator.PolicyDocument();
    state.ResumeTiming();
    Diagnostics faults;
    benchmark::DoNotOptimize(Policy::CompileText(text, PolicyKind::kIdentity,
                                                 {"p", "", ""}, &faults));
    bytes += static_cast<std::int64_t>(text.size());
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_CompilePolicy)->Iterations(20'000);

}  // namespace
}  // namespace rolegate::bench

BENCHMARK_MAIN();
