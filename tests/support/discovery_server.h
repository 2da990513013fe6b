// The web server of OpenID Connect providers, for tests.

#ifndef ROLEGATE_TESTS_SUPPORT_DISCOVERY_SERVER_H_
#define ROLEGATE_TESTS_SUPPORT_DISCOVERY_SERVER_H_

#include <cstdio>
#include <string>

#include "tests/support/temp_dir.h"

namespace rolegate::testing {

// Serves the folder `web` of a test's directory by HTTPS or plain HTTP, in a
// process of its own.  Below /slow/ an answer takes longer than anybody waits;
// below /redirect/ it is one.
class DiscoveryServer {
 public:
  explicit DiscoveryServer(const TempDir& dir,
                           const std::string& scheme = "https");
  ~DiscoveryServer();  // ends the process

  DiscoveryServer(const DiscoveryServer&) = delete;
  DiscoveryServer& operator=(const DiscoveryServer&) = delete;

  const std::string& host() const { return host_; }  // "localhost:40123"
  std::string ca() const { return dir_.path("tls.crt"); }
  std::string issuer(const std::string& name) const {
    return scheme_ + "://" + host_ + "/" + name;
  }

  // The provider `name`, with a discovery document that leads to its key set.
  void AddProvider(const std::string& name, const std::string& jwks) const;
  void SetKeys(const std::string& name, const std::string& jwks) const;
  // A discovery document of one's own.
  void Publish(const std::string& name, const std::string& issuer,
               const std::string& jwks_uri) const;

  // How often a path was asked for; of all paths.
  int Requests(const std::string& path) const;
  std::string Requests() const { return dir_.Read("web/requests"); }

 private:
  const TempDir& dir_;
  const std::string scheme_;
  std::FILE* process_ = nullptr;
  std::string host_;
};

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_DISCOVERY_SERVER_H_
