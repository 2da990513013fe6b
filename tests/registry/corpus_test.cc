// A real export of an account and all of AWS's managed policies.  Built where
// copies of them lie beside the project.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "engine/policy.h"
#include "engine/policy_cost.h"
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
  std::vector<std::uint64_t> costs;
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
    costs.push_back(policy->program().max_steps());
    ++documents;
  }
  EXPECT_GT(documents, 1000);
  // The ten costliest together on one role are no fault, as a role can have no
  // more of them.
  std::sort(costs.rbegin(), costs.rend());
  EXPECT_LE(
      std::accumulate(costs.begin(), costs.begin() + 10, std::uint64_t{0}),
      kMaxPolicySteps)
      << "the costliest takes " << costs[0];
}

}  // namespace
}  // namespace rolegate
