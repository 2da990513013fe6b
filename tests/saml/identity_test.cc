// What the attributes of an assertion mean.

#include "service/saml/identity.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kProvider[] = "arn:aws:iam::123456789012:saml-provider/Corp";
constexpr char kRole[] = "arn:aws:iam::123456789012:role/team/Reader";

std::string Aws(absl::string_view name) {
  return absl::StrCat("https://aws.amazon.com/SAML/Attributes/", name);
}

SamlAssertion Assertion() {
  SamlAssertion assertion;
  assertion.issuer = "https://example.com/saml";
  assertion.subject = "jo";
  assertion.subject_format =
      "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
  assertion.recipient = "https://signin.aws.amazon.com/saml";
  assertion.attributes = {{Aws("RoleSessionName"), {"jo@example.com"}}};
  return assertion;
}

const std::vector<std::string>* ValuesOf(const SamlIdentity& identity,
                                         absl::string_view name) {
  for (const SessionKey& key : identity.federated.keys) {
    if (key.name == name) return &key.values;
  }
  return nullptr;
}

TEST(SamlIdentity, SubjectAndProviderBecomeKeys) {
  const auto read = ReadSamlIdentity(Assertion(), kProvider);
  ASSERT_TRUE(read.ok());
  const auto& identity = *read;
  EXPECT_EQ(identity.role_session_name, "jo@example.com");
  EXPECT_EQ(identity.subject_type, "transient");
  const struct {
    const char* key;
    const char* value;
  } kKeys[] = {
      {"saml:aud", "https://signin.aws.amazon.com/saml"},
      {"saml:iss", "https://example.com/saml"},
      {"saml:sub", "jo"},
      {"saml:sub_type", "transient"},
      {"saml:doc", "123456789012/Corp"},
      // echo -n https://example.com/saml123456789012/Corp |
      //   openssl sha1 -binary | base64
      {"saml:namequalifier", "6z3tcfHN3SZB6gXLBVDd1/C8NUk="},
  };
  for (const auto& test : kKeys) {
    ASSERT_NE(ValuesOf(identity, test.key), nullptr) << test.key;
    EXPECT_THAT(*ValuesOf(identity, test.key), ElementsAre(test.value));
  }
  EXPECT_THAT(identity.federated.lasting_keys,
              ElementsAre("saml:sub", "saml:sub_type", "saml:namequalifier"));
  EXPECT_EQ(identity.name_qualifier, "6z3tcfHN3SZB6gXLBVDd1/C8NUk=");
}

TEST(SamlIdentity, AttributesBecomeKeys) {
  const struct {
    const char* attribute;
    const char* key;  // empty: none
  } kAttributes[] = {
      {"urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "edupersonaffiliation"},
      {"1.3.6.1.4.1.5923.1.1.1.11", "edupersonassurance"},
      {"urn:oid:1.3.6.1.4.1.5923.1.2.1.6", "eduorgwhitepagesuri"},
      {"urn:oid:2.5.4.3", "cn"},
      {"2.5.4.3", "commonName"},
      {"urn:oid:2.5.4.45", "x500UniqueIdentifier"},
      {"urn:oid:0.9.2342.19200300.100.1.1", "uid"},
      {"urn:oid:0.9.2342.19200300.100.1.3", "mail"},
      {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
       "mail"},
      {"http://schemas.microsoft.com/ws/2008/06/identity/claims/"
       "primarygroupsid",
       "primaryGroupSID"},
      {"URN:OID:2.5.4.3", ""},
      {"urn:oid:2.5.4.300", ""},
      {"saml:sub", ""},
      {"sub", ""},
      {"", ""},
  };
  for (const auto& test : kAttributes) {
    EXPECT_EQ(SamlKeyOfAttribute(test.attribute), test.key) << test.attribute;
  }
  SamlAssertion assertion = Assertion();
  assertion.attributes.push_back(
      {"urn:oid:0.9.2342.19200300.100.1.3", {"a@x", "b@x"}});
  assertion.attributes.push_back(
      {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
       {"c@x"}});
  assertion.attributes.push_back({"urn:oid:2.5.4.4", {}});
  const auto identity = *ReadSamlIdentity(assertion, kProvider);
  EXPECT_THAT(*ValuesOf(identity, "saml:mail"),
              ElementsAre("a@x", "b@x", "c@x"));
  EXPECT_EQ(ValuesOf(identity, "saml:surname"), nullptr);
}

TEST(SamlIdentity, TagsSourceIdentityAndDuration) {
  SamlAssertion assertion = Assertion();
  for (SamlAttribute attribute :
       {SamlAttribute{Aws("PrincipalTag:Team"), {"red"}},
        SamlAttribute{Aws("PrincipalTag:Cost Center"), {""}},
        SamlAttribute{Aws("TransitiveTagKeys"), {"Team", "Cost Center"}},
        SamlAttribute{Aws("SourceIdentity"), {"jo"}},
        SamlAttribute{Aws("SessionDuration"), {"900"}}}) {
    assertion.attributes.push_back(std::move(attribute));
  }
  const auto read = ReadSamlIdentity(assertion, kProvider);
  ASSERT_TRUE(read.ok());
  const SamlIdentity& saml = *read;
  const FederatedIdentity& identity = saml.federated;
  ASSERT_EQ(identity.tags.size(), 2u);
  EXPECT_EQ(identity.tags[1].key, "Cost Center");
  EXPECT_EQ(identity.tags[1].value, "");
  EXPECT_THAT(identity.transitive_tag_keys, ElementsAre("Team", "Cost Center"));
  EXPECT_EQ(identity.source_identity, "jo");
  EXPECT_EQ(saml.max_duration, absl::Seconds(900));
}

TEST(SamlIdentity, MalformedAttributesAreRefused) {
  const struct {
    const char* name;
    std::vector<std::string> values;
    const char* message;
  } kCases[] = {
      {"RoleSessionName", {}, "RoleSessionName in AuthnResponse must match"},
      {"RoleSessionName", {"jo", "al"}, "must match"},
      {"RoleSessionName", {"j"}, "must match"},
      {"RoleSessionName", {"jo jo"}, "must match"},
      {"RoleSessionName", {std::string(65, 'a')}, "must match"},
      {"SourceIdentity", {"aws:jo"}, "Source Identity must match"},
      {"SourceIdentity", {"jo", "al"}, "Source Identity must match"},
      {"SessionDuration", {"899"}, "SessionDuration must be from 900"},
      {"SessionDuration", {"43201"}, "SessionDuration must be from 900"},
      {"SessionDuration", {"1h"}, "SessionDuration must be from 900"},
      {"PrincipalTag:Team", {"red", "blue"}, "exactly one value"},
      {"PrincipalTag:Team", {}, "exactly one value"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    SamlAssertion assertion = Assertion();
    if (test.name == absl::string_view("RoleSessionName")) {
      assertion.attributes.clear();
    }
    assertion.attributes.push_back({Aws(test.name), test.values});
    const auto read = ReadSamlIdentity(assertion, kProvider);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidIdentityToken);
    EXPECT_THAT(read.error().message, HasSubstr(test.message));
  }
  SamlAssertion assertion = Assertion();
  assertion.attributes.clear();
  EXPECT_EQ(ReadSamlIdentity(assertion, kProvider).error().message,
            "RoleSessionName is required in AuthnResponse");
  assertion = Assertion();
  assertion.attributes.push_back({"urn:oid:2.5.4.4", {"x"}, false});
  EXPECT_FALSE(ReadSamlIdentity(assertion, kProvider).ok());
}

TEST(SamlIdentity, RoleNamesTheRoleWithItsProvider) {
  const std::string role = kRole;
  const std::string provider = kProvider;
  const struct {
    std::string value;
    bool names;
  } kCases[] = {
      {role + "," + provider, true},
      {provider + "," + role, true},
      {role, false},
      {role + "," + role, false},
      {role + "," + provider + "x", false},
      {role + "," + provider + ",x", false},
      {role + ", " + provider, false},
      {role + ";" + provider, false},
      {"arn:aws:iam::123456789012:role/Reader," + provider, false},
  };
  for (const auto& test : kCases) {
    SamlAssertion assertion = Assertion();
    EXPECT_FALSE(NamesRole(assertion, role, provider));
    assertion.attributes.push_back({Aws("Role"), {"x,y", test.value}});
    EXPECT_EQ(NamesRole(assertion, role, provider), test.names) << test.value;
  }
}

}  // namespace
}  // namespace rolegate::service
