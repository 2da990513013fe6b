#include "tests/support/discovery_server.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/support/paths.h"
#include "tests/support/server_process.h"

namespace rolegate::testing {

DiscoveryServer::DiscoveryServer(const TempDir& dir, const std::string& scheme)
    : dir_(dir), scheme_(scheme) {
  const std::string key = dir_.path("tls.key");
  std::filesystem::create_directory(dir_.path("web"));
  std::string command = absl::StrCat(
      "exec python3 ", SourcePath("/tests/support/oidc_provider.py"), " ",
      dir_.path("web"));
  if (scheme_ == "https") {
    const std::string make_certificate = absl::StrCat(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ",
        "-days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost ",
        "-keyout ", key, " -out ", ca(), " 2>/dev/null");
    EXPECT_EQ(std::system(make_certificate.c_str()), 0);
    absl::StrAppend(&command, " ", ca(), " ", key);
  }
  process_ = popen(command.c_str(), "w");
  EXPECT_TRUE(Eventually([&] { return !dir_.Read("web/port").empty(); }));
  host_ = absl::StrCat("localhost:", dir_.Read("web/port"));
}

DiscoveryServer::~DiscoveryServer() { pclose(process_); }

void DiscoveryServer::AddProvider(const std::string& name,
                                  const std::string& jwks) const {
  Publish(name, issuer(name), absl::StrCat(issuer(name), "/jwks"));
  SetKeys(name, jwks);
}

void DiscoveryServer::SetKeys(const std::string& name,
                              const std::string& jwks) const {
  dir_.Write(absl::StrCat("web/", name, "/jwks"), jwks);
}

void DiscoveryServer::Publish(const std::string& name,
                              const std::string& issuer,
                              const std::string& jwks_uri) const {
  dir_.Write(absl::StrCat("web/", name, "/.well-known/openid-configuration"),
             absl::StrCat(R"({"issuer": ")", issuer, R"(", "jwks_uri": ")",
                          jwks_uri, "\"}"));
}

int DiscoveryServer::Requests(const std::string& path) const {
  int count = 0;
  for (const auto& line : absl::StrSplit(Requests(), '\n')) {
    if (line == path) ++count;
  }
  return count;
}

}  // namespace rolegate::testing
