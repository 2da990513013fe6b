// `operations_listen` off loopback: TLS, who its callers are, and what they may
// read.

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/https_client.h"
#include "tests/support/identity_issuer.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unknown_caller.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kIssuer[] = "https://kubernetes.default.svc";
constexpr char kPrometheus[] = "system:serviceaccount:monitoring:prometheus";

// A certificate authority, a server that every machine could reach, and those
// who read from it.
class Operators : public ::testing::Test {
 protected:
  Operators() {
    dir_.Write("make", R"sh(set -e
cd "$(dirname "$0")"
ca() {
  openssl req -x509 -newkey ed25519 -nodes -keyout "$1.key" -out "$1.pem" \
    -days 1 -subj "/CN=$1"
}
make() {  # make NAME SUBJECT_ALTERNATIVE_NAME [AUTHORITY]
  openssl req -newkey ed25519 -nodes -keyout "$1.key" -out "$1.csr" -subj /CN=x
  printf 'subjectAltName=%s' "$2" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "${3:-ca}.pem" -CAkey "${3:-ca}.key" \
    -CAcreateserial -days 1 -extfile "$1.ext" -out "$1.pem"
}
ca ca
ca other-ca
make server IP:127.0.0.1
make renewed IP:127.0.0.1
make prometheus DNS:prometheus.monitoring.svc
make reader DNS:reader.monitoring.svc
make unmapped DNS:somebody.else
make stranger DNS:prometheus.monitoring.svc other-ca
)sh");
    const std::string command =
        absl::StrCat("sh ", dir_.path("make"), " >/dev/null 2>&1");
    EXPECT_EQ(std::system(command.c_str()), 0);
    issuer_.AddKey("k", "ES256");
    dir_.Write("keys.jwks", issuer_.Jwks());
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    dir_.Write("admins.json",
               Policy(R"({"Effect": "Allow", "Action": "rolegate:ReadMetrics",
                          "Resource": "arn:rolegate:rolegate:::registry",
                          "Principal": {"Service": "prometheus"}},
                         {"Effect": "Allow", "Action": "rolegate:ReadRegistry",
                          "Resource": "*", "Principal": {"Service": "reader"}})"));
  }

  // `more`: settings, in YAML.
  void Start(const std::string& more = "") {
    const std::string config = dir_.Write(
        "rolegated.yaml",
        absl::StrReplaceAll(absl::StrCat(R"(
registry: {dir: DIR/registry}
audit: {path: DIR/audit}
admin_policy: DIR/admins.json
operations_listen: '0.0.0.0:0'
operations:
  tls: {cert: DIR/server.pem, key: DIR/server.key, client_ca: DIR/ca.pem}
  mappings:
    - {dns: prometheus.monitoring.svc, principal: 'service:prometheus'}
    - {dns: reader.monitoring.svc, principal: 'service:reader'}
    - {issuer: ')",
                                         kIssuer, R"(', audience: rolegate,
       jwks_file: DIR/keys.jwks, claims: {sub: ')",
                                         kPrometheus, R"('},
       principal: 'service:prometheus'}
)",
                                         more),
                            {{"DIR", dir_.path("")}}));
    server_ = std::make_unique<ServerProcess>(std::vector<std::string>{
        "--config", config, "--listen", "127.0.0.1:0"});
    ASSERT_TRUE(server_->serving()) << server_->log();
  }
  // The address by which this machine reaches a server on all addresses.
  std::string address() const {
    return absl::StrReplaceAll(server_->operations_address(),
                               {{"0.0.0.0", "127.0.0.1"}});
  }
  // `who` is the name of a certificate, or empty; `headers` have their ends.
  HttpsAnswer Get(const std::string& path, const std::string& who = "",
                  const std::string& headers = "",
                  const std::string& protocols = "") const {
    HttpsOptions options;
    options.server = address();
    options.ca = dir_.path("ca.pem");
    if (!who.empty()) {
      options.cert = dir_.path(who + ".pem");
      options.key = dir_.path(who + ".key");
    }
    options.protocols = protocols;
    options.request = absl::StrCat("GET ", path,
                                   " HTTP/1.1\r\nHost: a\r\nConnection: "
                                   "close\r\n",
                                   headers, "\r\n");
    return HttpsAsk(options);
  }
  std::string Bearer(const std::string& subject,
                     const std::string& audience = "rolegate") {
    const std::int64_t now = absl::ToUnixSeconds(absl::Now());
    return absl::StrCat(
        "Authorization: Bearer ",
        issuer_.Token(
            "k",
            absl::StrCat(R"({"iss": ")", kIssuer, R"(", "sub": ")", subject,
                         R"(", "aud": [")", audience, R"("], "iat": )", now,
                         R"(, "exp": )", now + 600, "}")),
        "\r\n");
  }

  TempDir dir_;
  IdentityIssuer issuer_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(Operators, ReadMetricsIfThePolicyAllowsThem) {
  Start();
  const std::string token = Bearer(kPrometheus);
  const struct {
    const char* description;
    std::string who;
    std::string headers;
    int status;
    const char* body;
  } kCases[] = {
      {"a certificate that is mapped", "prometheus", "", 200,
       "rolegate_build_info{"},
      {"a token that is mapped", "", token, 200, "rolegate_build_info{"},
      {"both, of whom the certificate speaks first", "unmapped", token, 200,
       "rolegate_build_info{"},
      {"nobody", "", "", 401, "MissingAuthenticationToken: the call brings "},
      {"a certificate that nobody maps", "unmapped", "", 401,
       "MissingAuthenticationToken: the client certificate `somebody.else`"},
      {"somebody who may do something else", "reader", "", 403,
       "AccessDenied: User: reader is not authorized to perform: "
       "rolegate:ReadMetrics on resource: arn:rolegate:rolegate:::registry "
       "because the administration policy does not allow it\n"},
      {"another service account", "",
       Bearer("system:serviceaccount:default:default"), 401,
       "InvalidClientTokenId: the bearer token of issuer "},
      {"a token for somebody else", "", Bearer(kPrometheus, "vault"), 401,
       "no mapping of that issuer names its audience `vault`\n"},
      {"a forged token", "",
       absl::StrCat(token.substr(0, token.size() - 12), "AAAAAAAAAA\r\n"), 401,
       "InvalidIdentityToken: the bearer token of issuer "},
      {"a password", "", "Authorization: Basic YTpi\r\n", 401,
       "found the scheme `Basic`\n"},
      {"its own word", "", "Rolegate-Principal: service:prometheus\r\n", 401,
       "InvalidClientTokenId: this listener lets nobody name a principal\n"},
      {"two tokens", "", token + token, 401,
       "InvalidClientTokenId: metadata names the caller more than once\n"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    const HttpsAnswer answer = Get("/metrics", c.who, c.headers);
    EXPECT_EQ(answer.status, c.status) << answer.alert;
    EXPECT_THAT(answer.body, HasSubstr(c.body));
    EXPECT_EQ(absl::StrContains(answer.head, "www-authenticate: Bearer\r\n"),
              c.status == 401)
        << answer.head;
    if (c.status != 200) {
      EXPECT_FALSE(absl::StrContains(answer.body, "rolegate_build_info"));
    }
  }
}

TEST_F(Operators, SeeTheRegistryIfThePolicyAllowsThem) {
  Start("  console: true\n");
  const struct {
    const char* description;
    std::string who;
    std::string headers;
    int status;
    const char* body;
  } kCases[] = {
      {"a certificate that is mapped", "reader", "", 200, "\"revision\":\""},
      {"its page asks from its own origin", "reader",
       "Origin: https://a\r\nSec-Fetch-Site: same-origin\r\n", 200,
       "\"revision\":\""},
      {"its browser shows a page of another", "reader",
       "Origin: https://attacker.example\r\n", 403, "ForeignRequest"},
      {"nobody", "", "", 401, "MissingAuthenticationToken"},
      {"a certificate that nobody maps", "unmapped", "", 401,
       "MissingAuthenticationToken"},
      {"somebody who may read metrics alone", "prometheus", "", 403,
       "rolegate:ReadRegistry"},
      {"the same by a token", "", Bearer(kPrometheus), 403,
       "rolegate:ReadRegistry"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    for (const char* path : {"/status", "/console/api/roles"}) {
      const HttpsAnswer answer = Get(path, c.who, c.headers);
      EXPECT_EQ(answer.status, c.status) << answer.alert;
      EXPECT_THAT(answer.body, HasSubstr(c.body));
    }
  }
}

TEST_F(Operators, EverybodyHearsWhetherTheServerLivesAndNoMore) {
  dir_.Write("registry/r.json", "{");
  Start();
  EXPECT_EQ(Get("/livez").body, "ok");
  EXPECT_EQ(Get("/livez").status, 200);
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/readyz").body, "readyz check failed\n");
  EXPECT_EQ(Get("/readyz", "reader").body, "readyz check failed\n");
  EXPECT_EQ(Get("/livez?verbose").status, 401);
  EXPECT_EQ(Get("/readyz?verbose", "reader").status, 403);
  EXPECT_EQ(Get("/readyz?verbose", "prometheus").body,
            "[-]registry failed: no registry is in force\n[+]shutdown ok\n"
            "readyz check failed\n");
}

TEST_F(Operators, WhoIsRefusedLeavesARecordAndWhoReadsDoesNot) {
  Start();
  EXPECT_EQ(Get("/metrics", "prometheus").status, 200);
  EXPECT_EQ(Get("/metrics", "reader").status, 403);
  EXPECT_EQ(Get("/metrics").status, 401);
  EXPECT_TRUE(Eventually([&] {
    return HasLine(dir_.Read("audit"), {{"kind", "administration"},
                                        {"caller", "reader"},
                                        {"action", "rolegate:ReadMetrics"},
                                        {"decision", "IMPLICIT_DENY"}}) &&
           HasLine(dir_.Read("audit"), {{"kind", "authentication"},
                                        {"error", "MissingAuthenticationToken"},
                                        {"listener", "0.0.0.0:0"}});
  })) << dir_.Read("audit");
  EXPECT_FALSE(HasLine(dir_.Read("audit"), {{"caller", "prometheus"}}));
}

TEST_F(Operators, AreToldWhyTheirCertificateIsRefused) {
  Start();
  const HttpsAnswer answer = Get("/livez", "stranger");
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.alert, "unknown ca");
}

TEST_F(Operators, SpeakHttp1WithinTls) {
  Start();
  // As Prometheus offers them, as curl does, and as clients do that know one.
  EXPECT_EQ(Get("/livez", "", "", "\x02h2\x08http/1.1").protocol, "http/1.1");
  EXPECT_EQ(Get("/livez", "", "", "\x02h2\x08http/1.1").status, 200);
  EXPECT_EQ(Get("/livez", "", "", "\x08http/1.1").status, 200);
  EXPECT_EQ(Get("/livez", "", "", "\x02h2").alert, "no application protocol");
  const HttpAnswer plain = HttpGet(address(), "/livez");
  EXPECT_EQ(plain.status, 400);
  EXPECT_EQ(plain.body, "this port speaks HTTP/1.1 within TLS: https\n");
}

TEST_F(Operators, GetAnAnswerLargerThanARecord) {
  Start();
  const HttpsAnswer answer = Get("/metrics", "prometheus");
  EXPECT_GT(answer.body.size(), 4096u);
  EXPECT_THAT(answer.head,
              HasSubstr(absl::StrCat("content-length: ", answer.body.size())));
  EXPECT_THAT(answer.alert, IsEmpty()) << "the end is said within TLS, too";
}

TEST_F(Operators, SeeARenewedCertificateAndWhenItEnds) {
  Start();
  EXPECT_THAT(Get("/metrics", "prometheus").body,
              HasSubstr("rolegate_certificate_expiry_timestamp_seconds{"
                        "listener=\"0.0.0.0:"));
  for (const char* end : {".key", ".pem"}) {
    dir_.Write(absl::StrCat("server", end),
               dir_.Read(absl::StrCat("renewed", end)));
  }
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(server_->log(), "certificates reloaded");
  })) << server_->log();
  EXPECT_EQ(Get("/livez").status, 200);
}

TEST_F(Operators, ASlowHandshakeEndsInTime) {
  Start("limits: {handshake_timeout: 500ms}\n");
  HttpConnection silent(address());
  HttpConnection slow(address());
  const absl::Time begin = absl::Now();
  // The beginning of a ClientHello of 512 bytes.
  slow.Send(absl::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03", 10));
  while (!slow.Ends(absl::Milliseconds(50)) &&
         absl::Now() - begin < absl::Seconds(10)) {
    slow.Send("a");
  }
  EXPECT_TRUE(silent.Ends(absl::Seconds(5)));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(450));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(Get("/livez").status, 200);
}

TEST_F(Operators, HalfAHandshakeFromManyKeepsNobodyOut) {
  Start();
  std::vector<std::unique_ptr<HttpConnection>> idle;
  for (int i = 0; i < 500; ++i) {
    idle.push_back(std::make_unique<HttpConnection>(address()));
    idle.back()->Send(absl::string_view("\x16\x03\x01\x02\x00\x01", 6));
  }
  EXPECT_LE(server_->OpenDescriptors(), 150u);
  EXPECT_TRUE(Eventually([&] { return Get("/livez").status == 200; }));
}

TEST_F(Operators, TheServerItselfAsksWithinTls) {
  Start();
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(
        Get("/livez?verbose", "prometheus").body,
        absl::StrCat("[+]listener/", server_->operations_address(), " ok\n"));
  })) << Get("/livez?verbose", "prometheus").body;
}

}  // namespace
}  // namespace rolegate::testing
