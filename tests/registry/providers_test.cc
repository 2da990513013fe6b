// Identity providers of the registry, and the files that they refer to.

#include "absl/strings/str_replace.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_seal.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kUrl[] = "https://oidc.example.com/id/A";
const char kArn[] =
    "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A";

std::string OpenId(const std::string& more) {
  return absl::StrCat(R"({"OpenIDConnectProvider": {"Arn": ")", kArn,
                      R"(", "Url": ")", kUrl,
                      R"(", "ClientIDList": ["rolegate"])", more, "}}");
}
std::string Saml(const std::string& more) {
  return absl::StrCat(
      R"({"SAMLProvider": {"Arn": "arn:aws:iam::123456789012:saml-provider/Idp")",
      more, "}}");
}

class Providers : public ::testing::Test {
 protected:
  RegistryStatus Load() {
    if (!registry_) {
      options_.dir = dir_.path();
      options_.reload = ReloadMode::kManual;
      options_.allow_empty = true;
      registry_.emplace(options_);
      registry_->Start();
    }
    return registry_->Reload();
  }
  std::string Jwks() {
    const auto providers = registry_->snapshot()->FindOpenIdProviders(kUrl);
    return providers.empty() ? "no provider" : providers[0]->jwks;
  }

  TempDir dir_;
  RegistryOptions options_;
  std::optional<Registry> registry_;
};

TEST_F(Providers, KeysStandInTheEntityAsObjectOrText) {
  dir_.Write("p.json", OpenId(R"(, "Jwks": {"keys": [ ], "n": 1.50})"));
  EXPECT_THAT(Load().faults, IsEmpty());
  EXPECT_EQ(Jwks(), R"({"keys":[],"n":1.50})");
  dir_.Write("p.json", OpenId(R"(, "Jwks": "{\"keys\": []}")"));
  EXPECT_THAT(Load().faults, IsEmpty());
  EXPECT_EQ(Jwks(), R"({"keys": []})");
  dir_.Write("p.json", OpenId(""));
  EXPECT_THAT(Load().faults, IsEmpty());
  EXPECT_EQ(Jwks(), "") << "by discovery";
}

TEST_F(Providers, AFileOfKeysIsNoEntityAndItsChangeReloads) {
  dir_.Write("p.json", OpenId(R"(, "JwksFile": "keys.json")"));
  dir_.Write("keys.json", R"({"keys": []})");
  RegistryStatus status = Load();
  EXPECT_THAT(status.faults, IsEmpty());
  EXPECT_EQ(status.counts.identity_providers, 1u);
  EXPECT_EQ(Jwks(), R"({"keys":[]})");
  dir_.Write("keys.json", R"({"keys": [1]})");
  const RegistryStatus changed = Load();
  EXPECT_THAT(changed.faults, IsEmpty());
  EXPECT_EQ(Jwks(), R"({"keys":[1]})");
  EXPECT_NE(changed.revision, status.revision);
  dir_.Write("p.json", OpenId(""));
  EXPECT_EQ(Load().faults.at(0).code, "UnknownEntity")
      << "a key set that nothing refers to";
}

TEST_F(Providers, AReferenceIsFromItsFileOrFromTheDirectory) {
  dir_.Write("idp/p.json", OpenId(R"(, "JwksFile": "keys/k.jwks")"));
  dir_.Write("keys/k.jwks", "of the directory");
  EXPECT_THAT(Load().faults, IsEmpty());
  EXPECT_EQ(Jwks(), "of the directory");
  dir_.Write("idp/keys/k.jwks", "of its folder");
  EXPECT_THAT(Load().faults, IsEmpty());
  EXPECT_EQ(Jwks(), "of its folder");
}

TEST_F(Providers, TheNearerFileHoldsWhateverTheOtherIs) {
  dir_.Write("idp/p.json", OpenId(R"(, "JwksFile": "roles.json")"));
  dir_.Write("idp/roles.json", R"({"keys":[]})");
  dir_.Write("roles.json", Role("R", Trust(kEc2), Allow("s3:*")));
  const RegistryStatus status = Load();
  EXPECT_THAT(status.faults, IsEmpty());
  EXPECT_EQ(status.counts.roles, 1u);
  EXPECT_EQ(Jwks(), R"({"keys":[]})");
}

// Whoever names a file must not change what it is: what it denies and revokes
// would be gone.
TEST_F(Providers, AReferenceNeverChangesHowAFileIsRead) {
  const std::string role = Role("R", Trust(kEc2), Allow("s3:*"));
  const std::string revoked =
      R"({"RevokedSessions": [{"SourceIdentity": "alice"}]})";
  const std::string deny = absl::StrCat(
      R"({"ResourceArn": "arn:aws:s3:::b", "PolicyDocument": )",
      R"({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", )",
      R"("Principal": "*", "Action": "*", "Resource": "*"}]}})");
  const struct {
    const char* name;
    std::string victim;  // v.json
    std::string other;   // w.json
    std::string provider;
    const char* fault;
  } kCases[] = {
      {"a role", role, revoked, OpenId(R"(, "JwksFile": "v.json")"),
       "`JwksFile` names v.json, which is read as entities"},
      {"a list of roles", "[" + role + "]", revoked,
       OpenId(R"(, "JwksFile": "v.json")"), "`JwksFile` names v.json"},
      {"a Deny", deny, revoked, OpenId(R"(, "JwksFile": "v.json")"),
       "`JwksFile` names v.json"},
      {"a Deny, by the other member", deny, revoked,
       Saml(R"(, "SAMLMetadataFile": "v.json")"),
       "`SAMLMetadataFile` names v.json"},
      {"revocations", revoked, "[]", OpenId(R"(, "JwksFile": "v.json")"),
       "`JwksFile` names v.json"},
      {"revocations that have keys, too",
       R"({"keys": [], "RevokedSessions": [{"SourceIdentity": "alice"}]})",
       "[]", OpenId(R"(, "JwksFile": "v.json")"), "`JwksFile` names v.json"},
      {"a misspelled entity", R"({"ResourceAr": "*", "PolicyDocument": {}})",
       revoked, OpenId(R"(, "JwksFile": "v.json")"),
       "unknown member `ResourceAr`, did you mean `ResourceArn`?"},
      {"what is no JSON", "{", revoked, OpenId(R"(, "JwksFile": "v.json")"),
       "not JSON"},
      {"an empty list", "[]", revoked, OpenId(R"(, "JwksFile": "v.json")"),
       "`JwksFile` names v.json"},
      {"a key set as metadata", R"({"keys": []})", revoked,
       Saml(R"(, "SAMLMetadataFile": "v.json")"),
       "which is a key set: expected the XML of the provider's metadata"},
      {"a provider that names its own file", role, revoked,
       OpenId(R"(, "JwksFile": "p.json")"), "`JwksFile` names p.json"},
      {"providers that name each other",
       Saml(R"(, "SAMLMetadataFile": "p.json")"), revoked,
       OpenId(R"(, "JwksFile": "v.json")"), "`SAMLMetadataFile` names p.json"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    dir_.Remove("p.json");
    dir_.Write("v.json", "[]");
    dir_.Write("w.json", role);
    ASSERT_THAT(Load().faults, IsEmpty());
    dir_.Write("v.json", c.victim);
    dir_.Write("w.json", c.other);
    dir_.Write("p.json", c.provider);
    std::string texts;
    for (const Diagnostic& fault : Load().faults) {
      absl::StrAppend(&texts, ToString(fault), "\n");
    }
    EXPECT_THAT(texts, HasSubstr(c.fault));
    const auto snapshot = registry_->snapshot();
    EXPECT_TRUE(snapshot->revocations().HasSourceIdentity("alice"));
    EXPECT_NE(snapshot->FindRole(testing::RoleArn("R")), nullptr);
  }
}

TEST_F(Providers, AKeySetThatTurnsIntoAnEntityIsRead) {
  dir_.Write("p.json", OpenId(R"(, "JwksFile": "v.json")"));
  dir_.Write("v.json", R"({"keys": []})");
  ASSERT_THAT(Load().faults, IsEmpty());
  dir_.Write("v.json", R"({"RevokedSessions": [{"SourceIdentity": "a"}]})");
  EXPECT_EQ(Load().faults.size(), 1u);
  EXPECT_TRUE(registry_->snapshot()->revocations().HasSourceIdentity("a"));
}

TEST_F(Providers, LastGoodKeepsReferencedFiles) {
  TempDir last_good;
  dir_.Write("idp/p.json", OpenId(R"(, "JwksFile": "k.jwks")"));
  dir_.Write("k.jwks", "keys");
  options_.last_good_dir = last_good.path();
  options_.last_good_seal = testing::MakeTestSeal();
  EXPECT_THAT(Load().faults, IsEmpty());
  dir_.Write("broken.json", "{");
  registry_.reset();
  EXPECT_TRUE(Load().from_last_good);
  EXPECT_EQ(Jwks(), "keys");
}

TEST_F(Providers, Faults) {
  struct {
    const char* name;
    std::string file;
    const char* fault;
  } const kRows[] = {
      {"no audience",
       absl::StrReplaceAll(OpenId(""), {{"[\"rolegate\"]", "[]"}}),
       "must name the audiences"},
      {"missing file", OpenId(R"(, "JwksFile": "none.json")"),
       "`JwksFile` names `none.json`, which is not in the registry or is "
       "empty"},
      {"leaves the directory", OpenId(R"(, "JwksFile": "../keys.json")"),
       "no path in the registry"},
      {"itself", OpenId(R"(, "JwksFile": "p.json")"),
       "which is read as entities"},
      {"absolute", OpenId(R"(, "JwksFile": "/etc/passwd")"),
       "no path in the registry"},
      {"both", OpenId(R"(, "JwksFile": "k.json", "Jwks": {})"),
       "expected one of `Jwks` and `JwksFile`, found both"},
      {"another URL",
       absl::StrReplaceAll(OpenId(""), {{"https://oidc", "https://other"}}),
       "disagrees with the URL"},
      {"not https",
       absl::StrReplaceAll(OpenId(""), {{"https://oidc", "ftp://oidc"}}),
       "is not the URL of an issuer"},
      {"misspelled", OpenId(R"(, "JwksFil": "k")"), "JwksFil"},
      {"saml without metadata", Saml(""), "must have either"},
      {"saml with both",
       Saml(R"(, "SAMLMetadataDocument": "<a/>", "SAMLMetadataFile": "m")"),
       "must have either"},
      {"saml missing file", Saml(R"(, "SAMLMetadataFile": "m.xml")"),
       "names `m.xml`, which is not in the registry or is empty"},
      {"twice", absl::StrCat("[", OpenId(""), ",", OpenId(""), "]"),
       "is already defined in p.json:1:28"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    dir_.Write("p.json", row.file);
    std::string texts;
    for (const Diagnostic& fault : Load().faults) {
      texts += ToString(fault) + "\n";
    }
    EXPECT_THAT(texts, HasSubstr(row.fault));
  }
}

TEST_F(Providers, SamlMetadataIsKeptAsItIs) {
  dir_.Write("p.json", Saml(R"(, "SAMLMetadataFile": "idp.xml")"));
  dir_.Write("idp.xml", "<EntityDescriptor/>");
  EXPECT_THAT(Load().faults, IsEmpty());
  const SamlProvider* const provider = registry_->snapshot()->FindSamlProvider(
      "arn:aws:iam::123456789012:saml-provider/Idp");
  ASSERT_NE(provider, nullptr);
  EXPECT_EQ(provider->document, "<EntityDescriptor/>");
  EXPECT_EQ(provider->account, "123456789012");
  EXPECT_EQ(provider->name, "Idp");
}

}  // namespace
}  // namespace rolegate
