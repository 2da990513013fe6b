// Assertions, good and bad, and ten thousand mutations of a good one.

#include "service/saml/assertion.h"

#include <cstdlib>
#include <iostream>
#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/saml/metadata.h"
#include "tests/support/saml_cases.h"
#include "tests/support/saml_idp.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::AssertionFields;
using ::rolegate::testing::SamlCase;
using ::rolegate::testing::SamlIdp;
using ::rolegate::testing::Unsigned;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const SamlParties& Parties() {
  static const auto* const parties = new SamlParties{
      rolegate::testing::kSamlAudience, rolegate::testing::kSamlRecipient};
  return *parties;
}

const absl::Time kNow = absl::FromUnixSeconds(1'780'000'000);

SamlMetadata MetadataOf(const SamlIdp& idp) {
  const auto metadata = ReadSamlMetadata(idp.Metadata());
  EXPECT_TRUE(metadata.ok()) << metadata.status();
  return metadata.ok() ? *metadata : SamlMetadata();
}

TEST(SamlAssertion, CasesAreAcceptedOrRefusedForTheirOwnReason) {
  const SamlIdp idp;
  const SamlIdp attacker;
  const SamlMetadata provider = MetadataOf(idp);
  const auto cases = SamlCases(idp, attacker, kNow);
  ASSERT_GT(cases.size(), 90u);
  ::testing::internal::CaptureStderr();
  for (const SamlCase& test : cases) {
    SCOPED_TRACE(test.name);
    const auto result =
        VerifySamlAssertion(test.base64, provider, Parties(), kNow);
    const ApiError* const error = result.ok() ? nullptr : &result.error();
    if (test.code.empty()) {
      ASSERT_EQ(error, nullptr) << error->message;
      const auto& assertion = *result;
      EXPECT_EQ(assertion.subject, "jo@example.com");
      EXPECT_EQ(assertion.recipient, rolegate::testing::kSamlRecipient);
    } else {
      ASSERT_NE(error, nullptr);
      EXPECT_EQ(ErrorName(error->code), test.code) << error->message;
      EXPECT_THAT(error->message, HasSubstr(test.message));
    }
  }
  // The libraries beneath say nothing of what they were given.
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(SamlAssertion, EllipticCurvesVerify) {
  for (const SamlIdp::Key key : {SamlIdp::Key::kP256, SamlIdp::Key::kP384}) {
    const SamlIdp idp(key);
    const auto result = VerifySamlAssertion(idp.Respond(AssertionFields(kNow)),
                                            MetadataOf(idp), Parties(), kNow);
    EXPECT_TRUE(result.ok());
  }
}

TEST(SamlAssertion, AnyCertificateOfTheMetadataWillDo) {
  const SamlIdp next;
  const SamlIdp idp;
  SamlMetadata provider = MetadataOf(next);
  const std::string response = idp.Respond(AssertionFields(kNow));
  EXPECT_FALSE(VerifySamlAssertion(response, provider, Parties(), kNow).ok());
  provider.certificates.push_back(idp.certificate());
  EXPECT_TRUE(VerifySamlAssertion(response, provider, Parties(), kNow).ok());
}

TEST(SamlAssertion, MetadataEnd) {
  const SamlIdp idp;
  SamlMetadata provider = MetadataOf(idp);
  provider.valid_until = kNow;
  const auto result = VerifySamlAssertion(idp.Respond(AssertionFields(kNow)),
                                          provider, Parties(), kNow);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("has expired"));
}

TEST(SamlAssertion, AttributesOfOneNameAreOne) {
  const SamlIdp idp;
  AssertionFields fields(kNow);
  fields.attributes.emplace_back("mail",
                                 std::vector<std::string>{"a&amp;b", ""});
  fields.attributes.emplace_back("mail", std::vector<std::string>{"c"});
  fields.attributes.emplace_back(
      "id", std::vector<std::string>{"<saml:NameID>x</saml:NameID>"});
  fields.attributes.emplace_back(
      "odd", std::vector<std::string>{"y", "<saml:b>x</saml:b>"});
  const auto result = VerifySamlAssertion(idp.Respond(fields), MetadataOf(idp),
                                          Parties(), kNow);
  ASSERT_TRUE(result.ok());
  const auto& assertion = *result;
  EXPECT_THAT(assertion.Find("mail")->values, ElementsAre("a&b", "", "c"));
  EXPECT_THAT(assertion.Find("id")->values, ElementsAre("x"));
  EXPECT_FALSE(assertion.Find("odd")->is_text);
  EXPECT_EQ(assertion.Find("Mail"), nullptr);
}

TEST(SamlAssertion, SizeIsBounded) {
  const SamlIdp idp;
  const auto result = VerifySamlAssertion(std::string(100'001, 'A'),
                                          MetadataOf(idp), Parties(), kNow);
  EXPECT_THAT(result.error().message, HasSubstr("100000"));
}

// One change somewhere: a byte, a piece left out, said twice, moved, or one of
// those that attacks are made of put in.
std::string Mutate(std::string text, std::mt19937_64& random) {
  const auto below = [&](std::size_t bound) {
    return static_cast<std::size_t>(random() % bound);
  };
  static const auto* const pieces =
      new std::vector<std::string>{"<!---->",
                                   "<?x?>",
                                   " ",
                                   "\n",
                                   "<saml:Assertion/>",
                                   "&#x20;",
                                   "&amp;",
                                   "<a>",
                                   "</a>",
                                   "<a/>",
                                   "ID=\"_assertion\"",
                                   "#",
                                   "admin",
                                   "xmlns=\"\"",
                                   "<ds:Object/>",
                                   "</saml:Assertion>",
                                   "<saml:Issuer>"};
  const std::size_t at = below(text.size());
  const std::size_t size = 1 + below(below(8) == 0 ? 600 : 12);
  const std::string piece = text.substr(at, size);
  switch (below(6)) {
    case 0:
      text[at] = static_cast<char>(below(256));
      break;
    case 1:
      text.erase(at, size);
      break;
    case 2:
      text.insert(at, piece);
      break;
    case 3:
      text.erase(at, size);
      text.insert(below(text.size() + 1), piece);
      break;
    case 4:
      text.insert(at, (*pieces)[below(pieces->size())]);
      break;
    default:
      text.insert(below(text.size() + 1), piece);
  }
  return text;
}

// What may change without harm is what the signature does not cover and
// nobody reads: the Response's outside, white space in tags and base64.  An
// accepted mutation must therefore
//  1. give the very same SamlAssertion, field by field, and
//  2. still hold exactly one assertion, whose canonical form without its
//     signature, computed by libxml2 alone, has the original's very bytes.
TEST(SamlAssertion, MutationsAreRefusedOrChangeNothing) {
  const char* const given = std::getenv("ROLEGATE_SEED");
  const std::uint64_t seed = given != nullptr
                                 ? std::strtoull(given, nullptr, 10)
                                 : std::random_device()();
  std::cout << "ROLEGATE_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  const SamlIdp idp;
  const SamlMetadata provider = MetadataOf(idp);
  const AssertionFields fields(kNow);
  const std::string assertion = idp.Sign(fields.Render(), fields.id);
  const std::string canonical =
      rolegate::testing::Canonicalize(Unsigned(fields.Render()));
  const std::string documents[] = {
      Unsigned(rolegate::testing::ResponseAround(assertion)), assertion};
  const auto original = VerifySamlAssertion(absl::Base64Escape(assertion),
                                            provider, Parties(), kNow);
  ASSERT_TRUE(original.ok());

  int accepted = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string mutated = Mutate(documents[i % 2], random);
    const auto result = VerifySamlAssertion(absl::Base64Escape(mutated),
                                            provider, Parties(), kNow);
    if (!result.ok()) continue;
    ++accepted;
    ASSERT_EQ(*result, *original) << mutated;
    ASSERT_EQ(rolegate::testing::CanonicalAssertion(mutated), canonical)
        << mutated;
  }
  std::cout << accepted << " of 10000 accepted, none with other content\n";
  EXPECT_GT(accepted, 0);  // there is something that nobody reads
  EXPECT_LT(accepted, 3000);
}

}  // namespace
}  // namespace rolegate::service
