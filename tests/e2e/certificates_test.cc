// Callers known by their client certificates, and sessions bound to them.

#include <cstdlib>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/http_client.h"
#include "tests/support/https_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unknown_caller.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

// A certificate authority with one server and some clients.
class Certificates : public ::testing::Test {
 protected:
  Certificates() {
    dir_.Write("make", R"sh(set -e
cd "$(dirname "$0")"
openssl req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem -days 1 \
  -subj /CN=ca
make() {  # make NAME SUBJECT SUBJECT_ALTERNATIVE_NAMES
  openssl req -newkey ed25519 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
  printf 'subjectAltName=%s' "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 1 -extfile "$1.ext" -out "$1.pem"
}
openssl req -x509 -newkey ed25519 -nodes -keyout foreign.key -out foreign.pem \
  -days 1 -subj /CN=foreign
make server /CN=server IP:127.0.0.1
make builder /CN=builder URI:spiffe://example.org/ns/ci/sa/builder
make renewed /CN=builder URI:spiffe://example.org/ns/ci/sa/builder
make other /CN=other URI:spiffe://example.org/ns/ci/sa/other
make two /CN=two \
  URI:spiffe://example.org/ns/ci/sa/builder,URI:spiffe://example.org/ns/ci/sa/x
make stranger /CN=stranger URI:spiffe://example.org/ns/else/sa/x
make shop /CN=shop DNS:a.shop.internal
make deep /CN=deep DNS:a.b.shop.internal
make backup /O=Acme/CN=backup DNS:host.example
)sh");
    const std::string command =
        absl::StrCat("sh ", dir_.path("make"), " >/dev/null 2>&1");
    EXPECT_EQ(std::system(command.c_str()), 0);
    dir_.Write("registry/reader.json",
               Role("Reader", Trust(kEc2), Allow("s3:*")));
    dir_.Write("registry/bound.json",
               Role("Bound", Trust(kEc2), Allow("s3:*"),
                    R"(, "RequireBoundSessions": "CERTIFICATE")"));
    dir_.Write(
        "registry/next.json",
        Role("Next",
             Trust(R"({"AWS": "arn:aws:iam::123456789012:role/Reader"})"),
             Allow("s3:*")));
    dir_.Write(
        "registry/tagged.json",
        Role("Tagged", Policy(R"({"Effect": "Allow", "Action": "sts:AssumeRole",
                       "Principal": {"Service": "shop"}, "Condition":
                       {"StringEquals": {"aws:PrincipalTag/Tier": "web"}}})"),
             Allow("s3:*")));
    dir_.Write("rolegated.yaml",
               absl::StrCat(R"(
registry: {dir: )",
                            dir_.path("registry"), R"(}
audit: {path: )",
                            dir_.path("audit"), R"(}
operations_listen: 127.0.0.1:0
listeners:
  - address: 127.0.0.1:0
    tls: {cert: )",
                            dir_.path("server.pem"),
                            ", key: ", dir_.path("server.key"),
                            ", client_ca: ", dir_.path("ca.pem"), R"(}
    mappings:
      - {spiffe_id: 'spiffe://example.org/ns/ci/sa/*',
         principal: 'service:ec2.amazonaws.com'}
      - {dns: '*.shop.internal', principal: 'service:shop', tags: {Tier: web}}
      - {subject: 'CN=backup,O=Acme',
         principal: 'arn:aws:iam::123456789012:user/backup'}
)"));
    server_.emplace(
        std::vector<std::string>{"--config", dir_.path("rolegated.yaml")});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }

  Client Connect(const std::string& who) const {
    ClientOptions options;
    options.server = server_->address();
    options.tls_ca = dir_.path("ca.pem");
    if (!who.empty()) {
      options.tls_cert = dir_.path(who + ".pem");
      options.tls_key = dir_.path(who + ".key");
    }
    options.deadline = absl::Seconds(5);
    return *Client::Connect(options);
  }
  std::string WhoIs(const std::string& who) const {
    const auto identity = Connect(who).GetCallerIdentity();
    return identity.ok() ? identity->arn() : ErrorReason(identity.status());
  }

  // The token of a session of `role`, bound as asked; else the error.
  std::string Assume(const Client& client, const std::string& role,
                     v1::BindTo bind_to) const {
    v1::AssumeRoleRequest request;
    request.set_role_arn(RoleArn(role));
    request.set_role_session_name("test");
    request.set_bind_to(bind_to);
    const auto response = client.AssumeRole(request);
    return response.ok() ? response->credentials().session_token()
                         : ErrorReason(response.status());
  }
  std::string Use(const std::string& who, const std::string& token) const {
    const auto identity = Connect(who).WithSession(token).GetCallerIdentity();
    return identity.ok() ? "works" : ErrorReason(identity.status());
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

TEST_F(Certificates, MapToPrincipals) {
  struct {
    const char* who;
    const char* principal;
  } const kRows[] = {
      {"builder", "ec2.amazonaws.com"},
      {"shop", "shop"},
      {"backup", "arn:aws:iam::123456789012:user/backup"},
      {"stranger", "MissingAuthenticationToken"},
      {"two", "MissingAuthenticationToken"},   // whoever is two is nobody
      {"deep", "MissingAuthenticationToken"},  // `*` is one label
  };
  for (const auto& row : kRows) EXPECT_EQ(WhoIs(row.who), row.principal);
  EXPECT_FALSE(Connect("").GetCallerIdentity().ok()) << "without a certificate";
}

TEST_F(Certificates, WithoutAMappingAreNamedToTheirHoldersAndToOperators) {
  const struct {
    const char* who;
    const char* names;
  } kRows[] = {
      {"stranger", "`spiffe://example.org/ns/else/sa/x`"},
      {"two", "`CN=two`"},  // who has two URI names is known by neither
      {"deep", "`a.b.shop.internal`, `CN=deep`"},
  };
  for (const auto& row : kRows) {
    const std::string message =
        absl::StrCat("the client certificate ", row.names,
                     " has no mapping on this listener");
    EXPECT_EQ(Connect(row.who).GetCallerIdentity().status().message(), message);
    ExpectTold(*server_, dir_, "MissingAuthenticationToken", message);
  }
  // What else such a caller brings is told beside whom the connection is of.
  const std::string message =
      "the session token is not valid: not three parts of base64url";
  EXPECT_EQ(Connect("builder")
                .WithSession("x")
                .GetCallerIdentity()
                .status()
                .message(),
            message);
  EXPECT_TRUE(Eventually([&] {
    return HasLine(dir_.Read("audit"),
                   {{"kind", "authentication"},
                    {"presenter", "service:ec2.amazonaws.com"},
                    {"reason", message}});
  })) << dir_.Read("audit");
}

TEST_F(Certificates, AMappingsTagsAreThePrincipals) {
  EXPECT_NE(AssumeOrDie(Connect("shop"), RoleArn("Tagged")), "");
}

TEST_F(Certificates, BoundSessionsWorkForWhomTheyAreBoundTo) {
  const Client builder = Connect("builder");
  const std::string bearer = Assume(builder, "Reader", v1::BIND_TO_UNSPECIFIED);
  const std::string spiffe = Assume(builder, "Reader", v1::BIND_TO_SPIFFE);
  const std::string exact = Assume(builder, "Reader", v1::BIND_TO_CERTIFICATE);
  struct {
    const char* who;
    const std::string& token;
    const char* outcome;
  } const kRows[] = {
      {"builder", bearer, "works"},
      {"other", bearer, "works"},
      {"builder", spiffe, "works"},
      {"renewed", spiffe, "works"},
      {"other", spiffe, "InvalidClientTokenId"},
      {"two", spiffe, "InvalidClientTokenId"},
      {"builder", exact, "works"},
      {"renewed", exact, "InvalidClientTokenId"},
      {"other", exact, "InvalidClientTokenId"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Use(row.who, row.token), row.outcome) << row.who;
  }
}

TEST_F(Certificates, AChainKeepsItsBinding) {
  const Client builder = Connect("builder");
  const std::string first = Assume(builder, "Reader", v1::BIND_TO_CERTIFICATE);
  for (v1::BindTo asked : {v1::BIND_TO_UNSPECIFIED, v1::BIND_TO_SPIFFE}) {
    const std::string second =
        Assume(builder.WithSession(first), "Next", asked);
    EXPECT_EQ(Use("builder", second), "works");
    EXPECT_EQ(Use("renewed", second), "InvalidClientTokenId");
  }
}

TEST_F(Certificates, ARoleDemandsABinding) {
  const Client builder = Connect("builder");
  EXPECT_EQ(Assume(builder, "Bound", v1::BIND_TO_UNSPECIFIED),
            "ValidationError");
  EXPECT_EQ(Assume(builder, "Bound", v1::BIND_TO_SPIFFE), "ValidationError");
  EXPECT_EQ(Use("builder", Assume(builder, "Bound", v1::BIND_TO_CERTIFICATE)),
            "works");
}

TEST_F(Certificates, ThereMustBeSomethingToBindTo) {
  dir_.Write("backup.json",
             Role("Backup",
                  Trust(R"({"AWS": "arn:aws:iam::123456789012:user/backup"})"),
                  Allow("s3:*")));
  EXPECT_EQ(Assume(Connect("backup"), "Reader", v1::BIND_TO_SPIFFE),
            "ValidationError")
      << "no SPIFFE ID";
  ServerProcess plain({"--registry", dir_.path("registry"), "--listen",
                       "127.0.0.1:0", "--dev"});
  EXPECT_EQ(Assume(plain.Connect("service:ec2.amazonaws.com"), "Reader",
                   v1::BIND_TO_CERTIFICATE),
            "ValidationError");
}

TEST_F(Certificates, WhoAsksForABoundSessionSaysWhoBroughtIt) {
  const Client builder = Connect("builder");
  const std::string spiffe = Assume(builder, "Reader", v1::BIND_TO_SPIFFE);
  const std::string exact = Assume(builder, "Reader", v1::BIND_TO_CERTIFICATE);
  const std::string bearer = Assume(builder, "Reader", v1::BIND_TO_UNSPECIFIED);
  const std::string id = "spiffe://example.org/ns/ci/sa/builder";
  const std::string command = absl::StrCat(
      "openssl x509 -in ", dir_.path("builder.pem"),
      " -outform der | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | "
      "tr -d '=\n' >",
      dir_.path("thumbprint"));
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string thumbprint = "x5t#S256:" + dir_.Read("thumbprint");
  struct {
    const std::string& token;
    std::string presenter;
    v1::Decision decision;
  } const kRows[] = {
      {spiffe, id, v1::DECISION_ALLOW},
      {spiffe, "", v1::DECISION_IMPLICIT_DENY},
      {spiffe, id + "x", v1::DECISION_IMPLICIT_DENY},
      {spiffe, thumbprint, v1::DECISION_IMPLICIT_DENY},
      {exact, thumbprint, v1::DECISION_ALLOW},
      {exact, id, v1::DECISION_IMPLICIT_DENY},
      {exact, "", v1::DECISION_IMPLICIT_DENY},
      {bearer, "", v1::DECISION_ALLOW},
      {bearer, id, v1::DECISION_ALLOW},
  };
  for (const auto& row : kRows) {
    v1::AuthorizeRequest request;
    request.set_session_token(row.token);
    request.set_presenter(row.presenter);
    request.set_action("s3:GetObject");
    request.set_resource("*");
    const auto response = Connect("other").Authorize(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->decision(), row.decision) << row.presenter;
    if (row.decision != v1::DECISION_ALLOW) {
      EXPECT_THAT(response->reason(), HasSubstr("bound to another presenter"));
    }
    v1::BatchAuthorizeRequest batch;
    batch.set_session_token(row.token);
    batch.set_presenter(row.presenter);
    batch.add_checks()->set_action("s3:GetObject");
    batch.mutable_checks(0)->set_resource("*");
    const auto results = Connect("other").BatchAuthorize(batch);
    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_EQ(results->results(0).decision(), row.decision) << row.presenter;
  }
}

// What such a client has sent before it hears of the refusal is not read, and
// must not cost it the alert.
TEST_F(Certificates, WhoIsRefusedByTlsIsToldWhy) {
  if (OverGrpc()) return;  // gRPC's library closes without a word
  const struct {
    const char* who;
    const char* alert;
    const char* reason;
  } kRows[] = {{"", "certificate required", "no_certificate"},
               {"foreign", "unknown ca", "unknown_authority"}};
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.reason);
    HttpsOptions options;
    options.server = server_->address();
    options.ca = dir_.path("ca.pem");
    if (*row.who != '\0') {
      options.cert = dir_.path(absl::StrCat(row.who, ".pem"));
      options.key = dir_.path(absl::StrCat(row.who, ".key"));
    }
    options.protocols = "\x02h2";
    options.request = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
                      std::string("\0\0\0\4\0\0\0\0\0", 9);
    EXPECT_EQ(HttpsAsk(options).alert, row.alert);
    const std::string series =
        absl::StrCat("rolegate_tls_handshake_failures_total{reason=\"",
                     row.reason, "\",peer=\"local\"} 1\n");
    EXPECT_TRUE(Eventually([&] {
      return absl::StrContains(
          HttpGet(server_->operations_address(), "/metrics").body, series);
    }));
  }
}

// The subject of the certificate that a new connection is shown.
std::string ShownCertificate(const TempDir& dir, const std::string& address) {
  const std::string command = absl::StrCat(
      "openssl s_client -connect ", address, " -cert ", dir.path("builder.pem"),
      " -key ", dir.path("builder.key"), " </dev/null 2>/dev/null | ",
      "openssl x509 -noout -fingerprint >", dir.path("shown"), " 2>&1");
  return std::system(command.c_str()) == 0 ? dir.Read("shown") : "";
}

TEST_F(Certificates, AreRenewedWithoutDroppingConnections) {
  const Client lasting = Connect("builder");
  ASSERT_TRUE(lasting.GetCallerIdentity().ok());
  const std::string before = ShownCertificate(dir_, server_->address());
  ASSERT_NE(before, "");

  // A key without its certificate changes nothing and is said.
  const std::string good_key = dir_.Read("server.key");
  dir_.Write("server.key", dir_.Read("other.key"));
  EXPECT_TRUE(Eventually([&] {
    return server_->log().find("does not belong") != std::string::npos;
  }));
  EXPECT_EQ(ShownCertificate(dir_, server_->address()), before);
  dir_.Write("server.key", good_key);

  const std::string renew = absl::StrCat(
      "cd ", dir_.path(),
      " && openssl req -newkey ed25519 -nodes -keyout "
      "new.key -out new.csr -subj /CN=new >/dev/null 2>&1 && openssl x509 -req "
      "-in new.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile "
      "server.ext -out new.pem >/dev/null 2>&1 && mv new.key server.key && "
      "mv new.pem server.pem");
  ASSERT_EQ(std::system(renew.c_str()), 0);
  EXPECT_TRUE(Eventually([&] {
    const std::string shown = ShownCertificate(dir_, server_->address());
    return !shown.empty() && shown != before;
  }));
  EXPECT_TRUE(lasting.GetCallerIdentity().ok());
  EXPECT_EQ(WhoIs("builder"), "ec2.amazonaws.com");
}

TEST_F(Certificates, ARootThatIsTakenOutOpensNothingNew) {
  const Client lasting = Connect("builder");
  ASSERT_TRUE(lasting.GetCallerIdentity().ok());
  const std::string other = absl::StrCat(
      "cd ", dir_.path(),
      " && openssl req -x509 -newkey ed25519 -nodes -keyout "
      "ca2.key -out clients.pem -days 1 -subj /CN=ca2 >/dev/null 2>&1 && "
      "cp ca.pem servers.pem && mv clients.pem ca.pem");
  ASSERT_EQ(std::system(other.c_str()), 0);
  const auto connects = [&] {
    ClientOptions options;
    options.server = server_->address();
    options.tls_ca = dir_.path("servers.pem");
    options.tls_cert = dir_.path("builder.pem");
    options.tls_key = dir_.path("builder.key");
    options.deadline = absl::Seconds(5);
    return Client::Connect(options)->GetCallerIdentity().ok();
  };
  EXPECT_TRUE(Eventually([&] { return !connects(); }));
  EXPECT_TRUE(lasting.GetCallerIdentity().ok()) << "what was open stays";
}

}  // namespace
}  // namespace rolegate::testing
