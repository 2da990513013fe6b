// Metadata documents of SAML providers.

#include "service/saml/metadata.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/saml_idp.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::Replaced;
using ::rolegate::testing::SamlIdp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SamlMetadata, IsRead) {
  const SamlIdp idp;
  const SamlIdp next(SamlIdp::Key::kP256);
  const std::string key = absl::StrCat(
      "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
      next.certificate_base64(),
      "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>");
  const std::string text =
      Replaced(Replaced(idp.Metadata(), "<md:IDPSSODescriptor",
                        "<!-- ours --><md:IDPSSODescriptor "
                        "validUntil=\"2030-01-01T00:00:00Z\""),
               "</md:IDPSSODescriptor>",
               absl::StrCat(key,
                            Replaced(key, "Descriptor",
                                     "Descriptor use=\"encryp"
                                     "tion\""),
                            "</md:IDPSSODescriptor>"));
  const auto metadata =
      ReadSamlMetadata(absl::StrCat("\xEF\xBB\xBF<?xml version=\"1.0\" "
                                    "encoding=\"utf-8\"?>\n",
                                    text));
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->entity_id, "https://idp.example.com/saml");
  EXPECT_THAT(metadata->certificates,
              ElementsAre(idp.certificate(), next.certificate()));
  EXPECT_EQ(metadata->valid_until, absl::FromUnixSeconds(1'893'456'000));
}

TEST(SamlMetadata, FaultsAreNamed) {
  const std::string good = SamlIdp().Metadata();
  const struct {
    std::string name;
    std::string document;
    std::string message;
  } kCases[] = {
      {"empty", "", "not well-formed"},
      {"JSON", "{}", "not well-formed"},
      {"HTML", "<html/>", "expected one EntityDescriptor"},
      {"DOCTYPE", absl::StrCat("<!DOCTYPE x>", good), "are not allowed"},
      {"an assertion's namespace",
       Replaced(good, "2.0:metadata", "2.0:assertion"),
       "expected one EntityDescriptor"},
      {"no entityID", Replaced(good, "entityID=", "id="), "`entityID`"},
      {"empty entityID",
       Replaced(good, "\"https://idp.example.com/saml\"", "\"\""),
       "`entityID`"},
      {"validUntil of yesterday's kind",
       Replaced(good, "entityID=", "validUntil=\"yesterday\" entityID="),
       "`validUntil`"},
      {"SAML 1.1 only",
       Replaced(good, "SAML:2.0:protocol", "SAML:1.1:protocol"),
       "expected an IDPSSODescriptor"},
      {"keys for encryption only",
       Replaced(good, "use=\"signing\"", "use=\"encryption\""),
       "expected an IDPSSODescriptor"},
      {"no certificate", Replaced(good, "X509Data>", "X509Dota>"),
       "not well-formed"},
      {"a certificate that is no base64",
       Replaced(good, "<ds:X509Certificate>", "<ds:X509Certificate>*"),
       "certificate 1: not base64"},
      {"a certificate that is none",
       Replaced(good, "<ds:X509Certificate>", "<ds:X509Certificate>AAAA"),
       "certificate 1: not an X.509 certificate"},
      {"RSA with 1024 bits", SamlIdp(SamlIdp::Key::kRsa1024).Metadata(),
       "2048 to 8192 bits"},
      {"Ed25519", SamlIdp(SamlIdp::Key::kEd25519).Metadata(),
       "certificate 1: the key must be RSA"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto metadata = ReadSamlMetadata(test.document);
    EXPECT_EQ(metadata.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(metadata.status().message(), HasSubstr(test.message));
  }
}

}  // namespace
}  // namespace rolegate::service
