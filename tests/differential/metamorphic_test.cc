// Changes to random questions that must not change the answer, or may only
// narrow it.

#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "client/cli/case_evaluator.h"
#include "client/cli/case_reader.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "tests/differential/question_generator.h"

namespace rolegate::testing {
namespace {

using rapidjson::Document;
using rapidjson::SizeType;
using rapidjson::Value;

constexpr int kQuestions = 3'000;

std::string AskEngine(const Value& question) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  question.Accept(writer);
  std::string id;
  const auto parsed = cli::ParseCase(buffer.GetString(), "question", &id);
  if (!parsed.ok()) return std::string(parsed.status().message());
  const auto answer = cli::Evaluate(*parsed, nullptr);
  return answer.ok() ? cli::AnswerName(*answer)
                     : std::string(answer.status().message());
}

// A change of a whole question.
using Change = std::function<void(Document&)>;

template <typename F>
void ForEachStatement(Value& json, F f) {
  if (json.IsArray()) {
    for (Value& element : json.GetArray()) ForEachStatement(element, f);
  } else if (json.IsObject()) {
    if (json.HasMember("Effect")) {
      f(json);
      return;
    }
    for (auto& member : json.GetObject()) ForEachStatement(member.value, f);
  }
}

template <typename F>
void ForEachList(Value& json, F f) {
  if (json.IsArray()) {
    f(json);
    for (Value& element : json.GetArray()) ForEachList(element, f);
  } else if (json.IsObject()) {
    for (auto& member : json.GetObject()) ForEachList(member.value, f);
  }
}

void Reverse(Value& list) {
  for (SizeType i = 0; i < list.Size() / 2; ++i) {
    list[i].Swap(list[list.Size() - 1 - i]);
  }
}

// All lists: of policies, of statements, and of values.  The levels of an
// organisation, too: each must allow, in whatever order.
void ReverseLists(Document& question) {
  ForEachList(question["policies"], Reverse);
}

void ReverseElements(Document& question) {
  ForEachStatement(question["policies"], [&](Value& statement) {
    Value reversed(rapidjson::kObjectType);
    while (!statement.ObjectEmpty()) {
      auto last = statement.MemberEnd() - 1;
      reversed.AddMember(last->name, last->value, question.GetAllocator());
      statement.EraseMember(last);
    }
    statement = reversed;
  });
}

// One policy for each statement of the identity policies.
void SplitPolicies(Document& question) {
  auto& allocator = question.GetAllocator();
  Value split(rapidjson::kArrayType);
  for (Value& policy : question["policies"]["identity"].GetArray()) {
    Value statements(policy["Statement"], allocator);
    if (!statements.IsArray()) {
      Value one(rapidjson::kArrayType);
      one.PushBack(statements, allocator);
      statements = one;
    }
    for (Value& statement : statements.GetArray()) {
      Value single(policy, allocator);
      single["Statement"] = statement;
      split.PushBack(single, allocator);
    }
  }
  question["policies"]["identity"] = split;
}

void ToUpper(Value& text, Document& question) {
  std::string upper(text.GetString(), text.GetStringLength());
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  text.SetString(upper.c_str(), static_cast<SizeType>(upper.size()),
                 question.GetAllocator());
}

// Actions, operators and condition keys ignore letter case.
void ChangeCase(Document& question) {
  ToUpper(question["request"]["action"], question);
  for (auto& key : question["request"]["context"].GetObject()) {
    ToUpper(key.name, question);
  }
  ForEachStatement(question["policies"], [&](Value& statement) {
    for (const char* element : {"Action", "NotAction"}) {
      if (!statement.HasMember(element)) continue;
      Value& actions = statement[element];
      if (actions.IsString()) {
        ToUpper(actions, question);
        continue;
      }
      for (Value& action : actions.GetArray()) ToUpper(action, question);
    }
    if (!statement.HasMember("Condition")) return;
    for (auto& op : statement["Condition"].GetObject()) {
      ToUpper(op.name, question);
    }
  });
}

void AddDeny(Document& question) {
  Document deny(&question.GetAllocator());
  deny.Parse(R"({"Statement": {"Effect": "Deny", "Action": "s3:Get*",
                 "Resource": "*"}})");
  question["policies"]["identity"].PushBack(deny, question.GetAllocator());
}

Change AddLimit(const char* kind) {
  return [kind](Document& question) {
    if (question["policies"].HasMember(kind)) return;
    Document limit(&question.GetAllocator());
    limit.Parse(R"([{"Statement": {"Effect": "Allow", "Action": "s3:Get*",
                    "Resource": "*"}}])");
    question["policies"].AddMember(rapidjson::StringRef(kind), limit,
                                   question.GetAllocator());
  };
}

struct Property {
  const char* name;
  Change change;
  bool may_narrow;
  bool gives_federated_users = false;
};

bool IsFederatedUser(const Document& question) {
  const Value& principal = question["request"]["principal"];
  return principal.IsObject() && principal.HasMember("AWS") &&
         absl::StrContains(principal["AWS"].GetString(), ":federated-user/");
}

TEST(Metamorphic, Properties) {
  const char* const given = std::getenv("ROLEGATE_SEED");
  const std::uint64_t seed = given == nullptr
                                 ? std::random_device()()
                                 : std::strtoull(given, nullptr, 10);
  std::cout << "ROLEGATE_SEED=" << seed << "\n";
  const Property properties[] = {
      {"the order of lists does not matter", ReverseLists, false},
      {"the order of elements does not matter", ReverseElements, false},
      {"splitting policies does not matter", SplitPolicies, false},
      {"letter case of actions, operators and keys does not matter", ChangeCase,
       false},
      {"another Deny never allows more", AddDeny, true},
      {"a permissions boundary never widens", AddLimit("boundary"), true},
      {"a session policy never widens", AddLimit("session"), true, true},
  };
  for (const Property& property : properties) {
    for (std::uint64_t i = 0; i < kQuestions; ++i) {
      Document question;
      question.Parse(GenerateQuestion(seed + i).c_str());
      ASSERT_FALSE(question.HasParseError());
      const std::string before = AskEngine(question);
      if (before == "INVALID") continue;
      // A federated user has its permissions by a session policy.
      if (property.gives_federated_users && IsFederatedUser(question)) continue;
      property.change(question);
      const std::string after = AskEngine(question);
      const bool holds = property.may_narrow
                             ? after != "ALLOW" || before == "ALLOW"
                             : after == before;
      ASSERT_TRUE(holds) << property.name << ", seed " << seed + i << ": "
                         << before << " became " << after;
    }
  }
}

}  // namespace
}  // namespace rolegate::testing
