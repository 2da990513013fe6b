// Searches for the slowest policy and question that the limits admit.
//
//   worst_case SECONDS [SEED]
//
// A case is a few small numbers (a genome): which patterns a policy of at most
// 1 MiB holds and how many, and which resource and context are asked about.
// Three climbs change the numbers little by little and keep what is worse:
//   steps     the most counted steps, with no budget.  Steps do not depend on
//             the machine, so this climb is never misled by noise.
//   excess    the most nanoseconds for each counted step.  A budget of steps
//             bounds time only as far as this is small.
//   time      the most processor time under the budget of one check.
// Prints the worst of each as JSON.

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/decide/decide.h"
#include "engine/program/policy.h"

namespace rolegate {
namespace {

constexpr std::size_t kPolicyBytes = (std::size_t{1} << 20) - 200;
constexpr std::size_t kContextBytes = 65'000;
constexpr std::size_t kResourceBytes = 8'000;
constexpr std::uint64_t kFewSteps = 20'000;  // too few to say what one takes

// The choices of every gene; a genome holds an index into each.
const std::vector<std::string> kUnits = {
    "a",          "?",         "*a",
    "?a",         "a?",        "*?",
    "\xC3\xA9",   "?\xC3\xA9", "ab",
    "*ab",        "aab",       "*?a",
    "a*",         "${app:k0}", "*${app:k0}",
    "${app:k1}?", "aaaaaaab",  "*aaaaaaaaaaaaaaab",
    "abababac"};
const std::vector<std::string> kTexts = {
    "a",        "\xC3\xA9",         "ab",   "aab",     "\xF0\x9F\x98\x80",
    "aaaaaaab", "aaaaaaaaaaaaaaab", "\xFF", "abababab"};
const std::vector<std::string> kOperators = {
    "StringLike",
    "StringNotLike",
    "ForAllValues:StringLike",
    "ForAnyValue:StringNotLike",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "ForAllValues:StringNotEqualsIgnoreCase",
    "ArnLike",
    "ArnNotLikeIfExists",
    "NumericLessThan",
    "ForAnyValue:NumericEquals",
    "DateLessThan",
    "ForAnyValue:IpAddress",
    "ForAllValues:NotIpAddress",
    "BinaryEquals",
    "ForAnyValue:Bool",
    "Null"};
const std::vector<std::string> kEnds = {"", "b", "*b", "*", "?"};
const std::vector<int> kCounts = {1,   2,   4,    8,    16,   30,   64,
                                  128, 300, 1000, 3000, 8000, 20000};
const std::vector<int> kSizes = {1,   2,   7,   15,   31,   63,   64,    65,
                                 100, 250, 700, 1900, 4000, 7900, 20000, 60000};

enum Gene : std::size_t {
  kStatements,
  kDeny,
  kActionUnit,
  kActionTimes,
  kActions,
  kResources,
  kNotResource,
  kUnit,
  kTimes,
  kBegin,
  kEnd,
  kHasCondition,
  kOperator,
  kValues,
  kValueUnit,
  kValueTimes,
  kValueEnd,
  kKeys,
  kConditions,
  kResourceText,
  kResourceSize,
  kContextKeys,
  kContextValues,
  kContextText,
  kContextSize,
  kActionSize,
  kGenes
};

struct Range {
  const char* name;
  int choices;
};
constexpr int Size(const auto& list) { return static_cast<int>(list.size()); }

const std::array<Range, kGenes>& Ranges() {
  static const std::array<Range, kGenes> ranges = {{
      {"statements", Size(kCounts)},
      {"deny", 2},
      {"action unit", Size(kUnits)},
      {"action times", 8},
      {"actions", Size(kCounts)},
      {"resources", Size(kCounts)},
      {"not resource", 2},
      {"unit", Size(kUnits)},
      {"times", Size(kSizes)},
      {"begin", 2},
      {"end", Size(kEnds)},
      {"has condition", 2},
      {"operator", Size(kOperators)},
      {"values", Size(kCounts)},
      {"value unit", Size(kUnits)},
      {"value times", Size(kSizes)},
      {"value end", Size(kEnds)},
      {"keys", 6},
      {"conditions", 4},
      {"resource text", Size(kTexts)},
      {"resource size", Size(kSizes)},
      {"context keys", 9},
      {"context values", Size(kCounts)},
      {"context text", Size(kTexts)},
      {"context size", Size(kSizes)},
      {"action size", 8},
  }};
  return ranges;
}

using Genome = std::array<int, kGenes>;

std::string Repeat(const std::string& unit, std::size_t bytes) {
  std::string text;
  while (text.size() + unit.size() <= bytes) text += unit;
  return text.empty() ? unit : text;
}

std::string Times(const std::string& unit, int times) {
  return Repeat(unit, unit.size() * static_cast<std::size_t>(times));
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", text, "\"");
}

std::string KeyName(int i) { return absl::StrCat("app:k", i); }

class Builder {
 public:
  // `bytes`: the size of the policy document, at most.
  Builder(const Genome& genome, std::size_t bytes)
      : genome_(genome), bytes_(bytes) {}

  std::string Document() const {
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    for (int i = 0; i < kCounts[At(kStatements)]; ++i) {
      const std::string one = Statement(i, bytes_ - text.size());
      if (one.empty()) break;
      absl::StrAppend(&text, i == 0 ? "" : ",", one);
    }
    return text + "]}";
  }

  std::string Action() const {
    return "s3:get" + Repeat("a", 1 + 30 * At(kActionSize));
  }
  std::string Resource() const {
    const auto size =
        std::min<std::size_t>(kSizes[At(kResourceSize)], kResourceBytes);
    return "arn:aws:s3:::" + Repeat(kTexts[At(kResourceText)], size);
  }

  // Key by key, within the limits of a request.
  std::vector<std::vector<std::string>> Context() const {
    const int keys = 1 << At(kContextKeys);
    const int values = std::min(kCounts[At(kContextValues)], 1024);
    std::size_t left = kContextBytes;
    int left_values = 1024;
    std::vector<std::vector<std::string>> all;
    for (int i = 0; i < keys; ++i) {
      std::vector<std::string> one;
      for (int j = 0; j < values && left_values > 0; ++j) {
        const std::string value = Value(kSizes[At(kContextSize)]);
        if (value.size() + 8 > left) break;
        left -= value.size() + 8;
        --left_values;
        one.push_back(value);
      }
      if (one.empty()) break;
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  std::size_t At(Gene gene) const {
    return static_cast<std::size_t>(genome_[gene]);
  }

  // A value of the context that the operator can read.
  std::string Value(int size) const {
    const std::string& op = kOperators[At(kOperator)];
    const auto bytes = static_cast<std::size_t>(size);
    if (op.find("Arn") != std::string::npos) {
      return "arn:aws:s3:::" + Repeat(kTexts[At(kContextText)], bytes);
    }
    if (op.find("Numeric") != std::string::npos) {
      return "1" + Repeat("7", std::min<std::size_t>(bytes, 30));
    }
    if (op.find("Date") != std::string::npos) return "2026-11-01T00:00:00Z";
    if (op.find("Ip") != std::string::npos) {
      return size % 2 == 0 ? "203.0.113.9" : "2001:db8::1:2:3:4";
    }
    if (op.find("Binary") != std::string::npos) {
      return Repeat("QUFB", std::max<std::size_t>(bytes, 4));
    }
    if (op.find("Bool") != std::string::npos) return "true";
    return Repeat(kTexts[At(kContextText)], bytes);
  }

  // A literal of the policy that the operator can read.
  std::string Literal(int i) const {
    const std::string& op = kOperators[At(kOperator)];
    if (op.find("Numeric") != std::string::npos) return absl::StrCat(i);
    if (op.find("Date") != std::string::npos) {
      return absl::StrCat(2000 + i % 20, "-01-01T00:00:00Z");
    }
    if (op.find("Ip") != std::string::npos) {
      return i % 2 == 0
                 ? absl::StrCat("10.", i / 256 % 256, ".", i % 256, ".0/24")
                 : absl::StrCat("2001:db8:", i % 9999, "::/48");
    }
    if (op.find("Binary") != std::string::npos) {
      return Times("QUFB", kSizes[At(kValueTimes)]) + "QUFC";
    }
    if (op.find("Bool") != std::string::npos) return "false";
    if (op == "Null") return "true";
    const std::string pattern =
        Times(kUnits[At(kValueUnit)], kSizes[At(kValueTimes)]) +
        kEnds[At(kValueEnd)];
    const std::string arn =
        op.find("Arn") == std::string::npos ? "" : "arn:aws:s3:::";
    return arn + pattern + absl::StrCat(i);
  }

  std::string Condition(std::size_t room) const {
    std::vector<std::string> operators;
    for (std::size_t o = 0; o <= At(kConditions); ++o) {
      std::vector<std::string> keys;
      for (std::size_t k = 0; k <= At(kKeys); ++k) {
        std::vector<std::string> values;
        std::size_t used = 0;
        for (int i = 0; i < kCounts[At(kValues)]; ++i) {
          values.push_back(Quoted(Literal(i)));
          used += values.back().size() + 1;
          if (used > room / (At(kKeys) + 1) / (At(kConditions) + 1)) break;
        }
        keys.push_back(absl::StrCat(Quoted(KeyName(static_cast<int>(k))), ":[",
                                    absl::StrJoin(values, ","), "]"));
      }
      const std::string& name =
          kOperators[(At(kOperator) + o) % kOperators.size()];
      operators.push_back(absl::StrCat(Quoted(o == 0 ? name : "StringLike"),
                                       ":{", absl::StrJoin(keys, ","), "}"));
      if (o > 0) break;  // an operator stands once in a condition
    }
    return absl::StrCat("{", absl::StrJoin(operators, ","), "}");
  }

  // Empty: there is no room for it.
  std::string Statement(int i, std::size_t room) const {
    std::vector<std::string> actions;
    std::string unit = kUnits[At(kActionUnit)];
    if (unit[0] != '*' && unit[0] != '?' && unit[0] != 'a') unit = "*a";
    if (unit.find('$') != std::string::npos) unit = "?";
    if (static_cast<unsigned char>(unit.back()) >= 0x80) unit = "*a";
    for (int a = 0; a < std::min(kCounts[At(kActions)], 3000); ++a) {
      actions.push_back(
          Quoted(absl::StrCat("s3:get*", Times(unit, 1 << At(kActionTimes)),
                              a == 0 ? "*" : "b", a)));
      if (a == 0) actions.back() = Quoted("s3:Get*");
      if (actions.size() * actions.back().size() > room / 3) break;
    }
    std::vector<std::string> resources;
    std::size_t used = 0;
    for (int r = 0; r < kCounts[At(kResources)]; ++r) {
      resources.push_back(Quoted(absl::StrCat(
          "arn:aws:s3:::", At(kBegin) == 0 ? "" : "*",
          Times(kUnits[At(kUnit)], std::min(kSizes[At(kTimes)], 8000)),
          kEnds[At(kEnd)], i, "-", r)));
      used += resources.back().size() + 1;
      if (used > room / 3) break;
    }
    const bool tests = At(kHasCondition) == 1;
    std::string text =
        absl::StrCat(R"({"Effect":")", At(kDeny) == 1 ? "Deny" : "Allow",
                     R"(","Action":[)", absl::StrJoin(actions, ","), "],\"",
                     At(kNotResource) == 1 ? "NotResource" : "Resource", "\":[",
                     absl::StrJoin(resources, ","), "]");
    if (tests) {
      absl::StrAppend(&text, ",\"Condition\":", Condition(room / 4));
    }
    text += "}";
    return text.size() + 1 > room ? "" : text;
  }

  const Genome& genome_;
  const std::size_t bytes_;
};

struct Cost {
  std::uint64_t steps = 0;
  double nanoseconds = 0;
  bool exhausted = false;
  std::size_t policy_bytes = 0;
  bool loads = false;
};

double ThreadNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 +
         static_cast<double>(now.tv_nsec);
}

// Keeps the compiler from leaving out what makes the value.
template <typename T>
void Keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

struct Climb {
  const char* name;
  std::uint64_t limit;       // of steps
  std::size_t policy_bytes;  // small where only a ratio counts: quicker
  double (*fitness)(const Cost&);
};

// Asks so many times and takes the least time.
Cost Measure(const Genome& genome, const Climb& climb, int tries) {
  const Builder builder(genome, climb.policy_bytes);
  const std::string document = builder.Document();
  Cost cost;
  cost.policy_bytes = document.size();
  Diagnostics faults;
  const auto policy = Policy::CompileText(document, PolicyKind::kIdentity,
                                          {"p", "", ""}, &faults);
  const auto action = ActionName::Parse(builder.Action());
  const std::string resource_text = builder.Resource();
  const auto resource = ResourceName::Parse(resource_text);
  if (policy == nullptr || !action.ok() || !resource.ok()) return cost;
  cost.loads = true;
  const auto principal =
      *OwnedPrincipal::FromArn("arn:aws:iam::123456789012:user/alice");
  const std::vector<std::vector<std::string>> context_texts = builder.Context();
  RequestContext context;
  std::vector<std::vector<absl::string_view>> views;
  for (const auto& values : context_texts) {
    views.emplace_back(values.begin(), values.end());
  }
  for (std::size_t i = 0; i < views.size(); ++i) {
    context.SetList(ContextKey(KeyName(static_cast<int>(i))), views[i]);
  }
  const Policy* const policies[] = {policy.get()};
  PolicySet set;
  set.identity = policies;
  Request request;
  request.principal = principal.view();
  request.action = &*action;
  request.resource = &*resource;
  request.resource_account = "123456789012";
  request.context = &context;
  cost.nanoseconds = 1e18;
  for (int i = 0; i < tries; ++i) {
    StepBudget budget(climb.limit);
    request.budget = &budget;
    const double begin = ThreadNanoseconds();
    const Decision decision = Decide(request, set);
    const double took = ThreadNanoseconds() - begin;
    cost.nanoseconds = std::min(cost.nanoseconds, took);
    cost.steps = budget.spent();
    cost.exhausted = budget.exhausted();
    Keep(decision.verdict);
  }
  return cost;
}

const std::array<Climb, 3> kClimbs = {{
    {"steps", StepBudget::kUnlimited, kPolicyBytes,
     [](const Cost& cost) { return static_cast<double>(cost.steps); }},
    {"excess", kMaxCheckSteps, kPolicyBytes / 16,
     [](const Cost& cost) {
       return cost.steps < kFewSteps
                  ? 0
                  : cost.nanoseconds / static_cast<double>(cost.steps);
     }},
    {"time", kMaxCheckSteps, kPolicyBytes,
     [](const Cost& cost) { return cost.nanoseconds; }},
}};

// How long a thousand multiplications take, each of which waits for the one
// before: 1,000 ns at 3 GHz.  More where others keep the machine busy.
double MachineNanoseconds() {
  constexpr int kTimes = 1'000'000;
  double least = 1e18;
  for (int i = 0; i < 5; ++i) {
    std::uint64_t x = 3;
    const double begin = ThreadNanoseconds();
    for (int j = 0; j < kTimes; ++j) x = x * 0x9E3779B97F4A7C15 + 1;
    Keep(x);
    least = std::min(least, ThreadNanoseconds() - begin);
  }
  return least * 1000 / kTimes;
}

using Random = std::mt19937_64;

int Draw(Random& random, int choices) {
  return static_cast<int>(random() % static_cast<unsigned>(choices));
}

Genome Any(Random& random) {
  Genome genome;
  for (std::size_t i = 0; i < kGenes; ++i) {
    genome[i] = Draw(random, Ranges()[i].choices);
  }
  return genome;
}

Genome Child(Genome genome, Random& random) {
  for (int changes = 1 + Draw(random, 3); changes > 0; --changes) {
    const auto at = static_cast<std::size_t>(Draw(random, kGenes));
    const int choices = Ranges()[at].choices;
    const int step = Draw(random, 2) == 0 ? 1 : -1;
    genome[at] = Draw(random, 3) == 0
                     ? Draw(random, choices)
                     : std::clamp(genome[at] + step, 0, choices - 1);
  }
  return genome;
}

std::string Described(const Genome& genome) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kGenes; ++i) {
    parts.push_back(absl::StrCat("\"", Ranges()[i].name, "\":", genome[i]));
  }
  return absl::StrCat("{", absl::StrJoin(parts, ","), "}");
}

void Run(const Climb& climb, absl::Duration seconds, Random& random) {
  struct One {
    double fitness;
    Genome genome;
    Cost cost;
  };
  constexpr std::size_t kKept = 12;
  std::vector<One> kept;
  int tried = 0;
  const absl::Time end = absl::Now() + seconds;
  while (absl::Now() < end) {
    const bool fresh = kept.size() < kKept || Draw(random, 8) == 0;
    const Genome genome =
        fresh
            ? Any(random)
            : Child(kept[static_cast<std::size_t>(Draw(random, kKept))].genome,
                    random);
    ++tried;
    Cost cost = Measure(genome, climb, 1);
    if (!cost.loads) continue;
    if (kept.size() >= kKept && climb.fitness(cost) <= kept.back().fitness) {
      continue;
    }
    cost = Measure(genome, climb, 3);  // not by chance
    if (kept.size() >= kKept && climb.fitness(cost) <= kept.back().fitness) {
      continue;
    }
    kept.push_back({climb.fitness(cost), genome, cost});
    std::sort(kept.begin(), kept.end(),
              [](const One& a, const One& b) { return a.fitness > b.fitness; });
    if (kept.size() > kKept) kept.pop_back();
  }
  if (kept.empty()) return;
  const Cost cost = Measure(kept[0].genome, climb, 5);
  std::cout << absl::StrCat(
                   "{\"climb\":\"", climb.name, "\",\"tried\":", tried,
                   ",\"steps\":", cost.steps,
                   ",\"ms\":", cost.nanoseconds / 1e6, ",\"ns_per_step\":",
                   cost.nanoseconds / static_cast<double>(cost.steps),
                   ",\"machine_ns\":", MachineNanoseconds(),
                   ",\"exhausted\":", cost.exhausted ? "true" : "false",
                   ",\"policy_bytes\":", cost.policy_bytes,
                   ",\"genome\":", Described(kept[0].genome), "}")
            << std::endl;
}

}  // namespace
}  // namespace rolegate

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 20;
  const std::uint64_t seed =
      argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  std::cerr << "seed " << seed << "\n";
  rolegate::Random random(seed);
  for (const rolegate::Climb& climb : rolegate::kClimbs) {
    rolegate::Run(climb, absl::Seconds(seconds), random);
  }
  return 0;
}
