// `rolegated --check-config` finds what a start fails with, in its words.

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/sessions/key_commands.h"
#include "tests/support/documents.h"
#include "tests/support/paths.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Checked {
  int exit = -1;
  std::string said;
};

// Files for a server that starts.
class Files {
 public:
  Files() {
    dir_.Write("registry/r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
    std::filesystem::create_directory(dir_.path("keys"));
    for (const auto kind :
         {service::KeyKind::kSigning, service::KeyKind::kSealing}) {
      EXPECT_TRUE(service::NewKey(dir_.path("keys"), "k1", kind).ok());
    }
    const std::string make = absl::StrCat(
        "cd ", dir_.path(),
        " && openssl req -x509 -newkey ed25519 -nodes -keyout tls.key -out "
        "tls.pem -days 1 -subj /CN=server >/dev/null 2>&1");
    EXPECT_EQ(std::system(make.c_str()), 0);
    std::filesystem::create_directory(dir_.path("folder"));
    std::filesystem::create_directory(dir_.path("open"));
    chmod(dir_.path("open").c_str(), 0777);
    dir_.Write("file", "x");
  }

  // A configuration, in which DIR stands for the test's directory.
  std::string Write(const std::string& yaml) const {
    return dir_.Write("rolegated.yaml",
                      absl::StrReplaceAll(yaml, {{"DIR", dir_.path()}}));
  }
  Checked Check(const std::string& more = "") const {
    const std::string command =
        absl::StrCat(ProgramPath("rolegated"), " --check-config --config ",
                     dir_.path("rolegated.yaml"), " ", more, " >",
                     dir_.path("said"), " 2>&1");
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), dir_.Read("said")};
  }
  const TempDir& dir() const { return dir_; }
  std::vector<std::string> Names() const {
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(dir_.path())) {
      files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

 private:
  TempDir dir_;
};

constexpr char kGood[] = R"(
registry: {dir: DIR/registry}
session: {issuer: 'urn:i', audience: 'urn:a', keys_dir: DIR/keys}
audit: {path: DIR/audit}
health_listen: 127.0.0.1:0
listeners:
  - {address: 'unix:DIR/socket', principals: ['service:*']}
  - {address: '127.0.0.1:0', tls: {cert: DIR/tls.pem, key: DIR/tls.key}}
)";

TEST(CheckConfig, WhatAGoodOneNeedsIsTriedAndNothingIsLeftBehind) {
  const Files setup;
  setup.Write(kGood);
  setup.dir().Write("said", "");
  const std::vector<std::string> before = setup.Names();
  const Checked checked = setup.Check();
  EXPECT_EQ(checked.exit, 0) << checked.said;
  EXPECT_THAT(checked.said, AllOf(HasSubstr("the configuration is good\n"),
                                  HasSubstr("note: checked as user `"),
                                  Not(HasSubstr("not checked"))));
  EXPECT_EQ(setup.Names(), before);
  ServerProcess server({"--config", setup.dir().path("rolegated.yaml")});
  EXPECT_TRUE(server.serving()) << server.log();
}

TEST(CheckConfig, WhatIsInUseIsNamedAsNotChecked) {
  const Files setup;
  ServerProcess running({"--config", setup.Write(kGood)});
  ASSERT_TRUE(running.serving()) << running.log();
  setup.Write(absl::StrReplaceAll(
      kGood, {{"'127.0.0.1:0'", absl::StrCat("'", running.address(1), "'")}}));
  const Checked checked = setup.Check();
  EXPECT_EQ(checked.exit, 0) << checked.said;
  EXPECT_THAT(
      checked.said,
      AllOf(HasSubstr(absl::StrCat("note: not checked: cannot listen on `",
                                   running.address(1),
                                   "`: another process uses the address")),
            HasSubstr(absl::StrCat(
                "note: not checked: another server listens on socket `",
                setup.dir().path("socket"), "`"))));
  ServerProcess second({"--config", setup.dir().path("rolegated.yaml")});
  EXPECT_FALSE(second.serving());
}

// Each set-up is good but for one thing.
TEST(CheckConfig, FindsWhatAStartFailsWithInItsWords) {
  const struct {
    const char* name;
    const char* from;  // of kGood
    const char* to;
    std::function<void(const TempDir&)> change;  // of the files; may be null
    const char* words;
  } kRows[] = {
      {"no registry", "DIR/registry", "DIR/none", nullptr, "DIR/none"},
      {"a registry with a fault", "", "",
       [](const TempDir& dir) {
         dir.Write("registry/bad.json", "{\"RoleName\": oops}");
       },
       "bad.json"},
      {"no folder of keys", "DIR/keys", "DIR/none", nullptr,
       "DIR/none: cannot open: No such file or directory"},
      {"a folder without keys", "DIR/keys", "DIR/folder", nullptr,
       "DIR/folder: holds no private key; `rolegated keys new` makes one"},
      {"a key for everybody", "", "",
       [](const TempDir& dir) { chmod(dir.path("keys/k1.pem").c_str(), 0644); },
       "DIR/keys/k1.pem: others can read the private key; make it 0600 or "
       "0440"},
      {"a sealing key for everybody", "", "",
       [](const TempDir& dir) {
         chmod(dir.path("keys/k1.seal").c_str(), 0644);
       },
       "DIR/keys/k1.seal: others can read the private key"},
      {"a key that is a folder", "", "",
       [](const TempDir& dir) {
         std::filesystem::create_directory(dir.path("keys/k2.pem"));
       },
       "DIR/keys/k2.pem: cannot read: Is a directory"},
      {"an audit log that is a folder", "DIR/audit", "DIR/folder", nullptr,
       "cannot open audit log `DIR/folder`: Is a directory"},
      {"an audit log in no folder", "DIR/audit", "DIR/none/audit", nullptr,
       "cannot open audit log `DIR/none/audit`: No such file or directory"},
      {"an audit log below a file", "DIR/audit", "DIR/file/audit", nullptr,
       "cannot open audit log `DIR/file/audit`: Not a directory"},
      {"no administration policy", "audit:",
       "admin_policy: DIR/none.json\naudit:", nullptr, "DIR/none.json"},
      {"an administration policy with a fault",
       "audit:", "admin_policy: DIR/file\naudit:", nullptr, "DIR/file"},
      {"no certificate", "DIR/tls.pem", "DIR/none.pem", nullptr,
       "listeners[1].tls.cert: cannot read `DIR/none.pem`: No such file or "
       "directory"},
      {"a key of TLS that is a folder", "DIR/tls.key", "DIR/folder", nullptr,
       "listeners[1].tls.key: cannot read `DIR/folder`: Is a directory"},
      {"another machine's address", "health_listen: 127.0.0.1:0",
       "health_listen: 192.0.2.1:0", nullptr,
       "cannot listen on `192.0.2.1:0`: it is not an address of this machine"},
      {"a socket in no folder", "DIR/socket", "DIR/none/socket", nullptr,
       "cannot open directory `DIR/none/`: No such file or directory"},
      {"a socket in everybody's folder", "DIR/socket", "DIR/open/socket",
       nullptr, "directory `DIR/open/` can be written by everybody"},
      {"a file in the place of a socket", "DIR/socket", "DIR/file", nullptr,
       "cannot listen on `unix:DIR/file`: another file is there, which is no "
       "socket"},
      {"no certificates for the collector", "audit:",
       "tracing: {otlp_endpoint: 'otel:4317', tls: {ca: DIR/none}}\n"
       "audit:",
       nullptr, "DIR/none: cannot be read: No such file"},
      {"no PEM for the collector", "audit:",
       "tracing: {otlp_endpoint: 'otel:4317', tls: {ca: DIR/file}}\n"
       "audit:",
       nullptr, "DIR/file: is no PEM"},
      {"headers for everybody", "audit:",
       "tracing: {otlp_endpoint: 'otel:4317', headers_file: "
       "DIR/file}\naudit:",
       nullptr, "DIR/file: others can read the headers; make it 0600 or 0440"},
      {"no folder of the state", "audit:", "state_dir: DIR/none\naudit:",
       nullptr, "state_dir: `DIR/none` is no directory"},
      {"a group that nobody has", "principals: [",
       "group: no-such-group, principals: [", nullptr,
       "listeners[0].group: this machine has no group `no-such-group`"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const Files setup;
    setup.Write(absl::StrReplaceAll(kGood, {{row.from, row.to}}));
    if (row.change) row.change(setup.dir());
    const std::string words =
        absl::StrReplaceAll(row.words, {{"DIR", setup.dir().path()}});
    const Checked checked = setup.Check();
    EXPECT_EQ(checked.exit, 1);
    EXPECT_THAT(checked.said, HasSubstr(words));
    EXPECT_THAT(checked.said, Not(HasSubstr("is good")));
    // With a registry that has faults a start waits for a better one.
    ServerProcess server({"--config", setup.dir().path("rolegated.yaml")});
    EXPECT_THAT(server.log(), HasSubstr(words));
    if (absl::StartsWith(row.name, "no registry") ||
        absl::StartsWith(row.name, "a registry")) {
      EXPECT_TRUE(server.serving());
    } else {
      EXPECT_FALSE(server.serving());
      EXPECT_EQ(server.Wait(), 1);
    }
  }
}

TEST(CheckConfig, AReadyFileMustHaveAFolder) {
  const Files setup;
  setup.Write(kGood);
  const Checked checked = setup.Check(
      absl::StrCat("--ready-file ", setup.dir().path("none/ready")));
  EXPECT_EQ(checked.exit, 1);
  EXPECT_THAT(
      checked.said,
      HasSubstr(absl::StrCat("cannot write `", setup.dir().path("none/ready"),
                             "`: No such file or directory")));
}

TEST(CheckConfig, KeysThatAreFetchedAreNamedAsNotChecked) {
  const Files setup;
  setup.Write(R"(
registry: {dir: DIR/registry}
federation: {oidc_hosts: [login.example.com]}
listeners:
  - address: 127.0.0.1:0
    mappings:
      - {issuer: 'https://login.example.com', audience: a, claims: {sub: s},
         principal: 'service:x'}
)");
  const Checked checked = setup.Check();
  EXPECT_EQ(checked.exit, 0) << checked.said;
  EXPECT_THAT(checked.said,
              HasSubstr("note: not checked: whether the keys of "
                        "`https://login.example.com` can be fetched"));
}

}  // namespace
}  // namespace rolegate::testing
