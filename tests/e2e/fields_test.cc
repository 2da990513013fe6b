// Every field of every request: left out, empty, and with a NUL in it.

#include <functional>
#include <map>
#include <set>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "rolegate/v1/authorization.pb.h"
#include "rolegate/v1/policy.pb.h"
#include "rolegate/v1/registry.pb.h"
#include "rolegate/v1/security_token.pb.h"
#include "tests/support/documents.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/saml_idp.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kBucket[] = "arn:aws:s3:::example-bucket/a";
constexpr char kProvider[] =
    "arn:aws:iam::123456789012:oidc-provider/login.example.com";

// What a call says: a decision, "ok", or AWS's name of the error.
template <typename Response>
std::string Said(const absl::StatusOr<Response>& response) {
  return response.ok() ? "ok" : ErrorReason(response.status());
}
std::string Said(const absl::StatusOr<v1::AuthorizeResponse>& response) {
  if (!response.ok()) return ErrorReason(response.status());
  return v1::Decision_Name(response->decision()).substr(9);
}
std::string Said(const absl::StatusOr<v1::BatchAuthorizeResponse>& response) {
  if (!response.ok()) return ErrorReason(response.status());
  return v1::Decision_Name(response->results(0).decision()).substr(9);
}

class Fields : public ::testing::Test {
 protected:
  Fields() {
    issuer_.AddKey("k", "ES256");
    const std::string any = Policy(absl::StrCat(
        R"({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com",
            "Federated": [")",
        kProvider, R"(", ")", kSamlProvider, R"("]}, "Action": "sts:*"})"));
    dir_.Write("registry/role.json", Role("Federated", any, Allow("s3:*")));
    dir_.Write("registry/policy.json",
               absl::StrCat(R"({"PolicyName": "all", "Arn":
                            "arn:aws:iam::123456789012:policy/all",
                            "PolicyDocument": )",
                            Allow("*"), "}"));
    dir_.Write("registry/keys.jwks", issuer_.Jwks());
    dir_.Write("registry/oidc.json",
               absl::StrCat(R"({"OpenIDConnectProvider": {"Arn": ")", kProvider,
                            R"(", "Url": "https://login.example.com",
                            "ClientIDList": ["rolegate"],
                            "JwksFile": "keys.jwks"}})"));
    dir_.Write("registry/corp.xml", idp_.Metadata());
    dir_.Write("registry/saml.json",
               absl::StrCat(R"({"SAMLProvider": {"Arn": ")", kSamlProvider,
                            R"(", "SAMLMetadataFile": "corp.xml"}})"));
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"),
                     "}\nfederation: {saml_audience: '", kSamlAudience,
                     "', saml_recipient: '", kSamlRecipient,
                     "'}\nlisteners: [{address: '127.0.0.1:0'}]\n"));
    server_.emplace(std::vector<std::string>{"--config", config, "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
    ec2_.emplace(server_->Connect("service:ec2.amazonaws.com"));
  }

  // A request with every field in good order, for each message.
  std::vector<std::unique_ptr<Message>> GoodRequests() const;
  std::string Send(const Message& message) const;

  TempDir dir_;
  IdentityIssuer issuer_;
  SamlIdp idp_;
  std::optional<ServerProcess> server_;
  std::optional<Client> ec2_;
};

std::vector<std::unique_ptr<Message>> Fields::GoodRequests() const {
  std::vector<std::unique_ptr<Message>> requests;
  const auto add = [&](const auto& request) {
    requests.emplace_back(request.New());
    requests.back()->CopyFrom(request);
  };
  {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Federated"));
    request.set_role_session_name("test");
    request.set_duration_seconds(900);
    request.set_policy(Allow("s3:*"));
    request.add_policy_arns("arn:aws:iam::123456789012:policy/all");
    v1::Tag* const tag = request.add_tags();
    tag->set_key("Team");
    tag->set_value("red");
    request.add_transitive_tag_keys("Team");
    request.set_external_id("7f3a");
    request.set_source_identity("alice");
    (*request.mutable_context())["aws:SourceAccount"].add_values(
        "123456789012");
    add(request);
  }
  {
    v1::AssumeRoleWithWebIdentityRequest request;
    request.set_role_arn(RoleArn("Federated"));
    request.set_role_session_name("test");
    request.set_web_identity_token(issuer_.Token(
        "k", ServiceAccountClaims("https://login.example.com", "rolegate",
                                  "shop:frontend", absl::Now())));
    request.set_policy(Allow("s3:*"));
    request.add_policy_arns("arn:aws:iam::123456789012:policy/all");
    request.set_duration_seconds(900);
    add(request);
  }
  {
    v1::AssumeRoleWithSAMLRequest request;
    request.set_role_arn(RoleArn("Federated"));
    request.set_principal_arn(kSamlProvider);
    request.set_saml_assertion(idp_.Respond(AssertionFields(absl::Now())));
    request.set_policy(Allow("s3:*"));
    request.add_policy_arns("arn:aws:iam::123456789012:policy/all");
    request.set_duration_seconds(900);
    add(request);
  }
  v1::AuthorizeRequest check;
  check.set_principal(RoleArn("Federated"));
  check.set_action("s3:GetObject");
  check.set_resource(kBucket);
  check.set_resource_account("123456789012");
  (*check.mutable_context())["app:Team"].add_values("red");
  check.set_explain(true);
  {
    v1::DecodeAuthorizationMessageRequest request;
    check.set_action("ec2:RunInstances");
    request.set_encoded_message(ec2_->Authorize(check)->encoded_message());
    check.set_action("s3:GetObject");
    add(request);
  }
  add(check);
  {
    v1::BatchAuthorizeRequest request;
    request.set_principal(RoleArn("Federated"));
    (*request.mutable_context())["app:Team"].add_values("red");
    v1::AuthorizationCheck* const one = request.add_checks();
    one->set_action("s3:GetObject");
    one->set_resource(kBucket);
    one->set_resource_account("123456789012");
    (*one->mutable_context())["app:Stage"].add_values("test");
    request.set_explain(true);
    add(request);
  }
  {
    v1::SimulateRequest request;
    request.set_principal(RoleArn("Federated"));
    request.add_actions("s3:GetObject");
    request.add_resources(kBucket);
    (*request.mutable_context())["app:Team"].add_values("red");
    v1::InlinePolicy* const policy = request.add_policies();
    policy->set_kind(v1::POLICY_KIND_IDENTITY);
    policy->set_name("p");
    policy->set_document(Allow("s3:*"));
    request.set_resource_account("123456789012");
    add(request);
  }
  {
    v1::ValidateRequest request;
    request.set_document(Allow("s3:*"));
    request.set_kind(v1::POLICY_KIND_IDENTITY);
    add(request);
  }
  {
    v1::ListRolesRequest request;
    request.set_page_size(10);
    request.set_path_prefix("/");
    add(request);
  }
  {
    v1::GetRoleRequest request;
    request.set_role_arn(RoleArn("Federated"));
    add(request);
  }
  return requests;
}

std::string Fields::Send(const Message& message) const {
  const auto as = [&](auto request) {
    request.CopyFrom(message);
    return request;
  };
  const std::string& name = message.GetDescriptor()->name();
  const std::map<std::string, std::function<std::string()>> calls = {
      {"AssumeRoleRequest",
       [&] { return Said(ec2_->AssumeRole(as(v1::AssumeRoleRequest()))); }},
      {"AssumeRoleWithWebIdentityRequest",
       [&] {
         return Said(ec2_->AssumeRoleWithWebIdentity(
             as(v1::AssumeRoleWithWebIdentityRequest())));
       }},
      {"AssumeRoleWithSAMLRequest",
       [&] {
         return Said(
             ec2_->AssumeRoleWithSAML(as(v1::AssumeRoleWithSAMLRequest())));
       }},
      {"DecodeAuthorizationMessageRequest",
       [&] {
         return Said(ec2_->DecodeAuthorizationMessage(
             as(v1::DecodeAuthorizationMessageRequest()).encoded_message()));
       }},
      {"AuthorizeRequest",
       [&] { return Said(ec2_->Authorize(as(v1::AuthorizeRequest()))); }},
      {"BatchAuthorizeRequest",
       [&] {
         return Said(ec2_->BatchAuthorize(as(v1::BatchAuthorizeRequest())));
       }},
      {"SimulateRequest",
       [&] { return Said(ec2_->Simulate(as(v1::SimulateRequest()))); }},
      {"ValidateRequest",
       [&] { return Said(ec2_->Validate(as(v1::ValidateRequest()))); }},
      {"ListRolesRequest",
       [&] { return Said(ec2_->ListRoles(as(v1::ListRolesRequest()))); }},
      {"GetRoleRequest",
       [&] {
         return Said(ec2_->GetRole(as(v1::GetRoleRequest()).role_arn()));
       }},
  };
  return calls.at(name)();
}

// The field with nothing in it, but there: an empty text, a list of one empty
// element, a number or an enumeration that is set to 0.
void MakeEmpty(Message* message, const FieldDescriptor* field,
               const std::string& text) {
  const auto* const access = message->GetReflection();
  access->ClearField(message, field);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->is_repeated()) {
        access->AddString(message, field, text);
      } else {
        access->SetString(message, field, text);
      }
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* const element = field->is_repeated()
                                   ? access->AddMessage(message, field)
                                   : access->MutableMessage(message, field);
      const auto* const first = element->GetDescriptor()->field(0);
      if (first->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        element->GetReflection()->SetString(element, first, text);
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_INT32:
      access->SetInt32(message, field, 0);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      access->SetEnumValue(message, field, 0);
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      access->SetBool(message, field, false);
      return;
    default:
      FAIL() << field->full_name();
  }
}

TEST_F(Fields, LeftOutEmptyAndNul) {
  struct Row {
    std::string left_out;
    std::string empty;
    std::string nul;  // of texts
  };
  const std::string kBad = "ValidationError";
  const std::map<std::string, Row> kRows = {
      {"AssumeRoleRequest.role_arn", {kBad, kBad, kBad}},
      {"AssumeRoleRequest.role_session_name", {kBad, kBad, kBad}},
      {"AssumeRoleRequest.duration_seconds", {"ok", kBad, ""}},
      {"AssumeRoleRequest.policy", {"ok", kBad, kBad}},
      {"AssumeRoleRequest.policy_arns", {"ok", kBad, kBad}},
      // A transitive key must be one of the tags.
      {"AssumeRoleRequest.tags", {"InvalidParameterValue", kBad, kBad}},
      {"AssumeRoleRequest.transitive_tag_keys",
       {"ok", kBad, "InvalidParameterValue"}},
      {"AssumeRoleRequest.external_id", {"ok", kBad, kBad}},
      {"AssumeRoleRequest.serial_number", {"ok", kBad, kBad}},
      {"AssumeRoleRequest.token_code", {"ok", kBad, kBad}},
      {"AssumeRoleRequest.source_identity", {"ok", kBad, kBad}},
      {"AssumeRoleRequest.context", {"ok", kBad, kBad}},
      {"AssumeRoleRequest.bind_to", {"ok", "ok", ""}},
      {"AssumeRoleWithWebIdentityRequest.role_arn", {kBad, kBad, kBad}},
      {"AssumeRoleWithWebIdentityRequest.role_session_name",
       {kBad, kBad, kBad}},
      {"AssumeRoleWithWebIdentityRequest.web_identity_token",
       {kBad, kBad, kBad}},
      {"AssumeRoleWithWebIdentityRequest.policy", {"ok", kBad, kBad}},
      {"AssumeRoleWithWebIdentityRequest.policy_arns", {"ok", kBad, kBad}},
      {"AssumeRoleWithWebIdentityRequest.duration_seconds", {"ok", kBad, ""}},
      {"AssumeRoleWithSAMLRequest.role_arn", {kBad, kBad, kBad}},
      {"AssumeRoleWithSAMLRequest.principal_arn", {kBad, kBad, kBad}},
      {"AssumeRoleWithSAMLRequest.saml_assertion", {kBad, kBad, kBad}},
      {"AssumeRoleWithSAMLRequest.policy", {"ok", kBad, kBad}},
      {"AssumeRoleWithSAMLRequest.policy_arns", {"ok", kBad, kBad}},
      {"AssumeRoleWithSAMLRequest.duration_seconds", {"ok", kBad, ""}},
      {"DecodeAuthorizationMessageRequest.encoded_message",
       {kBad, kBad, "InvalidAuthorizationMessageException"}},
      // A subject that is left out is the caller; one that is empty is none.
      {"AuthorizeRequest.session_token",
       {"ALLOW", "InvalidClientTokenId", "InvalidClientTokenId"}},
      {"AuthorizeRequest.principal", {"IMPLICIT_DENY", kBad, kBad}},
      {"AuthorizeRequest.action", {kBad, kBad, kBad}},
      {"AuthorizeRequest.resource", {kBad, kBad, kBad}},
      {"AuthorizeRequest.resource_account", {"ALLOW", "ALLOW", kBad}},
      {"AuthorizeRequest.context", {"ALLOW", kBad, kBad}},
      {"AuthorizeRequest.presenter", {"ALLOW", "ALLOW", kBad}},
      {"AuthorizeRequest.explain", {"ALLOW", "ALLOW", ""}},
      {"BatchAuthorizeRequest.session_token",
       {"ALLOW", "InvalidClientTokenId", "InvalidClientTokenId"}},
      {"BatchAuthorizeRequest.principal", {"IMPLICIT_DENY", kBad, kBad}},
      {"BatchAuthorizeRequest.context", {"ALLOW", kBad, kBad}},
      {"BatchAuthorizeRequest.checks", {kBad, kBad, kBad}},
      {"BatchAuthorizeRequest.presenter", {"ALLOW", "ALLOW", kBad}},
      {"BatchAuthorizeRequest.explain", {"ALLOW", "ALLOW", ""}},
      {"SimulateRequest.principal", {"ok", "ok", kBad}},
      {"SimulateRequest.actions", {kBad, kBad, kBad}},
      {"SimulateRequest.resources", {"ok", kBad, kBad}},
      {"SimulateRequest.context", {"ok", kBad, kBad}},
      {"SimulateRequest.policies", {"ok", kBad, ""}},
      {"SimulateRequest.caller_arn", {"ok", "ok", kBad}},
      {"SimulateRequest.resource_account", {"ok", "ok", kBad}},
      {"ValidateRequest.document", {"ok", "ok", "ok"}},
      {"ValidateRequest.kind", {kBad, kBad, ""}},
      {"ListRolesRequest.page_size", {"ok", "ok", ""}},
      {"ListRolesRequest.page_token", {"ok", "ok", kBad}},
      {"ListRolesRequest.path_prefix", {"ok", "ok", "ok"}},
      {"GetRoleRequest.role_arn", {kBad, kBad, "NoSuchEntity"}},
  };
  std::set<std::string> seen;
  for (const auto& good : GoodRequests()) {
    const auto* const type = good->GetDescriptor();
    const std::string all = Send(*good);
    EXPECT_TRUE(all == "ok" || all == "ALLOW") << type->name() << ": " << all;
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* const field = type->field(i);
      const std::string name = absl::StrCat(type->name(), ".", field->name());
      seen.insert(name);
      const auto row = kRows.find(name);
      if (row == kRows.end()) {
        ADD_FAILURE() << name << " has no row";
        continue;
      }
      const std::unique_ptr<Message> message(good->New());
      message->CopyFrom(*good);
      message->GetReflection()->ClearField(message.get(), field);
      EXPECT_EQ(Send(*message), row->second.left_out) << name << " left out";
      MakeEmpty(message.get(), field, "");
      EXPECT_EQ(Send(*message), row->second.empty) << name << " empty";
      if (row->second.nul.empty()) continue;
      MakeEmpty(message.get(), field, std::string("a\0b", 3));
      EXPECT_EQ(Send(*message), row->second.nul) << name << " with a NUL";
    }
  }
  EXPECT_EQ(seen.size(), kRows.size());
  // Requests without fields need none of this; all others must be here.
  std::set<std::string> requests;
  for (const auto* file : {v1::AuthorizeRequest::descriptor()->file(),
                           v1::AssumeRoleRequest::descriptor()->file(),
                           v1::SimulateRequest::descriptor()->file(),
                           v1::GetRoleRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto* const method = file->service(0)->method(i);
      const auto* const input = method->input_type();
      if (method->client_streaming() || input->field_count() == 0) continue;
      EXPECT_EQ(
          seen.count(absl::StrCat(input->name(), ".", input->field(0)->name())),
          1u)
          << input->name() << " is not tried";
    }
  }
}

}  // namespace
}  // namespace rolegate::testing
