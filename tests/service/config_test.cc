// Configuration: what beats what, and every fault named at once.

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/net/load_config.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::StartsWith;

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

TEST(Config, OperationsListenOpenlyWhereOnlyThisMachineReachesThem) {
  EXPECT_FALSE(Load("registry: {dir: x}").config.operations_listen.has_value());
  EXPECT_FALSE(Load("registry: {dir: x}").config.operations_console);
  EXPECT_TRUE(Load("registry: {dir: x}\noperations_listen: '127.0.0.1:0'\n"
                   "operations: {console: true}")
                  .config.operations_console);
  for (const char* address :
       {"127.0.0.1:8471", "localhost:0", "'[::1]:8471'", "unix:/run/o"}) {
    const ConfigResult result = Load(
        absl::StrCat("registry: {dir: x}\noperations_listen: ", address, "\n"));
    EXPECT_FALSE(HasErrors(result.faults)) << address;
    EXPECT_TRUE(result.config.operations_listen.has_value()) << address;
    EXPECT_FALSE(result.config.operations.demands_proof()) << address;
  }
}

TEST(Config, OperationsListenAnywhereWithTlsAndAnAuthenticator) {
  const ConfigResult result = Load(R"(
registry: {dir: x}
admin_policy: admins.json
operations_listen: '10.0.0.1:8471'
operations:
  tls: {cert: a, key: b, client_ca: {dns: c}}
  mappings:
    - {dns: prometheus.example, principal: 'service:prometheus'}
    - {issuer: 'https://i.example', audience: a, claims: {sub: s},
       principal: 'service:scraper'}
federation: {oidc_hosts: [i.example]}
)");
  // The files are not there.
  for (const Diagnostic& fault : result.faults) {
    EXPECT_THAT(fault.path, StartsWith("operations.tls.")) << ToString(fault);
  }
  const ListenerConfig& operations = result.config.operations;
  EXPECT_EQ(operations.address.text, "10.0.0.1:8471");
  EXPECT_EQ(operations.tls->cert, "a");
  EXPECT_EQ(operations.tls->key, "b");
  EXPECT_EQ(operations.tls->client_bundles.at("dns"), "c");
  EXPECT_EQ(
      operations.authenticators,
      (std::vector<Authenticator>{Authenticator::kMtls, Authenticator::kOidc}));
  EXPECT_EQ(operations.mappings.size(), 1u);
  EXPECT_EQ(operations.token_mappings.size(), 1u);
  EXPECT_TRUE(operations.demands_proof());
}

TEST(Config, TheDeveloperReadsWhatOperatorsDo) {
  ConfigSources sources;
  sources.dev = true;
  const Config config =
      Load("registry: {dir: x}\noperations_listen: '127.0.0.1:0'\n", sources)
          .config;
  EXPECT_TRUE(config.operations.Accepts(Authenticator::kDev));
  EXPECT_FALSE(config.operations.demands_proof());
}

TEST(Config, Faults) {
  const struct {
    const char* name;
    const char* yaml;
    const char* fault;
  } kCases[] = {
      {"unknown setting", "registri: {dir: x}",
       ":1:1 registri: unknown setting"},
      {"unknown member", "registry: {dir: x, foo: 1}", "registry.foo"},
      {"a group that is misspelled", "operation: {console: true}",
       ":1:1 operation: unknown setting, did you mean `operations`?"},
      {"a word that is near to nothing", "foo: 1",
       ":1:1 foo: unknown setting\n"},
      {"set twice", "registry: {dir: x}\nregistry: {dir: y}", "twice"},
      {"no mapping", "[]", "expected a mapping of settings to values"},
      {"no YAML", "a: [", ": is not YAML: "},
      {"a word that is none", "log: {level: loud}", "`debug` or `info`"},
      {"a number", "limits: {max_in_flight: many}", "whole number"},
      {"an endpoint", "tracing: {otlp_endpoint: 'otel:4318/v1/traces'}",
       "OTLP over gRPC has no path"},
      {"an endpoint without a port", "tracing: {otlp_endpoint: otel}",
       "is no endpoint of a collector"},
      {"a ratio", "tracing: {sample_ratio: 2}", "a number from 0 to 1"},
      {"a ratio that is none", "tracing: {sample_ratio: nan}",
       "a number from 0 to 1"},
      {"a queue", "tracing: {max_queue_spans: 0}",
       "a whole number from 1 to 65000"},
      {"no attributes", "tracing: {resource_attributes: [a]}",
       "a mapping of at most 64 names"},
      {"an attribute that is none", "tracing: {resource_attributes: {a: [b]}}",
       "a mapping of at most 64 names"},
      {"a certificate without its key", "tracing: {tls: {cert: c}}",
       "tracing.tls.key: is missing"},
      {"a key without its certificate", "tracing: {tls: {key: k}}",
       "tracing.tls.cert: is missing"},
      {"spans for nobody", "registry: {dir: x}\ntracing: {sample_ratio: 1}",
       "tracing: has no effect without `otlp_endpoint`: set it to the address "
       "of a collector"},
      {"attributes of no span",
       "registry: {dir: x}\ntracing: {resource_attributes: {a: b}}",
       "tracing: has no effect without `otlp_endpoint`"},
      {"TLS for plain text",
       "tracing: {otlp_endpoint: 'http://otel:4317', tls: {ca: c}}",
       "`http://otel:4317` has no TLS"},
      {"secrets for everybody",
       "tracing: {otlp_endpoint: 'http://otel:4317', headers_file: h}",
       "others could read the headers"},
      {"a duration", "limits: {drain_timeout: 5}", "a duration"},
      {"a gateway", "limits: {trusted_gateways: [edge.example]}",
       "expected an address, a range as `10.0.0.0/8`"},
      {"a gateway's socket that nobody listens on",
       "limits: {trusted_gateways: ['unix:/run/edge']}",
       "no listener has the address `unix:/run/edge`"},
      {"state without a directory", "registry: {dir: x}\nstate_dir: /no/where",
       "state_dir: `/no/where` is no directory: make it, or mount it"},
      {"no registry", "log: {level: info}",
       "registry.dir: is missing: name the directory of the registry here or "
       "by "
       "`--registry`"},
      {"off loopback without TLS", "listeners: [{address: '0.0.0.0:1'}]",
       "has no TLS"},
      {"an address", "listeners: [{address: '8470'}]", "listeners[0].address"},
      {"operations off loopback without TLS",
       "operations_listen: '10.0.0.1:8471'",
       "operations: `10.0.0.1:8471` is reachable from other machines and has "
       "no TLS"},
      {"operations off loopback without an authenticator",
       "operations_listen: '10.0.0.1:8471'\n"
       "operations: {tls: {cert: a, key: b}}",
       "operations: `10.0.0.1:8471` is reachable from other machines, and "
       "nothing says who calls"},
      {"operations for sessions",
       "operations_listen: '127.0.0.1:8471'\n"
       "operations: {authenticators: [session-token]}",
       "operations.authenticators: no session reads what operators read"},
      {"a mode of operations",
       "operations_listen: 'unix:/o'\noperations: {mode: '0066'}",
       "operations.mode: expected an octal mode from `0600` to `0777`"},
      {"a mode of operations that is none",
       "operations_listen: 'unix:/o'\noperations: {mode: [a]}",
       "operations.mode: expected an octal mode"},
      {"a group of operations over TCP",
       "operations_listen: '127.0.0.1:0'\noperations: {group: g}",
       "operations: `mode` and `group` are for a Unix socket"},
      {"a group of operations without their address", "operations: {group: g}",
       "operations: has no effect without `operations_listen`"},
      {"operations without their address", "operations: {tls: {cert: a}}",
       "operations: has no effect without `operations_listen`"},
      {"the console without operations", "operations: {console: true}",
       "operations: has no effect without `operations_listen`"},
      {"the console in between",
       "operations_listen: '127.0.0.1:0'\noperations: {console: perhaps}",
       "operations.console: expected `true` or `false`"},
      {"operations without a key",
       "operations_listen: '127.0.0.1:8471'\noperations: {tls: {cert: a}}",
       "operations.tls: needs `cert` and `key`"},
      {"an unknown member of operations", "operations: {certificate: a}",
       "operations.certificate: unknown setting"},
      {"a mapping of operations",
       "operations_listen: '127.0.0.1:8471'\n"
       "operations: {mappings: [{dns: a}]}",
       "operations.mappings[0].principal: is missing"},
      {"an address of operations", "operations_listen: [a]",
       "operations_listen: expected an address"},
      {"unix over TCP",
       "listeners: [{address: '127.0.0.1:1', principal: 'service:x'}]",
       "needs a Unix socket"},
      {"both kinds of names",
       "listeners: [{address: 'unix:/s', principal: 'service:x', principals: "
       "['service:*']}]",
       "authenticator `unix` needs exactly one of `principal` and "
       "`principals`"},
      {"a root",
       "listeners: [{address: 'unix:/s', principal: "
       "'arn:aws:iam::123456789012:root'}]",
       "names no principal"},
      {"mappings without a CA",
       "listeners: [{address: '127.0.0.1:1', mappings: [{spiffe_id: "
       "'spiffe://a/b', principal: 'service:x'}]}]",
       "tls.client_ca"},
      {"one file for two trust domains",
       "listeners: [{address: '127.0.0.1:1', tls: {cert: c, key: k, client_ca: "
       "r}, mappings: [{spiffe_id: 'spiffe://a.x/**', principal: 'service:x'}, "
       "{spiffe_id: 'spiffe://b.x/**', principal: 'service:x'}]}]",
       "write a bundle for each, `{a.x: PATH, b.x: PATH}`"},
      {"a bundle for no trust domain",
       "listeners: [{address: '127.0.0.1:1', tls: {cert: c, key: k, client_ca: "
       "{'A.x': r}}}]",
       "`A.x` is no trust domain"},
      {"a bundle that is given twice",
       "listeners: [{address: '127.0.0.1:1', tls: {cert: c, key: k, client_ca: "
       "{a.x: r, a.x: s}}}]",
       "listeners[0].tls.client_ca: `a.x` is given twice"},
      {"no bundle",
       "listeners: [{address: '127.0.0.1:1', tls: {cert: c, key: k, client_ca: "
       "{}}}]",
       "expected a path, or `{TRUST-DOMAIN: PATH}`"},
      {"a bundle without a path",
       "listeners: [{address: '127.0.0.1:1', tls: {cert: c, key: k, client_ca: "
       "{a.x: [r]}}}]",
       "listeners[0].tls.client_ca.a.x"},
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
      {"an issuer whose keys nobody may fetch",
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
       "`https://a.b` is `session.issuer`, whose tokens need no mapping: "
       "remove "
       "it"},
      {"keys from two places",
       "federation: {oidc_hosts: [a.b]}\nlisteners: [{address: "
       "'127.0.0.1:1', mappings: [{issuer: 'https://a.b', audience: x, "
       "claims: {sub: s}, principal: 'service:x'}, {issuer: 'https://a.b', "
       "audience: x, claims: {sub: t}, jwks_file: /f, principal: "
       "'service:y'}]}]",
       "the mappings of `https://a.b` differ in `jwks_file`: name the same "
       "file in all of them"},
      {"hosts with a path", "federation: {oidc_hosts: ['a.b/c']}",
       "`HOST` or `HOST:PORT` in lower case"},
      {"hosts that are no list", "federation: {oidc_hosts: a.b}",
       "a list of hosts"},
      {"keys without issuer", "session: {keys_dir: /k}",
       "session.issuer: is missing: `session.keys_dir` needs it"},
      {"issuer without keys", "session: {issuer: x}",
       "session: `issuer` and `audience` have no effect without `keys_dir`: "
       "without it the server makes a key, an issuer and an audience of its "
       "own"},
      {"a recipient without audience", "federation: {saml_recipient: x}",
       "no effect without `federation.saml_audience`"},
      {"masks without a log", "audit: {masks: [/reason]}",
       "audit: has no effect without `path`: set it to a file or to `stdout`"},
      {"a format without a log", "audit: {format: cloudtrail}",
       "audit: has no effect without `path`"},
      {"a promise of records without a log", "audit: {fail_closed: true}",
       "audit: has no effect without `path`"},
      {"a choice of records without a log", "audit: {decisions: denied}",
       "audit: has no effect without `path`"},
      {"a share of what is not written",
       "audit: {path: a, decisions: denied, sample_allows: 0.5}",
       "audit.sample_allows: has no effect with `decisions: denied`: leave one "
       "of the two out"},
      {"rotation of standard output", "audit: {path: stdout, max_file_age: 1h}",
       "have no effect on standard output: leave them out, or set `path`"},
      {"a share above one", "audit: {path: a, sample_allows: 1.5}",
       "audit.sample_allows: expected a number from 0 to 1, found `1.5`"},
      {"a share that is no number", "audit: {path: a, sample_allows: nan}",
       "expected a number from 0 to 1"},
      {"masks that are no list", "audit: {path: a, masks: /reason}",
       "audit.masks: expected a list of texts"},
      {"an unknown format", "audit: {path: a, format: json}",
       "audit.format: expected `rolegate` or `cloudtrail`, found `json`"},
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

// A second fault that follows from the first would send the operator the wrong
// way.
TEST(Config, AFileThatIsNotUnderstoodMayHoldTheRegistry) {
  const TempDir dir;
  ConfigSources sources;
  sources.file = dir.path() + "/none.yaml";
  Diagnostics faults = LoadConfig(sources).faults;
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(ToString(faults[0]),
            sources.file + ": cannot be read: No such file or directory");
  sources.file = dir.path();
  faults = LoadConfig(sources).faults;
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(ToString(faults[0]),
            sources.file + ": cannot be read: Is a directory");
  for (const char* yaml : {"[]", "a: [", "registri: {dir: x}"}) {
    SCOPED_TRACE(yaml);
    faults = Load(yaml).faults;
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_NE(faults[0].path, "registry.dir");
  }
}

// Such mappings match nobody, which is safe, and which the notes say.
TEST(Config, NotesMappingsForWhichNoBundleVouches) {
  const ConfigResult result = Load(
      "registry: {dir: x}\nlisteners: [{address: '127.0.0.1:1', tls: {cert: c, "
      "key: k, client_ca: {a.x: r}}, mappings: [{spiffe_id: 'spiffe://a.x/**', "
      "principal: 'service:x'}, {spiffe_id: 'spiffe://b.x/**', principal: "
      "'service:x'}, {subject: 'CN=x', principal: 'service:x'}]}]");
  const std::string at = "listeners[0].tls.client_ca: `mappings` name ";
  EXPECT_THAT(
      result.notes,
      ::testing::ElementsAre(
          at + "the trust domain `b.x`, for which no bundle vouches, so that "
               "they match nobody: add `b.x: PATH`",
          at + "DNS names or subjects, for which no bundle vouches, so that "
               "they match nobody: add `dns: PATH`"));
}

TEST(Config, NotesAConsoleThatNobodyMayUse) {
  const std::string yaml =
      "registry: {dir: x}\noperations_listen: '127.0.0.1:0'\n"
      "operations: {console: true}";
  EXPECT_THAT(Load(yaml).notes,
              ::testing::ElementsAre(HasSubstr("nobody may use the console")));
  ConfigSources sources;
  sources.dev = true;
  EXPECT_THAT(Load(yaml, sources).notes, ::testing::IsEmpty());
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

// `registry.fences` of a file or the environment, with these fences.
ConfigResult LoadFences(const std::string& fences, bool in_file) {
  if (in_file) {
    return Load("registry:\n  dir: x\n  fences:\n" + fences);
  }
  ConfigSources sources;
  sources.environment = {{"ROLEGATE_REGISTRY_FENCES", fences}};
  return Load("registry: {dir: x}", sources);
}

TEST(Config, FencesStandInTheFileOrTheEnvironment) {
  const ConfigResult file = LoadFences(
      "  - path: teams/pay/\n"
      "    accounts: ['012345678901', 123456789012]\n"
      "    resources: ['arn:aws:s3:::pay']\n"
      "  - {path: ./teams//pay/bots, accounts: [123456789012],\n"
      "     kinds: [roles, managed_policy]}\n",
      true);
  EXPECT_TRUE(file.faults.empty()) << ToString(file.faults.at(0));
  const std::vector<Fence>& fences = file.config.registry.fences;
  ASSERT_EQ(fences.size(), 2U);
  EXPECT_EQ(fences[0].path, "teams/pay");
  EXPECT_EQ(fences[0].accounts,
            (std::vector<std::string>{"012345678901", "123456789012"}));
  EXPECT_EQ(fences[0].resources, std::vector<std::string>{"arn:aws:s3:::pay"});
  EXPECT_TRUE(fences[0].kinds.HasAllOf(FencedKinds::All()));
  EXPECT_EQ(fences[1].path, "teams/pay/bots");
  EXPECT_TRUE(fences[1].kinds.Has(FencedKind::kRole));
  EXPECT_TRUE(fences[1].kinds.Has(FencedKind::kManagedPolicy));
  EXPECT_FALSE(fences[1].kinds.Has(FencedKind::kUser));

  const ConfigResult environment =
      LoadFences("[{path: a, accounts: ['111111111111']}]", false);
  EXPECT_TRUE(environment.faults.empty());
  ASSERT_EQ(environment.config.registry.fences.size(), 1U);
  EXPECT_EQ(environment.config.registry.fences[0].path, "a");
}

TEST(Config, EveryFaultOfAFenceIsNamed) {
  const struct {
    const char* fences;
    std::vector<std::string> faults;
  } kCases[] = {
      {"{}", {"registry.fences: expected a list of fences"}},
      {"[x]", {"registry.fences[0]: expected a mapping with `path`"}},
      {"[{accounts: ['111111111111']}]",
       {"registry.fences[0].path: is missing"}},
      {"[{path: a, acounts: [], kinds: [role, organization]}]",
       {"registry.fences[0]: unknown setting `acounts`",
        "registry.fences[0].kinds[1]: unknown kind `organization`: expected "
        "`role`, `user`, `group`, `managed_policy` or `resource_policy`"}},
      {"[{path: a, accounts: 111111111111, resources: [[]]}]",
       {"registry.fences[0].accounts: expected a list of accounts",
        "registry.fences[0].resources[0]: expected a text"}},
      {"[{path: a}]",
       {"registry.fences[0]: admits nothing: expected `accounts`, `resources` "
        "or both, or the folder outside of the registry"}},
      {"[{path: a, accounts: ['11111111111'], kinds: []}]",
       {"registry.fences[0].accounts[0]: `11111111111` is not an account: "
        "expected twelve digits",
        "registry.fences[0].kinds: admits nothing: expected at least one "
        "kind"}},
      {"[{path: /a, accounts: ['111111111111']}]",
       {"registry.fences[0].path: `/a` is absolute: expected a path from the "
        "registry's directory"}},
      {"[{path: ./, accounts: ['111111111111']}]",
       {"registry.fences[0].path: `./` is the registry as a whole: expected a "
        "folder in it"}},
      {"[{path: a/../b, accounts: ['111111111111']}]",
       {"registry.fences[0].path: `a/../b` has a part that begins with a dot: "
        "such folders are never read, and `..` would leave the registry"}},
      {"[{path: a, accounts: ['111111111111']}, "
       "{path: a/, accounts: ['111111111111']}]",
       {"registry.fences[1].path: `a` has a fence already"}},
      {"[{path: a, resources: ['*', 'arn:aws:', 'arn:*:s3:::x', "
       "'s3:::x', 'arn:aws:s3:::a?b']}]",
       {"registry.fences[0].resources[0]: `*` is not the beginning of an ARN: "
        "expected `arn:`, a partition, a service and a colon at least",
        "registry.fences[0].resources[1]: `arn:aws:` is not the beginning of "
        "an ARN: expected `arn:`, a partition, a service and a colon at least",
        "registry.fences[0].resources[2]: `arn:*:s3:::x` has a wildcard before "
        "its end",
        "registry.fences[0].resources[3]: `s3:::x` is not the beginning of an "
        "ARN: expected `arn:`, a partition, a service and a colon at least",
        "registry.fences[0].resources[4]: `arn:aws:s3:::a?b` has a wildcard "
        "before its end"}},
      {"[{path: a, accounts: ['111111111111'], resources: "
       "['arn:aws:s3:::x'], kinds: [role]}, "
       "{path: a/b, accounts: ['111111111111', '222222222222'], "
       "resources: ['arn:aws:s3:::x/y', 'arn:aws:s3:::x*'], "
       "kinds: [role, user]}]",
       {"registry.fences[1].accounts[1]: `222222222222` is more than the fence "
        "of `a` around it admits",
        "registry.fences[1].kinds: `user` is more than the fence of `a` around "
        "it admits",
        "registry.fences[1].resources[1]: `arn:aws:s3:::x*` is more than the "
        "fence of `a` around it admits"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.fences);
    std::vector<std::string> found;
    for (const Diagnostic& fault : LoadFences(c.fences, false).faults) {
      EXPECT_EQ(fault.file, "ROLEGATE_REGISTRY_FENCES");
      found.push_back(fault.path + ": " + fault.message);
    }
    EXPECT_EQ(found, c.faults);
  }
  const ConfigResult placed =
      LoadFences("  - {path: a, accounts: ['111111111111', x]}\n", true);
  ASSERT_EQ(placed.faults.size(), 1U);
  EXPECT_EQ(placed.faults[0].position, (Position{4, 42}));
  const ConfigResult alone =
      Load("registry: {dir: x, fence_faults: hold_folder}");
  ASSERT_EQ(alone.faults.size(), 1U);
  EXPECT_EQ(alone.faults[0].message,
            "`hold_folder` has no effect without `registry.fences`");
}

}  // namespace
}  // namespace rolegate::service
