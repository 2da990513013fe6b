// Configuration: what beats what, and every fault named at once.

#include "service/config.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;

ConfigResult Load(const std::string& yaml, ConfigSources sources = {}) {
  static const auto* const dir = new TempDir();
  sources.file = dir->Write("rolegated.yaml", yaml);
  return LoadConfig(sources);
}

TEST(Config, AFlagBeatsTheEnvironmentBeatsTheFile) {
  ConfigSources sources;
  const std::string yaml = "registry: {dir: /file}\nlog: {level: error}\n";
  EXPECT_EQ(Load(yaml).config.registry.dir, "/file");
  sources.environment = {{"ROLEGATE_REGISTRY_DIR", "/environment"}};
  EXPECT_EQ(Load(yaml, sources).config.registry.dir, "/environment");
  sources.flags = {{"--registry", "/flag"}};
  const Config config = Load(yaml, sources).config;
  EXPECT_EQ(config.registry.dir, "/flag");
  EXPECT_EQ(config.log.level, LogLevel::kError);
}

TEST(Config, Faults) {
  const struct {
    const char* name;
    const char* yaml;
    const char* fault;
  } kCases[] = {
      {"unknown setting", "registri: {dir: x}", "unknown setting"},
      {"unknown member", "registry: {dir: x, foo: 1}", "registry.foo"},
      {"set twice", "registry: {dir: x}\nregistry: {dir: y}", "twice"},
      {"no mapping", "[]", "expected a mapping"},
      {"no YAML", "a: [", "yaml"},
      {"a word that is none", "log: {level: loud}", "`debug` or `info`"},
      {"a number", "limits: {max_in_flight: many}", "whole number"},
      {"a duration", "limits: {drain_timeout: 5}", "a duration"},
      {"state without a directory", "registry: {dir: x}\nstate_dir: /no/where",
       "state_dir: `/no/where` is no directory"},
      {"no registry", "log: {level: info}", "registry.dir: is missing"},
      {"off loopback without TLS", "listeners: [{address: '0.0.0.0:1'}]",
       "has no TLS"},
      {"an address", "listeners: [{address: '8470'}]", "listeners[0].address"},
      {"unix over TCP",
       "listeners: [{address: '127.0.0.1:1', principal: 'service:x'}]",
       "needs a Unix socket"},
      {"both kinds of names",
       "listeners: [{address: 'unix:/s', principal: 'service:x', principals: "
       "['service:*']}]",
       "not both"},
      {"a root",
       "listeners: [{address: 'unix:/s', principal: "
       "'arn:aws:iam::123456789012:root'}]",
       "names no principal"},
      {"mappings without a CA",
       "listeners: [{address: '127.0.0.1:1', mappings: [{spiffe_id: "
       "'spiffe://a/b', principal: 'service:x'}]}]",
       "tls.client_ca"},
      {"certificates without a mapping",
       "listeners: [{address: '127.0.0.1:1', authenticators: [mtls]}]",
       "needs `mappings` of certificates"},
      {"tokens without a mapping",
       "listeners: [{address: '127.0.0.1:1', authenticators: [oidc]}]",
       "needs `mappings` with an `issuer`"},
      {"a token's mapping without its authenticator",
       "listeners: [{address: '127.0.0.1:1', authenticators: [session-token], "
       "mappings: [{issuer: 'https://a.b', audience: x, claims: {sub: s}, "
       "principal: 'service:x'}]}]",
       "no effect without authenticator `oidc`"},
      {"a token for anybody",
       "listeners: [{address: '127.0.0.1:1', mappings: [{issuer: "
       "'https://a.b', claims: {sub: s}, principal: 'service:x'}]}]",
       "`audience` is missing"},
      {"a token of anybody",
       "listeners: [{address: '127.0.0.1:1', mappings: [{issuer: "
       "'https://a.b', audience: x, principal: 'service:x'}]}]",
       "`claims` are missing"},
      {"an issuer whose keys cannot be had",
       "listeners: [{address: '127.0.0.1:1', mappings: [{issuer: "
       "'https://a.b', audience: x, claims: {sub: s}, principal: "
       "'service:x'}]}]",
       "`a.b` is not in `federation.oidc_hosts`"},
      {"an issuer that is no address",
       "listeners: [{address: '127.0.0.1:1', mappings: [{issuer: "
       "'kubernetes/serviceaccount', audience: x, claims: {sub: s}, "
       "principal: 'service:x'}]}]",
       "set `jwks_file`"},
      {"a plain issuer",
       "federation: {oidc_hosts: [a.b]}\nlisteners: "
       "[{address: '127.0.0.1:1', mappings: [{issuer: 'http://a.b', audience: "
       "x, claims: {sub: s}, principal: 'service:x'}]}]",
       "expected an https URL"},
      {"no file of keys",
       "listeners: [{address: '127.0.0.1:1', mappings: [{issuer: i, audience: "
       "x, claims: {sub: s}, jwks_file: /no/where, principal: 'service:x'}]}]",
       "`/no/where` cannot be read"},
      {"a token's mapping with a name of certificates",
       "listeners: [{address: '127.0.0.1:1', mappings: [{issuer: i, dns: a.b, "
       "principal: 'service:x'}]}]",
       "unknown setting `dns`"},
      {"a token that is a session's",
       "federation: {oidc_hosts: [a.b]}\nsession: {keys_dir: /k, issuer: "
       "'https://a.b', audience: y}\nlisteners: [{address: '127.0.0.1:1', "
       "mappings: [{issuer: 'https://a.b', audience: x, claims: {sub: s}, "
       "principal: 'service:x'}]}]",
       "is `session.issuer`"},
      {"keys from two places",
       "federation: {oidc_hosts: [a.b]}\nlisteners: [{address: "
       "'127.0.0.1:1', mappings: [{issuer: 'https://a.b', audience: x, "
       "claims: {sub: s}, principal: 'service:x'}, {issuer: 'https://a.b', "
       "audience: x, claims: {sub: t}, jwks_file: /f, principal: "
       "'service:y'}]}]",
       "differ in `jwks_file`"},
      {"hosts with a path", "federation: {oidc_hosts: ['a.b/c']}",
       "`HOST` or `HOST:PORT` in lower case"},
      {"hosts that are no list", "federation: {oidc_hosts: a.b}",
       "a list of hosts"},
      {"keys without issuer", "session: {keys_dir: /k}", "session.issuer"},
      {"issuer without keys", "session: {issuer: x}", "no effect"},
      {"a recipient without audience", "federation: {saml_recipient: x}",
       "no effect without `federation.saml_audience`"},
      {"an account", "external_accounts: ['12']", "twelve digits"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    std::string all;
    for (const Diagnostic& fault : Load(c.yaml).faults) {
      all += ToString(fault) + "\n";
    }
    EXPECT_THAT(all, HasSubstr(c.fault));
  }
  EXPECT_GE(Load("log: {level: x}\nlimits: {max_in_flight: x}").faults.size(),
            3u)
      << "all at once";
}

TEST(Config, DevIsForLoopbackOnly) {
  ConfigSources sources;
  sources.dev = true;
  EXPECT_TRUE(Load("registry: {dir: x}", sources).faults.empty());
  EXPECT_TRUE(Load("registry: {dir: x}", sources)
                  .config.listeners[0]
                  .Accepts(Authenticator::kDev));
  sources.flags = {{"--listen", "10.0.0.1:1"}};
  EXPECT_FALSE(Load("registry: {dir: x}", sources).faults.empty());
}

TEST(Config, ForeignVariablesAreNotesAndNoFaults) {
  ConfigSources sources;
  sources.environment = {{"ROLEGATE_SERVICE_HOST", "10.0.0.1"},
                         {"PATH", "/bin"}};
  const ConfigResult result = Load("registry: {dir: x}", sources);
  EXPECT_TRUE(result.faults.empty());
  ASSERT_EQ(result.notes.size(), 1u);
  EXPECT_THAT(result.notes[0], HasSubstr("ROLEGATE_SERVICE_HOST"));
}

TEST(Config, NoTwoSettingsShareAVariable) {
  std::set<std::string> seen;
  for (const SettingInfo& info : ListSettings()) {
    if (!info.environment.empty()) {
      EXPECT_TRUE(seen.insert(info.environment).second) << info.environment;
    }
  }
}

TEST(Config, TheReferenceIsTheTable) {
  std::ostringstream page;
  page << std::ifstream(testing::SourcePath("/docs/configuration.md")).rdbuf();
  EXPECT_THAT(page.str(), HasSubstr(SettingsAsMarkdown()))
      << "paste what `rolegated --print-settings` prints";
}

}  // namespace
}  // namespace rolegate::service
