// One bundle of roots for each trust domain: no authority gives out another's
// names.

#include "service/identity/trust_bundles.h"

#include <cstdlib>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/identity/peer_certificate.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::HasSubstr;

// The authorities `a` of a.example and `b` of b.example, each with one below
// it, and `d` of DNS names.  What they give out is named after who did it.
constexpr char kMake[] = R"sh(set -e
cd "$(dirname "$0")"
root() {  # root NAME
  openssl req -x509 -newkey ed25519 -nodes -keyout "$1.key" -out "$1.pem" \
    -days 1 -subj "/CN=$1"
}
issue() {  # issue AUTHORITY NAME SUBJECT EXTENSIONS...
  openssl req -newkey ed25519 -nodes -keyout "$2.key" -out "$2.csr" -subj "$3"
  authority=$1 name=$2
  shift 3
  printf '%s\n' "$@" >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA "$authority.pem" \
    -CAkey "$authority.key" -CAcreateserial -days 1 -extfile "$name.ext" \
    -out "$name.pem"
}
san() { printf 'subjectAltName=%s' "$1"; }
ca='basicConstraints=critical,CA:TRUE'
for name in a b d c; do root $name; done
issue a a-below /CN=a-below "$ca"
issue b b-below /CN=b-below "$ca"
issue a server /CN=server "$(san IP:127.0.0.1)"
issue a a-own /CN=x "$(san URI:spiffe://a.example/w)"
issue b b-own /CN=x "$(san URI:spiffe://b.example/w)"
issue d d-shop /CN=x "$(san DNS:one.shop.internal)"
issue d d-backup /O=Acme/CN=backup "$(san DNS:host.example)"
issue b b-forges-a /CN=x "$(san URI:spiffe://a.example/w)"
issue a a-forges-b /CN=x "$(san URI:spiffe://b.example/w)"
issue d d-forges-a /CN=x "$(san URI:spiffe://a.example/w)"
issue a a-forges-shop /CN=x "$(san DNS:one.shop.internal)"
issue a a-forges-backup /O=Acme/CN=backup "$(san DNS:host.example)"
issue a a-own-and-shop /CN=x \
  "$(san URI:spiffe://a.example/w,DNS:one.shop.internal)"
issue d d-shop-and-a /CN=x \
  "$(san DNS:one.shop.internal,URI:spiffe://a.example/w)"
issue a a-authority /CN=x "$ca" "$(san URI:spiffe://a.example/w)"
issue a a-upper /CN=x "$(san URI:spiffe://A.example/w)"
issue c c-own /CN=x "$(san URI:spiffe://a.example/w)"
issue a a-for-servers /CN=x extendedKeyUsage=serverAuth \
  "$(san URI:spiffe://a.example/w)"
issue a-below a-below-own /CN=x "$(san URI:spiffe://a.example/w)"
issue a-below a-below-alone /CN=x "$(san URI:spiffe://a.example/w)"
issue b-below b-below-forges-a /CN=x "$(san URI:spiffe://a.example/w)"
cat a-below.pem >>a-below-own.pem
cat b-below.pem >>b-below-forges-a.pem
)sh";

class TrustBundlesTest : public ::testing::Test {
 protected:
  TrustBundlesTest() {
    dir_.Write("make", kMake);
    EXPECT_EQ(
        std::system(
            absl::StrCat("sh ", dir_.path("make"), " >/dev/null 2>&1").c_str()),
        0);
    dir_.Write("registry/reader.json",
               Role("Reader", Trust(R"({"Service": "of-a"})"), Allow("s3:*")));
  }

  void Start(const std::string& client_ca, const std::string& mappings) {
    server_.emplace(std::vector<std::string>{
        "--config",
        dir_.Write("rolegated.yaml",
                   absl::StrCat("registry: {dir: ", dir_.path("registry"),
                                "}\nlisteners:\n  - address: 127.0.0.1:0\n"
                                "    tls:\n      cert: ",
                                dir_.path("server.pem"), "\n      key: ",
                                dir_.path("server.key"), "\n      client_ca: ",
                                client_ca, "\n    mappings:\n", mappings))});
    ASSERT_TRUE(server_->serving()) << server_->log();
  }
  void StartWithBundles() {
    Start(absl::StrCat("{a.example: ", dir_.path("a.pem"), ", b.example: ",
                       dir_.path("b.pem"), ", dns: ", dir_.path("d.pem"), "}"),
          R"(
      - {dns: '*.shop.internal', principal: 'service:shop'}
      - {subject: 'CN=backup,O=Acme', principal: 'service:backup'}
      - {spiffe_id: 'spiffe://a.example/**', principal: 'service:of-a'}
      - {spiffe_id: 'spiffe://b.example/**', principal: 'service:of-b'}
)");
  }

  Client Connect(const std::string& who, const std::string& ca = "a") const {
    ClientOptions options;
    options.server = server_->address();
    options.tls_ca = dir_.path(ca + ".pem");
    options.tls_cert = dir_.path(who + ".pem");
    options.tls_key = dir_.path(who + ".key");
    options.deadline = absl::Seconds(3);
    return *Client::Connect(options);
  }
  static std::string WhoIs(const Client& client) {
    const auto identity = client.GetCallerIdentity();
    if (identity.ok()) return identity->arn();
    const std::string reason = ErrorReason(identity.status());
    return reason.empty() ? "no connection" : reason;
  }
  std::string WhoIs(const std::string& who) const {
    return WhoIs(Connect(who));
  }

  // Another authority of a.example and a certificate of it.
  void Renew() {
    dir_.Write("renew", R"sh(set -e
cd "$(dirname "$0")"
openssl req -x509 -newkey ed25519 -nodes -keyout next.key -out next.pem \
  -days 1 -subj /CN=next
openssl req -newkey ed25519 -nodes -keyout renewed.key -out renewed.csr \
  -subj /CN=x
openssl x509 -req -in renewed.csr -CA next.pem -CAkey next.key \
  -CAcreateserial -days 1 -extfile a-own.ext -out renewed.pem
)sh");
    ASSERT_EQ(
        std::system(absl::StrCat("sh ", dir_.path("renew"), " >/dev/null 2>&1")
                        .c_str()),
        0);
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

constexpr char kNobody[] = "MissingAuthenticationToken";

TEST_F(TrustBundlesTest, NoAuthorityGivesOutTheNamesOfAnother) {
  StartWithBundles();
  const struct {
    const char* who;
    const char* principal;
  } kRows[] = {
      {"a-own", "of-a"},
      {"b-own", "of-b"},
      {"d-shop", "shop"},
      {"d-backup", "backup"},
      {"a-below-own", "of-a"},
      {"b-forges-a", kNobody},
      {"a-forges-b", kNobody},
      {"d-forges-a", kNobody},
      {"a-forges-shop", kNobody},
      {"a-forges-backup", kNobody},
      {"b-below-forges-a", kNobody},
      // Each name stands or falls by itself.
      {"a-own-and-shop", "of-a"},
      {"d-shop-and-a", "shop"},
      {"a-authority", kNobody},
      {"a-upper", kNobody},
      // The handshake refuses these already.
      {"c-own", "no connection"},
      {"a-for-servers", "no connection"},
      {"a-below-alone", "no connection"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(WhoIs(row.who), row.principal) << row.who;
  }
}

TEST_F(TrustBundlesTest, ASessionBoundToANameIsOfNoUseToWhoForgedIt) {
  StartWithBundles();
  const Client own = Connect("a-own");
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("test");
  request.set_bind_to(v1::BIND_TO_SPIFFE);
  const auto session = own.AssumeRole(request);
  ASSERT_TRUE(session.ok()) << session.status();
  const std::string& token = session->credentials().session_token();
  EXPECT_EQ(WhoIs(own.WithSession(token)),
            "arn:aws:sts::123456789012:assumed-role/Reader/test");
  EXPECT_EQ(WhoIs(Connect("a-below-own").WithSession(token)),
            "arn:aws:sts::123456789012:assumed-role/Reader/test");
  for (const char* forger : {"b-forges-a", "d-forges-a", "b-below-forges-a"}) {
    EXPECT_EQ(WhoIs(Connect(forger).WithSession(token)), "InvalidClientTokenId")
        << forger;
  }
}

TEST_F(TrustBundlesTest, OneBundleIsRenewedByItself) {
  StartWithBundles();
  Renew();
  const Client of_a = Connect("a-own");
  const Client of_b = Connect("b-own");
  ASSERT_EQ(WhoIs(of_a), "of-a");
  ASSERT_EQ(WhoIs(of_b), "of-b");
  dir_.Write("servers.pem", dir_.Read("a.pem"));

  // One that is half written changes nothing and is said.
  dir_.Write("a.pem", absl::StrCat(dir_.Read("next.pem"),
                                   "-----BEGIN CERTIFICATE-----"));
  EXPECT_TRUE(Eventually([&] {
    return server_->log().find("certificates are not reloaded") !=
           std::string::npos;
  }));
  EXPECT_THAT(server_->log(), HasSubstr("the bundle of `a.example` holds "
                                        "something after 1 certificates"));
  EXPECT_EQ(WhoIs(of_a), "of-a");

  dir_.Write("a.pem", dir_.Read("next.pem"));
  EXPECT_TRUE(Eventually(
      [&] { return WhoIs(Connect("renewed", "servers")) == "of-a"; }));
  // A connection that is still open is known no longer, either.
  EXPECT_EQ(WhoIs(of_a), kNobody);
  EXPECT_EQ(WhoIs(of_b), "of-b");
}

TEST_F(TrustBundlesTest, OneFileVouchesForTheOneDomainThatMappingsName) {
  dir_.Write("all.pem", absl::StrCat(dir_.Read("a.pem"), dir_.Read("b.pem")));
  Start(dir_.path("all.pem"), R"(
      - {dns: '*.shop.internal', principal: 'service:shop'}
      - {spiffe_id: 'spiffe://a.example/**', principal: 'service:of-a'}
)");
  EXPECT_EQ(WhoIs("a-own"), "of-a");
  EXPECT_EQ(WhoIs("a-forges-shop"), "shop");
  EXPECT_EQ(WhoIs("b-own"), kNobody);
  // Nor can anything be bound to a name of a domain that nobody mentioned.
  v1::AssumeRoleRequest request;
  request.set_role_arn(RoleArn("Reader"));
  request.set_role_session_name("test");
  request.set_bind_to(v1::BIND_TO_SPIFFE);
  const auto session = Connect("a-own").AssumeRole(request);
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(ErrorReason(Connect("b-own")
                            .WithSession(session->credentials().session_token())
                            .AssumeRole(request)
                            .status()),
            "InvalidClientTokenId");
}

// Certificates expire, and are not yet good, while connections last.
TEST_F(TrustBundlesTest, NamesHoldWhileTheirCertificateDoes) {
  using service::CertificateTexts;
  using service::ReadPeerCertificate;
  const auto bundles =
      service::TrustBundles::FromPem({{"a.example", dir_.Read("a.pem")}});
  ASSERT_TRUE(bundles.ok()) << bundles.status();
  const std::string own = dir_.Read("a-own.pem");
  const std::string below = dir_.Read("a-below-own.pem");
  const std::string chain = dir_.Read("a-below.pem");
  const absl::Time now = absl::Now();
  const struct {
    const char* name;
    CertificateTexts texts;
    absl::Time time;
    const char* spiffe_id;
  } kRows[] = {
      {"now", {own, ""}, now, "spiffe://a.example/w"},
      {"yesterday", {own, ""}, now - absl::Hours(24), ""},
      {"in two days", {own, ""}, now + absl::Hours(48), ""},
      {"with its chain", {below, chain}, now, "spiffe://a.example/w"},
      {"without its chain", {below, ""}, now, ""},
      {"with a chain that cannot be read", {below, "-----BEGIN"}, now, ""},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const auto peer = ReadPeerCertificate(row.texts, **bundles, row.time);
    ASSERT_NE(peer, nullptr);
    EXPECT_EQ(peer->spiffe_id, row.spiffe_id);
    EXPECT_NE(peer->thumbprint, "");
  }
  service::PeerCertificateCache cache;
  const service::ListenerConfig* const listener = nullptr;
  EXPECT_EQ(cache.Read(listener, {own, ""}, now), nullptr);
  cache.SetBundles(listener, *bundles);
  const auto first = cache.Read(listener, {own, ""}, now);
  EXPECT_EQ(first, cache.Read(listener, {own, ""}, now + absl::Seconds(50)));
  EXPECT_EQ(cache.Read(listener, {own, ""}, now + absl::Hours(48))->spiffe_id,
            "");
}

TEST_F(TrustBundlesTest, OnlyTextsOfCertificatesAreBundles) {
  const std::string a = dir_.Read("a.pem");
  const struct {
    std::string pem;
    const char* fault;  // empty: it is one
  } kRows[] = {
      {a, ""},
      {absl::StrCat("# of a.example\n", a, "\n", dir_.Read("b.pem"), "\n\n"),
       ""},
      {"", "the bundle of `a.example` holds no certificate in PEM"},
      {"none", "the bundle of `a.example` holds no certificate in PEM"},
      {dir_.Read("a.key"),
       "the bundle of `a.example` holds no certificate in PEM"},
      {absl::StrCat(a, dir_.Read("b.pem").substr(0, 200)),
       "the bundle of `a.example` holds something after 1 certificates that "
       "is none in PEM"},
  };
  for (const auto& row : kRows) {
    const auto bundles =
        service::TrustBundles::FromPem({{"a.example", row.pem}});
    EXPECT_EQ(std::string(bundles.status().message()), row.fault) << row.pem;
  }
}

}  // namespace
}  // namespace rolegate::testing
