// Files that look like policies and are not read: each is named, for a Deny may
// stand in it.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "engine/registry/registry.h"
#include "engine/registry/skipped_names.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

TEST(SkippedFiles, LookLikePolicies) {
  for (const char* name :
       {"deny.JSON", "deny.Json", "a/b/deny.JSON", "deny.jsonc", "deny.json5",
        "deny.yaml", "deny.YML", "deny.yml", "deny.json.txt", "deny.jsonl",
        "deny.ndjson", "deny.json.tmpl", "deny.yaml.j2", "deny.json (1)",
        "deny.jsonnet", "main.tf"}) {
    EXPECT_TRUE(LooksSkipped(name)) << name;
  }
  for (const char* name :
       {"deny.json", "README.md", "deny.json.bak", "deny.json.orig",
        "deny.json~", "deny.json.swp", "keys.pem", "metadata.xml", "LICENSE",
        "kustomization.yaml", ".deny.JSON", "json", "yaml"}) {
    EXPECT_FALSE(LooksSkipped(name)) << name;
  }
}

std::string Show(const Diagnostics& findings) {
  std::vector<std::string> shown;
  for (const Diagnostic& finding : findings) {
    shown.push_back(
        absl::StrCat(finding.code, " ", finding.file, " ", finding.message));
  }
  return absl::StrJoin(shown, "\n");
}

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

RegistryOptions OptionsFor(const TempDir& dir) {
  RegistryOptions options;
  options.dir = dir.path();
  options.quiet = absl::Milliseconds(20);
  options.poll = absl::Minutes(10);
  return options;
}

TEST(SkippedFiles, AreFindings) {
  TempDir dir;
  dir.Write("a.json", Role("A", Trust(kEc2), Allow("s3:*")));
  dir.Write("deny.JSON", "{}");
  dir.Write("team/deny.yaml", "a: b");
  dir.Write("team/deny.json.txt", "{}");
  std::filesystem::create_symlink("deny.JSON", dir.path("linked.JSON"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  EXPECT_TRUE(registry.status().loaded);
  EXPECT_EQ(
      Show(registry.status().findings),
      "SkippedFile deny.JSON is not read, because its name does not end with "
      "`.json`: rename it, with `.json` in small letters\n"
      "SkippedFile linked.JSON is not read, because its name does not end with "
      "`.json`: rename it, with `.json` in small letters\n"
      "SkippedFile team/deny.json.txt is not read, because its name does not "
      "end with `.json`: rename it, so that it ends with `.json`\n"
      "SkippedFile team/deny.yaml is not read, because its name does not end "
      "with `.json`: write it as JSON, in a file whose name ends with `.json`");
}

// Files that nothing else changes beside.
TEST(SkippedFiles, ComeAndGo) {
  TempDir dir;
  dir.Write("a.json", Role("A", Trust(kEc2), Allow("s3:*")));
  Registry registry(OptionsFor(dir));
  registry.Start();
  EXPECT_TRUE(registry.status().findings.empty());
  dir.Write("deny.JSON", "{}");
  EXPECT_TRUE(
      Eventually([&] { return registry.status().findings.size() == 1; }));
  // A change elsewhere does not forget it.
  dir.Write("b.json", Role("B", Trust(kEc2), Allow("s3:*")));
  EXPECT_TRUE(Eventually([&] { return registry.status().counts.roles == 2; }));
  EXPECT_EQ(registry.status().findings.size(), 1u);
  dir.Remove("deny.JSON");
  EXPECT_TRUE(Eventually([&] { return registry.status().findings.empty(); }));
}

TEST(SkippedFiles, AreToldBesideFaults) {
  TempDir dir;
  dir.Write("a.json", "{");
  dir.Write("deny.JSON", "{}");
  Registry registry(OptionsFor(dir));
  registry.Start();
  EXPECT_FALSE(registry.status().loaded);
  EXPECT_EQ(registry.status().skipped.size(), 1u);
}

TEST(SkippedFiles, AreNamedByAnEmptyRegistry) {
  const struct {
    std::vector<const char*> files;
    const char* message;
  } kCases[] = {
      {{"README.md"},
       "the registry defines nothing; set `registry.allow_empty` if that is "
       "meant"},
      {{"deny.JSON"},
       "the registry defines nothing: `deny.JSON` is not read, because its "
       "name does not end with `.json`"},
      {{"a.yaml", "b.yaml"},
       "the registry defines nothing: `a.yaml` and 1 other file are not read, "
       "because their names do not end with `.json`"},
      {{"a.yaml", "b.yaml", "c.yaml"},
       "the registry defines nothing: `a.yaml` and 2 other files are not read, "
       "because their names do not end with `.json`"},
  };
  for (const auto& c : kCases) {
    TempDir dir;
    for (const char* file : c.files) dir.Write(file, "a");
    Registry registry(OptionsFor(dir));
    registry.Start();
    const Diagnostics faults = registry.status().faults;
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].code, "EmptyRegistry");
    EXPECT_EQ(faults[0].message, c.message);
  }
}

TEST(SkippedFiles, AreNotThoseThatAProviderNames) {
  TempDir dir;
  dir.Write("p.json", R"({"OpenIDConnectProvider": {"Arn":
      "arn:aws:iam::123456789012:oidc-provider/a.example",
      "Url": "a.example", "ClientIDList": ["c"], "JwksFile": "keys.JSON"}})");
  dir.Write("keys.JSON", R"({"keys": []})");
  Registry registry(OptionsFor(dir));
  registry.Start();
  EXPECT_TRUE(registry.status().findings.empty())
      << Show(registry.status().findings);
}

// Thousands of files of another tool do not fill the status.
TEST(SkippedFiles, AreCountedIfTheyAreMany) {
  TempDir dir;
  dir.Write("a.json", Role("A", Trust(kEc2), Allow("s3:*")));
  for (int i = 0; i < 250; ++i) dir.Write(absl::StrCat(i, ".yaml"), "a");
  Registry registry(OptionsFor(dir));
  registry.Start();
  const Diagnostics findings = registry.status().findings;
  ASSERT_EQ(findings.size(), 101u);
  EXPECT_EQ(findings.back().message,
            "150 other files beside 100 named ones are not read, because of "
            "their names");
}

}  // namespace
}  // namespace rolegate
