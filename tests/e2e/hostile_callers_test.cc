// What callers who mean ill get: nothing, cheaply, and no secret in a log.

#include <cstdlib>
#include <functional>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/paths.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAdminUser[] = "arn:aws:iam::123456789012:user/admin";

// A role and a user of an account's export, both with every permission.
std::string ExportWithAdministrators() {
  return absl::StrCat(
      R"({"UserDetailList": [{"UserName": "admin", "Arn": ")", kAdminUser,
      R"(", "UserId": "AIDAADMIN", "Path": "/", "UserPolicyList":
         [{"PolicyName": "p", "PolicyDocument": )",
      Allow("*"), R"(}]}], "GroupDetailList": [], "Policies": [],
         "RoleDetailList": [)",
      Role("Admin", Trust(absl::StrCat(R"({"AWS": ")", kAdminUser, R"("})")),
           Allow("*")),
      "]}");
}

// Every act of administration, and what came of it.
std::vector<std::string> Administer(const Client& client) {
  v1::AuthorizeRequest as;
  as.set_principal(kAdminUser);
  as.set_action("s3:GetObject");
  as.set_resource("*");
  v1::AuthorizeRequest explain;
  explain.set_action("s3:GetObject");
  explain.set_resource("*");
  explain.set_explain(true);
  v1::SimulateRequest simulate;
  simulate.set_principal(kAdminUser);
  simulate.add_actions("s3:GetObject");
  simulate.add_resources("*");
  return {ErrorReason(client.GetStatus().status()),
          ErrorReason(client.ListRoles({}).status()),
          ErrorReason(client.GetRole(RoleArn("Admin")).status()),
          ErrorReason(client.Reload().status()),
          ErrorReason(client.Authorize(as).status()),
          ErrorReason(client.Authorize(explain).status()),
          ErrorReason(client.Simulate(simulate).status())};
}

class HostileCallers : public ::testing::Test {
 protected:
  std::string Config(const std::string& text) {
    return dir_.Write(
        "rolegated.yaml",
        absl::StrCat("registry: {dir: ", dir_.path("registry"), "}\n", text));
  }

  // The caller may do everything that the registry governs, and administer
  // nothing; nor may a session of the role that it assumes.
  static void ExpectNoAdministrator(const Client& client) {
    const auto identity = client.GetCallerIdentity();
    ASSERT_TRUE(identity.ok()) << identity.status();
    ASSERT_EQ(identity->arn(), kAdminUser);
    const Client session =
        client.WithSession(AssumeOrDie(client, RoleArn("Admin")));
    for (const Client& each : {client, session}) {
      EXPECT_TRUE(each.IsAllowed("s3:GetObject", "*"));
      EXPECT_TRUE(each.IsAllowed("rolegate:Reload", "*"))
          << "as an answer to others it is a permission like any other";
      EXPECT_THAT(Administer(each), ::testing::Each("AccessDenied"));
    }
  }

  TempDir dir_;
};

TEST_F(HostileCallers, NoImportedPolicyMakesAnAdministratorOfAnyCaller) {
  dir_.Write("registry/export.json", ExportWithAdministrators());
  const std::string admin =
      dir_.Write("admin.json",
                 Policy(R"({"Effect": "Allow", "Principal": {"Service": "ops"},
                 "Action": "rolegate:*", "Resource": "*"})"));
  {
    SCOPED_TRACE("unix, with and without an administration policy");
    const std::string listeners =
        absl::StrCat("listeners: [{address: 'unix:", dir_.path("s"),
                     "', principal: '", kAdminUser, "'}]\n");
    for (const std::string& policy :
         {std::string(), absl::StrCat("admin_policy: ", admin, "\n")}) {
      ServerProcess server({"--config", Config(listeners + policy)});
      ASSERT_TRUE(server.serving()) << server.log();
      ExpectNoAdministrator(server.Connect(""));
    }
  }
  {
    SCOPED_TRACE("dev");
    ServerProcess server({"--config", Config(""), "--listen", "127.0.0.1:0",
                          "--dev", "--admin-policy", admin});
    ASSERT_TRUE(server.serving()) << server.log();
    ExpectNoAdministrator(server.Connect(kAdminUser));
    // The policy grants to whom it names, so that the refusals are its own.
    const Client ops = server.Connect("service:ops");
    EXPECT_TRUE(ops.GetStatus().ok());
    EXPECT_TRUE(ops.Reload().ok());
  }
  {
    SCOPED_TRACE("mtls");
    const std::string script = absl::StrCat(
        "cd ", dir_.path(), " && (",
        "openssl req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem "
        "-days 1 -subj /CN=ca && ",
        "mk() { openssl req -newkey ed25519 -nodes -keyout $1.key -out $1.csr "
        "-subj /CN=$1 && printf \"subjectAltName=$2\" > $1.ext && openssl x509 "
        "-req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 "
        "-extfile $1.ext -out $1.pem; } && ",
        "mk server IP:127.0.0.1 && mk admin URI:spiffe://example.org/admin",
        ") >/dev/null 2>&1");
    ASSERT_EQ(std::system(script.c_str()), 0);
    ServerProcess server(
        {"--config",
         Config(absl::StrCat(
             "admin_policy: ", admin,
             "\nlisteners:\n  - address: 127.0.0.1:0\n    tls: {cert: ",
             dir_.path("server.pem"), ", key: ", dir_.path("server.key"),
             ", client_ca: ", dir_.path("ca.pem"),
             "}\n    mappings: [{spiffe_id: 'spiffe://example.org/admin', "
             "principal: '",
             kAdminUser, "'}]\n"))});
    ASSERT_TRUE(server.serving()) << server.log();
    ClientOptions options;
    options.server = server.address();
    options.tls_ca = dir_.path("ca.pem");
    options.tls_cert = dir_.path("admin.pem");
    options.tls_key = dir_.path("admin.key");
    options.deadline = absl::Seconds(20);
    ExpectNoAdministrator(*Client::Connect(options));
  }
}

// The registry's authors decide who may hold a session, whatever its role.
TEST_F(HostileCallers, NoSessionAdministersHoweverItWasComeBy) {
  constexpr char kProvider[] =
      "arn:aws:iam::123456789012:oidc-provider/login.example.com";
  IdentityIssuer issuer;
  issuer.AddKey("k", "ES256");
  dir_.Write("registry/export.json", ExportWithAdministrators());
  dir_.Write(
      "registry/chained.json",
      Role("Chained",
           Trust(absl::StrCat(R"({"AWS": ")", RoleArn("Admin"), R"("})")),
           Allow("*")));
  dir_.Write(
      "registry/federated.json",
      Role("Federated",
           Policy(absl::StrCat(
               R"({"Effect": "Allow", "Principal": {"Federated": ")", kProvider,
               R"("}, "Action": "sts:AssumeRoleWithWebIdentity",
                         "Condition": {"StringEquals":
                           {"login.example.com:aud": "rolegate"}}})")),
           Allow("*")));
  dir_.Write("registry/provider.json",
             absl::StrCat(R"({"OpenIDConnectProvider": {"Arn": ")", kProvider,
                          R"(", "Url": "https://login.example.com",
                              "ClientIDList": ["rolegate"], "Jwks": )",
                          issuer.Jwks(), "}}"));
  const std::string admin = dir_.Write(
      "admin.json",
      Policy(absl::StrCat(R"({"Effect": "Allow", "Action": "rolegate:*",
                 "Resource": "*", "Principal": {"AWS": ")",
                          kAdminUser, R"("}})")));
  ServerProcess server(
      {"--config",
       Config(absl::StrCat("admin_policy: ", admin,
                           "\nlisteners: [{address: ", "'unix:", dir_.path("s"),
                           "', principal: '", kAdminUser, "'}]\n"))});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client admin_user = server.Connect("");
  EXPECT_THAT(Administer(admin_user), ::testing::Each(""));

  const Client session =
      admin_user.WithSession(AssumeOrDie(admin_user, RoleArn("Admin")));
  const Client chained =
      session.WithSession(AssumeOrDie(session, RoleArn("Chained")));
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  v1::AssumeRoleWithWebIdentityRequest request;
  request.set_role_arn(RoleArn("Federated"));
  request.set_role_session_name("admin");
  request.set_web_identity_token(issuer.Token(
      "k", absl::StrCat(R"({"iss": "https://login.example.com", "sub": "admin",
                        "aud": "rolegate", "iat": )",
                        now, R"(, "exp": )", now + 600, "}")));
  const auto federated = admin_user.AssumeRoleWithWebIdentity(request);
  ASSERT_TRUE(federated.ok()) << federated.status();
  for (const Client& each :
       {session, chained,
        admin_user.WithSession(federated->credentials().session_token())}) {
    ASSERT_TRUE(each.GetCallerIdentity().ok());
    EXPECT_THAT(Administer(each), ::testing::Each("AccessDenied"));
    EXPECT_THAT(std::string(each.Reload().status().message()),
                HasSubstr(absl::StrCat(
                    "on resource: arn:rolegate:rolegate:::registry because the "
                    "call brings a session, and no session administers; "
                    "without it the connection itself says who calls, here `",
                    kAdminUser, "` (command line: --no-session)")));
  }
  // It may be asked about, by whom the connection proves.
  v1::AuthorizeRequest explain;
  explain.set_session_token(federated->credentials().session_token());
  explain.set_action("s3:GetObject");
  explain.set_resource("*");
  explain.set_explain(true);
  EXPECT_EQ(admin_user.Authorize(explain)->explanation().layers_size(), 1);
}

TEST_F(HostileCallers,
       ARoleInTheAdministrationPolicyKeepsTheServerFromStarting) {
  dir_.Write("registry/export.json", ExportWithAdministrators());
  for (const std::string& principal :
       {absl::StrCat(R"({"AWS": ")", RoleArn("Admin"), R"("})"),
        std::string(R"({"AWS": "123456789012"})"), std::string(R"("*")")}) {
    SCOPED_TRACE(principal);
    const std::string admin = dir_.Write(
        "admin.json",
        Policy(absl::StrCat(R"({"Effect": "Allow", "Action": "rolegate:*",
                 "Resource": "*", "Principal": )",
                            principal, "}")));
    const std::string config =
        Config(absl::StrCat("admin_policy: ", admin, "\n"));
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{}, {"--dev"}}) {
      std::vector<std::string> arguments = {"--config", config, "--listen",
                                            "127.0.0.1:0"};
      arguments.insert(arguments.end(), more.begin(), more.end());
      ServerProcess server(arguments);
      EXPECT_FALSE(server.serving());
      EXPECT_EQ(server.Wait(), 1);
      EXPECT_THAT(server.log(), HasSubstr("Statement[0].Principal: `"));
    }
    const std::string out = dir_.path("out");
    EXPECT_EQ(WEXITSTATUS(std::system(absl::StrCat(ProgramPath("rolegated"),
                                                   " --config ", config,
                                                   " --check-config >", out)
                                          .c_str())),
              1);
    EXPECT_THAT(dir_.Read("out"), HasSubstr("Statement[0].Principal: `"));
    EXPECT_THAT(dir_.Read("out"),
                HasSubstr("name the user's ARN or the service principal"));
  }
}

TEST_F(HostileCallers, NoImportedPolicyMakesAnAdministratorOfATokensBearer) {
  dir_.Write("registry/export.json", ExportWithAdministrators());
  IdentityIssuer issuer;
  issuer.AddKey("k", "ES256");
  dir_.Write("keys.jwks", issuer.Jwks());
  ServerProcess server(
      {"--config",
       Config(absl::StrCat(
           "listeners:\n  - address: 127.0.0.1:0\n    mappings: [{issuer: "
           "'https://login.example.com', audience: rolegate, jwks_file: ",
           dir_.path("keys.jwks"), ", claims: {sub: admin}, principal: '",
           kAdminUser, "'}]\n"))});
  ASSERT_TRUE(server.serving()) << server.log();
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  ExpectNoAdministrator(server.Connect("").WithSession(issuer.Token(
      "k", absl::StrCat(R"({"iss": "https://login.example.com", "sub": "admin",
                        "aud": "rolegate", "iat": )",
                        now, R"(, "exp": )", now + 600, "}"))));
}

TEST_F(HostileCallers, LengthsAndPatternsAreAwss) {
  dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  ServerProcess server(
      {"--config", Config(""), "--listen", "127.0.0.1:0", "--dev"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ec2 = server.Connect("service:ec2.amazonaws.com");
  using Set = std::function<void(v1::AssumeRoleRequest&, std::string)>;
  const Set role = [](auto& r, auto v) { r.set_role_arn(v); };
  const Set name = [](auto& r, auto v) { r.set_role_session_name(v); };
  const Set seconds = [](auto& r, auto v) {
    r.set_duration_seconds(std::atoi(v.c_str()));
  };
  const Set policy = [](auto& r, auto v) { r.set_policy(v); };
  const Set arn = [](auto& r, auto v) { r.add_policy_arns(v); };
  const Set external = [](auto& r, auto v) { r.set_external_id(v); };
  const Set source = [](auto& r, auto v) { r.set_source_identity(v); };
  const Set key = [](auto& r, auto v) {
    auto* const tag = r.add_tags();
    tag->set_key(v);
    tag->set_value("v");
  };
  const Set value = [](auto& r, auto v) {
    auto* const tag = r.add_tags();
    tag->set_key("k");
    tag->set_value(v);
  };
  const std::string prefix = RoleArn("");
  const auto of = [](std::size_t n) { return std::string(n, 'x'); };
  const struct {
    const char* field;  // AWS's name of what is wrong
    Set set;
    std::vector<std::string> good;  // as far as the field goes
    std::vector<std::string> bad;
  } kCases[] = {
      {"roleArn",
       role,
       {prefix + of(2048 - prefix.size()), prefix + "\xC2\x85",
        prefix + "caf\xC3\xA9"},
       {"", of(19), prefix + of(2049 - prefix.size()),
        prefix + std::string(1, '\0'), prefix + "\x7F", prefix + "\xC2\x80",
        prefix + "\xEF\xBF\xBF"}},
      {"roleSessionName",
       name,
       {"xx", of(64), "a_+=,.@-Z9"},
       {"", "x", of(65), "a b", "a/b", "a:b", "a\n", "\xC3\xA9\xC3\xA9"}},
      {"durationSeconds",
       seconds,
       {"900", "3600"},
       {"-2147483648", "-1", "0", "899", "43201", "2147483647"}},
      {"policy",
       policy,
       {Allow("s3:*"), Allow("s3:Get*", "arn:aws:s3:::caf\xC3\xA9/*")},
       {"", std::string("{\0}", 3), "{\x01}",
        Allow("s3:*", "arn:aws:s3:::\xE4\xB8\xAD/*")}},
      {"policyArns", arn, {}, {"", of(19), of(2049)}},
      {"externalId",
       external,
       {"xx", of(1224), "a_+=,.@:/-Z9"},
       {"", "x", of(1225), "a b", "a*", "\xC3\xA9\xC3\xA9"}},
      {"sourceIdentity",
       source,
       {"xx", of(64), "a_+=,.@-Z9"},
       {"", "x", "a b", "a:b", "aws:x"}},
      {"tags.member",
       key,
       {"k", of(128), "a b_.:/=+-@", "caf\xC3\xA9"},
       {"", of(129), "a!", "aws:x", "AWS:x"}},
      {"tags.member", value, {"", of(256), "a b_.:/=+-@"}, {of(257), "a!"}},
  };
  for (const auto& c : kCases) {
    const auto ask = [&](const std::string& text) {
      SCOPED_TRACE(absl::StrCat(c.field, " `", text.substr(0, 80), "` (",
                                text.size(), " bytes)"));
      v1::AssumeRoleRequest request;
      request.set_role_arn(RoleArn("Reader"));
      request.set_role_session_name("test");
      c.set(request, text);
      return ec2.AssumeRole(request).status();
    };
    for (const std::string& text : c.good) {
      const absl::Status status = ask(text);
      EXPECT_NE(status.code(), absl::StatusCode::kInvalidArgument)
          << c.field << ": " << status;
    }
    for (const std::string& text : c.bad) {
      const absl::Status status = ask(text);
      EXPECT_EQ(ErrorReason(status), "ValidationError")
          << c.field << " of " << text.size() << " bytes: " << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(c.field));
    }
  }
}

TEST_F(HostileCallers, NoTokenIsLoggedWhateverBecomesOfIt) {
  dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  const std::string audit = dir_.path("audit.ndjson");
  ServerProcess server(
      {"--config", Config(absl::StrCat("audit: {path: ", audit, "}\n")),
       "--listen", "127.0.0.1:0", "--dev", "--log-level", "debug"});
  ASSERT_TRUE(server.serving()) << server.log();
  const Client ec2 = server.Connect("service:ec2.amazonaws.com");
  const std::string good = AssumeOrDie(ec2, RoleArn("Reader"));
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  ASSERT_EQ(parts.size(), 3u);
  const std::string forged =
      absl::StrJoin({parts[0], parts[1], parts[2].substr(1) + "A"}, ".");
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(ec2.WithSession(good).IsAllowed("s3:GetObject", "*"));
    EXPECT_FALSE(ec2.WithSession(good).IsAllowed("ec2:Run", "*"));
    EXPECT_FALSE(ec2.WithSession(good).IsAllowed("bad action", good));
    EXPECT_FALSE(ec2.WithSession(forged).GetCallerIdentity().ok());
    EXPECT_FALSE(ec2.WithSession(good + "x").GetCallerIdentity().ok());
    EXPECT_FALSE(ec2.WithSession(parts[1]).GetCallerIdentity().ok());
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    request.set_resource("*");
    request.set_session_token(good);
    EXPECT_TRUE(ec2.Authorize(request).ok());
    request.set_session_token(forged);
    EXPECT_FALSE(ec2.Authorize(request).ok());
  }
  EXPECT_EQ(server.Stop(), 0);
  const std::string log = server.log();
  const std::string records = dir_.Read("audit.ndjson");
  ASSERT_THAT(records, HasSubstr("s3:GetObject")) << "something was recorded";
  for (const std::string& secret : {parts[1], parts[2], parts[2].substr(1)}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
    EXPECT_THAT(records, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace rolegate::testing
