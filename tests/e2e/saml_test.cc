// AssumeRoleWithSAML by real calls: a provider that signs, the server that
// verifies.

#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/paths.h"
#include "tests/support/saml_cases.h"
#include "tests/support/saml_idp.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Any session of the provider, and whatever it brings.
constexpr char kTrust[] = R"({"Version": "2012-10-17", "Statement": [{
  "Effect": "Allow",
  "Principal": {"Federated":
                "arn:aws:iam::123456789012:saml-provider/Corp"},
  "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession",
             "sts:SetSourceIdentity"]}]})";

// One statement that allows sts:AssumeRoleWithSAML under a condition.
std::string TrustIf(const std::string& condition) {
  return Policy(absl::StrCat(
      R"({"Effect": "Allow", "Principal": {"Federated": ")", kSamlProvider,
      R"("}, "Action": "sts:AssumeRoleWithSAML", "Condition": )", condition,
      "}"));
}

class Saml : public ::testing::Test {
 protected:
  Saml() {
    AddRole("Federated", kTrust, R"(, "MaxSessionDuration": 7200)");
    WriteProvider(idp_.Metadata());
    config_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", registry_.path(),
                     "}\nlisteners: [{address: '127.0.0.1:0'}]\n"
                     "federation: {saml_audience: '",
                     kSamlAudience, "', saml_recipient: '", kSamlRecipient,
                     "'}\nlog: {level: debug}\naudit: {path: ",
                     config_.path("audit"), "}\n"));
  }

  void AddRole(const std::string& name, const std::string& trust,
               const std::string& more = "") {
    registry_.Write(name + ".json",
                    Role(name, trust, Allow("s3:GetObject"), more));
  }
  void WriteProvider(const std::string& metadata) {
    registry_.Write("corp.xml", metadata);
    registry_.Write("corp.json",
                    absl::StrCat(R"({"SAMLProvider": {"Arn": ")", kSamlProvider,
                                 R"(", "SAMLMetadataFile": "corp.xml"}})"));
  }

  void Start() {
    server_.emplace(std::vector<std::string>{
        "--config", config_.path("rolegated.yaml"), "--dev"});
    ASSERT_TRUE(server_->serving()) << server_->log();
  }

  // A call without any credentials.
  absl::StatusOr<v1::AssumeRoleWithSAMLResponse> Assume(
      const std::string& assertion, const std::string& role = "Federated",
      std::optional<int> duration = std::nullopt) {
    v1::AssumeRoleWithSAMLRequest request;
    request.set_role_arn(RoleArn(role));
    request.set_principal_arn(kSamlProvider);
    request.set_saml_assertion(assertion);
    if (duration) request.set_duration_seconds(*duration);
    return server_->Connect("").AssumeRoleWithSAML(request);
  }

  // An assertion for a role, with further attributes of AWS.
  AssertionFields For(
      const std::string& role,
      const std::vector<std::pair<std::string, std::string>>& attributes = {}) {
    AssertionFields fields(absl::Now());
    fields.Set(absl::StrCat(kAwsAttributes, "Role"),
               {absl::StrCat(RoleArn(role), ",", kSamlProvider)});
    for (const auto& [name, value] : attributes) {
      fields.Set(absl::StrCat(kAwsAttributes, name), {value});
    }
    return fields;
  }

  TempDir registry_;
  TempDir config_;
  SamlIdp idp_;
  std::optional<ServerProcess> server_;
};

TEST_F(Saml, ASessionIsGivenForAnAssertion) {
  Start();
  const auto response = Assume(idp_.Respond(AssertionFields(absl::Now())));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->assumed_role_user().arn(),
            "arn:aws:sts::123456789012:assumed-role/Federated/jo");
  EXPECT_EQ(response->assumed_role_user().assumed_role_id(),
            "AROAFederated:jo");
  EXPECT_EQ(response->subject(), "jo@example.com");
  EXPECT_EQ(response->subject_type(), "persistent");
  EXPECT_EQ(response->issuer(), "https://idp.example.com/saml");
  EXPECT_EQ(response->audience(), kSamlRecipient);
  // echo -n https://idp.example.com/saml123456789012/Corp |
  //   openssl sha1 -binary | base64
  EXPECT_EQ(response->name_qualifier(), "F4n4tHfsTNbdJ8Yl1OzB++/YKYg=");
  EXPECT_FALSE(response->has_packed_policy_size());

  const Client session =
      server_->Connect("", response->credentials().session_token());
  EXPECT_TRUE(session.IsAllowed("s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(session.IsAllowed("s3:PutObject", "arn:aws:s3:::b/k"));
}

TEST_F(Saml, GoodAndBadAssertionsByName) {
  Start();
  const SamlIdp attacker;
  const auto cases = SamlCases(idp_, attacker, absl::Now());
  ASSERT_GT(cases.size(), 90u);
  for (const SamlCase& test : cases) {
    SCOPED_TRACE(test.name);
    const auto response = Assume(test.base64);
    if (test.code.empty()) {
      ASSERT_TRUE(response.ok()) << response.status();
      EXPECT_EQ(response->subject(), "jo@example.com");
      continue;
    }
    EXPECT_EQ(ErrorReason(response.status()), test.code);
    EXPECT_EQ(response.status().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(response.status().message()),
                HasSubstr(test.message));
    EXPECT_THAT(std::string(response.status().message()),
                Not(HasSubstr("example.com")));
  }
  // Neither log knows an assertion, be it as text or in base64.
  EXPECT_EQ(server_->Stop(), 0);
  for (const std::string& log : {server_->log(), config_.Read("audit")}) {
    EXPECT_THAT(log, HasSubstr("{"));
    for (const char* piece : {"<saml", "Signature", "PHNhbWw", "PD94bWw"}) {
      EXPECT_THAT(log, Not(HasSubstr(piece)));
    }
  }
}

TEST_F(Saml, TrustPoliciesTestWhatTheAssertionSays) {
  const struct {
    std::string name;
    std::string condition;
    bool allowed;
  } kCases[] = {
      {"aud",
       absl::StrCat(R"({"StringEquals": {"SAML:aud": ")", kSamlRecipient,
                    R"("}})"),
       true},
      {"aud-other", R"({"StringEquals": {"SAML:aud": "https://x"}})", false},
      {"sub", R"({"StringEquals": {"saml:sub": "jo@example.com",
                                   "saml:sub_type": "persistent"}})",
       true},
      {"iss", R"({"StringEquals": {"saml:iss": "https://idp.example.com/saml",
                                   "saml:doc": "123456789012/Corp"}})",
       true},
      {"affiliation", R"({"ForAnyValue:StringEquals":
                          {"saml:edupersonaffiliation": "staff"}})",
       true},
      {"affiliation-other", R"({"ForAnyValue:StringEquals":
                                {"saml:edupersonaffiliation": "student"}})",
       false},
      {"mail", R"({"ForAllValues:StringLike": {"saml:mail": "*@example.com"}})",
       true},
      {"session", R"({"StringLike": {"sts:RoleSessionName": "j?"}})", true},
  };
  for (const auto& test : kCases) AddRole(test.name, TrustIf(test.condition));
  Start();
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    AssertionFields fields = For(test.name);
    fields.Set("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", {"member", "staff"});
    fields.Set("urn:oid:0.9.2342.19200300.100.1.3",
               {"jo@example.com", "j@example.com"});
    const auto response = Assume(idp_.Respond(fields), test.name);
    EXPECT_EQ(response.ok(), test.allowed) << response.status();
    if (!test.allowed) {
      EXPECT_EQ(ErrorReason(response.status()), "AccessDenied");
      EXPECT_EQ(response.status().message(),
                "Not authorized to perform sts:AssumeRoleWithSAML");
    }
  }
}

TEST_F(Saml, RefusalsSayTheSameWhateverRefused) {
  AddRole("Untrusting", Trust(kEc2));
  Start();
  // The role does not trust the provider, does not exist, or is not named by
  // the assertion.
  const std::pair<std::string, AssertionFields> kCases[] = {
      {"Untrusting", For("Untrusting")},
      {"DoesNotExist", For("DoesNotExist")},
      {"Federated", For("Other")},
  };
  for (const auto& [role, fields] : kCases) {
    const auto response = Assume(idp_.Respond(fields), role);
    EXPECT_EQ(ErrorReason(response.status()), "AccessDenied");
    EXPECT_EQ(response.status().message(),
              "Not authorized to perform sts:AssumeRoleWithSAML");
  }
}

TEST_F(Saml, TagsAndSourceIdentityNeedTheirPermissions) {
  AddRole("Plain", TrustIf("{}"));
  Start();
  EXPECT_TRUE(Assume(idp_.Respond(For("Plain")), "Plain").ok());
  EXPECT_EQ(ErrorReason(Assume(idp_.Respond(For(
                                   "Plain", {{"PrincipalTag:Team", "red"}})),
                               "Plain")
                            .status()),
            "AccessDenied");
  EXPECT_EQ(
      ErrorReason(Assume(idp_.Respond(For("Plain", {{"SourceIdentity", "jo"}})),
                         "Plain")
                      .status()),
      "AccessDenied");
  const auto response =
      Assume(idp_.Respond(For("Federated", {{"PrincipalTag:Team", "red"},
                                            {"TransitiveTagKeys", "Team"},
                                            {"SourceIdentity", "jo.doe"}})));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->source_identity(), "jo.doe");
  EXPECT_GT(response->packed_policy_size(), 0);
}

TEST_F(Saml, AttributesOfAwsAreChecked) {
  Start();
  const struct {
    const char* attribute;
    const char* value;
    const char* message;
  } kCases[] = {
      {"RoleSessionName", "a b", "RoleSessionName in AuthnResponse must match"},
      {"SourceIdentity", "a b", "Source Identity must match"},
      {"SessionDuration", "60", "SessionDuration must be"},
      {"PrincipalTag:aws:x", "zq9", "prefix aws: is reserved"},
      {"PrincipalTag:a;b", "zq9", "regular expression"},
      {"TransitiveTagKeys", "NoSuchTag", ""},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.attribute);
    const auto response =
        Assume(idp_.Respond(For("Federated", {{test.attribute, test.value}})));
    ASSERT_FALSE(response.ok());
    EXPECT_THAT(std::string(response.status().message()),
                HasSubstr(test.message));
    EXPECT_THAT(std::string(response.status().message()),
                Not(HasSubstr(test.value)));
  }
}

TEST_F(Saml, TheSessionEndsWithTheShortest) {
  Start();
  // Seconds from now, by what is set.
  const struct {
    const char* name;
    std::optional<int> request;
    int session_end;  // SessionNotOnOrAfter; 0: none
    const char* session_duration;
    int expected;
  } kCases[] = {
      {"nothing", std::nullopt, 0, "", 3600},
      {"request", 7200, 0, "", 7200},
      {"SessionNotOnOrAfter", 7200, 600, "", 600},
      {"SessionDuration", 7200, 0, "900", 900},
      {"a later end lengthens nothing", std::nullopt, 9000, "43200", 3600},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const absl::Time now = absl::Now();
    AssertionFields fields = For("Federated");
    if (test.session_end > 0) {
      fields.authn_statement =
          Replaced(fields.authn_statement, "/>",
                   absl::StrCat(" SessionNotOnOrAfter=\"",
                                SamlTime(now + absl::Seconds(test.session_end)),
                                "\"/>"));
    }
    if (*test.session_duration != '\0') {
      fields.Set(absl::StrCat(kAwsAttributes, "SessionDuration"),
                 {test.session_duration});
    }
    const auto response =
        Assume(idp_.Respond(fields), "Federated", test.request);
    ASSERT_TRUE(response.ok()) << response.status();
    const auto seconds = response->credentials().expiration().seconds() -
                         absl::ToUnixSeconds(now);
    EXPECT_GE(seconds, test.expected - 1);
    EXPECT_LE(seconds, test.expected + 20);
  }
  const auto response =
      Assume(idp_.Respond(For("Federated")), "Federated", 7201);
  EXPECT_EQ(ErrorReason(response.status()), "ValidationError");
}

TEST_F(Saml, SubjectStaysWithTheSession) {
  registry_.Write(
      "Reader.json",
      Role("Reader", kTrust,
           Policy(R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                      "Condition": {"StringEquals": {
                        "saml:sub": "jo@example.com",
                        "saml:sub_type": "persistent",
                        "saml:namequalifier": "F4n4tHfsTNbdJ8Yl1OzB++/YKYg="}}},
                     {"Effect": "Deny", "Action": "s3:PutObject",
                      "Resource": "*", "Condition": {"Null": {
                        "saml:aud": "true"}}})")));
  Start();
  const auto response = Assume(idp_.Respond(For("Reader")), "Reader");
  ASSERT_TRUE(response.ok()) << response.status();
  const Client session =
      server_->Connect("", response->credentials().session_token());
  EXPECT_TRUE(session.IsAllowed("s3:GetObject", "arn:aws:s3:::b/k"));
  // saml:aud is gone.
  EXPECT_FALSE(session.IsAllowed("s3:PutObject", "arn:aws:s3:::b/k"));
}

TEST_F(Saml, UnknownProvidersAndFieldsAreRefused) {
  Start();
  v1::AssumeRoleWithSAMLRequest request;
  request.set_role_arn(RoleArn("Federated"));
  request.set_principal_arn("arn:aws:iam::123456789012:saml-provider/Other");
  request.set_saml_assertion(idp_.Respond(AssertionFields(absl::Now())));
  const Client client = server_->Connect("");
  auto response = client.AssumeRoleWithSAML(request);
  EXPECT_EQ(ErrorReason(response.status()), "InvalidIdentityToken");
  EXPECT_EQ(response.status().message(), "Specified provider doesn't exist");
  request.set_principal_arn("x");
  EXPECT_EQ(ErrorReason(client.AssumeRoleWithSAML(request).status()),
            "ValidationError");
  request.set_principal_arn(kSamlProvider);
  request.set_saml_assertion(std::string(100'001, 'A'));
  EXPECT_EQ(ErrorReason(client.AssumeRoleWithSAML(request).status()),
            "ValidationError");
  request.set_saml_assertion("");
  EXPECT_EQ(ErrorReason(client.AssumeRoleWithSAML(request).status()),
            "ValidationError");
}

TEST_F(Saml, WithoutAnAudienceNothingIsServed) {
  config_.Write("rolegated.yaml",
                absl::StrCat("registry: {dir: ", registry_.path(),
                             "}\nlisteners: [{address: '127.0.0.1:0'}]\n"));
  Start();
  const auto response = Assume(idp_.Respond(AssertionFields(absl::Now())));
  EXPECT_EQ(ErrorReason(response.status()), "NotImplemented");
  EXPECT_THAT(std::string(response.status().message()),
              HasSubstr("federation.saml_audience"));
}

TEST_F(Saml, MetadataIsReadAgainAndItsFaultsAreNamed) {
  Start();
  const SamlIdp next;
  const std::string response = next.Respond(AssertionFields(absl::Now()));
  EXPECT_FALSE(Assume(response).ok());
  registry_.Write("corp.xml", next.Metadata());
  EXPECT_TRUE(Eventually([&] { return Assume(response).ok(); }));

  registry_.Write("corp.xml", "<EntityDescriptor/>");
  EXPECT_TRUE(Eventually([&] {
    const auto status = server_->Connect("service:x").GetStatus();
    return status.ok() && status->faults_size() == 1;
  }));
  const auto status = server_->Connect("service:x").GetStatus();
  EXPECT_EQ(status->faults(0).file(), "corp.json");
  EXPECT_THAT(status->faults(0).message(),
              HasSubstr("expected one EntityDescriptor"));
  EXPECT_TRUE(Assume(response).ok()) << "the last good generation holds";
}

TEST_F(Saml, AuditTellsWhoAndByWhichProvider) {
  Start();
  const std::string assertion = idp_.Respond(AssertionFields(absl::Now()));
  const auto response = Assume(assertion);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_FALSE(Assume("AAAA").ok());
  EXPECT_EQ(server_->Stop(), 0);
  const std::string audit = config_.Read("audit");
  EXPECT_THAT(audit, HasSubstr("sts:AssumeRoleWithSAML"));
  EXPECT_THAT(audit, HasSubstr(kSamlProvider));
  EXPECT_THAT(audit, HasSubstr(response->credentials().access_key_id()));
  EXPECT_THAT(audit, HasSubstr("InvalidIdentityToken"));
  EXPECT_THAT(audit, Not(HasSubstr(response->credentials().session_token())));
}

TEST_F(Saml, ByTheCommandLine) {
  Start();
  const auto run = [&](const std::string& assertion) {
    const std::string command = absl::StrCat(
        ProgramPath("rolegate"), " assume-role-with-saml --output json ",
        "--server ", server_->address(), " --role-arn ", RoleArn("Federated"),
        " --principal-arn ", kSamlProvider, " --duration-seconds 900 ",
        "--saml-assertion file://", assertion, " >", config_.path("out"),
        " 2>&1");
    const int code = WEXITSTATUS(std::system(command.c_str()));
    return absl::StrCat(code, " ", config_.Read("out"));
  };
  const std::string good = run(
      config_.Write("good", idp_.Respond(AssertionFields(absl::Now())) + "\n"));
  EXPECT_THAT(good, ::testing::StartsWith("0 "));
  EXPECT_THAT(good, HasSubstr(R"("Subject": "jo@example.com")"));
  EXPECT_THAT(good, HasSubstr(R"("SessionToken": ")"));
  EXPECT_THAT(good, HasSubstr("assumed-role/Federated/jo"));
  const std::string bad = run(config_.Write("bad", "AAAA"));
  EXPECT_THAT(bad, ::testing::StartsWith("1 "));
  EXPECT_THAT(bad, HasSubstr("InvalidIdentityToken"));
  EXPECT_THAT(run(config_.path("none")), ::testing::StartsWith("2 "));
}

}  // namespace
}  // namespace rolegate::testing
