// A real export of an account and all of AWS's managed policies.  Built where
// copies of them lie beside the project.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "engine/program/policy.h"
#include "engine/program/policy_cost.h"
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
  std::vector<std::shared_ptr<const Policy>> policies;
  while (std::getline(in, line)) {
    JsonParseError error;
    const auto json = JsonDocument::Parse(line, {}, &error);
    ASSERT_NE(json, nullptr) << error.message;
    const JsonNode* document = json->root().Find("document");
    ASSERT_NE(document, nullptr) << line.substr(0, 200);
    Diagnostics faults;
    const auto policy =
        Policy::Compile(*json, *document, PolicyKind::kIdentity, {}, &faults);
    ASSERT_NE(policy, nullptr) << line.substr(0, 100) << ToString(faults.at(0));
    policies.push_back(policy);
    ++documents;
  }
  EXPECT_GT(documents, 1000);
  // The ten costliest together are no fault, and a role has no more of them
  // attached unless its account asked AWS for more.
  std::sort(policies.begin(), policies.end(), [](const auto& a, const auto& b) {
    return a->program().max_steps() > b->program().max_steps();
  });
  std::vector<const Program*> costliest;
  for (int i = 0; i < 10; ++i) costliest.push_back(&policies[i]->program());
  EXPECT_LE(ReckonMaxSteps(costliest), kMaxPolicySteps)
      << "the costliest takes " << costliest[0]->max_steps();
}

}  // namespace
}  // namespace rolegate
