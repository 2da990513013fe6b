// A real export of an account and all of AWS's managed policies.  Built where
// copies of them lie beside the project.

#include <filesystem>
#include <fstream>
#include <string>

#include "engine/policy.h"
#include "engine/registry/registry.h"
#include "gtest/gtest.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::TempDir;

TEST(RegistryCorpus, RealExportsServe) {
  const std::string corpus = testing::SourcePath("/../shared/corpus/");
  TempDir dir;
  std::filesystem::copy(corpus + "account-export.json",
                        dir.path("export.json"));
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  options.missing_policies = MissingPolicies::kDeny;
  Registry registry(options);
  registry.Start();
  const RegistryStatus status = registry.status();
  EXPECT_TRUE(status.loaded)
      << (status.faults.empty() ? "" : ToString(status.faults[0]));
  EXPECT_GT(status.counts.roles, 0u);
  std::ifstream in(corpus + "managed-policies.ndjson");
  std::string line;
  int documents = 0;
  while (std::getline(in, line)) {
    JsonParseError error;
    const auto json = JsonDocument::Parse(line, {}, &error);
    ASSERT_NE(json, nullptr) << error.message;
    const JsonNode* document = json->root().Find("document");
    ASSERT_NE(document, nullptr) << line.substr(0, 200);
    Diagnostics faults;
    EXPECT_NE(
        Policy::Compile(*json, *document, PolicyKind::kIdentity, {}, &faults),
        nullptr)
        << line.substr(0, 100) << ToString(faults.at(0));
    ++documents;
  }
  EXPECT_GT(documents, 1000);
}

}  // namespace
}  // namespace rolegate
