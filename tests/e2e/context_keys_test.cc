// Nobody sets a condition key that is not theirs: every key that AWS defines,
// given by a caller over a real socket in every call that takes a context.
//
// AWS: "AWS global condition context keys" and "IAM and AWS STS condition
// context keys", IAM User Guide.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

// Which calls take the key from a caller.
enum class Setter {
  kNobody,       // only a simulation
  kAuthorize,    // who asks for a decision, but not who assumes a role
  kServicesToo,  // also a service principal that assumes a role
};

struct KeyCase {
  const char* key;
  const char* value;  // of the key's type
  Setter setter;
};

const KeyCase kKeys[] = {
    // The principal.
    {"aws:PrincipalArn", "arn:aws:iam::123456789012:role/Admin",
     Setter::kNobody},
    {"AWS:principalarn", "arn:aws:iam::123456789012:role/Admin",
     Setter::kNobody},
    {"aws:PrincipalAccount", "123456789012", Setter::kNobody},
    {"aws:PrincipalOrgID", "o-1", Setter::kNobody},
    {"aws:PrincipalOrgPaths", "o-1/r-1/", Setter::kNobody},
    {"aws:PrincipalTag/team", "red", Setter::kNobody},
    {"aws:PRINCIPALTAG/team", "red", Setter::kNobody},
    {"aws:PrincipalIsAWSService", "true", Setter::kNobody},
    {"aws:PrincipalServiceName", "s3.amazonaws.com", Setter::kNobody},
    {"aws:PrincipalServiceNamesList", "s3.amazonaws.com", Setter::kNobody},
    {"aws:PrincipalType", "Account", Setter::kNobody},
    {"aws:userid", "AROAX:admin", Setter::kNobody},
    {"aws:username", "admin", Setter::kNobody},
    // The session.
    {"aws:FederatedProvider", "accounts.google.com", Setter::kNobody},
    {"aws:TokenIssueTime", "2030-01-01T00:00:00Z", Setter::kNobody},
    {"aws:MultiFactorAuthPresent", "true", Setter::kNobody},
    {"aws:MultiFactorAuthAge", "1", Setter::kNobody},
    {"aws:SourceIdentity", "alice", Setter::kNobody},
    {"aws:AssumedRoot", "true", Setter::kAuthorize},
    {"aws:SignInSessionArn", "arn:aws:signin:::x", Setter::kAuthorize},
    {"aws:ChatbotSourceArn", "arn:aws:chatbot:::x", Setter::kAuthorize},
    {"aws:Ec2InstanceSourceVpc", "vpc-1", Setter::kAuthorize},
    {"aws:Ec2InstanceSourcePrivateIPv4", "10.0.0.1", Setter::kAuthorize},
    {"ec2:SourceInstanceArn", "arn:aws:ec2:::x", Setter::kAuthorize},
    {"lambda:SourceFunctionArn", "arn:aws:lambda:::x", Setter::kAuthorize},
    // The network.
    {"aws:SourceIp", "10.0.0.1", Setter::kAuthorize},
    {"aws:VpcSourceIp", "10.0.0.1", Setter::kServicesToo},
    {"aws:SourceVpc", "vpc-1", Setter::kServicesToo},
    {"aws:SourceVpce", "vpce-1", Setter::kServicesToo},
    {"aws:SourceVpcArn", "arn:aws:ec2:::vpc/x", Setter::kServicesToo},
    {"aws:VpceAccount", "123456789012", Setter::kAuthorize},
    {"aws:VpceOrgID", "o-1", Setter::kAuthorize},
    {"aws:VpceOrgPaths", "o-1/r-1/", Setter::kAuthorize},
    // The resource.
    {"aws:ResourceAccount", "123456789012", Setter::kNobody},
    {"aws:ResourceOrgID", "o-1", Setter::kNobody},
    {"aws:ResourceOrgPaths", "o-1/r-1/", Setter::kNobody},
    {"aws:ResourceTag/team", "red", Setter::kAuthorize},
    {"iam:ResourceTag/team", "red", Setter::kNobody},
    // The call.
    {"aws:CalledVia", "athena.amazonaws.com", Setter::kServicesToo},
    {"aws:CalledViaFirst", "athena.amazonaws.com", Setter::kNobody},
    {"aws:CalledViaLast", "athena.amazonaws.com", Setter::kNobody},
    {"aws:CalledViaAWSMCP", "x", Setter::kAuthorize},
    {"aws:ViaAWSMCPService", "true", Setter::kAuthorize},
    {"aws:IsMcpServiceAction", "true", Setter::kAuthorize},
    {"aws:ViaAWSService", "true", Setter::kServicesToo},
    {"aws:CurrentTime", "2030-01-01T00:00:00Z", Setter::kNobody},
    {"aws:EpochTime", "1", Setter::kNobody},
    {"aws:referer", "https://x.example", Setter::kServicesToo},
    {"aws:RequestedRegion", "eu-central-1", Setter::kServicesToo},
    {"aws:RequestTag/team", "red", Setter::kAuthorize},
    {"aws:TagKeys", "team", Setter::kAuthorize},
    {"aws:SecureTransport", "true", Setter::kAuthorize},
    {"aws:SourceAccount", "123456789012", Setter::kServicesToo},
    {"aws:SourceArn", "arn:aws:s3:::b", Setter::kServicesToo},
    {"aws:SourceOrgID", "o-1", Setter::kServicesToo},
    {"aws:SourceOrgPaths", "o-1/r-1/", Setter::kServicesToo},
    {"aws:UserAgent", "curl", Setter::kServicesToo},
    // The Security Token Service.
    {"sts:ExternalId", "e", Setter::kNobody},
    {"sts:RoleSessionName", "s", Setter::kNobody},
    {"sts:SourceIdentity", "alice", Setter::kNobody},
    {"sts:TransitiveTagKeys", "team", Setter::kNobody},
    {"sts:AWSServiceName", "x", Setter::kAuthorize},
    {"sts:DurationSeconds", "900", Setter::kAuthorize},
    {"sts:TaskPolicyArn", "arn:aws:iam::aws:policy/x", Setter::kAuthorize},
    {"sts:RequestContext/x", "y", Setter::kAuthorize},
    {"sts:RequestContextProviders", "arn:aws:x:::y", Setter::kAuthorize},
    // Identity providers.
    {"saml:aud", "x", Setter::kNobody},
    {"saml:iss", "x", Setter::kNobody},
    {"saml:sub", "x", Setter::kNobody},
    {"saml:sub_type", "persistent", Setter::kNobody},
    {"saml:namequalifier", "x", Setter::kNobody},
    {"saml:doc", "x", Setter::kNobody},
    {"saml:cn", "x", Setter::kNobody},
    {"saml:eduPersonAffiliation", "x", Setter::kNobody},
    {"oidc.example.com/id/AB:sub", "x", Setter::kAuthorize},
    // Reserved, though AWS defines no such key today.
    {"aws:NoSuchKey", "x", Setter::kNobody},
    {"sts:NoSuchKey", "x", Setter::kNobody},
    {"iam:NoSuchKey", "x", Setter::kNobody},
    // A service's own.
    {"billing:InvoiceState", "open", Setter::kAuthorize},
};

class ContextKeys : public ::testing::Test {
 protected:
  ContextKeys() {
    registry_.Write("reader.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    server_.emplace(std::vector<std::string>{
        "--registry", registry_.path(), "--listen", "127.0.0.1:0", "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
    client_.emplace(server_->Connect("service:ec2.amazonaws.com"));
  }

  template <typename Message>
  static void Give(const KeyCase& c, Message* message) {
    (*message->mutable_context())[c.key].add_values(c.value);
  }
  static void Expect(bool taken, const absl::Status& status) {
    if (taken) {
      EXPECT_TRUE(status.ok()) << status;
      return;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(ErrorReason(status), "ValidationError");
    EXPECT_THAT(std::string(status.message()), HasSubstr("caller's to set"));
  }

  TempDir registry_;
  std::optional<ServerProcess> server_;
  std::optional<Client> client_;
};

TEST_F(ContextKeys, AuthorizeTakesThoseOfTheCallerOnly) {
  for (const KeyCase& c : kKeys) {
    SCOPED_TRACE(c.key);
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    request.set_resource("arn:aws:s3:::b/k");
    Give(c, &request);
    Expect(c.setter != Setter::kNobody, client_->Authorize(request).status());
  }
}

TEST_F(ContextKeys, BatchesTakeTheSameInBothOfTheirPlaces) {
  for (const KeyCase& c : kKeys) {
    for (const bool common : {true, false}) {
      SCOPED_TRACE(absl::StrCat(c.key, common ? " common" : " of a check"));
      v1::BatchAuthorizeRequest request;
      v1::AuthorizationCheck* const check = request.add_checks();
      check->set_action("s3:GetObject");
      check->set_resource("arn:aws:s3:::b/k");
      if (common) {
        Give(c, &request);
      } else {
        Give(c, check);
      }
      Expect(c.setter != Setter::kNobody,
             client_->BatchAuthorize(request).status());
    }
  }
}

TEST_F(ContextKeys, AssumeRoleTakesWhatAServiceTellsOfItsCaller) {
  for (const KeyCase& c : kKeys) {
    SCOPED_TRACE(c.key);
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn("Reader"));
    request.set_role_session_name("test");
    Give(c, &request);
    Expect(c.setter == Setter::kServicesToo,
           client_->AssumeRole(request).status());
  }
}

TEST_F(ContextKeys, SimulationsTakeAny) {
  for (const KeyCase& c : kKeys) {
    SCOPED_TRACE(c.key);
    v1::SimulateRequest request;
    request.add_actions("s3:GetObject");
    request.add_resources("arn:aws:s3:::b/k");
    Give(c, &request);
    Expect(true, client_->Simulate(request).status());
  }
}

}  // namespace
}  // namespace rolegate::testing
