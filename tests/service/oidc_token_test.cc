// Tokens of OpenID Connect providers: which are good, and which are not.

#include "service/federation/oidc_token.h"

#include <fstream>
#include <random>
#include <sstream>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/paths.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::IdentityIssuer;
using ::rolegate::testing::ServiceAccountClaims;
using ::testing::HasSubstr;

const char kIssuer[] = "https://oidc.example.com/cluster";
const char kAudience[] = "rolegate";
const char* const kAlgorithms[] = {"RS256", "RS384", "RS512", "PS256",
                                   "ES256", "ES384", "ES512", "EdDSA"};

// One key an algorithm, `kid` its name; made once, for RSA keys take a while.
const IdentityIssuer& Issuer() {
  static const auto* const issuer = [] {
    auto* const made = new IdentityIssuer;
    for (const char* algorithm : kAlgorithms)
      made->AddKey(algorithm, algorithm);
    return made;
  }();
  return *issuer;
}
const JsonWebKeySet& Keys() {
  static const auto* const keys =
      new JsonWebKeySet(*JsonWebKeySet::Parse(Issuer().Jwks()));
  return *keys;
}

std::string Claims(const std::string& more = "") {
  return ServiceAccountClaims(kIssuer, kAudience, "shop:frontend", absl::Now(),
                              more);
}

// Empty for a good token; else the error, "Code: message".
std::string Verify(const std::string& text,
                   const std::vector<std::string>& audiences = {kAudience}) {
  const auto show = [](const ApiError& error) {
    return absl::StrCat(ErrorName(error.code), ": ", error.message);
  };
  auto parsed = OidcToken::Parse(text);
  if (!parsed.ok()) return show(parsed.error());
  OidcToken& token = *parsed;
  if (token.issuer() != kIssuer) return "another issuer";
  if (auto error = token.Check(audiences, absl::Now())) return show(*error);
  if (auto error = token.CheckSignature(Keys())) return show(*error);
  return "";
}

TEST(OidcToken, EveryAlgorithmVerifiesByItsOwnKeyAlone) {
  for (const std::string signer : kAlgorithms) {
    EXPECT_EQ(Verify(Issuer().Token(signer, Claims())), "") << signer;
    for (const std::string named : kAlgorithms) {
      if (named == signer) continue;
      // Signed by one key, named after another.
      const std::string header =
          absl::StrCat(R"({"alg": ")", signer, R"(", "kid": ")", named, "\"}");
      EXPECT_NE(Verify(Issuer().Sign(signer, signer, header, Claims())), "")
          << signer << " as " << named;
      // The header's word against the key's.
      const std::string other =
          absl::StrCat(R"({"alg": ")", named, R"(", "kid": ")", signer, "\"}");
      EXPECT_NE(Verify(Issuer().Sign(signer, signer, other, Claims())), "")
          << signer << " says " << named;
    }
  }
  // An RSA key signs by another scheme than the one that its `alg` names.
  for (const char* other : {"RS384", "RS512", "PS256"}) {
    EXPECT_THAT(Verify(Issuer().Sign("RS256", other,
                                     absl::StrCat(R"({"alg": ")", other,
                                                  R"(", "kid": "RS256"})"),
                                     Claims())),
                HasSubstr("signature"))
        << other;
  }
}

TEST(OidcToken, HeadersThatAreRefused) {
  const struct {
    const char* name;
    const char* header;
  } kCases[] = {
      {"none", R"({"alg": "none", "kid": "RS256"})"},
      {"None", R"({"alg": "None", "kid": "RS256"})"},
      {"HS256", R"({"alg": "HS256", "kid": "RS256"})"},
      {"HS512", R"({"alg": "HS512", "kid": "RS256"})"},
      {"in lower case", R"({"alg": "rs256", "kid": "RS256"})"},
      {"no alg", R"({"kid": "RS256"})"},
      {"alg is no text", R"({"alg": ["RS256"], "kid": "RS256"})"},
      {"no kid", R"({"alg": "RS256"})"},
      {"empty kid", R"({"alg": "RS256", "kid": ""})"},
      {"kid is a number", R"({"alg": "RS256", "kid": 1})"},
      {"unknown kid", R"({"alg": "RS256", "kid": "rs256"})"},
      {"crit", R"({"alg": "RS256", "kid": "RS256", "crit": ["exp"]})"},
      {"empty crit", R"({"alg": "RS256", "kid": "RS256", "crit": []})"},
      {"b64", R"({"alg": "RS256", "kid": "RS256", "b64": false})"},
      {"our own type",
       R"({"alg": "RS256", "kid": "RS256", "typ": "rolegate-session+jwt"})"},
      {"alg twice", R"({"alg": "RS256", "alg": "RS256", "kid": "RS256"})"},
      {"an array", R"(["RS256"])"},
      {"no JSON", R"({"alg": "RS256")"},
  };
  for (const auto& c : kCases) {
    EXPECT_THAT(Verify(Issuer().Sign("RS256", "RS256", c.header, Claims())),
                HasSubstr("InvalidIdentityToken"))
        << c.name;
  }
  EXPECT_EQ(Verify(Issuer().Sign(
                "RS256", "RS256",
                R"({"typ": "JWT", "alg": "RS256", "kid": "RS256", "x": 1})",
                Claims())),
            "");
}

TEST(OidcToken, ClaimsThatAreRefused) {
  const std::string good = Claims();
  const std::string now = absl::StrCat(absl::ToUnixSeconds(absl::Now()));
  const auto claims = [&](absl::string_view member, absl::string_view value) {
    return absl::StrCat(
        R"({"iss": )",
        member == "iss" ? value : absl::StrCat("\"", kIssuer, "\""),
        R"(, "aud": )", member == "aud" ? value : R"("rolegate")",
        R"(, "sub": )", member == "sub" ? value : R"("someone")",
        R"(, "iat": )", member == "iat" ? value : now, R"(, "exp": )",
        member == "exp" ? value : "4102444800", R"(, "nbf": )",
        member == "nbf" ? value : now, R"(, "azp": )",
        member == "azp" ? value : R"("rolegate")", "}");
  };
  const auto verify = [&](const std::string& text) {
    return Verify(Issuer().Token("ES256", text));
  };
  ASSERT_EQ(verify(claims("", "")), "");
  const std::string soon = absl::StrCat(absl::ToUnixSeconds(absl::Now()) + 30);
  const std::string later =
      absl::StrCat(absl::ToUnixSeconds(absl::Now()) + 3000);
  const std::string before = absl::StrCat(absl::ToUnixSeconds(absl::Now()) - 1);
  // Half a minute of skew.
  EXPECT_EQ(verify(claims("iat", soon)), "");
  EXPECT_EQ(verify(claims("nbf", soon)), "");
  const struct {
    const char* member;
    std::string value;
    const char* error;
  } kCases[] = {
      {"iss", "1", "iss is malformed"},
      {"iss", R"("")", "iss is malformed"},
      {"iss", R"("https://oidc.example.com/cluster/")", "another issuer"},
      {"iss", R"("https://oidc.example.com/Cluster")", "another issuer"},
      {"aud", R"("other")", ""},  // `azp` is what counts
      {"aud", "[]", "aud is malformed"},
      {"aud", R"(["rolegate", 1])", "aud is malformed"},
      {"aud", "{}", "aud is malformed"},
      {"azp", R"("other")", "Incorrect token audience"},
      {"azp", "[]", "azp is malformed"},
      {"azp", R"("")", "azp is malformed"},
      {"sub", "7", "sub is malformed"},
      {"sub", R"("")", "sub is malformed"},
      {"sub", absl::StrCat("\"", std::string(256, 's'), "\""),
       "sub is malformed"},
      {"sub", absl::StrCat("\"", std::string(255, 's'), "\""), ""},
      {"exp", before, "ExpiredTokenException"},
      {"exp", "0", "ExpiredTokenException"},
      {"exp", "4102444800.5", "exp is malformed"},
      {"exp", "4.1e9", "exp is malformed"},
      {"exp", "-1", "exp is malformed"},
      {"exp", R"("4102444800")", "exp is malformed"},
      {"exp", "99999999999999999999", "exp is malformed"},
      {"exp", "null", "exp is malformed"},
      {"iat", later, "not valid yet"},
      {"iat", "1.0", "iat is malformed"},
      {"nbf", later, "not valid yet"},
      {"nbf", "true", "nbf is malformed"},
  };
  for (const auto& c : kCases) {
    const std::string found = verify(claims(c.member, c.value));
    if (*c.error == '\0') {
      EXPECT_EQ(found, "") << c.member << ": " << c.value;
    } else {
      EXPECT_THAT(found, HasSubstr(c.error)) << c.member << ": " << c.value;
    }
  }
  for (const char* name : {"iss", "sub", "aud", "exp", "iat"}) {
    const std::string quoted = absl::StrCat("\"", name, "\"");
    EXPECT_THAT(verify(absl::StrReplaceAll(good, {{quoted, "\"gone\""}})),
                HasSubstr(absl::StrCat("Missing a required claim: ", name)));
  }
  // Twice the same member, whatever a lenient reader would make of it.
  EXPECT_THAT(verify(absl::StrReplaceAll(
                  good, {{R"("jti": "0b1c")", R"("iss": "x")"}})),
              HasSubstr("not a valid JWT"));
}

TEST(OidcToken, TheAudienceMustBeListed) {
  const auto verify = [](const std::vector<std::string>& listed) {
    return Verify(Issuer().Token("ES256", Claims()), listed);
  };
  EXPECT_EQ(verify({"a", "rolegate"}), "");
  EXPECT_THAT(verify({"Rolegate"}), HasSubstr("Incorrect token audience"));
  EXPECT_THAT(verify({""}), HasSubstr("Incorrect token audience"));
  EXPECT_THAT(verify({}), HasSubstr("Incorrect token audience"));
}

TEST(OidcToken, FormsThatAreRefused) {
  const std::string token = Issuer().Token("RS256", Claims());
  const std::size_t first = token.find('.');
  const std::size_t second = token.rfind('.');
  const std::string header = token.substr(0, first);
  const std::string payload = token.substr(first, second - first);
  const std::string signature = token.substr(second + 1);
  const std::string der = Issuer().Sign(
      "ES256", "ES256", R"({"alg": "ES256", "kid": "ES256"})", Claims());
  const std::string cases[] = {
      "",
      ".",
      "..",
      header + payload,
      header + payload + ".",
      token + ".",
      token + "." + signature,
      token + "=",
      token + " ",
      " " + token,
      token + "\n",
      header + "." + payload,
      header + payload + "." + signature.substr(1),
      header + payload + ".A" + signature,
      header + "==" + payload + "." + signature,
      absl::StrReplaceAll(token, {{"-", "+"}, {"_", "/"}}) + "+",
      "Bearer " + token,
      der + "AA",
      der.substr(0, der.size() - 2),
      header + "." + std::string(20'000, 'A') + "." + signature,
  };
  for (const std::string& c : cases) {
    EXPECT_THAT(Verify(c), HasSubstr("InvalidIdentityToken"))
        << c.substr(0, 200);
  }
  // A token of the greatest size is read, one larger is not.
  std::string padded = Issuer().Token("ES256", Claims());
  const std::size_t room = (kMaxIdentityTokenBytes - padded.size()) * 3 / 4;
  EXPECT_EQ(
      Verify(Issuer().Token(
          "ES256", Claims(absl::StrCat(R"(, "pad": ")",
                                       std::string(room - 20, 'p'), "\"")))),
      "");
  EXPECT_THAT(
      Verify(Issuer().Token(
          "ES256", Claims(absl::StrCat(R"(, "pad": ")",
                                       std::string(room + 20, 'p'), "\"")))),
      HasSubstr("not a valid JWT"));
}

TEST(OidcToken, NoMutationOfAGoodTokenIsAccepted) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  std::vector<std::string> good;
  for (const char* algorithm : kAlgorithms) {
    good.push_back(Issuer().Token(algorithm, Claims()));
    ASSERT_EQ(Verify(good.back()), "");
  }
  int accepted = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string& token = good[pick(good.size())];
    std::string mutant = token;
    switch (pick(6)) {
      case 0:  // another character
        mutant[pick(mutant.size())] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
                [pick(65)];
        break;
      case 1:  // any byte
        mutant[pick(mutant.size())] = static_cast<char>(pick(256));
        break;
      case 2:
        mutant.erase(pick(mutant.size()), 1 + pick(4));
        break;
      case 3:
        mutant.insert(pick(mutant.size() + 1), 1, "A.=-\n"[pick(5)]);
        break;
      case 4: {  // two characters change places
        const std::size_t at = pick(mutant.size() - 1);
        std::swap(mutant[at], mutant[at + 1]);
        break;
      }
      default: {  // a part of another token
        const std::string& other = good[pick(good.size())];
        const std::size_t dot =
            pick(2) == 0 ? mutant.find('.') : mutant.rfind('.');
        const std::size_t cut =
            pick(2) == 0 ? other.find('.') : other.rfind('.');
        mutant = mutant.substr(0, dot) + other.substr(cut);
      }
    }
    if (std::find(good.begin(), good.end(), mutant) != good.end()) continue;
    if (Verify(mutant).empty()) {
      ++accepted;
      ADD_FAILURE() << mutant;
    }
  }
  EXPECT_EQ(accepted, 0);
}

TEST(OidcToken, WhatTheClaimsMeanToATrustPolicy) {
  OpenIdProvider provider;
  provider.arn =
      "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/cluster";
  provider.url = kIssuer;
  const auto identity_of = [&](const std::string& more) {
    const std::string text = Issuer().Token("ES256", Claims(more));
    auto parsed = OidcToken::Parse(text);
    OidcToken& token = *parsed;
    EXPECT_EQ(token.Check({kAudience, "app"}, absl::Now()), std::nullopt);
    return token.ToIdentity(provider);
  };
  const auto found = identity_of(
      R"(, "azp": "app", "amr": ["pwd", "mfa"], "email": "a@b.c",
          "https://aws.amazon.com/tags": {
            "principal_tags": {"Team": ["red"], "Cost": "7"},
            "transitive_tag_keys": ["Team"]},
          "https://aws.amazon.com/source_identity": "alice")");
  ASSERT_TRUE(found.ok());
  const FederatedIdentity& identity = *found;
  const std::string prefix = "oidc.example.com/cluster:";
  EXPECT_THAT(
      identity.keys,
      ::testing::UnorderedElementsAre(
          SessionKey{prefix + "aud", {"app"}},
          SessionKey{prefix + "oaud", {"rolegate"}},
          SessionKey{prefix + "sub", {"system:serviceaccount:shop:frontend"}},
          SessionKey{prefix + "amr", {"pwd", "mfa"}},
          SessionKey{prefix + "email", {"a@b.c"}}));
  EXPECT_THAT(identity.lasting_keys,
              ::testing::UnorderedElementsAre(prefix + "amr", prefix + "aud",
                                              prefix + "id", prefix + "sub"));
  ASSERT_EQ(identity.tags.size(), 2u);
  EXPECT_EQ(identity.tags[0].key + identity.tags[0].value, "Teamred");
  EXPECT_THAT(identity.transitive_tag_keys, ::testing::ElementsAre("Team"));
  EXPECT_EQ(identity.source_identity, "alice");
  for (
      const char* wrong :
      {R"("https://aws.amazon.com/tags": [])",
       R"("https://aws.amazon.com/tags": {"principal_tags": []})",
       R"("https://aws.amazon.com/tags": {"principal_tags": {"T": ["a", "b"]}})",
       R"("https://aws.amazon.com/tags": {"principal_tags": {"T": []}})",
       R"("https://aws.amazon.com/tags": {"principal_tags": {"T": 1}})",
       R"("https://aws.amazon.com/tags": {"transitive_tag_keys": "T"})",
       R"("https://aws.amazon.com/source_identity": 7)",
       R"("https://aws.amazon.com/source_identity": "")"}) {
    EXPECT_FALSE(identity_of(absl::StrCat(", ", wrong)).ok()) << wrong;
  }
}

// A provider that cannot nest writes the same tags as claims of their own.
TEST(OidcToken, TagsAreTagsInEitherForm) {
  const std::string tags = "\"https://aws.amazon.com/tags";
  const std::string nested = tags + R"(": {"principal_tags": )";
  const std::string flat = tags + "/principal_tags/";
  const std::string flat_keys = tags + R"(/transitive_tag_keys": )";
  const struct {
    const char* name;
    std::string claims;
    const char* tags;  // null: the token is refused
  } kCases[] = {
      {"no tags", R"("https://aws.amazon.com/tag": 7)", ""},
      {"nested", nested + R"({"Team": ["red"], "Cost": "7"}})",
       "Team=red Cost=7"},
      {"nested, passed on",
       nested + R"({"Team": ["red"]}, "transitive_tag_keys": ["Team"]})",
       "Team=red +Team"},
      {"flat", flat + R"(Team": "red")", "Team=red"},
      {"flat, in a list", flat + R"(Team": ["red"])", "Team=red"},
      {"flat, two of them", flat + R"(Team": "red", )" + flat + R"(Cost": "")",
       "Team=red Cost="},
      {"flat, a key with slashes", flat + R"(a/b/": "c")", "a/b/=c"},
      {"flat, passed on",
       flat + R"(Team": "red", )" + flat_keys + R"(["Team"])",
       "Team=red +Team"},
      {"flat, in letters that are escaped",
       R"("https:\/\/aws.amazon.com\u002ftags/principal_tags/Team": "red")",
       "Team=red"},
      {"nested and flat",
       nested + R"({"Team": ["red"]}}, )" + flat + R"(Cost": "7")", nullptr},
      {"nested and empty, and flat",
       tags + R"(": {}, )" + flat + R"(Team": "red")", nullptr},
      {"flat and nested, of one tag",
       flat + R"(Team": "red", )" + nested + R"({"Team": ["red"]}})", nullptr},
      {"nested, and flat keys to pass on",
       nested + R"({"Team": ["red"]}}, )" + flat_keys + R"(["Team"])", nullptr},
      {"a number", flat + R"(Team": 7)", nullptr},
      {"true", flat + R"(Team": true)", nullptr},
      {"null", flat + R"(Team": null)", nullptr},
      {"an object", flat + R"(Team": {"a": "b"})", nullptr},
      {"an empty list", flat + R"(Team": [])", nullptr},
      {"two values", flat + R"(Team": ["red", "blue"])", nullptr},
      {"a number in a list", flat + R"(Team": [7])", nullptr},
      {"no key", flat + R"(": "red")", nullptr},
      {"half flat", tags + R"(/principal_tags": {"Team": ["red"]})", nullptr},
      {"a name that is nearly right", tags + R"(/principal_tag/Team": "red")",
       nullptr},
      {"keys to pass on that are no list", flat_keys + R"("Team")", nullptr},
      {"keys to pass on that are no texts", flat_keys + "[7]", nullptr},
      {"a second segment behind the keys to pass on",
       tags + R"(/transitive_tag_keys/Team": ["Team"])", nullptr},
  };
  OpenIdProvider provider;
  provider.url = kIssuer;
  for (const auto& c : kCases) {
    const std::string text =
        Issuer().Token("ES256", Claims(absl::StrCat(", ", c.claims)));
    auto parsed = OidcToken::Parse(text);
    ASSERT_TRUE(parsed.ok()) << c.name << c.claims;
    const auto identity = parsed->ToIdentity(provider);
    ASSERT_EQ(identity.ok(), c.tags != nullptr) << c.name;
    if (!identity.ok()) {
      EXPECT_EQ(identity.error().code, ErrorCode::kInvalidIdentityToken);
      EXPECT_THAT(identity.error().message,
                  HasSubstr("https://aws.amazon.com/tags"))
          << c.name;
      continue;
    }
    std::vector<std::string> found;
    for (const Tag& tag : identity->tags) {
      found.push_back(absl::StrCat(tag.key, "=", tag.value));
    }
    for (const std::string& key : identity->transitive_tag_keys) {
      found.push_back("+" + key);
    }
    EXPECT_EQ(absl::StrJoin(found, " "), c.tags) << c.name;
  }
}

// docs/federation.md lists the claims that become keys, and no others.
TEST(OidcToken, TheDocumentsListTheClaimsThatBecomeKeys) {
  std::ifstream file(testing::SourcePath("/docs/federation.md"));
  std::stringstream page;
  page << file.rdbuf();
  std::vector<std::string> listed = {"`aud` (or `azp`)", "`sub`"};
  std::vector<std::string> trust_only;
  for (const absl::string_view claim : OidcToken::KeyClaims()) {
    (claim == "amr" || claim == "id" ? listed : trust_only)
        .push_back(absl::StrCat("`", claim, "`"));
  }
  EXPECT_THAT(page.str(),
              HasSubstr(absl::StrCat("| ", absl::StrJoin(listed, ", "), " |")));
  EXPECT_THAT(page.str(), HasSubstr(absl::StrCat(
                              "| ", absl::StrJoin(trust_only, ", "), " |")));
}

TEST(JsonWebKeys, KeysThatAreLeftOutAndSetsThatAreRefused) {
  IdentityIssuer issuer;
  issuer.AddKey("good", "ES256");
  issuer.AddKey("weak", "RS256", 1024);
  const std::string good = issuer.Jwk("good");
  const auto changed = [&](const std::string& from, const std::string& to) {
    const std::string text = absl::StrReplaceAll(good, {{from, to}});
    EXPECT_NE(text, good) << from;
    return text;
  };
  // Alone each of them makes no set; beside a good key it is left out.
  const std::string unfit[] = {
      issuer.Jwk("weak"),
      changed(R"("kid": "good", )", ""),
      changed(R"("use": "sig")", R"("use": "enc")"),
      changed(R"("use": "sig")", R"("key_ops": ["sign"])"),
      changed("P-256", "P-384"),
      changed("P-256", "secp256k1"),
      changed("\"EC\"", "\"ec\""),
      changed("ES256", "ES384"),
      changed("ES256", "HS256"),
      changed("\"y\": \"", "\"y\": \"A"),
      changed("\"x\": \"", "\"x\": \"AAAA"),
      R"({"kty": "oct", "kid": "s", "k": "c2VjcmV0", "alg": "HS256"})",
      R"({"kty": "OKP", "crv": "X25519", "kid": "x", "x": "AAAA"})",
      R"({"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"})",
      "7",
  };
  for (const std::string& jwk : unfit) {
    EXPECT_FALSE(
        JsonWebKeySet::Parse(absl::StrCat(R"({"keys": [)", jwk, "]}")).ok())
        << jwk;
    const std::string other =
        absl::StrReplaceAll(good, {{"\"good\"", "\"2\""}});
    const auto set = JsonWebKeySet::Parse(
        absl::StrCat(R"({"keys": [)", jwk, ", ", other, "]}"));
    ASSERT_TRUE(set.ok()) << jwk << set.status();
    EXPECT_NE(set->Find("2"), nullptr);
    EXPECT_EQ(set->Find("good"), nullptr) << jwk;
  }
  const std::string refused[] = {
      "",
      "[]",
      "{}",
      R"({"keys": {}})",
      R"({"keys": []})",
      absl::StrCat(R"({"keys": [)", good, ", ", good, "]}"),
      absl::StrCat(R"({"keys": [)", good, R"(], "keys": []})"),
      absl::StrCat(R"({"keys": [)", changed("\"kty\"", R"("d": "AA", "kty")"),
                   "]}"),
  };
  for (const std::string& text : refused) {
    EXPECT_FALSE(JsonWebKeySet::Parse(text).ok()) << text;
  }
  EXPECT_TRUE(
      JsonWebKeySet::Parse(absl::StrCat(R"({"keys": [)", good, "]}")).ok());
}

}  // namespace
}  // namespace rolegate::service
