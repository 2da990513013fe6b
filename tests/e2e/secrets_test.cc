// Secrets in the wrong place: every text field of every call is given each kind
// of secret, and none of them may stand in the audit log, in the log at its
// most talkative, or in an error.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_method.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
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

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageLite;
using google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;
using ::testing::Not;

struct KnownSecret {
  const char* name;
  std::string text;
  // What must be found nowhere: pieces of it that tell something.
  std::vector<std::string> pieces;
};

// Of a token, the claims and the signature; its header is no secret.
KnownSecret Token(const char* name, const std::string& token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  KnownSecret secret{name, token, {}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (std::size_t at = 0; at + 24 <= parts[i].size(); at += 24) {
      secret.pieces.push_back(parts[i].substr(at, 24));
    }
  }
  return secret;
}

KnownSecret Assertion(const std::string& assertion) {
  KnownSecret secret{"assertion", assertion, {}};
  for (std::size_t at = 0; at + 48 <= assertion.size(); at += 48) {
    secret.pieces.push_back(assertion.substr(at, 48));
  }
  return secret;
}

// The ways in which somebody puts a secret into a field.
std::vector<std::string> Placements(const std::string& secret) {
  return {secret, absl::StrCat("arn:aws:iam::123456789012:role/", secret),
          absl::StrCat("see \"", secret, "\", please"),
          secret.substr(0, secret.size() / 2 + 40)};
}

// Sets one text field somewhere in a message, the `index`th in the order of its
// definition; false if there are not so many.
class FieldSetter {
 public:
  FieldSetter(int index, const std::string& text) : left_(index), text_(text) {}

  bool Set(Message* message) {
    const Descriptor* const type = message->GetDescriptor();
    const auto* const reflection = message->GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* const field = type->field(i);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        if (left_-- > 0) continue;
        name_ = field->full_name();
        if (field->is_repeated()) {
          reflection->AddString(message, field, text_);
        } else {
          reflection->SetString(message, field, text_);
        }
        return true;
      }
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      Message* const child = field->is_repeated()
                                 ? reflection->AddMessage(message, field)
                                 : reflection->MutableMessage(message, field);
      if (Set(child)) return true;
      if (field->is_repeated()) {
        reflection->RemoveLast(message, field);
      } else {
        reflection->ClearField(message, field);
      }
    }
    return false;
  }
  const std::string& name() const { return name_; }

 private:
  int left_;
  const std::string& text_;
  std::string name_;
};

class Secrets : public ::testing::Test {
 protected:
  Secrets() {
    issuer_.AddKey("k", "ES256");
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    dir_.Write("registry/corp.xml", idp_.Metadata());
    dir_.Write("registry/corp.json",
               absl::StrCat(R"({"SAMLProvider": {"Arn": ")", kSamlProvider,
                            R"(", "SAMLMetadataFile": "corp.xml"}})"));
    server_.emplace(std::vector<std::string>{
        "--config",
        dir_.Write(
            "rolegated.yaml",
            absl::StrCat("registry: {dir: ", dir_.path("registry"),
                         "}\naudit: {path: ", dir_.path("audit"),
                         "}\nfederation: {saml_audience: '", kSamlAudience,
                         "', saml_recipient: '", kSamlRecipient,
                         "'}\nlimits: {max_failures_per_second: 0}\n"
                         "log: {level: debug}\n")),
        "--listen", "127.0.0.1:0", "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
    channel_ = grpc::CreateChannel(server_->address(),
                                   grpc::InsecureChannelCredentials());
  }

  std::vector<KnownSecret> All() {
    const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
    const std::int64_t now = absl::ToUnixSeconds(absl::Now());
    return {
        Token("session", AssumeOrDie(ec2, RoleArn("Reader"))),
        Token("identity token",
              issuer_.Token("k",
                            absl::StrCat(R"({"iss": "https://login.example.com",
                     "sub": "alice@example.com", "aud": "rolegate", "iat": )",
                                         now, R"(, "exp": )", now + 600, "}"))),
        Assertion(idp_.Respond(AssertionFields(absl::Now()))),
    };
  }

  // A request whose other fields are good, so that more of them is looked at.
  static void Fill(Message* request) {
    if (auto* assume = dynamic_cast<v1::AssumeRoleRequest*>(request)) {
      assume->set_role_arn(RoleArn("Reader"));
      assume->set_role_session_name("test");
    } else if (auto* web = dynamic_cast<v1::AssumeRoleWithWebIdentityRequest*>(
                   request)) {
      web->set_role_arn(RoleArn("Reader"));
      web->set_role_session_name("test");
    } else if (auto* saml =
                   dynamic_cast<v1::AssumeRoleWithSAMLRequest*>(request)) {
      saml->set_role_arn(RoleArn("Reader"));
      saml->set_principal_arn(kSamlProvider);
      saml->set_saml_assertion("PHg+PC94Pg==");
    } else if (auto* authorize = dynamic_cast<v1::AuthorizeRequest*>(request)) {
      authorize->set_action("s3:GetObject");
      authorize->set_resource("*");
    } else if (auto* simulate = dynamic_cast<v1::SimulateRequest*>(request)) {
      simulate->add_actions("s3:GetObject");
      simulate->add_resources("*");
    }
  }

  using Metadata = std::vector<std::pair<std::string, std::string>>;
  grpc::Status Call(const MethodDescriptor& method, const Message& request,
                    const Metadata& metadata) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    const std::string path =
        absl::StrCat("/", method.service()->full_name(), "/", method.name());
    const std::unique_ptr<Message> response(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method.output_type())
            ->New());
    return grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
        channel_.get(),
        grpc::internal::RpcMethod(path.c_str(),
                                  grpc::internal::RpcMethod::NORMAL_RPC),
        &context, request, response.get());
  }

  static void ExpectNone(const KnownSecret& secret, absl::string_view where,
                         absl::string_view text) {
    for (const std::string& piece : secret.pieces) {
      if (!absl::StrContains(text, piece)) continue;
      const std::size_t at = text.find(piece);
      ADD_FAILURE() << secret.name << " in " << where << ": "
                    << text.substr(at < 200 ? 0 : at - 200, 400);
      return;
    }
  }

  // What the server wrote, after it has ended.
  void ExpectNoneWritten(const std::vector<KnownSecret>& secrets) {
    EXPECT_EQ(server_->Stop(), 0);
    for (const KnownSecret& secret : secrets) {
      ExpectNone(secret, "the log", server_->log());
      ExpectNone(secret, "the audit log", dir_.Read("audit"));
    }
  }

  TempDir dir_;
  IdentityIssuer issuer_;
  SamlIdp idp_;
  std::optional<ServerProcess> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(Secrets, InEveryFieldOfEveryCall) {
  const std::vector<KnownSecret> secrets = All();
  const Metadata caller = {{"rolegate-principal", "service:ec2.amazonaws.com"}};
  int calls = 0;
  int refused = 0;
  for (const auto* file : {v1::AssumeRoleRequest::descriptor()->file(),
                           v1::AuthorizeRequest::descriptor()->file(),
                           v1::SimulateRequest::descriptor()->file(),
                           v1::GetRoleRequest::descriptor()->file()}) {
    for (int m = 0; m < file->service(0)->method_count(); ++m) {
      const MethodDescriptor& method = *file->service(0)->method(m);
      if (method.client_streaming() || method.server_streaming()) continue;
      for (const KnownSecret& secret : secrets) {
        for (const std::string& text : Placements(secret.text)) {
          for (int field = 0;; ++field) {
            const std::unique_ptr<Message> request(
                google::protobuf::MessageFactory::generated_factory()
                    ->GetPrototype(method.input_type())
                    ->New());
            Fill(request.get());
            FieldSetter setter(field, text);
            if (!setter.Set(request.get())) break;
            ++calls;
            const grpc::Status status = Call(method, *request, caller);
            if (status.ok()) continue;
            ++refused;
            const std::string where = absl::StrCat(
                "the error of ", method.full_name(), ", ", setter.name());
            ExpectNone(secret, where, status.error_message());
            ExpectNone(secret, where, status.error_details());
          }
        }
      }
    }
  }
  EXPECT_GT(calls, 500);
  EXPECT_GT(refused, 300);
  ExpectNoneWritten(secrets);
  EXPECT_THAT(dir_.Read("audit"), HasSubstr("[redacted]"));
}

TEST_F(Secrets, InAStreamOfChecks) {
  const std::vector<KnownSecret> secrets = All();
  const auto stream =
      server_->Connect("service:ec2.amazonaws.com").OpenAuthorizeStream();
  for (const KnownSecret& secret : secrets) {
    for (const std::string& text : Placements(secret.text)) {
      for (int field = 0;; ++field) {
        v1::AuthorizeStreamRequest request;
        FieldSetter setter(field, text);
        if (!setter.Set(&request)) break;
        ASSERT_TRUE(stream->Write(request));
        v1::AuthorizeStreamResponse response;
        ASSERT_TRUE(stream->Read(&response));
        if (!response.has_error()) continue;
        ExpectNone(secret, setter.name(), response.error().message());
      }
    }
  }
  ExpectNoneWritten(secrets);
}

TEST_F(Secrets, InMetadata) {
  const std::vector<KnownSecret> secrets = All();
  const MethodDescriptor& method = *v1::AssumeRoleRequest::descriptor()
                                        ->file()
                                        ->service(0)
                                        ->FindMethodByName("AssumeRole");
  v1::AssumeRoleRequest request;
  Fill(&request);
  for (const KnownSecret& secret : secrets) {
    for (const std::string& text : Placements(secret.text)) {
      for (const Metadata& metadata :
           {Metadata{{"authorization", text}},
            Metadata{{"authorization", absl::StrCat("Bearer ", text)}},
            Metadata{{"rolegate-principal", text}},
            Metadata{{"rolegate-principal", absl::StrCat("service:", text)}},
            Metadata{{"traceparent", text},
                     {"rolegate-principal", "service:x"}},
            Metadata{{"authorization", text}, {"rolegate-principal", text}}}) {
        const grpc::Status status = Call(method, request, metadata);
        ExpectNone(secret, metadata[0].first, status.error_message());
        ExpectNone(secret, metadata[0].first, status.error_details());
      }
    }
  }
  ExpectNoneWritten(secrets);
}

// A code of an MFA device is six digits, which no text can be searched for; so
// what is no ARN is not written where an ARN belongs.
TEST_F(Secrets, ACodeInTheFieldOfAnArn) {
  const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
  v1::AssumeRoleRequest assume;
  assume.set_role_session_name("test");
  assume.set_role_arn("739184");
  EXPECT_THAT(std::string(ec2.AssumeRole(assume).status().message()),
              HasSubstr("roleArn"));
  assume.set_role_arn(RoleArn("Reader"));
  assume.set_token_code("739184");
  EXPECT_FALSE(ec2.AssumeRole(assume).ok()) << "without a device";
  assume.set_serial_number("739184");
  EXPECT_FALSE(ec2.AssumeRole(assume).ok()) << "MFA is not set up";
  v1::AssumeRoleWithSAMLRequest saml;
  saml.set_role_arn("code 739184, or so it seems");
  saml.set_principal_arn("739184 is what my device says");
  saml.set_saml_assertion("PHg+PC94Pg==");
  EXPECT_FALSE(ec2.AssumeRoleWithSAML(saml).ok());
  v1::AssumeRoleWithWebIdentityRequest web;
  web.set_role_arn("739184");
  web.set_web_identity_token("739184");
  EXPECT_FALSE(ec2.AssumeRoleWithWebIdentity(web).ok());
  EXPECT_EQ(server_->Stop(), 0);
  EXPECT_THAT(dir_.Read("audit"), Not(HasSubstr("739184")));
  EXPECT_THAT(server_->log(), Not(HasSubstr("739184")));
}

// Who administers is told what was refused, and still no token.
TEST_F(Secrets, InASealedRefusal) {
  const std::vector<KnownSecret> secrets = All();
  const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
  const Client ops = server_->Connect("service:ops");
  for (const KnownSecret& secret : secrets) {
    v1::AssumeRoleRequest assume;
    assume.set_role_arn(RoleArn(secret.text).substr(0, 2048));
    assume.set_role_session_name("test");
    (*assume.mutable_context())["aws:SourceArn"].add_values(
        absl::StrCat("arn:aws:s3:::", secret.text));
    const absl::Status refused = ec2.AssumeRole(assume).status();
    ASSERT_EQ(ErrorReason(refused), "AccessDenied") << refused;
    ExpectNone(secret, "the refusal", refused.message());
    v1::AuthorizeRequest authorize;
    authorize.set_action("s3:GetObject");
    authorize.set_resource(absl::StrCat("arn:aws:s3:::", secret.text));
    (*authorize.mutable_context())["s3:prefix"].add_values(secret.text);
    const auto denied = ec2.Authorize(authorize);
    ASSERT_TRUE(denied.ok()) << denied.status();
    for (const std::string& sealed :
         {EncodedMessage(refused), denied->encoded_message()}) {
      ASSERT_NE(sealed, "");
      const auto opened = ops.DecodeAuthorizationMessage(sealed);
      ASSERT_TRUE(opened.ok()) << opened.status();
      EXPECT_THAT(opened->decoded_message(), HasSubstr("[redacted]"));
      ExpectNone(secret, "a sealed record", opened->decoded_message());
    }
  }
}

// Protobuf has words of its own for what cannot be read.
TEST_F(Secrets, ProtobufWritesNoLinesOfItsOwn) {
  const Client ec2 = server_->Connect("service:ec2.amazonaws.com");
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource("\xFF\xFE");
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(ec2.Authorize(request).ok());
  EXPECT_EQ(server_->Stop(), 0);
  const std::string log = server_->log();
  EXPECT_THAT(log, HasSubstr(R"("source":"protobuf")"));
  int lines = 0;
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    if (line.empty()) continue;
    EXPECT_EQ(line.front(), '{') << line;
    if (absl::StrContains(line, "protobuf")) ++lines;
  }
  EXPECT_LE(lines, 2) << log;
}

}  // namespace
}  // namespace rolegate::testing
