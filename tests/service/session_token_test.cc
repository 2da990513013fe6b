// Session tokens: what is signed is read again, and nothing else is believed.

#include "service/sessions/session_token.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "service/base/jws.h"
#include "service/sessions/key_commands.h"
#include "service/sessions/verified_sessions.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class SessionToken : public ::testing::Test {
 protected:
  SessionToken() : keys_(*SigningKeys::Ephemeral()) {
    session_.role_arn = "arn:aws:iam::123456789012:role/team/Reader";
    session_.role_id = "AROAX";
    session_.session_name = "s1";
    session_.tags = {{"Team", "red"}};
    session_.transitive_tag_keys = {"Team"};
    session_.source_identity = "alice";
    session_.federated_provider =
        "arn:aws:iam::123456789012:oidc-provider/oidc.example.com";
    session_.identity_keys = {{"oidc.example.com:sub", {"alice"}},
                              {"oidc.example.com:amr", {"pwd", "otp"}}};
    session_.issued_at = kNow;
    session_.expires_at = kNow + absl::Hours(1);
    session_.chain = {"RGSAAAAAAAAAAAAAAAAA"};
    token_ = MintToken(&session_, parties_, keys_->signer())->token;
  }

  std::string Verify(const std::string& token, absl::Time now = kNow) {
    return VerifyAs(token, parties_, now);
  }
  std::string VerifyAs(const std::string& token, const TokenParties& parties,
                       absl::Time now = kNow) {
    const VerifiedToken verified = VerifyToken(token, parties, *keys_, now);
    const ApiError* const error = verified.ok() ? nullptr : &verified.error();
    return error == nullptr ? "good" : std::string(ErrorName(error->code));
  }

  // Signs whatever header and claims.
  std::string Forge(const std::string& header, const std::string& claims) {
    const std::string text =
        EncodeBase64Url(header) + "." + EncodeBase64Url(claims);
    return text + "." + EncodeBase64Url(keys_->signer().Sign(text));
  }
  std::string Part(int i) {
    const CompactJws jws = *CompactJws::Parse(token_);
    return i == 0 ? jws.header : jws.payload;
  }

  std::shared_ptr<const SigningKeys> keys_;
  TokenParties parties_{"urn:issuer", "urn:audience"};
  RoleSession session_;
  std::string token_;
};

TEST_F(SessionToken, IsReadAsItWasSigned) {
  const VerifiedToken verified = VerifyToken(token_, parties_, *keys_, kNow);
  ASSERT_TRUE(verified.ok());
  const auto& read = *verified;
  EXPECT_EQ(read->role_arn, session_.role_arn);
  EXPECT_EQ(read->role_id, session_.role_id);
  EXPECT_EQ(read->tags, session_.tags);
  EXPECT_EQ(read->transitive_tag_keys, session_.transitive_tag_keys);
  EXPECT_EQ(read->source_identity, "alice");
  EXPECT_EQ(read->federated_provider, session_.federated_provider);
  EXPECT_EQ(read->identity_keys, session_.identity_keys);
  EXPECT_EQ(read->chain, session_.chain);
  EXPECT_EQ(read->expires_at, session_.expires_at);
  EXPECT_EQ(read->access_key_id.substr(0, 4), "RGSA");
}

TEST_F(SessionToken, Times) {
  EXPECT_EQ(Verify(token_, kNow - absl::Seconds(59)), "good") << "skew";
  EXPECT_EQ(Verify(token_, kNow - absl::Seconds(62)), "InvalidClientTokenId");
  EXPECT_EQ(Verify(token_, kNow + absl::Minutes(59)), "good");
  EXPECT_EQ(Verify(token_, kNow + absl::Hours(2)), "ExpiredToken");
}

TEST_F(SessionToken, AnyOtherByteIsRefused) {
  for (std::size_t i = 0; i < token_.size(); ++i) {
    std::string altered = token_;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(Verify(altered), "good") << i;
    EXPECT_NE(Verify(token_.substr(0, i)), "good") << i;
  }
  EXPECT_EQ(Verify(token_ + "="), "InvalidClientTokenId");
  EXPECT_EQ(Verify(token_ + "."), "InvalidClientTokenId");
  EXPECT_EQ(Verify(std::string(100'000, 'a')), "InvalidClientTokenId");
}

TEST_F(SessionToken, TenThousandMutationsAreRefused) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  static constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (int i = 0; i < 10'000; ++i) {
    std::string altered = token_;
    const int edits = 1 + static_cast<int>(below(4));
    for (int edit = 0; edit < edits; ++edit) {
      const std::size_t at = below(altered.size());
      const char c = kAlphabet[below(kAlphabet.size())];
      switch (below(5)) {
        case 0:
          altered[at] = c;
          break;
        case 1:
          altered.insert(at, 1, c);
          break;
        case 2:
          altered.erase(at, 1 + below(8));
          break;
        case 3:  // any byte
          altered[at] = static_cast<char>(below(256));
          break;
        default:  // a piece of it elsewhere
          altered.insert(at, altered.substr(below(altered.size()), below(64)));
      }
    }
    if (altered == token_) continue;
    ASSERT_EQ(Verify(altered), "InvalidClientTokenId") << altered;
  }
}

// What is wrong with a forgery is found before its signature is computed, for
// that is what costs: each of these is told its fault, and has a bad signature
// besides.
TEST_F(SessionToken, AForgeryCostsNoSignature) {
  const auto message = [&](const std::string& token,
                           const TokenParties& parties, absl::Time now) {
    const VerifiedToken verified = VerifyToken(token, parties, *keys_, now);
    const ApiError* const error = verified.ok() ? nullptr : &verified.error();
    return error == nullptr ? std::string("good") : error->message;
  };
  const std::string forged =
      absl::StrCat(token_.substr(0, token_.rfind('.')), ".",
                   EncodeBase64Url(std::string(64, 'x')));
  const auto with = [&](const std::string& header, const std::string& claims) {
    return absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims),
                        ".", EncodeBase64Url(std::string(64, 'x')));
  };
  const TokenParties other_issuer{"urn:other", "urn:audience"};
  const TokenParties other_audience{"urn:issuer", "urn:other"};
  const struct {
    std::string token;
    TokenParties parties;
    absl::Time now;
    const char* fault;
  } kCases[] = {
      {std::string(7000, 'x'), parties_, kNow, "too large"},
      {"x.y", parties_, kNow, "not three parts of base64url"},
      {with("{}", Part(1)), parties_, kNow, "unknown type or algorithm"},
      {with(R"({"alg":"EdDSA","kid":"old","typ":"rolegate-session+jwt"})",
            Part(1)),
       parties_, kNow,
       "the server holds no key `old`, by which it is signed; assume the role "
       "again"},
      {with(Part(0), "{}"), parties_, kNow, "malformed claims"},
      {forged, other_issuer, kNow, "another issuer"},
      {forged, other_audience, kNow, "another audience"},
      {forged, parties_, kNow - absl::Hours(1), "not valid yet"},
      // Nothing but the signature is left.
      {forged, parties_, kNow, "the signature does not match"},
      {forged, parties_, kNow + absl::Hours(2), "the signature does not match"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(message(c.token, c.parties, c.now),
              absl::StrCat("the session token is not valid: ", c.fault));
  }
}

TEST_F(SessionToken, PartiesTypeAndAlgorithmAreTheVerifiers) {
  EXPECT_EQ(VerifyAs(token_, {"urn:other", "urn:audience"}),
            "InvalidClientTokenId");
  EXPECT_EQ(VerifyAs(token_, {"urn:issuer", "urn:other"}),
            "InvalidClientTokenId");
  const std::string kid = keys_->signer().kid();
  EXPECT_EQ(Verify(Forge(Part(0), Part(1))), "good");
  for (const std::string& header :
       {absl::StrCat(R"({"alg":"none","kid":")", kid,
                     R"(","typ":"rolegate-session+jwt"})"),
        absl::StrCat(R"({"alg":"HS256","kid":")", kid,
                     R"(","typ":"rolegate-session+jwt"})"),
        absl::StrCat(R"({"alg":"EdDSA","kid":")", kid, R"(","typ":"JWT"})"),
        std::string(
            R"({"alg":"EdDSA","kid":"x","typ":"rolegate-session+jwt"})"),
        absl::StrCat(R"({"alg":"EdDSA","kid":")", kid,
                     R"(","typ":"rolegate-session+jwt","crit":["x"]})")}) {
    EXPECT_EQ(Verify(Forge(header, Part(1))), "InvalidClientTokenId") << header;
  }
  EXPECT_EQ(Verify(Forge(Part(0), "{}")), "InvalidClientTokenId");
  EXPECT_EQ(Verify(Forge(Part(0), "[]")), "InvalidClientTokenId");
}

TEST_F(SessionToken, AnotherKeyIsRefused) {
  const auto others = *SigningKeys::Ephemeral();
  const VerifiedToken verified = VerifyToken(token_, parties_, *others, kNow);
  EXPECT_FALSE(verified.ok());
}

TEST_F(SessionToken, TooLargeIsNeverIssued) {
  session_.policy = std::string(5000, 'x');
  EXPECT_EQ(MintToken(&session_, parties_, keys_->signer()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SessionToken, TheCacheForgetsExpiryAndKeys) {
  VerifiedSessions cache(1 << 20);
  const auto code = [&](const std::shared_ptr<const SigningKeys>& keys,
                        absl::Time now) {
    const VerifiedSubject verified = cache.Verify(token_, parties_, keys, now);
    const ApiError* const error = verified.ok() ? nullptr : &verified.error();
    return error == nullptr ? "good" : std::string(ErrorName(error->code));
  };
  EXPECT_EQ(code(keys_, kNow), "good");
  EXPECT_GT(cache.bytes(), 0u);
  EXPECT_EQ(code(keys_, kNow + absl::Minutes(1)), "good");
  EXPECT_EQ(code(keys_, kNow + absl::Hours(2)), "ExpiredToken");
  // A clock that is set back makes a known token as new as it was.
  EXPECT_EQ(code(keys_, kNow + absl::Minutes(1)), "good");
  EXPECT_EQ(code(keys_, kNow - absl::Seconds(62)), "InvalidClientTokenId");
  EXPECT_EQ(code(*SigningKeys::Ephemeral(), kNow), "InvalidClientTokenId");
}

TEST_F(SessionToken, TheCacheTakesNoTokenForAnotherWithItsSignature) {
  VerifiedSessions cache(1 << 20);
  const auto is_good = [&](const std::string& token) {
    return cache.Verify(token, parties_, keys_, kNow).ok();
  };
  ASSERT_TRUE(is_good(token_));
  const std::size_t signature = token_.rfind('.');
  for (std::size_t i = 0; i < signature; ++i) {
    std::string altered = token_;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_good(altered)) << i;
  }
  EXPECT_FALSE(is_good(token_.substr(1)));
  EXPECT_FALSE(is_good(token_.substr(signature)));
  EXPECT_FALSE(is_good(token_.substr(token_.size() - 32)));
  EXPECT_FALSE(is_good(""));
  EXPECT_TRUE(is_good(token_));
}

// A token whose signature alone is wrong.
std::string WithAnotherSignature(std::string token) {
  char& digit = token[token.size() - 10];
  digit = digit == 'A' ? 'B' : 'A';
  return token;
}

TEST_F(SessionToken, OnlyChecksOfASignatureAreCountedAsFailures) {
  VerifiedSessions cache(1 << 20);
  PeerLimiter failures(1);  // ten at once
  const auto peer = [] { return std::string("peer"); };
  SignatureGate gate(&failures, peer);
  const auto code = [&](const std::string& token, absl::Time now = kNow) {
    const VerifiedSubject verified =
        cache.Verify(token, parties_, keys_, now, &gate);
    const ApiError* const error = verified.ok() ? nullptr : &verified.error();
    return error == nullptr ? "good" : std::string(ErrorName(error->code));
  };
  const std::string known = token_;
  ASSERT_EQ(code(known), "good");
  RoleSession again = session_;
  const std::string unknown =
      MintToken(&again, parties_, keys_->signer())->token;

  const std::string misshapen[] = {"", "forged", Forge("{}", Part(1)),
                                   Forge(Part(0), "{}"), known + "x"};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(code(misshapen[i % 5]), "InvalidClientTokenId");
  }
  EXPECT_TRUE(failures.untouched()) << "what has no shape costs no check";

  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(code(WithAnotherSignature(known)), "InvalidClientTokenId");
    EXPECT_EQ(code(known, kNow + absl::Hours(2)), "ExpiredToken");
  }
  EXPECT_EQ(code(WithAnotherSignature(known)), "Throttling");
  EXPECT_EQ(code(unknown), "Throttling");
  EXPECT_EQ(code(known), "good") << "what is remembered needs no check";
  EXPECT_EQ(code("forged"), "InvalidClientTokenId");
  cache.Remember(unknown, parties_, keys_, kNow);
  EXPECT_EQ(code(unknown), "good") << "nor does what was minted here";
}

TEST_F(SessionToken, WhatIsRememberedOfAMintedTokenIsWhatVerifyingItGives) {
  session_.policy = R"({"Version": "2012-10-17", "Statement": [{"Effect":
      "Allow", "Action": "s3:*", "Resource": "*"}]})";
  const std::string token =
      MintToken(&session_, parties_, keys_->signer())->token;
  const VerifiedToken verified = VerifyToken(token, parties_, *keys_, kNow);
  const VerifiedToken minted = ReadMintedToken(token, parties_, *keys_, kNow);
  const auto& a = *(*verified);
  const auto& b = *(*minted);
  EXPECT_EQ(a.access_key_id, b.access_key_id);
  EXPECT_EQ(a.role_arn, b.role_arn);
  EXPECT_EQ(a.expires_at, b.expires_at);
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.policy, b.policy);
  EXPECT_NE(b.compiled_policy, nullptr);
  EXPECT_FALSE(ReadMintedToken(token + "x", parties_, *keys_, kNow).ok())
      << "it is read as strictly";
}

TEST(Keys, RotateByFile) {
  TempDir dir;
  ASSERT_TRUE(NewKey(dir.path(), "k1").ok());
  auto store = *ServiceKeys::Open(dir.path());
  EXPECT_EQ(store->signing()->signer().kid(), "k1");
  ASSERT_TRUE(NewKey(dir.path(), "k2").ok());
  EXPECT_TRUE(*store->Reload());
  EXPECT_EQ(store->signing()->signer().kid(), "k2");
  EXPECT_NE(store->signing()->Find("k1"), nullptr);
  dir.Write("active", "k1\n");
  EXPECT_TRUE(*store->Reload());
  EXPECT_EQ(store->signing()->signer().kid(), "k1");
  dir.Write("k3.pem", "no key");
  EXPECT_FALSE(store->Reload().ok());
  EXPECT_EQ(store->signing()->signer().kid(), "k1") << "those in force stay";
}

}  // namespace
}  // namespace rolegate::service
