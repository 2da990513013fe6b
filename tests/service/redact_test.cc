#include "service/base/redact.h"

#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

constexpr char kToken[] = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

std::string Xml(const std::string& before = "") {
  std::string encoded;
  absl::Base64Escape(
      absl::StrCat(before,
                   "<samlp:Response ID=\"_1\"><saml:Assertion><saml:NameID>jo"
                   "</saml:NameID></saml:Assertion></samlp:Response>"),
      &encoded);
  return encoded;
}

TEST(Redact, TakesSecretsOutAndLeavesTheRest) {
  std::string hash;
  absl::Base64Escape(std::string(80, '\xA7'), &hash);
  const struct {
    const char* name;
    std::string text;
    std::string expected;
  } kCases[] = {
      {"nothing", "", ""},
      {"plain text", "arn:aws:s3:::bucket/Photos/2026/P.jpg",
       "arn:aws:s3:::bucket/Photos/2026/P.jpg"},
      {"a token", kToken, "[redacted]"},
      {"a token among other words", absl::StrCat("a ", kToken, ", b"),
       "a [redacted], b"},
      {"a token behind characters of its own alphabet",
       absl::StrCat("role/xeyJ", kToken), "role/x[redacted]"},
      {"two tokens", absl::StrCat(kToken, " ", kToken),
       "[redacted] [redacted]"},
      {"a token without its signature", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0",
       "[redacted]"},
      {"a token without its header",
       "eyJzdWIiOiJ4In0.MEUCIQDq3zK5f0aW1hXk8vJr2m7YpT9uLbEo4cGsHn6wXyZAB1",
       "[redacted]"},
      {"claims alone",
       "x eyJzdWIiOiJhbGljZUBleGFtcGxlLmNvbSIsImF1ZCI6InJvbGVnYXRlIn0 y",
       "x [redacted] y"},
      {"a token on three lines",
       "eyJhbGciOiJFZERTQSJ9\n.eyJzdWIiOiJ4In0\n.c2lnbmF0dXJl", "[redacted]"},
      {"a token whose header was changed",
       "EYJHBGCIO.eyJzdWIiOiJ4In0."
       "MEUCIQDq3zK5f0aW1hXk8vJr2m7YpT9uLbEo4cGsHn6wXyZAB1",
       "EYJHBGCIO.[redacted]"},
      {"what only begins like one", "eyJ" + std::string(60, '\x7A') + "/b",
       "eyJ" + std::string(60, '\x7A') + "/b"},
      {"a header alone", "eyJhbGciOiJFZERTQSJ9", "eyJhbGciOiJFZERTQSJ9"},
      {"a host's name", "eyJx.example.com", "eyJx.example.com"},
      {"an assertion", Xml(), "[redacted]"},
      {"an assertion behind a role's path",
       absl::StrCat("arn:aws:iam::123456789012:role/", Xml()),
       "arn:aws:iam::123456789012:role/[redacted]"},
      {"an assertion with a declaration",
       Xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "[redacted]"},
      {"an assertion after white space", Xml("\r\n  "), "[redacted]"},
      {"an assertion after a byte order mark", Xml("\xEF\xBB\xBF"),
       "[redacted]"},
      {"an assertion that was cut off", absl::StrCat(Xml().substr(0, 90), "…"),
       "[redacted]…"},
      {"both", absl::StrCat(Xml(), ",", kToken), "[redacted],[redacted]"},
      {"a digest in base64", hash, hash},
      {"a long path", std::string(300, 'P'), std::string(300, 'P')},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Redact(c.text), c.expected);
    EXPECT_EQ(HoldsSecret(c.text), c.text != c.expected);
  }
}

// HoldsSecret tells most texts without reading all of them.
TEST(Redact, HoldsSecretAgreesWithRedactWhereverTheSecretStands) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  constexpr absl::string_view kLetters = "aeyJPIT7+/-_=.:, \"\n";
  int holding = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = below(150); n > 0; --n) {
      // Long runs of one alphabet are what matters.
      text += below(40) == 0 ? kLetters[below(kLetters.size())]
                             : static_cast<char>('A' + below(26));
    }
    if (below(3) == 0) {
      std::string secret = below(2) == 0 ? kToken : Xml();
      if (below(4) == 0) secret.resize(below(secret.size()));
      text.insert(below(text.size() + 1), secret);
    }
    EXPECT_EQ(HoldsSecret(text), Redact(text) != text) << text;
    holding += HoldsSecret(text) ? 1 : 0;
  }
  EXPECT_GT(holding, 1'000);
}

}  // namespace
}  // namespace rolegate::service
