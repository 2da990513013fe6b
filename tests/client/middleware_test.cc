// The rules of the C++ middleware, by the cases that all languages share.

#include "rolegate/middleware.h"

#include <fstream>
#include <memory>
#include <sstream>

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "rolegate/v1/registry.pb.h"
#include "tests/support/paths.h"

namespace rolegate {
namespace {

using ::testing::HasSubstr;

const rapidjson::Document& Cases() {
  static const auto* const cases = [] {
    std::ifstream in(
        testing::SourcePath("/client/conformance/middleware.json"));
    std::ostringstream text;
    text << in.rdbuf();
    auto* document = new rapidjson::Document;
    document->Parse(text.str().c_str());
    return document;
  }();
  return *cases;
}

std::string Text(const rapidjson::Value& from, const char* name) {
  return from.HasMember(name) ? from[name].GetString() : "";
}

std::vector<RpcRule> RulesOf(const rapidjson::Value& list) {
  std::vector<RpcRule> rules;
  for (const rapidjson::Value& each : list.GetArray()) {
    RpcRule& rule = rules.emplace_back();
    rule.rpc = Text(each, "rpc");
    rule.action = Text(each, "action");
    rule.resource = Text(each, "resource");
    rule.is_public = each.HasMember("public") && each["public"].GetBool();
    if (!each.HasMember("context")) continue;
    for (const auto& [key, value] : each["context"].GetObject()) {
      rule.context[key.GetString()] = value.GetString();
    }
  }
  return rules;
}

std::unique_ptr<google::protobuf::Message> RequestOf(
    const rapidjson::Value& each) {
  std::unique_ptr<google::protobuf::Message> request;
  const std::string rpc = Text(each, "rpc");
  if (rpc.find("GetRole") != std::string::npos) {
    request = std::make_unique<v1::GetRoleRequest>();
  } else if (rpc.find("ListRoles") != std::string::npos) {
    request = std::make_unique<v1::ListRolesRequest>();
  } else {
    request = std::make_unique<v1::GetStatusRequest>();
  }
  rapidjson::StringBuffer json;
  rapidjson::Writer<rapidjson::StringBuffer> writer(json);
  each["message"].Accept(writer);
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(
                  json.GetString(), request.get(), options)
                  .ok());
  return request;
}

TEST(RpcRules, AskAsTheSharedCasesSay) {
  ASSERT_TRUE(Cases().HasMember("rpc"));
  for (const rapidjson::Value& each : Cases()["rpc"].GetArray()) {
    SCOPED_TRACE(Text(each, "name"));
    const auto question =
        QuestionOf(RulesOf(Cases()["tables"][each["table"].GetString()]),
                   Text(each, "rpc"), *RequestOf(each));
    const rapidjson::Value& expect = each["expect"];
    if (expect.HasMember("denied")) {
      EXPECT_EQ(question.status().code(), absl::StatusCode::kPermissionDenied);
      EXPECT_EQ(ErrorReason(question.status()), "AccessDenied");
      continue;
    }
    ASSERT_TRUE(question.ok()) << question.status();
    EXPECT_EQ(question->action, Text(expect, "action"));
    EXPECT_EQ(question->resource, Text(expect, "resource"));
    ClientContext context;
    if (expect.HasMember("context")) {
      for (const auto& [key, value] : expect["context"].GetObject()) {
        context[key.GetString()] = {value.GetString()};
      }
    }
    EXPECT_EQ(question->context, context);
  }
}

TEST(RpcRules, WrongTablesAreToldByTheNumberOfTheirRule) {
  auto client = Client::Connect({.server = "127.0.0.1:1"});
  ASSERT_TRUE(client.ok());
  for (const rapidjson::Value& each : Cases()["wrong_tables"].GetArray()) {
    SCOPED_TRACE(Text(each, "name"));
    // Tables for HTTP have no rpc and are wrong here for that alone.
    if (Text(each, "for") != "rpc") continue;
    const auto guard =
        RpcGuard::Create(Session::OfCaller(*client), RulesOf(each["rules"]));
    EXPECT_EQ(guard.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(guard.status().message()),
                HasSubstr(Text(each, "error")));
  }
}

TEST(RpcRules, WrongTemplatesAreTold) {
  auto client = Client::Connect({.server = "127.0.0.1:1"});
  ASSERT_TRUE(client.ok());
  const struct {
    std::string name;
    std::vector<RpcRule> rules;
    std::string error;
  } cases[] = {
      {"no rule", {}, "there is no rule, so that every call would be denied"},
      {"not closed",
       {{"/a.B/C", "a:B", "arn:{id"}},
       "rule 1: `{id` is not closed"},
      {"no name",
       {{"/a.B/D", "a:B", "*"}, {"/a.B/C", "a:B", "arn:{}"}},
       "rule 2: `{}` names no field"},
      {"other signs",
       {{"/a.B/C", "a:B", "*", {{"a:Key", "{i-d}"}}}},
       "rule 1: `i-d` is no name of a field"},
      {"an action with a wildcard",
       {{"/a.B/C", "a:*", "*"}},
       "rule 1: action is `a:*`, where `service:Name` without wildcards is "
       "expected"},
      {"no resource",
       {{"/a.B/C", "a:B", ""}},
       "rule 1: resource is missing; an action that has none is asked on `*`"},
      {"a handler that may forget to ask",
       {{"/a.B/C", "a:B", "*"}, {"/a.B/D", "a:B", "arn:{id}"}},
       "rule 2: the gate does not see the request, so that `/a.B/D` needs a "
       "handler that begins with RpcGuard::Check; set `checked_by_handler` "
       "once it does"},
      {"public with an action",
       {{"/a.B/C", "a:B", "", {}, true}},
       "rule 1: a public rule has no action, resource or context"},
      {"twice",
       {{"/a.B/C", "a:B", "*"}, {"/a.B/C", "a:C", "*"}},
       "rule 2: a rule for `/a.B/C` stands above it"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(RpcGuard::Create(Session::OfCaller(*client), each.rules)
                  .status()
                  .message(),
              each.error);
  }
}

TEST(RpcRules, FieldsThatAreNoTextAreDenied) {
  const struct {
    std::string resource;
    std::string error;
  } cases[] = {
      {"{nothing}", "the request has no single field `nothing`"},
      {"{roles}", "the request has no single field `roles`"},
      {"{next_page_token.more}", "the field `next_page_token` is no message"},
  };
  v1::ListRolesResponse message;
  message.add_roles();
  message.set_next_page_token("a");
  for (const auto& each : cases) {
    SCOPED_TRACE(each.resource);
    EXPECT_EQ(QuestionOf({{"/a.B/C", "a:B", each.resource}}, "/a.B/C", message)
                  .status()
                  .message(),
              each.error);
  }
  // A message within the message, and one that is not text.
  v1::GetRoleResponse role;
  role.mutable_role()->set_role_name("Reader");
  const auto question =
      QuestionOf({{"/a.B/C", "a:B", "{role.role_name}"}}, "/a.B/C", role);
  ASSERT_TRUE(question.ok());
  EXPECT_EQ(question->resource, "Reader");
  EXPECT_EQ(QuestionOf({{"/a.B/C", "a:B", "{role}"}}, "/a.B/C", role)
                .status()
                .message(),
            "the field `role` is neither a text nor an integer");
}

}  // namespace
}  // namespace rolegate
