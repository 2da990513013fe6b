// Rolegate among its peers, see bench/peers/run:
//   bench_peers DIR    DIR/rolegate/role.json, DIR/questions.jsonl
// Reads commands, prints a line for each:
//   version
//   answers FORM     an A or a D for each question
//   measure FORM     {"p50":N,"p99":N,"mean":N}, nanoseconds of one decision
// FORM is `decide` for questions that were made ready beforehand, or `whole`
// for questions as texts.

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/paired.h"
#include "bench/questions.h"
#include "engine/decide/request.h"
#include "engine/policy/context_keys.h"

namespace rolegate::bench {
namespace {

constexpr char kRole[] = "arn:aws:iam::123456789012:role/app";
constexpr double kBatchNanoseconds = 2'000;  // a clock reading costs 25
constexpr int kLargestBatch = 16;
constexpr std::size_t kLeastBatches = 32;
constexpr double kLeastNanoseconds = 5e8;
constexpr double kMostNanoseconds = 2e9;

constexpr ContextKey kSourceIp("aws:SourceIp");
constexpr ContextKey kSecureTransport("aws:SecureTransport");
constexpr ContextKey kTeam("aws:ResourceTag/team");

struct Texts {
  std::string action, resource, ip, secure, team;
};

struct Ready {
  ActionName action;
  ResourceName resource;
  RequestContext context;
};

[[noreturn]] void Fail(absl::string_view what) {
  std::cerr << "bench_peers: " << what << "\n";
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!(text << file.rdbuf())) Fail("cannot read " + path);
  return text.str();
}

std::vector<Texts> ReadQuestions(const std::string& path) {
  std::ifstream file(path);
  std::vector<Texts> questions;
  for (std::string line; std::getline(file, line);) {
    rapidjson::Document json;
    if (json.Parse(line.c_str()).HasParseError()) Fail("not JSON: " + line);
    const auto text = [&](const char* name) -> std::string {
      return json[name].GetString();
    };
    const std::string action = text("action");
    questions.push_back(
        {action,
         absl::StrCat("arn:aws:", action.substr(0, action.find(':')),
                      ":eu-central-1:123456789012:", text("kind"), "/",
                      text("container"), "/", text("object")),
         text("ip"), json["secure"].GetBool() ? "true" : "false",
         text("team")});
  }
  if (questions.empty()) Fail("no questions in " + path);
  return questions;
}

void SetContext(const Texts& texts, RequestContext* context) {
  context->Set(kSourceIp, texts.ip);
  context->Set(kSecureTransport, texts.secure);
  context->Set(kTeam, texts.team);
}

class Asker {
 public:
  explicit Asker(const std::string& dir)
      : snapshot_(LoadTexts({ReadFile(dir + "/rolegate/role.json")})),
        now_(absl::Now()),
        subject_(*SubjectByName(kRole, *snapshot_, now_)),
        questions_(ReadQuestions(dir + "/questions.jsonl")) {
    for (const Texts& texts : questions_) {
      ready_.push_back({*ActionName::Parse(texts.action),
                        *ResourceName::Parse(texts.resource),
                        {}});
      SetContext(texts, &ready_.back().context);
    }
  }

  std::size_t size() const { return questions_.size(); }

  bool Decide(std::size_t i) const {
    const Ready& ready = ready_[i];
    const Circumstances circumstances(*snapshot_, options_, subject_,
                                      ready.context, now_);
    return rolegate::Decide(rolegate::Question(circumstances, ready.action,
                                               ready.resource, ""))
        .allowed();
  }

  // Everything that a service does with a question, its checks included.
  bool Whole(std::size_t i) const {
    const Texts& texts = questions_[i];
    const auto action = ActionName::Parse(texts.action);
    const auto resource = ResourceName::Parse(texts.resource);
    if (!action.ok() || !resource.ok()) Fail("a question is malformed");
    RequestContext context;
    SetContext(texts, &context);
    context.ForEach([](const ContextKey& key, const ContextValues& values) {
      const absl::string_view value = values.front();
      if (!CheckCallerKey(key, {&value, 1}, ContextUse::kAuthorize).ok()) {
        Fail("a caller may not say this");
      }
    });
    const Circumstances circumstances(*snapshot_, options_, subject_, context,
                                      absl::Now());
    return rolegate::Decide(
               rolegate::Question(circumstances, *action, *resource, ""))
        .allowed();
  }

 private:
  const std::shared_ptr<const Snapshot> snapshot_;
  const AccessOptions options_;
  const absl::Time now_;
  const Subject subject_;
  const std::vector<Texts> questions_;
  std::vector<Ready> ready_;
};

template <typename Ask>
std::string Answers(std::size_t count, Ask ask) {
  std::string answers;
  for (std::size_t i = 0; i < count; ++i) answers += ask(i) ? 'A' : 'D';
  return answers;
}

// All questions in their order, again and again, in batches that are just long
// enough for the clock.
template <typename Ask>
std::string Measure(std::size_t count, Ask ask) {
  std::size_t next = 0;
  int allowed = 0;
  const auto batch_of = [&](int size) {
    return TimeBatch(size, [&](int) {
      allowed += ask(next) ? 1 : 0;
      if (++next == count) next = 0;
    });
  };
  double one = batch_of(kLargestBatch);
  if (one < kBatchNanoseconds) one = batch_of(static_cast<int>(count));
  const int size = std::clamp(static_cast<int>(kBatchNanoseconds / one) + 1, 1,
                              kLargestBatch);
  std::vector<double> times;
  double total = 0;
  while (total < kLeastNanoseconds ||
         (times.size() < kLeastBatches && total < kMostNanoseconds)) {
    times.push_back(batch_of(size));
    total += times.back() * size;
  }
  if (allowed == 0) Fail("nothing was allowed");
  return absl::StrCat(
      "{\"p50\":", Median(times), ",\"p99\":", Percentile(times, 0.99),
      ",\"mean\":", total / (size * static_cast<double>(times.size())), "}");
}

template <typename Ask>
std::string Do(const std::string& command, std::size_t count, Ask ask) {
  if (command == "answers") return Answers(count, ask);
  if (command == "measure") return Measure(count, ask);
  Fail(absl::StrCat("unknown command `", command, "`"));
}

void Serve(const Asker& asker) {
  for (std::string command, form; std::cin >> command;) {
    if (command == "version") {
      std::cout << ROLEGATE_VERSION << std::endl;
      continue;
    }
    std::cin >> form;
    std::cout << (form == "whole"
                      ? Do(command, asker.size(),
                           [&](std::size_t i) { return asker.Whole(i); })
                      : Do(command, asker.size(),
                           [&](std::size_t i) { return asker.Decide(i); }))
              << std::endl;
  }
}

}  // namespace
}  // namespace rolegate::bench

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  rolegate::bench::Serve(rolegate::bench::Asker(argv[1]));
  return 0;
}
