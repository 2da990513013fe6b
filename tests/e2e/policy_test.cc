// PolicyService over a real socket: simulations and validations.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

class PolicyServiceTest : public ::testing::Test {
 protected:
  PolicyServiceTest() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2),
                                       Allow("s3:Get*", "arn:aws:s3:::b/*")));
    dir_.Write("admin.json", Policy(R"(
        {"Effect": "Allow", "Principal": {"Service": ["tester", "auditor"]},
         "Action": "rolegate:Simulate", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "auditor"},
         "Action": "rolegate:Explain", "Resource": "*"})"));
    server_.emplace(std::vector<std::string>{
        "--config",
        dir_.Write(
            "rolegated.yaml",
            absl::StrCat("registry: {dir: ", dir_.path("registry"),
                         "}\nadmin_policy: ", dir_.path("admin.json"),
                         "\nlisteners:\n  - address: 'unix:", dir_.path("s"),
                         "'\n    principals: ['service:*']\n"))});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }
  Client As(const std::string& service) {
    return server_->Connect("service:" + service);
  }
  static v1::SimulateRequest Question(const std::string& action,
                                      const std::string& resource) {
    v1::SimulateRequest request;
    request.add_actions(action);
    request.add_resources(resource);
    return request;
  }
  static void AddPolicy(v1::PolicyKind kind, const std::string& document,
                        v1::SimulateRequest* request) {
    v1::InlinePolicy* const policy = request->add_policies();
    policy->set_kind(kind);
    policy->set_name("given");
    policy->set_document(document);
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

TEST_F(PolicyServiceTest, SimulatesGivenPolicies) {
  const std::string get = Allow("s3:GetObject", "arn:aws:s3:::b/*");
  const std::string deny =
      Policy(R"({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})");
  struct {
    const char* name;
    std::vector<std::pair<v1::PolicyKind, std::string>> policies;
    const char* caller;
    v1::Decision decision;
  } const kCases[] = {
      {"nothing", {}, "", v1::DECISION_IMPLICIT_DENY},
      {"identity", {{v1::POLICY_KIND_IDENTITY, get}}, "", v1::DECISION_ALLOW},
      {"a boundary without it",
       {{v1::POLICY_KIND_IDENTITY, get},
        {v1::POLICY_KIND_BOUNDARY, Allow("ec2:*")}},
       "",
       v1::DECISION_IMPLICIT_DENY},
      {"a session policy with it",
       {{v1::POLICY_KIND_IDENTITY, get}, {v1::POLICY_KIND_SESSION, get}},
       "arn:aws:iam::123456789012:role/Any",
       v1::DECISION_ALLOW},
      {"an SCP that denies",
       {{v1::POLICY_KIND_IDENTITY, get}, {v1::POLICY_KIND_SCP, deny}},
       "",
       v1::DECISION_EXPLICIT_DENY},
      {"an RCP without it",
       {{v1::POLICY_KIND_IDENTITY, get},
        {v1::POLICY_KIND_RCP,
         Policy(R"({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                    "Resource": "*"})")}},
       "",
       v1::DECISION_EXPLICIT_DENY},
      {"a resource policy for the caller",
       {{v1::POLICY_KIND_RESOURCE,
         Policy(R"({"Effect": "Allow", "Action": "s3:GetObject",
             "Principal": {"AWS": "arn:aws:iam::123456789012:user/ann"},
             "Resource": "arn:aws:s3:::b/*"})")}},
       "arn:aws:iam::123456789012:user/ann",
       v1::DECISION_ALLOW},
      {"a service's resource policy",
       {{v1::POLICY_KIND_RESOURCE,
         Policy(R"({"Effect": "Allow", "Action": "s3:GetObject",
             "Principal": {"Service": "a.internal"},
             "Resource": "arn:aws:s3:::b/*"})")}},
       "service:a.internal",
       v1::DECISION_ALLOW},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::SimulateRequest request = Question("s3:GetObject", "arn:aws:s3:::b/x");
    request.set_caller_arn(c.caller);
    for (const auto& [kind, document] : c.policies) {
      AddPolicy(kind, document, &request);
    }
    const auto response = As("tester").Simulate(request);
    ASSERT_TRUE(response.ok()) << response.status();
    ASSERT_EQ(response->results_size(), 1);
    EXPECT_EQ(response->results(0).decision(), c.decision);
    EXPECT_NE(response->results(0).reason(), "");
    EXPECT_NE(response->results(0).explanation().layers_size(), 0);
    EXPECT_EQ(response->registry_revision(), "");
  }
}

TEST_F(PolicyServiceTest, SimulatesTrust) {
  v1::SimulateRequest request =
      Question("sts:AssumeRole", "arn:aws:iam::123456789012:role/New");
  request.set_caller_arn("service:ec2.amazonaws.com");
  AddPolicy(v1::POLICY_KIND_TRUST, Trust(kEc2), &request);
  EXPECT_EQ(As("tester").Simulate(request)->results(0).decision(),
            v1::DECISION_ALLOW);
  request.set_caller_arn("service:other");
  EXPECT_EQ(As("tester").Simulate(request)->results(0).decision(),
            v1::DECISION_IMPLICIT_DENY);
}

TEST_F(PolicyServiceTest, SimulatesAPrincipalOfTheRegistry) {
  v1::SimulateRequest request = Question("s3:GetObject", "arn:aws:s3:::b/x");
  request.add_actions("s3:PutObject");
  request.add_resources("arn:aws:s3:::c/x");
  request.set_principal(RoleArn("Reader"));
  const auto response = As("auditor").Simulate(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), 4);
  const v1::SimulationResult& first = response->results(0);
  EXPECT_EQ(first.decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(first.explanation().matched_statements(0).file(), "r.json");
  EXPECT_EQ(response->results(1).resource(), "arn:aws:s3:::c/x");
  EXPECT_EQ(response->results(1).decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_EQ(response->results(2).action(), "s3:PutObject");
  EXPECT_EQ(response->registry_revision(),
            As("auditor").Simulate(request)->registry_revision());
  EXPECT_NE(response->registry_revision(), "");

  // Given policies take the place of the registry's of their kind.
  AddPolicy(v1::POLICY_KIND_IDENTITY, Allow("s3:PutObject"), &request);
  const auto changed = As("auditor").Simulate(request);
  EXPECT_EQ(changed->results(0).decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_EQ(changed->results(2).decision(), v1::DECISION_ALLOW);
}

TEST_F(PolicyServiceTest, AnyContextKeyMayBeGiven) {
  v1::SimulateRequest request = Question("s3:GetObject", "arn:aws:s3:::b/x");
  AddPolicy(v1::POLICY_KIND_IDENTITY,
            Policy(R"({"Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}})"),
            &request);
  const auto without = As("tester").Simulate(request);
  EXPECT_EQ(without->results(0).decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_EQ(without->results(0).explanation().missing_context_keys(0),
            "aws:PrincipalTag/a");
  (*request.mutable_context())["aws:PrincipalTag/a"].add_values("b");
  EXPECT_EQ(As("tester").Simulate(request)->results(0).decision(),
            v1::DECISION_ALLOW);
}

TEST_F(PolicyServiceTest, NeedsPermission) {
  v1::SimulateRequest request = Question("s3:GetObject", "arn:aws:s3:::b/x");
  EXPECT_EQ(ErrorReason(As("stranger").Simulate(request).status()),
            "AccessDenied");
  // Without rolegate:Explain the registry's policies stay untold.
  request.set_principal(RoleArn("Reader"));
  const auto untold = As("tester").Simulate(request);
  ASSERT_TRUE(untold.ok()) << untold.status();
  EXPECT_EQ(untold->results(0).decision(), v1::DECISION_ALLOW);
  EXPECT_FALSE(untold->results(0).has_explanation());
  v1::AuthorizeRequest authorize;
  authorize.set_action("s3:GetObject");
  authorize.set_resource("arn:aws:s3:::b/x");
  authorize.set_explain(true);
  EXPECT_EQ(ErrorReason(As("tester").Authorize(authorize).status()),
            "AccessDenied");
  EXPECT_TRUE(As("auditor").Authorize(authorize)->has_explanation());
}

TEST_F(PolicyServiceTest, WrongRequestsAreToldWhere) {
  struct {
    const char* name;
    std::function<void(v1::SimulateRequest&)> change;
    const char* reason;
    const char* message;
  } const kCases[] = {
      {"no action", [](auto& r) { r.clear_actions(); }, "ValidationError",
       "actions"},
      {"a wildcard action", [](auto& r) { r.set_actions(0, "s3:*"); },
       "ValidationError", "actions[0]"},
      {"a resource that is none", [](auto& r) { r.set_resources(0, "x"); },
       "ValidationError", "resources[0]"},
      {"too many",
       [](auto& r) {
         for (int i = 0; i < 30; ++i) r.add_actions("s3:GetObject");
         for (int i = 0; i < 30; ++i) r.add_resources("*");
       },
       "ValidationError", "expected 1 to 500"},
      {"an unknown role", [](auto& r) { r.set_principal(RoleArn("Gone")); },
       "ValidationError", "principal"},
      {"a caller who is nobody", [](auto& r) { r.set_caller_arn("x"); },
       "ValidationError", "caller_arn"},
      {"a caller beside a principal",
       [](auto& r) {
         r.set_principal(RoleArn("Reader"));
         r.set_caller_arn(RoleArn("Reader"));
       },
       "ValidationError", "caller_arn"},
      {"an account that is none", [](auto& r) { r.set_resource_account("1"); },
       "ValidationError", "resource_account"},
      {"no kind",
       [](auto& r) { AddPolicy(v1::POLICY_KIND_UNSPECIFIED, "{}", &r); },
       "ValidationError", "policies[0].kind"},
      {"a malformed policy",
       [](auto& r) { AddPolicy(v1::POLICY_KIND_IDENTITY, "{}", &r); },
       "MalformedPolicyDocument", "policies[0]"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    v1::SimulateRequest request = Question("s3:GetObject", "*");
    c.change(request);
    const auto response = As("tester").Simulate(request);
    EXPECT_EQ(ErrorReason(response.status()), c.reason);
    EXPECT_THAT(std::string(response.status().message()), HasSubstr(c.message));
  }
}

TEST_F(PolicyServiceTest, ValidatesForAnyCaller) {
  v1::ValidateRequest request;
  request.set_kind(v1::POLICY_KIND_TRUST);
  request.set_document(Trust(R"({"AWS": "*"})"));
  auto response = As("stranger").Validate(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->findings_size(), 1);
  EXPECT_EQ(response->findings(0).code(), "TrustOpenToEveryone");
  EXPECT_EQ(response->findings(0).severity(), v1::SEVERITY_SECURITY_WARNING);
  EXPECT_EQ(response->findings(0).line(), 1);

  request.set_document("{\n\"Statement\": 1}");
  response = As("stranger").Validate(request);
  ASSERT_EQ(response->findings_size(), 1);
  EXPECT_EQ(response->findings(0).code(), "MalformedPolicyDocument");
  EXPECT_EQ(response->findings(0).severity(), v1::SEVERITY_ERROR);
  EXPECT_EQ(response->findings(0).line(), 2);

  request.set_document(Trust(kEc2));
  EXPECT_EQ(As("stranger").Validate(request)->findings_size(), 0);
  request.set_kind(v1::POLICY_KIND_UNSPECIFIED);
  EXPECT_EQ(ErrorReason(As("stranger").Validate(request).status()),
            "ValidationError");
}

}  // namespace
}  // namespace rolegate::testing
