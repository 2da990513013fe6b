// Callers who bring a token of an OpenID Connect issuer as their bearer.

#include <random>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/discovery_server.h"
#include "tests/support/documents.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unknown_caller.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kIssuer[] = "https://login.example.com";
constexpr char kAlice[] = "arn:aws:iam::123456789012:user/alice";

class TokenCallers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    issuer_ = new IdentityIssuer;
    issuer_->AddKey("ec", "ES256");
    issuer_->AddKey("rsa", "RS256");
  }

  TokenCallers() {
    dir_.Write("keys.jwks", issuer_->Jwks());
    dir_.Write(
        "registry/build.json",
        Role("Build", Policy(R"({"Effect": "Allow", "Action": "sts:AssumeRole",
                      "Principal": {"Service": "ci.example"}, "Condition":
                      {"StringEquals": {"aws:PrincipalTag/Tier": "build"}}})"),
             Allow("s3:*")));
    dir_.Write(
        "registry/next.json",
        Role("Next",
             Trust(absl::StrCat(R"({"AWS": ")", RoleArn("Build"), "\"}")),
             Allow("s3:*")));
  }

  // A server with one listener: `mappings`, and what else is said of it.
  std::vector<std::string> Serving(const std::string& listener,
                                   const std::string& more = "") {
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"),
                     "}\naudit: {path: ", dir_.path("audit"),
                     "}\nlog: {level: debug}\n", more,
                     "listeners:\n  - address: 127.0.0.1:0\n", listener));
    return {"--config", config};
  }
  std::string Mappings() const {
    return absl::StrReplaceAll(
        R"(    mappings:
      - {issuer: ISSUER, audience: rolegate, jwks_file: KEYS,
         claims: {sub: 'repo:acme/shop:ref:main'},
         principal: 'service:ci.example', tags: {Tier: build}}
      - {issuer: ISSUER, audience: rolegate, jwks_file: KEYS,
         claims: {groups: admins, email_verified: 'true'},
         principal: 'arn:aws:iam::123456789012:user/alice'}
      - {issuer: 'https://other.example.com', audience: rolegate,
         jwks_file: KEYS, claims: {sub: alice}, principal: 'service:other'}
)",
        {{"ISSUER", kIssuer}, {"KEYS", dir_.path("keys.jwks")}});
  }

  // A token with these claims beside times, `more` with a comma before it.
  static std::string Token(const std::string& sub, const std::string& more = "",
                           const std::string& audience = "\"rolegate\"",
                           const std::string& issuer = kIssuer,
                           const std::string& kid = "ec") {
    const std::int64_t now = absl::ToUnixSeconds(absl::Now());
    return issuer_->Token(
        kid, absl::StrCat(R"({"iss": ")", issuer, R"(", "sub": ")", sub,
                          R"(", "aud": )", audience, R"(, "iat": )", now,
                          R"(, "exp": )", now + 600, more, "}"));
  }
  static std::string Ci() { return Token("repo:acme/shop:ref:main"); }

  // Whom the bearer of a token is, or the error.
  static std::string WhoIs(const ServerProcess& server,
                           const std::string& token) {
    const auto identity =
        server.Connect("").WithSession(token).GetCallerIdentity();
    return identity.ok() ? identity->arn() : ErrorReason(identity.status());
  }

  TempDir dir_;
  static IdentityIssuer* issuer_;
};
IdentityIssuer* TokenCallers::issuer_ = nullptr;

TEST_F(TokenCallers, AreWhomTheFirstMappingOfTheirTokenSays) {
  ServerProcess server(Serving(Mappings()));
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string admins =
      R"(, "email_verified": true, "groups": ["staff", "admins"])";
  struct {
    const char* name;
    std::string token;
    const char* caller;
  } const kRows[] = {
      {"a subject", Ci(), "ci.example"},
      {"a list with the element, and a boolean", Token("u1", admins), kAlice},
      {"the first that matches", Token("repo:acme/shop:ref:main", admins),
       "ci.example"},
      {"one audience of several", Token("u1", admins, R"(["x", "rolegate"])"),
       kAlice},
      {"whoever the token was made for",
       Token("u1", absl::StrCat(admins, R"(, "azp": "frontend")")), kAlice},
      {"a key of another kind",
       Token("repo:acme/shop:ref:main", "", "\"rolegate\"", kIssuer, "rsa"),
       "ci.example"},
      {"another issuer",
       Token("alice", "", "\"rolegate\"", "https://other.example.com"),
       "other"},
      {"a subject of another issuer", Token("alice"), "InvalidClientTokenId"},
      {"a subject that begins the same", Token("repo:acme/shop:ref:main2"),
       "InvalidClientTokenId"},
      {"one claim of two", Token("u1", R"(, "groups": ["admins"])"),
       "InvalidClientTokenId"},
      {"a text in a list", Token("u1", R"(, "groups": [["admins"]],
                                 "email_verified": true)"),
       "InvalidClientTokenId"},
      {"a number", Token("u1", R"(, "groups": "admins", "email_verified": 1)"),
       "InvalidClientTokenId"},
      {"no claim at all", Token("u1"), "InvalidClientTokenId"},
      {"another audience", Token("repo:acme/shop:ref:main", "", "\"aws\""),
       "InvalidClientTokenId"},
      {"an unknown issuer",
       Token("alice", "", "\"rolegate\"", "https://evil.example.com"),
       "InvalidClientTokenId"},
      {"an issuer with a slash more",
       Token("repo:acme/shop:ref:main", "", "\"rolegate\"",
             absl::StrCat(kIssuer, "/")),
       "InvalidClientTokenId"},
      {"no token", "forged", "InvalidIdentityToken"},
      {"nothing", "", "MissingAuthenticationToken"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(WhoIs(server, row.token), row.caller) << row.name;
  }
}

TEST_F(TokenCallers, TakeARoleByTheTagsOfTheirMappingAndGoOnFromIt) {
  ServerProcess server(Serving(Mappings()));
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ci = server.Connect("").WithSession(Ci());
  // The same listener takes the session, too.
  const Client build = ci.WithSession(AssumeOrDie(ci, RoleArn("Build")));
  EXPECT_TRUE(build.IsAllowed("s3:GetObject", "*"));
  const Client next = ci.WithSession(AssumeOrDie(build, RoleArn("Next")));
  EXPECT_THAT(next.GetCallerIdentity()->arn(), HasSubstr("/Next/"));
  // Another principal has no such tag.
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Build"));
  request.set_role_session_name("test");
  EXPECT_EQ(ErrorReason(ci.WithSession(Token("alice", "", "\"rolegate\"",
                                             "https://other.example.com"))
                            .AssumeRole(request)
                            .status()),
            "AccessDenied");
}

TEST_F(TokenCallers, WhatDoesNotHoldOpensNothing) {
  ServerProcess server(Serving(Mappings()));
  ASSERT_TRUE(server.serving()) << server.log();
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  const auto timed = [&](std::int64_t issued, std::int64_t expires,
                         const std::string& more = "") {
    return absl::StrCat(R"({"iss": ")", kIssuer,
                        R"(", "sub": "repo:acme/shop:ref:main", "aud":
                        "rolegate", "iat": )",
                        issued, R"(, "exp": )", expires, more, "}");
  };
  const std::string good = timed(now, now + 600);
  ASSERT_EQ(WhoIs(server, issuer_->Token("ec", good)), "ci.example");
  IdentityIssuer stranger;
  stranger.AddKey("ec", "ES256");
  stranger.AddKey("unknown", "ES256");
  const std::vector<std::string> parts =
      absl::StrSplit(issuer_->Token("ec", good), '.');
  struct {
    const char* name;
    std::string token;
    const char* error;
  } const kRows[] = {
      {"expired", issuer_->Token("ec", timed(now - 700, now - 1)),
       "ExpiredTokenException"},
      {"of tomorrow", issuer_->Token("ec", timed(now + 90, now + 600)),
       "InvalidIdentityToken"},
      {"not yet",
       issuer_->Token(
           "ec", timed(now, now + 600, absl::StrCat(R"(, "nbf": )", now + 90))),
       "InvalidIdentityToken"},
      {"another's key of the same name", stranger.Token("ec", good),
       "InvalidIdentityToken"},
      {"a key that nobody knows", stranger.Token("unknown", good),
       "InvalidIdentityToken"},
      {"no signature", absl::StrCat(parts[0], ".", parts[1], "."),
       "InvalidIdentityToken"},
      {"the algorithm of another key",
       issuer_->Sign("ec", "ES256", R"({"alg": "RS256", "kid": "rsa"})", good),
       "InvalidIdentityToken"},
      {"none",
       issuer_->Sign("ec", "ES256", R"({"alg":"none","kid":"ec"})", good),
       "InvalidIdentityToken"},
      {"a claim twice",
       issuer_->Token("ec", timed(now, now + 600, R"(, "sub": "x")")),
       "InvalidIdentityToken"},
      {"our own type",
       issuer_->Sign("ec", "ES256",
                     R"({"alg":"ES256","kid":"ec","typ":)"
                     R"("rolegate-session+jwt"})",
                     good),
       "InvalidClientTokenId"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(WhoIs(server, row.token), row.error) << row.name;
  }
}

TEST_F(TokenCallers, NoMutationOfATokenOpensAnything) {
  ServerProcess server(
      Serving(Mappings(), "limits: {max_failures_per_second: 0}\n"));
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string good = Ci();
  ASSERT_EQ(WhoIs(server, good), "ci.example");
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
  for (int i = 0; i < 1000; ++i) {
    std::string token = good;
    const std::size_t at = random() % token.size();
    switch (random() % 3) {
      case 0:
        token[at] = kAlphabet[random() % kAlphabet.size()];
        break;
      case 1:
        token.erase(at, 1 + random() % 3);
        break;
      default:
        token.insert(at, 1, kAlphabet[random() % kAlphabet.size()]);
    }
    if (token == good) continue;
    EXPECT_THAT(WhoIs(server, token), Not("ci.example")) << token;
  }
}

TEST_F(TokenCallers, EachListenerTakesWhatItIsToldTo) {
  const struct {
    const char* authenticators;
    const char* token;    // what a mapped token gets
    const char* session;  // what a token of the sessions' type gets
  } kRows[] = {
      {"[oidc]", "ci.example", "InvalidClientTokenId"},
      {"[oidc, session-token]", "ci.example", "works"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.authenticators);
    ServerProcess server(Serving(absl::StrCat(
        "    authenticators: ", row.authenticators, "\n", Mappings())));
    ASSERT_TRUE(server.serving()) << server.log();
    EXPECT_EQ(WhoIs(server, Ci()), row.token);
    const Client ci = server.Connect("").WithSession(Ci());
    const std::string session = AssumeOrDie(ci, RoleArn("Build"));
    const auto identity = ci.WithSession(session).GetCallerIdentity();
    EXPECT_EQ(identity.ok() ? "works" : ErrorReason(identity.status()),
              row.session);
  }
  SCOPED_TRACE("a listener without mappings");
  ServerProcess server(Serving(""));
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(WhoIs(server, Ci()), "InvalidClientTokenId");
}

TEST_F(TokenCallers, KeysOfAFileAreReadAgainAndBadOnesLeaveTheGoodInForce) {
  ServerProcess server(Serving(Mappings()));
  ASSERT_TRUE(server.serving()) << server.log();
  IdentityIssuer rotated;
  rotated.AddKey("new", "ES256");
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  const std::string token = rotated.Token(
      "new", absl::StrCat(R"({"iss": ")", kIssuer,
                          R"(", "sub": "repo:acme/shop:ref:main", "aud":
                          "rolegate", "iat": )",
                          now, R"(, "exp": )", now + 600, "}"));
  EXPECT_EQ(WhoIs(server, token), "InvalidIdentityToken");
  const std::string known = Ci();
  EXPECT_EQ(WhoIs(server, known), "ci.example");
  dir_.Write("keys.jwks", "{\"keys\": [");
  EXPECT_TRUE(Eventually([&] {
    return server.log().find("is no key set") != std::string::npos;
  })) << server.log();
  EXPECT_EQ(WhoIs(server, known), "ci.example");
  dir_.Write("keys.jwks", rotated.Jwks());
  EXPECT_TRUE(Eventually([&] { return WhoIs(server, token) == "ci.example"; }));
  EXPECT_EQ(WhoIs(server, known), "InvalidIdentityToken");
}

TEST_F(TokenCallers, KeysAreDiscoveredBeforeAnybodyAsksAndWhenTheyAreNew) {
  DiscoveryServer web(dir_);
  web.AddProvider("good", issuer_->Jwks());
  ServerProcess server(
      Serving(absl::StrReplaceAll(
                  R"(    mappings:
      - {issuer: 'ISSUER', audience: rolegate, claims: {sub: ci},
         principal: 'service:ci.example'}
)",
                  {{"ISSUER", web.issuer("good")}}),
              absl::StrCat("federation: {oidc_hosts: [", web.host(),
                           "], ca: ", web.ca(), "}\n")));
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_TRUE(Eventually([&] { return web.Requests("/good/jwks") == 1; }));
  const auto token = [&](const IdentityIssuer& issuer, const std::string& kid) {
    const std::int64_t now = absl::ToUnixSeconds(absl::Now());
    return issuer.Token(
        kid, absl::StrCat(R"({"iss": ")", web.issuer("good"),
                          R"(", "sub": "ci", "aud": "rolegate", "iat": )", now,
                          R"(, "exp": )", now + 600, "}"));
  };
  const std::string good = token(*issuer_, "ec");
  EXPECT_TRUE(Eventually([&] { return WhoIs(server, good) == "ci.example"; }));

  IdentityIssuer rotated;
  rotated.AddKey("new", "ES256");
  web.SetKeys("good", rotated.Jwks());
  const std::string next = token(rotated, "new");
  // Nobody waits inside the server: the caller is told to try again, which the
  // client does.
  EXPECT_TRUE(Eventually([&] { return WhoIs(server, next) == "ci.example"; }));
  EXPECT_EQ(web.Requests("/good/jwks"), 2);
  IdentityIssuer stranger;
  stranger.AddKey("made-up", "ES256");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(WhoIs(server, token(stranger, "made-up")),
              "InvalidIdentityToken");
  }
  EXPECT_EQ(web.Requests("/good/jwks"), 2) << "made-up keys fetch nothing";
}

TEST_F(TokenCallers, WhoIsRefusedIsToldWhyAndSoAreOperators) {
  ServerProcess server(Serving(Mappings()));
  ASSERT_TRUE(server.serving()) << server.log();
  IdentityIssuer stranger;
  stranger.AddKey("ec", "ES256");
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  const std::string ours =
      absl::StrCat("the bearer token of issuer `", kIssuer, "`: ");
  const struct {
    const char* name;
    std::string token;
    const char* error;
    std::string message;
  } kRows[] = {
      {"an unknown issuer",
       Token("alice", "", "\"rolegate\"", "https://evil.example.com"),
       "InvalidClientTokenId",
       "the bearer token of issuer `https://evil.example.com`: no mapping of "
       "this listener names that issuer"},
      {"another audience", Token("repo:acme/shop:ref:main", "", "\"aws\""),
       "InvalidClientTokenId",
       ours + "no mapping of that issuer names its audience `aws`"},
      {"another subject", Token("repo:acme/other"), "InvalidClientTokenId",
       ours + "no mapping of that issuer and audience names its claims "
              "(subject `repo:acme/other`)"},
      {"expired",
       issuer_->Token(
           "ec", absl::StrCat(R"({"iss": ")", kIssuer,
                              R"(", "sub": "repo:acme/shop:ref:main", "aud":
                              "rolegate", "iat": )",
                              now - 700, R"(, "exp": )", now - 1, "}")),
       "ExpiredTokenException", ""},
      {"forged",
       stranger.Token(
           "ec", absl::StrCat(R"({"iss": ")", kIssuer,
                              R"(", "sub": "repo:acme/shop:ref:main", "aud":
                              "rolegate", "iat": )",
                              now, R"(, "exp": )", now + 600, "}")),
       "InvalidIdentityToken", ""},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    // Few different refusals of one peer are told one by one, and each row is
    // one.
    const absl::Status refused =
        server.Connect("").WithSession(row.token).GetCallerIdentity().status();
    EXPECT_EQ(ErrorReason(refused), row.error);
    if (row.message.empty()) {
      EXPECT_THAT(std::string(refused.message()), HasSubstr(ours));
    } else {
      EXPECT_EQ(refused.message(), row.message);
    }
    if (&row - kRows < 4) {
      ExpectTold(server, dir_, row.error, std::string(refused.message()));
    }
  }
  EXPECT_EQ(server.Stop(), 0);
  // The fifth is told as a sum, when the server stops at the latest.
  EXPECT_TRUE(HasLine(server.log(), {{"message",
                                      "more callers could not be "
                                      "identified"},
                                     {"peer", "127.0.0.1"},
                                     {"calls", "1"},
                                     {"error", "InvalidIdentityToken"}}))
      << server.log();
  EXPECT_TRUE(HasLine(dir_.Read("audit"), {{"kind", "authentication"},
                                           {"peer", "127.0.0.1"},
                                           {"error", "InvalidIdentityToken"}}));
}

TEST_F(TokenCallers, AreToldThatAListenerTakesNoTokensOfOthers) {
  ServerProcess server(Serving(""));
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string message =
      absl::StrCat("the bearer token of issuer `", kIssuer,
                   "` is no session, and this listener takes no tokens of "
                   "identity providers");
  EXPECT_EQ(server.Connect("")
                .WithSession(Ci())
                .GetCallerIdentity()
                .status()
                .message(),
            message);
  ExpectTold(server, dir_, "InvalidClientTokenId", message);
}

TEST_F(TokenCallers, NoTokenIsLogged) {
  ServerProcess server(Serving(Mappings()));
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string good = Ci();
  const std::string bad = good.substr(0, good.size() - 4) + "AAAA";
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(WhoIs(server, good), "ci.example");
    EXPECT_EQ(WhoIs(server, bad), "InvalidIdentityToken");
    AssumeOrDie(server.Connect("").WithSession(good), RoleArn("Build"));
  }
  EXPECT_EQ(server.Stop(), 0);
  const std::string records = dir_.Read("audit");
  ASSERT_THAT(records, HasSubstr("ci.example")) << "something was recorded";
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  for (const std::string& text : {server.log(), records}) {
    EXPECT_THAT(text, Not(HasSubstr(parts[1])));
    EXPECT_THAT(text, Not(HasSubstr(parts[2])));
  }
}

}  // namespace
}  // namespace rolegate::testing
