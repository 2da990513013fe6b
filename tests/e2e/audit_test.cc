// The audit log's records: a decision can be reconstructed from them, and with
// `audit.fail_closed` nothing is decided without one.

#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/json/json_document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.grpc.pb.h"
#include "rolegate/v1/registry.grpc.pb.h"
#include "rolegate/v1/security_token.grpc.pb.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Audit : public ::testing::Test {
 protected:
  Audit() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  }
  std::vector<std::string> Serving(const std::string& audit) const {
    dir_.Write("rolegated.yaml",
               absl::StrCat("registry: {dir: ", dir_.path("registry"),
                            "}\naudit: {path: ", dir_.path("audit"), audit,
                            "}\nlisteners: [{address: '127.0.0.1:0'}]\n"));
    return {"--config", dir_.path("rolegated.yaml"), "--dev"};
  }
  // The records of a kind, once there are `count`.
  std::vector<std::unique_ptr<JsonDocument>> Records(const std::string& kind,
                                                     std::size_t count) const {
    std::vector<std::unique_ptr<JsonDocument>> records;
    EXPECT_TRUE(Eventually([&] {
      records.clear();
      for (const absl::string_view line :
           absl::StrSplit(dir_.Read("audit"), '\n', absl::SkipEmpty())) {
        JsonParseError error;
        auto json = JsonDocument::Parse(std::string(line), {}, &error);
        if (json != nullptr && json->root().Find("kind")->text() == kind) {
          records.push_back(std::move(json));
        }
      }
      return records.size() == count;
    })) << dir_.Read("audit");
    return records;
  }
  // `KEY=V1,V2` for each condition key of a member, in their order.
  static std::vector<std::string> Keys(const JsonDocument& record,
                                       const char* member) {
    std::vector<std::string> keys;
    const JsonNode* const context = record.root().Find(member);
    if (context == nullptr) return keys;
    for (const JsonMember& key : context->members()) {
      std::vector<absl::string_view> values;
      for (const JsonNode& value : key.value.elements()) {
        values.push_back(value.text());
      }
      keys.push_back(absl::StrCat(key.key, "=", absl::StrJoin(values, ",")));
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  }

  TempDir dir_;
};

constexpr char kToken[] =
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl";

TEST_F(Audit, ADecisionHasItsContextWithoutSecrets) {
  ServerProcess server(Serving(""));
  ASSERT_TRUE(server.serving()) << server.log();
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::bucket/a");
  request.set_resource_account("210987654321");
  const auto set = [](auto* context, const std::string& key,
                      const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      (*context)[key].add_values(value);
    }
  };
  set(request.mutable_context(), "aws:SourceIp", {"10.0.0.7"});
  set(request.mutable_context(), "shop:Colors", {"red", "a\"b\n"});
  set(request.mutable_context(), "shop:Note", {kToken});
  ASSERT_TRUE(server.Connect("service:x").Authorize(request).ok());
  const auto records = Records("authorize", 1);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_THAT(Keys(*records[0], "context"),
              ElementsAre("aws:SourceIp=10.0.0.7", "shop:Colors=red,a\"b\n",
                          "shop:Note=[redacted]"));
  EXPECT_EQ(records[0]->root().Find("resource_account")->text(),
            "210987654321");
  EXPECT_THAT(dir_.Read("audit"), Not(HasSubstr(kToken)));
}

TEST_F(Audit, ABatchHasItsCommonContextOnce) {
  ServerProcess server(Serving(""));
  ASSERT_TRUE(server.serving()) << server.log();
  v1::BatchAuthorizeRequest request;
  (*request.mutable_context())["aws:SourceIp"].add_values("10.0.0.7");
  for (int i = 0; i < 3; ++i) {
    auto* const check = request.add_checks();
    check->set_action("s3:GetObject");
    check->set_resource("*");
    if (i != 1) {
      (*check->mutable_context())["shop:Index"].add_values(absl::StrCat(i));
    }
  }
  ASSERT_TRUE(server.Connect("service:x").BatchAuthorize(request).ok());
  const auto records = Records("batch", 3);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_THAT(Keys(*records[0], "common_context"),
              ElementsAre("aws:SourceIp=10.0.0.7"));
  EXPECT_THAT(Keys(*records[0], "context"), ElementsAre("shop:Index=0"));
  for (int i : {1, 2}) {
    EXPECT_EQ(records[i]->root().Find("common_context"), nullptr);
    EXPECT_EQ(records[i]->root().Find("common_context_in")->text(),
              records[0]->root().Find("decision_id")->text());
  }
  EXPECT_EQ(records[1]->root().Find("context"), nullptr);
  EXPECT_THAT(Keys(*records[2], "context"), ElementsAre("shop:Index=2"));
}

TEST_F(Audit, AnAssumeRoleHasWhatItsSessionIsDecidedBy) {
  dir_.Write("registry/r.json",
             Role("Reader",
                  Policy(R"({"Effect": "Allow", "Principal": )" +
                         std::string(kEc2) + R"(, "Action":
                         ["sts:AssumeRole", "sts:TagSession"]})"),
                  Allow("s3:*")));
  ServerProcess server(Serving(""));
  ASSERT_TRUE(server.serving()) << server.log();
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("test");
  request.set_external_id("shop-42");
  request.set_policy(Allow("s3:GetObject"));
  auto* const tag = request.add_tags();
  tag->set_key("Team");
  tag->set_value("red");
  request.add_transitive_tag_keys("Team");
  const auto response =
      server.Connect("service:ec2.amazonaws.com").AssumeRole(request);
  ASSERT_TRUE(response.ok()) << response.status();
  request.set_role_arn(RoleArn("None"));
  EXPECT_FALSE(
      server.Connect("service:ec2.amazonaws.com").AssumeRole(request).ok());
  const auto records = Records("assume_role", 2);
  ASSERT_EQ(records.size(), 2u);
  for (const auto& record : records) {
    EXPECT_THAT(
        Keys(*record, "context"),
        ElementsAre("aws:RequestTag/Team=red", "aws:SecureTransport=false",
                    "aws:SourceIp=127.0.0.1", "aws:TagKeys=Team",
                    "sts:ExternalId=shop-42", "sts:RoleSessionName=test",
                    "sts:TransitiveTagKeys=Team"));
  }
  const JsonNode* const issued = records[0]->root().Find("issued");
  ASSERT_NE(issued, nullptr);
  EXPECT_EQ(issued->Find("access_key_id")->text(),
            response->credentials().access_key_id());
  EXPECT_EQ(issued->Find("tags")->Find("Team")->elements()[0].text(), "red");
  EXPECT_THAT(std::string(issued->Find("policy")->text()),
              HasSubstr(R"("Action":"s3:GetObject")"));
  EXPECT_EQ(issued->Find("transitive_tag_keys")->text(), "Team");
  EXPECT_NE(issued->Find("expires_at"), nullptr);
  EXPECT_EQ(records[1]->root().Find("issued"), nullptr);
}

TEST_F(Audit, ADecisionNamesTheSessionWhoseTokenWasPassedOn) {
  ServerProcess server(Serving(""));
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string token = AssumeOrDie(
      server.Connect("service:ec2.amazonaws.com"), RoleArn("Reader"));
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::bucket/a");
  request.set_session_token(token);
  ASSERT_TRUE(server.Connect("service:x").Authorize(request).ok());
  ASSERT_TRUE(server.Connect("", token).Authorize(request).ok());
  const auto issued = Records("assume_role", 1);
  const auto records = Records("authorize", 2);
  ASSERT_EQ(records.size(), 2u);
  ASSERT_EQ(issued.size(), 1u);
  const JsonNode* const session = records[0]->root().Find("principal_session");
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->Find("access_key_id")->text(),
            issued[0]->root().Find("issued")->Find("access_key_id")->text());
  EXPECT_EQ(session->Find("role_arn")->text(), RoleArn("Reader"));
  EXPECT_EQ(records[0]->root().Find("session"), nullptr);
}

TEST_F(Audit, MasksAndSamplesHoldForBatchesToo) {
  ServerProcess server(
      Serving(", masks: [/context/shop:Card, /peer], sample_allows: 0"));
  ASSERT_TRUE(server.serving()) << server.log();
  const Client client = server.Connect(
      "", AssumeOrDie(server.Connect("service:ec2.amazonaws.com"),
                      RoleArn("Reader")));
  v1::BatchAuthorizeRequest request;
  (*request.mutable_context())["shop:Card"].add_values("4711");
  (*request.mutable_context())["shop:Color"].add_values("red");
  for (const char* const action : {"s3:GetObject", "ec2:Start", "ec2:Stop"}) {
    auto* const check = request.add_checks();
    check->set_action(action);
    check->set_resource("arn:aws:s3:::bucket/a");
  }
  const auto response = client.BatchAuthorize(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results(0).decision(), v1::DECISION_ALLOW);
  // What allows is not written, so the first of those that deny has the common
  // context.
  const auto records = Records("batch", 2);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]->root().Find("action")->text(), "ec2:Start");
  EXPECT_THAT(Keys(*records[0], "common_context"),
              ElementsAre("shop:Color=red"));
  EXPECT_EQ(records[1]->root().Find("common_context_in")->text(),
            records[0]->root().Find("decision_id")->text());
  EXPECT_THAT(dir_.Read("audit"), Not(HasSubstr("4711")));
  EXPECT_THAT(dir_.Read("audit"), Not(HasSubstr("\"peer\"")));
  EXPECT_THAT(dir_.Read("audit"),
              HasSubstr("\"masked\":[\"/peer\",\"/context/shop:Card\"]"));
}

TEST_F(Audit, ANewFileBeginsWhileCallsComeAndNoLineIsLost) {
  ServerProcess server(Serving(", max_file_bytes: 20000, max_files: 1000"));
  ASSERT_TRUE(server.serving()) << server.log();
  const Client client = server.Connect("service:x");
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::bucket/a");
  std::set<std::string> asked;
  for (int i = 0; i < 500; ++i) {
    const auto response = client.Authorize(request);
    ASSERT_TRUE(response.ok()) << response.status();
    asked.insert(response->decision_id());
  }
  std::set<std::string> written;
  std::size_t files = 0;
  EXPECT_TRUE(Eventually([&] {
    written.clear();
    files = 0;
    for (const auto& file : std::filesystem::directory_iterator(dir_.path())) {
      const std::string name = file.path().filename().string();
      if (!absl::StartsWith(name, "audit")) continue;
      ++files;
      for (const absl::string_view line :
           absl::StrSplit(dir_.Read(name), '\n', absl::SkipEmpty())) {
        JsonParseError error;
        const auto json = JsonDocument::Parse(std::string(line), {}, &error);
        if (json == nullptr) return false;
        written.emplace(json->root().Find("decision_id")->text());
      }
    }
    return written == asked;
  }));
  EXPECT_GT(files, 10u);
}

TEST_F(Audit, WhatCannotBeMaskedStopsTheStart) {
  ServerProcess server(Serving(", masks: [/decision]"));
  EXPECT_FALSE(server.serving());
  EXPECT_THAT(server.log(),
              HasSubstr("audit.masks: `/decision` points to no member that a "
                        "mask may leave out"));
}

// A pipe that nobody reads takes some lines and then no more.
TEST_F(Audit, WithFailClosedNothingIsDecidedWithoutARecord) {
  ASSERT_EQ(mkfifo(dir_.path("audit").c_str(), 0600), 0);
  const int reader =
      open(dir_.path("audit").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ServerProcess server(Serving(", fail_closed: true, max_queue_records: 50"));
  ASSERT_TRUE(server.serving()) << server.log();
  // Without the retries of the client.
  const auto channel =
      grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  const auto authorization = v1::AuthorizationService::NewStub(channel);
  const auto tokens = v1::SecurityTokenService::NewStub(channel);
  const auto registry = v1::RegistryService::NewStub(channel);
  const auto call = [](const auto& stub, auto method, const auto& request,
                       auto response) {
    grpc::ClientContext context;
    context.AddMetadata("rolegate-principal", "service:ec2.amazonaws.com");
    return ((*stub).*method)(&context, request, &response);
  };
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource(absl::StrCat("arn:aws:s3:::b/", std::string(900, 'x')));
  const auto ask = [&] {
    return call(authorization, &v1::AuthorizationService::Stub::Authorize,
                request, v1::AuthorizeResponse());
  };
  grpc::Status refused;
  for (int i = 0; i < 1000 && refused.ok(); ++i) refused = ask();
  v1::AssumeRoleRequest assume;
  assume.set_role_arn(RoleArn("Reader"));
  assume.set_role_session_name("test");
  for (const grpc::Status& status :
       {refused,
        call(tokens, &v1::SecurityTokenService::Stub::AssumeRole, assume,
             v1::AssumeRoleResponse()),
        call(registry, &v1::RegistryService::Stub::GetStatus,
             v1::GetStatusRequest(), v1::GetStatusResponse())}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(),
                HasSubstr("the audit log cannot be written"));
  }
  // These leave no record.
  EXPECT_TRUE(call(tokens, &v1::SecurityTokenService::Stub::GetSigningKeys,
                   v1::GetSigningKeysRequest(), v1::GetSigningKeysResponse())
                  .ok());
  // Once somebody reads, it goes on.
  std::string read(std::size_t{1} << 20, 0);
  EXPECT_TRUE(Eventually([&] {
    while (::read(reader, read.data(), read.size()) > 0) {
    }
    return ask().ok();
  }));
  close(reader);
}

TEST_F(Audit, WithoutFailClosedALogThatCannotBeWrittenStopsNobody) {
  ASSERT_EQ(mkfifo(dir_.path("audit").c_str(), 0600), 0);
  const int reader =
      open(dir_.path("audit").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ServerProcess server(Serving(", max_queue_records: 50"));
  ASSERT_TRUE(server.serving()) << server.log();
  const Client client = server.Connect("service:x");
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource(absl::StrCat("arn:aws:s3:::b/", std::string(900, 'x')));
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(client.Authorize(request).ok());
  EXPECT_THAT(server.log(), HasSubstr("audit records are lost"));
  close(reader);
}

}  // namespace
}  // namespace rolegate::testing
