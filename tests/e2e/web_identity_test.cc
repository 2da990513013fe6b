// Roles that are assumed with tokens of OpenID Connect providers, by real
// servers.

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/net/health_check.h"
#include "tests/support/discovery_server.h"
#include "tests/support/documents.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char kCluster[] = "oidc.example.com/cluster";
const char kBucket[] = "arn:aws:s3:::example-bucket/a";

std::string ProviderArn(const std::string& host) {
  return absl::StrCat("arn:aws:iam::123456789012:oidc-provider/", host);
}
std::string Provider(const std::string& host, const std::string& more) {
  return absl::StrCat(R"({"OpenIDConnectProvider": {"Arn": ")",
                      ProviderArn(host), R"(", "Url": "https://)", host,
                      R"(", "ClientIDList": ["rolegate"])", more, "}}");
}
// Trusts one service account of the provider.
std::string Trusts(const std::string& host, const std::string& more = "") {
  return Policy(absl::StrCat(R"({"Effect": "Allow",
      "Principal": {"Federated": ")",
                             ProviderArn(host), R"("},
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {"StringEquals": {")",
                             host,
                             R"(:sub": "system:serviceaccount:shop:frontend",
          ")",
                             host, R"(:aud": "rolegate"}}})", more));
}

v1::AssumeRoleWithWebIdentityRequest Request(const std::string& token,
                                             const std::string& role) {
  v1::AssumeRoleWithWebIdentityRequest request;
  request.set_role_arn(RoleArn(role));
  request.set_role_session_name("pod");
  request.set_web_identity_token(token);
  return request;
}

class WebIdentity : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    issuer_ = new IdentityIssuer;
    issuer_->AddKey("rsa", "RS256");
    issuer_->AddKey("ec", "ES256");
  }

  WebIdentity() {
    dir_.Write("registry/provider.json",
               Provider(kCluster, R"(, "JwksFile": "keys.jwks")"));
    dir_.Write("registry/keys.jwks", issuer_->Jwks());
    dir_.Write("registry/frontend.json",
               Role("Frontend", Trusts(kCluster), Allow("s3:GetObject"),
                    R"(, "MaxSessionDuration": 7200)"));
    dir_.Write(
        "registry/tagged.json",
        Role("Tagged",
             Trusts(kCluster, absl::StrCat(R"(,
             {"Effect": "Allow", "Principal": {"Federated": ")",
                                           ProviderArn(kCluster),
                                           R"("},
              "Action": ["sts:TagSession", "sts:SetSourceIdentity"]})")),
             Policy(R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                 "Condition": {"StringEquals": {
                     "aws:PrincipalTag/Team": "red",
                     "aws:SourceIdentity": "alice"}}})")));
    dir_.Write("registry/lasting.json",
               Role("Lasting", Trusts(kCluster),
                    Policy(absl::StrCat(
                        R"({"Effect": "Allow", "Action": "s3:*",
              "Resource": "*", "Condition": {"StringEquals": {")",
                        kCluster,
                        R"(:sub": "system:serviceaccount:shop:frontend",
                  "aws:FederatedProvider": ")",
                        ProviderArn(kCluster), R"("}, "Null": {")", kCluster,
                        R"(:email": "true"}}})"))));
    dir_.Write("registry/classic.json",
               Role("Classic", Trust(kEc2), Allow("s3:*")));
  }

  std::vector<std::string> Arguments(const std::string& more = "") {
    const std::string config =
        dir_.Write("rolegated.yaml",
                   absl::StrCat("registry: {dir: ", dir_.path("registry"),
                                "}\n", "audit: {path: ", dir_.path("audit"),
                                "}\n", "log: {level: debug}\n", more));
    return {"--config", config, "--listen", "127.0.0.1:0"};
  }
  static std::string Token(const std::string& kid = "rsa",
                           const std::string& more = "",
                           const std::string& account = "shop:frontend",
                           const std::string& audience = "rolegate") {
    return issuer_->Token(
        kid, ServiceAccountClaims(absl::StrCat("https://", kCluster), audience,
                                  account, absl::Now(), more));
  }
  static std::string Assume(const ServerProcess& server,
                            const std::string& token,
                            const std::string& role = "Frontend") {
    return ErrorReason(server.Connect("")
                           .AssumeRoleWithWebIdentity(Request(token, role))
                           .status());
  }

  static IdentityIssuer* issuer_;
  TempDir dir_;
};
IdentityIssuer* WebIdentity::issuer_ = nullptr;

TEST_F(WebIdentity, AServiceAccountAssumesItsRoleAndIsDecidedFor) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  for (const char* kid : {"rsa", "ec"}) {
    const std::string token = Token(kid);
    auto request = Request(token, "Frontend");
    request.set_duration_seconds(7200);  // not chaining
    const auto response = server.Connect("").AssumeRoleWithWebIdentity(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->assumed_role_user().arn(),
              "arn:aws:sts::123456789012:assumed-role/Frontend/pod");
    EXPECT_EQ(response->assumed_role_user().assumed_role_id(),
              "AROAFrontend:pod");
    EXPECT_EQ(response->subject_from_web_identity_token(),
              "system:serviceaccount:shop:frontend");
    EXPECT_EQ(response->provider(), absl::StrCat("https://", kCluster));
    EXPECT_EQ(response->audience(), "rolegate");
    EXPECT_FALSE(response->has_packed_policy_size());
    const Client session =
        server.Connect("", response->credentials().session_token());
    EXPECT_TRUE(session.IsAllowed("s3:GetObject", kBucket));
    EXPECT_FALSE(session.IsAllowed("s3:PutObject", kBucket));
    EXPECT_EQ(session.GetCallerIdentity()->arn(),
              response->assumed_role_user().arn());
    // A session is no identity token.
    EXPECT_EQ(Assume(server, response->credentials().session_token()),
              "InvalidIdentityToken");
  }
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_THAT(dir_.Read("audit"),
              HasSubstr(absl::StrCat(kCluster,
                                     ":rolegate:system:service"
                                     "account:shop:frontend")));
}

TEST_F(WebIdentity, WhatIsRefusedAndByWhatName) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const std::string url = absl::StrCat("https://", kCluster);
  const absl::Time now = absl::Now();
  const std::string good = Token();
  std::vector<std::string> sent = {good};
  const struct {
    const char* name;
    std::string token;
    const char* role;
    const char* error;
  } kCases[] = {
      {"good", good, "Frontend", ""},
      {"another subject", Token("rsa", "", "shop:backend"), "Frontend",
       "AccessDenied"},
      {"a role that trusts somebody else", good, "Classic", "AccessDenied"},
      {"a role that is not there", good, "Nobody", "AccessDenied"},
      {"another audience", Token("rsa", "", "shop:frontend", "sts"), "Frontend",
       "InvalidIdentityToken"},
      {"another issuer",
       issuer_->Token("rsa", ServiceAccountClaims(url + "/", "rolegate",
                                                  "shop:frontend", now)),
       "Frontend", "InvalidIdentityToken"},
      {"expired",
       issuer_->Token("rsa",
                      ServiceAccountClaims(url, "rolegate", "shop:frontend",
                                           now - absl::Hours(2))),
       "Frontend", "ExpiredTokenException"},
      {"not valid yet",
       issuer_->Token("rsa",
                      ServiceAccountClaims(url, "rolegate", "shop:frontend",
                                           now + absl::Minutes(5))),
       "Frontend", "InvalidIdentityToken"},
      {"no signature", good.substr(0, good.rfind('.') + 1), "Frontend",
       "InvalidIdentityToken"},
      {"none",
       issuer_->Sign("rsa", "RS256", R"({"alg": "none", "kid": "rsa"})", "{}"),
       "Frontend", "InvalidIdentityToken"},
      {"tags without permission",
       Token("rsa", R"(, "https://aws.amazon.com/tags":
                        {"principal_tags": {"Team": ["red"]}})"),
       "Frontend", "AccessDenied"},
      {"flat tags without permission",
       Token("rsa", R"(, "https://aws.amazon.com/tags/principal_tags/Team":
                        "red")"),
       "Frontend", "AccessDenied"},
      {"tags in both forms",
       Token("rsa", R"(, "https://aws.amazon.com/tags": {"principal_tags": {}},
              "https://aws.amazon.com/tags/principal_tags/Team": "red")"),
       "Tagged", "InvalidIdentityToken"},
      {"a source identity without permission",
       Token("rsa", R"(, "https://aws.amazon.com/source_identity": "alice")"),
       "Frontend", "AccessDenied"},
      {"too short", "abc", "Frontend", "ValidationError"},
      {"too long", std::string(20'001, 'a'), "Frontend", "ValidationError"},
  };
  std::string denied;
  std::size_t sealed = 0;  // the size of the record that comes with it
  for (const auto& c : kCases) {
    const absl::Status status =
        server.Connect("")
            .AssumeRoleWithWebIdentity(Request(c.token, c.role))
            .status();
    EXPECT_EQ(ErrorReason(status), c.error) << c.name << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(c.token)));
    if (c.token == good && c.error[0] != '\0') {
      // The same words whether the role is there or not.
      if (denied.empty()) {
        denied = std::string(status.message());
        sealed = EncodedMessage(status).size();
      }
      EXPECT_EQ(std::string(status.message()), denied) << c.name;
      EXPECT_EQ(EncodedMessage(status).size(), sealed) << c.name;
    }
    sent.push_back(c.token);
  }
  EXPECT_EQ(denied, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  EXPECT_GT(sealed, 0u);
  EXPECT_EQ(server.Stop(), 0);
  const std::string written = dir_.Read("audit") + server.log();
  EXPECT_THAT(written, HasSubstr("Incorrect token audience"));
  for (const std::string& token : sent) {
    const std::vector<std::string> parts = absl::StrSplit(token, '.');
    for (const std::string& part : parts) {
      if (part.size() < 40) continue;
      EXPECT_THAT(written, Not(HasSubstr(part.substr(0, 40))));
    }
  }
}

TEST_F(WebIdentity, NoMutationOfATokenOpensARole) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const auto seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const Client client = server.Connect("");
  const std::string good[] = {Token("rsa"), Token("ec")};
  for (const std::string& token : good) {
    ASSERT_TRUE(
        client.AssumeRoleWithWebIdentity(Request(token, "Frontend")).ok());
  }
  for (int i = 0; i < 1000; ++i) {
    std::string token = good[random() % 2];
    const std::size_t at = random() % token.size();
    const char before = token[at];
    while (token[at] == before) {
      token[at] =
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
          "0123456789-_.="[random() % 66];
    }
    ASSERT_FALSE(
        client.AssumeRoleWithWebIdentity(Request(token, "Frontend")).ok())
        << token;
  }
}

TEST_F(WebIdentity, TagsAndSourceIdentityOfTheTokenAreTheSessions) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  const auto response = server.Connect("").AssumeRoleWithWebIdentity(
      Request(Token("ec", R"(, "https://aws.amazon.com/tags": {"principal_tags":
              {"Team": ["red"]}, "transitive_tag_keys": ["Team"]},
              "https://aws.amazon.com/source_identity": "alice")"),
              "Tagged"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->source_identity(), "alice");
  EXPECT_TRUE(response->has_packed_policy_size());
  EXPECT_TRUE(server.Connect("", response->credentials().session_token())
                  .IsAllowed("s3:GetObject", kBucket));
  const auto flat = server.Connect("").AssumeRoleWithWebIdentity(Request(
      Token("ec", R"(, "https://aws.amazon.com/tags/principal_tags/Team": "red",
              "https://aws.amazon.com/tags/transitive_tag_keys": ["Team"],
              "https://aws.amazon.com/source_identity": "alice")"),
      "Tagged"));
  ASSERT_TRUE(flat.ok()) << flat.status();
  EXPECT_TRUE(server.Connect("", flat->credentials().session_token())
                  .IsAllowed("s3:GetObject", kBucket));
  const auto plain =
      server.Connect("").AssumeRoleWithWebIdentity(Request(Token(), "Tagged"));
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_FALSE(server.Connect("", plain->credentials().session_token())
                   .IsAllowed("s3:GetObject", kBucket));
}

TEST_F(WebIdentity, TheSubjectStaysWithTheSessionAndNobodyElseMaySetIt) {
  std::vector<std::string> arguments = Arguments();
  arguments.push_back("--dev");
  ServerProcess local(arguments);
  ASSERT_TRUE(local.serving()) << local.log();
  const auto response = local.Connect("").AssumeRoleWithWebIdentity(
      Request(Token("rsa", R"(, "email": "a@example.com")"), "Lasting"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(local.Connect("", response->credentials().session_token())
                  .IsAllowed("s3:GetObject", kBucket));

  const Client classic =
      local.Connect("", AssumeOrDie(local.Connect("service:ec2.amazonaws.com"),
                                    RoleArn("Classic")));
  v1::AuthorizeRequest request;
  request.set_action("s3:GetObject");
  request.set_resource(kBucket);
  EXPECT_TRUE(classic.Authorize(request).ok());
  for (const char* key :
       {"oidc.example.com/cluster:sub", "OIDC.example.com/cluster:email",
        "aws:FederatedProvider"}) {
    v1::AuthorizeRequest forged = request;
    (*forged.mutable_context())[key].add_values("x");
    EXPECT_EQ(ErrorReason(classic.Authorize(forged).status()),
              "ValidationError")
        << key;
  }
}

TEST_F(WebIdentity, KeysThatChangeOnDiskAndKeysThatAreNone) {
  ServerProcess server(Arguments());
  ASSERT_TRUE(server.serving()) << server.log();
  IdentityIssuer other;
  other.AddKey("rsa", "RS256");
  const std::string token = other.Token(
      "rsa", ServiceAccountClaims(absl::StrCat("https://", kCluster),
                                  "rolegate", "shop:frontend", absl::Now()));
  EXPECT_EQ(Assume(server, token), "InvalidIdentityToken");
  dir_.Write("registry/keys.jwks", other.Jwks());
  EXPECT_TRUE(Eventually([&] { return Assume(server, token).empty(); }));
  EXPECT_EQ(Assume(server, Token()), "InvalidIdentityToken");
  // A key set that is none is a fault, and the one before stays in force.
  dir_.Write("registry/keys.jwks", R"({"keys": []})");
  EXPECT_TRUE(Eventually([&] {
    return server.log().find("has no key that verifies") != std::string::npos;
  })) << server.log();
  EXPECT_EQ(Assume(server, token), "");
}

// A provider with a web server of its own.
class Discovery : public WebIdentity {
 protected:
  Discovery() : web_(dir_) {
    for (const char* name : {"good", "slow", "redirect", "large", "foreign"}) {
      const std::string at = absl::StrCat(web_.host(), "/", name);
      web_.AddProvider(name, issuer_->Jwks());
      dir_.Write(absl::StrCat("registry/", name, ".json"), Provider(at, ""));
      dir_.Write(absl::StrCat("registry/role-", name, ".json"),
                 Role(name, Trusts(at), Allow("s3:*")));
    }
    web_.SetKeys("large", std::string(std::size_t{513} << 10, ' '));
    web_.Publish("foreign", web_.issuer("foreign"),
                 "https://keys.example.com/jwks");
  }

  std::vector<std::string> Allowing(const std::string& hosts) {
    return Arguments(absl::StrCat("federation: {oidc_hosts: [", hosts,
                                  "], ca: ", web_.ca(), "}\n"));
  }
  std::string Open(const ServerProcess& server, const std::string& name,
                   const IdentityIssuer* issuer = issuer_,
                   const std::string& kid = "rsa") {
    return Assume(
        server,
        issuer->Token(kid, ServiceAccountClaims(web_.issuer(name), "rolegate",
                                                "shop:frontend", absl::Now())),
        name);
  }

  DiscoveryServer web_;
};

TEST_F(Discovery, KeysAreFetchedOnceAndOnceMoreForAKeyThatIsNew) {
  ServerProcess server(Allowing(web_.host()));
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(Open(server, "good"), "") << server.log();
  EXPECT_EQ(Open(server, "good", issuer_, "ec"), "");
  EXPECT_EQ(web_.Requests("/good/jwks"), 1);

  // The provider rotates its keys.
  IdentityIssuer rotated;
  rotated.AddKey("new", "ES256");
  IdentityIssuer stranger;
  stranger.AddKey("made-up", "ES256");
  web_.SetKeys("good", rotated.Jwks());
  EXPECT_EQ(Open(server, "good", &rotated, "new"), "") << server.log();
  EXPECT_EQ(web_.Requests("/good/jwks"), 2);
  EXPECT_EQ(Open(server, "good"), "InvalidIdentityToken");
  // Whoever makes up names of keys makes nobody fetch.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Open(server, "good", &stranger, "made-up"),
              "InvalidIdentityToken");
  }
  EXPECT_EQ(web_.Requests("/good/jwks"), 2);
}

TEST_F(Discovery, WhatIsNotFetched) {
  ServerProcess server(Allowing(web_.host()));
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(Open(server, "redirect"), "IDPCommunicationError");
  EXPECT_EQ(web_.Requests("/good/.well-known/openid-configuration"), 0);
  EXPECT_EQ(Open(server, "large"), "IDPCommunicationError");
  EXPECT_EQ(Open(server, "foreign"), "InvalidIdentityToken");
  EXPECT_THAT(server.log(), HasSubstr("answered with status 302"));
  EXPECT_THAT(server.log(), HasSubstr("more than 524288 bytes"));
  EXPECT_THAT(server.log(), HasSubstr("`keys.example.com` is not in "
                                      "`federation.oidc_hosts`"));
}

TEST_F(Discovery, AHostThatIsNotListedIsNotAskedAndOneNotTrustedNotBelieved) {
  ServerProcess server(Allowing("localhost, oidc.example.com"));
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(Open(server, "good"), "InvalidIdentityToken");
  EXPECT_EQ(web_.Requests(), "");
  // The system's certificates do not know this one.
  ServerProcess other(Arguments(
      absl::StrCat("federation: {oidc_hosts: [", web_.host(), "]}\n")));
  ASSERT_TRUE(other.serving()) << other.log();
  EXPECT_EQ(Open(other, "good"), "IDPCommunicationError");
  EXPECT_EQ(web_.Requests(), "");
}

TEST_F(Discovery, ADocumentOfAnotherIssuerIsNotBelieved) {
  web_.Publish("good", web_.issuer("other"), web_.issuer("good") + "/jwks");
  ServerProcess server(Allowing(web_.host()));
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(Open(server, "good"), "IDPCommunicationError");
  EXPECT_EQ(web_.Requests("/good/jwks"), 0);
}

TEST_F(Discovery, NobodyElseWaitsForASlowProvider) {
  ServerProcess server(Allowing(web_.host()));
  ASSERT_TRUE(server.serving()) << server.log();
  std::atomic<bool> answered = false;
  std::string slow;
  std::thread waiting([&] {
    slow = Open(server, "slow");
    answered = true;
  });
  EXPECT_TRUE(Eventually([&] {
    return web_.Requests("/slow/.well-known/openid-configuration") > 0;
  }));
  for (int i = 0; i < 32; ++i) EXPECT_EQ(Assume(server, Token()), "");
  EXPECT_FALSE(answered);
  waiting.join();
  EXPECT_EQ(slow, "IDPCommunicationError");
}

TEST_F(Discovery, AStopEndsWhateverAWorkerWaitsFor) {
  ServerProcess server(Arguments(absl::StrCat(
      "federation: {oidc_hosts: [", web_.host(), "], ca: ", web_.ca(),
      "}\nlimits: {drain_timeout: 1s}\nhealth_listen: 127.0.0.1:0\n")));
  ASSERT_TRUE(server.serving()) << server.log();
  std::thread waiting([&] { Open(server, "slow"); });
  EXPECT_TRUE(Eventually([&] {
    return web_.Requests("/slow/.well-known/openid-configuration") > 0;
  }));
  const absl::Time begin = absl::Now();
  server.Signal(SIGTERM);
  const auto answer_of = [&](const std::string& service) {
    return service::CheckHealth(server.health_address(), service, "",
                                absl::Seconds(1))
        .ok();
  };
  EXPECT_TRUE(Eventually([&] { return !answer_of(""); }));
  // Its time for calls is over then, but not its time to end.
  absl::SleepFor(begin + absl::Seconds(2) - absl::Now());
  EXPECT_TRUE(answer_of("rolegate.liveness")) << "until it has stopped";
  EXPECT_EQ(server.Wait(), 0);
  // A provider has five seconds.
  EXPECT_LT(absl::Now() - begin, absl::Seconds(4));
  EXPECT_THAT(server.log(), HasSubstr("the server stops without it"));
  EXPECT_THAT(server.log(), HasSubstr("stopped"));
  waiting.join();
}

TEST_F(WebIdentity, PlainHttpIsSpokenOnThisMachineUnderDevAlone) {
  const DiscoveryServer web(dir_, "http");
  web.AddProvider("good", issuer_->Jwks());
  const std::string at = absl::StrCat(web.host(), "/good");
  dir_.Write("registry/plain.json",
             absl::StrReplaceAll(Provider(at, ""), {{"https://", "http://"}}));
  dir_.Write("registry/role-plain.json",
             Role("Plain", Trusts(at), Allow("s3:*")));
  const std::string token =
      issuer_->Token("rsa", ServiceAccountClaims(web.issuer("good"), "rolegate",
                                                 "shop:frontend", absl::Now()));
  std::vector<std::string> arguments =
      Arguments(absl::StrCat("federation: {oidc_hosts: [", web.host(), "]}\n"));
  {
    ServerProcess server(arguments);
    ASSERT_TRUE(server.serving()) << server.log();
    EXPECT_EQ(Assume(server, token, "Plain"), "InvalidIdentityToken");
    EXPECT_EQ(web.Requests(), "");
  }
  arguments.emplace_back("--dev");
  ServerProcess server(arguments);
  ASSERT_TRUE(server.serving()) << server.log();
  EXPECT_EQ(Assume(server, token, "Plain"), "") << server.log();
  EXPECT_EQ(web.Requests("/good/jwks"), 1);
}

}  // namespace
}  // namespace rolegate::testing
