// Exports with so many roles that threads share them.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/registry/registry.h"
#include "engine/registry/snapshot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;

constexpr int kRoles = 5000;

// One role a line; the action of the one at `odd` is `action`.
std::string Roles(const std::string& prefix, int count, int odd = -1,
                  const std::string& action = "") {
  std::vector<std::string> roles;
  for (int i = 0; i < count; ++i) {
    roles.push_back(Role(absl::StrCat(prefix, i), Trust(kEc2),
                         Allow(i == odd ? action : "s3:Get*",
                               absl::StrCat("arn:aws:s3:::", i))));
  }
  return absl::StrCat("[\n", absl::StrJoin(roles, ",\n"), "]");
}

class Loaded {
 public:
  explicit Loaded(const std::string& text) {
    dir_.Write("export.json", text);
    RegistryOptions options;
    options.dir = dir_.path();
    options.reload = ReloadMode::kManual;
    registry_ = std::make_unique<Registry>(options);
    registry_->Start();
  }
  RegistryStatus status() const { return registry_->status(); }
  const Snapshot& snapshot() const { return *registry_->snapshot(); }

 private:
  TempDir dir_;
  std::unique_ptr<Registry> registry_;
};

TEST(LargeExport, HasEachRoleWithItsPlace) {
  for (const std::string& text :
       {absl::StrCat(R"({"IsTruncated": false, "RoleDetailList": )",
                     Roles("R", kRoles), R"(, "UserDetailList": []})"),
        absl::StrCat(R"({"Roles": )", Roles("R", kRoles), "}"),
        absl::StrCat(R"([{"Roles": [)", Role("S", Trust(kEc2), Allow("s3:*")),
                     R"(]}, {"RoleDetailList": )", Roles("R", kRoles), "}]")}) {
    const Loaded loaded(text);
    ASSERT_TRUE(loaded.status().loaded)
        << ToString(loaded.status().faults.at(0));
    for (int i = 0; i < kRoles; ++i) {
      const rolegate::Role* const role =
          loaded.snapshot().FindRole(RoleArn(absl::StrCat("R", i)));
      ASSERT_NE(role, nullptr) << i;
      EXPECT_EQ(role->trust->PositionOf(0).line, i + 2);
      EXPECT_THAT(std::string(role->trust->path()),
                  HasSubstr(absl::StrCat("[", i, "].AssumeRole")));
    }
  }
}

TEST(LargeExport, NamesTheFaultsOfAnyRole) {
  for (const int odd : {0, 63, 64, 4000, kRoles - 1}) {
    const Loaded loaded(absl::StrCat(R"({"RoleDetailList": )",
                                     Roles("R", kRoles, odd, "get"), "}"));
    const RegistryStatus status = loaded.status();
    EXPECT_FALSE(status.loaded);
    ASSERT_EQ(status.faults.size(), 1u);
    EXPECT_EQ(status.faults[0].position.line, odd + 2);
    EXPECT_EQ(status.faults[0].path,
              absl::StrCat("RoleDetailList[", odd,
                           "].RolePolicyList[0].PolicyDocument.Statement[0]"
                           ".Action"));
    EXPECT_THAT(status.faults[0].message, HasSubstr("action `get`"));
  }
}

// Whatever block of roles is read first, the first faults of the file are
// reported, and that there are more.
TEST(LargeExport, NamesTheFirstTenThousandFaults) {
  constexpr int kFaultsOfARole = 4;
  std::vector<std::string> roles;
  for (int i = 0; i < kRoles; ++i) {
    roles.push_back(absl::StrCat(R"({"RoleName": "R)", i,
                                 R"(", "APolicy": 1, "BPolicy": 2})"));
  }
  const Loaded loaded(absl::StrCat(R"({"RoleDetailList": [)", "\n",
                                   absl::StrJoin(roles, ",\n"), "]}"));
  Diagnostics faults = loaded.status().faults;
  ASSERT_EQ(faults.size(), 10'001u);
  const auto more = std::find_if(
      faults.begin(), faults.end(),
      [](const Diagnostic& fault) { return fault.code == "MoreFaults"; });
  ASSERT_NE(more, faults.end());
  EXPECT_EQ(more->position.line, 10'000 / kFaultsOfARole + 2);
  faults.erase(more);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    EXPECT_EQ(faults[i].position.line, i / kFaultsOfARole + 2) << i;
  }
}

// What was read before the text went wrong counts for nothing.
TEST(LargeExport, IsNoneIfItIsNotJson) {
  struct {
    const char* name;
    std::string rest;
    int line;
    const char* message;
  } const kCases[] = {
      {"truncated", "", kRoles + 1, "not JSON"},
      {"a duplicate key", ",\n\"RoleDetailList\": []}", kRoles + 2,
       "duplicate key `RoleDetailList`"},
      {"something behind it", "}\n}", kRoles + 2, "not JSON"},
  };
  for (const auto& c : kCases) {
    const Loaded loaded(absl::StrCat(R"({"RoleDetailList": )",
                                     Roles("R", kRoles, 7, "get"), c.rest));
    const RegistryStatus status = loaded.status();
    EXPECT_FALSE(status.loaded) << c.name;
    ASSERT_EQ(status.faults.size(), 1u) << c.name;
    EXPECT_EQ(status.faults[0].code, "JsonSyntax") << c.name;
    EXPECT_EQ(status.faults[0].position.line, c.line) << c.name;
    EXPECT_THAT(status.faults[0].message, HasSubstr(c.message)) << c.name;
  }
}

// A second list, which is no member of the object that it is taken for.
TEST(LargeExport, KeepsItsListsApart) {
  const Loaded loaded(absl::StrCat(R"({"RoleDetailList": )", Roles("R", kRoles),
                                   R"(, "Roles": )",
                                   Roles("S", kRoles, 7, "get"), "}"));
  const RegistryStatus status = loaded.status();
  ASSERT_EQ(status.faults.size(), 1u);
  EXPECT_THAT(status.faults[0].message, HasSubstr("unknown member `Roles`"));
}

}  // namespace
}  // namespace rolegate
