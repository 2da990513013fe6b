// Fences and folders: which fence holds for which file, who is at fault of two,
// and what reading by steps makes of it.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/registry/directory_reader.h"
#include "engine/registry/fence.h"
#include "engine/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

namespace fs = std::filesystem;
using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Policy;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kA[] = "111111111111";
constexpr char kB[] = "222222222222";

std::string RoleOf(const std::string& account, const std::string& name,
                   const std::string& more = "") {
  return absl::StrCat(R"({"RoleName": ")", name, R"(", "Arn": "arn:aws:iam::)",
                      account, ":role/", name, R"(", "RoleId": "AROA)", account,
                      name, R"(", "AssumeRolePolicyDocument": )", Trust(kEc2),
                      more, "}");
}

std::string ManagedPolicyOf(const std::string& account,
                            const std::string& name) {
  return absl::StrCat(R"({"PolicyName": ")", name,
                      R"(", "Arn": "arn:aws:iam::)", account, ":policy/", name,
                      R"(", "PolicyDocument": )", Allow("s3:*"), "}");
}

Fence FenceOf(const std::string& path, std::vector<std::string> accounts) {
  Fence fence;
  fence.path = path;
  fence.accounts = std::move(accounts);
  return fence;
}

RegistryOptions OptionsFor(const TempDir& dir) {
  RegistryOptions options;
  options.dir = dir.path();
  options.reload = ReloadMode::kManual;
  options.fences = {FenceOf("team-a", {kA}), FenceOf("team-b", {kB})};
  return options;
}

std::vector<std::string> Texts(const Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics) {
    texts.push_back(
        absl::StrCat(ToString(diagnostic), " [", diagnostic.code, "]"));
  }
  return texts;
}

std::vector<std::string> FaultsOf(const RegistryOptions& options) {
  Registry registry(options);
  registry.Start();
  return Texts(registry.status().faults);
}

TEST(FencePaths, AreWholeFolders) {
  std::vector<Fence> fences = {FenceOf("team-a", {kA}),
                               FenceOf("team-a/bots", {kA}),
                               FenceOf("x/team-a", {kA})};
  const struct {
    const char* name;
    const char* fence;  // empty: none
  } kCases[] = {
      {"team-a/x.json", "team-a"},
      {"team-a/deep/x.json", "team-a"},
      {"team-a/bots/x.json", "team-a/bots"},
      {"team-a/bots-2/x.json", "team-a"},
      {"team-a", "team-a"},
      {"team-a/deep/", "team-a"},
      {"team-ab/x.json", ""},
      {"team-a.json", ""},
      {"Team-A/x.json", ""},
      {"x/team-a/x.json", "x/team-a"},
      {"y/team-a/x.json", ""},
      {"te\u0430m-a/x.json", ""},
      {"x.json", ""},
  };
  for (const auto& c : kCases) {
    const Fence* const fence = FindFence(fences, c.name);
    EXPECT_EQ(fence == nullptr ? "" : fence->path, c.fence) << c.name;
  }
}

TEST(FencePaths, AFolderOfALikeNameIsNotHeld) {
  TempDir dir;
  dir.Write("team-ab/x.json", RoleOf(kB, "X"));
  dir.Write("team-a/x.json", RoleOf(kA, "X"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  EXPECT_TRUE(registry.status().loaded);
  EXPECT_THAT(Texts(registry.status().findings),
              ElementsAre("team-b: no file stands below `team-b`, so its "
                          "fence limits nobody [FenceWithoutFolder]"));
}

TEST(FencePaths, TheInnermostFenceHolds) {
  TempDir dir;
  RegistryOptions options = OptionsFor(dir);
  Fence bots = FenceOf("team-a/bots", {kA});
  bots.kinds = FencedKinds::None();
  bots.kinds.Add(FencedKind::kUser);
  options.fences.push_back(bots);
  dir.Write("team-a/x.json", RoleOf(kA, "X"));
  dir.Write("team-a/bots/x.json", RoleOf(kA, "Y"));
  EXPECT_THAT(FaultsOf(options),
              ElementsAre("team-a/bots/x.json:1:1: role "
                          "`arn:aws:iam::111111111111:role/Y` stands outside "
                          "of fence `team-a/bots`, which admits no role "
                          "[OutsideFence]"));
}

TEST(FencePaths, HiddenFoldersAreNotRead) {
  TempDir dir;
  dir.Write("central.json", RoleOf(kB, "C"));
  dir.Write("team-a/x.json", RoleOf(kA, "X"));
  dir.Write("team-a/..2026/x.json", RoleOf(kB, "X"));
  dir.Write("team-a/.hidden/x.json", RoleOf(kB, "X"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  EXPECT_TRUE(registry.status().loaded);
  EXPECT_EQ(registry.snapshot()->counts().roles, 2U);
}

TEST(FenceLinks, LeadIntoNoOtherFence) {
  const std::string into_a =
      " is reached by a link into fence `team-a`, so that the author of that "
      "fence could change it: copy the file in place of the link "
      "[OutsideFence]";
  const struct {
    const char* name;
    const char* link;
    const char* target;
    std::vector<std::string> faults;
  } kCases[] = {
      {"a file of another team",
       "team-b/x.json",
       "../team-a/r.json",
       {"team-b/x.json:" + into_a}},
      {"a folder of another team",
       "team-b/x",
       "../team-a",
       {"team-b/x:" + into_a}},
      {"a folder above it",
       "team-b/x",
       "../groups",
       {"team-b/x/team-c/r.json: is reached by a link into fence "
        "`groups/team-c`, so that the author of that fence could change it: "
        "copy the file in place of the link [OutsideFence]"}},
      {"a fenced file by a name without a fence",
       "x.json",
       "team-a/r.json",
       {"x.json:" + into_a}},
      {"a fenced folder by a name without a fence",
       "x",
       "team-a",
       {"x:" + into_a}},
      {"a hidden folder of another team",
       "x",
       "team-a/.hidden",
       {"x:" + into_a}},
      {"a file in the same fence", "team-a/x.json", "r.json", {}},
      {"a folder in the same fence", "team-a/x", ".hidden", {}},
      {"a file without a fence", "team-a/x.json", "../common/a.json", {}},
      {"a file without a fence, of another account",
       "team-a/x.json",
       "../common/b.json",
       {"team-a/x.json:1:1: role `arn:aws:iam::222222222222:role/Common` "
        "stands outside of fence `team-a`, whose accounts are `111111111111` "
        "[OutsideFence]"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    RegistryOptions options = OptionsFor(dir);
    options.fences.push_back(FenceOf("groups/team-c", {kA}));
    dir.Write("team-a/r.json", RoleOf(kA, "A"));
    dir.Write("team-a/.hidden/r.json", RoleOf(kA, "Hidden"));
    dir.Write("team-b/r.json", RoleOf(kB, "B"));
    dir.Write("groups/team-c/r.json", RoleOf(kA, "C"));
    dir.Write("common/a.json", RoleOf(kA, "Common"));
    dir.Write("common/b.json", RoleOf(kB, "Common"));
    fs::create_symlink(c.target, dir.path(c.link));
    EXPECT_EQ(FaultsOf(options), c.faults);
  }
}

TEST(FenceLinks, KeysAreNotReadThroughThem) {
  TempDir dir;
  dir.Write("idp.json", R"({"OpenIDConnectProvider": {"Arn":
    "arn:aws:iam::999999999999:oidc-provider/idp.example",
    "Url": "https://idp.example", "ClientIDList": ["x"],
    "JwksFile": "keys.jwks"}})");
  dir.Write("team-a/keys.jwks", R"({"keys": []})");
  fs::create_symlink("team-a/keys.jwks", dir.path("keys.jwks"));
  EXPECT_THAT(FaultsOf(OptionsFor(dir)),
              ::testing::Contains(
                  "keys.jwks: is reached by a link into fence `team-a`, "
                  "so that the author of that fence could change it: copy the "
                  "file in place of the link [OutsideFence]"));
}

TEST(FenceLinks, AVolumeInAFencedFolderIsReadInIt) {
  TempDir dir;
  dir.Write("team-a/..1/r.json", RoleOf(kA, "A"));
  fs::create_symlink("..1", dir.path("team-a/..data"));
  fs::create_symlink("..data/r.json", dir.path("team-a/r.json"));
  dir.Write("team-b/r.json", RoleOf(kB, "B"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  ASSERT_TRUE(registry.status().loaded) << Texts(registry.status().faults)[0];
  EXPECT_EQ(registry.snapshot()->counts().roles, 2U);
  dir.Write("team-a/..1/r.json", RoleOf(kB, "A"));
  EXPECT_THAT(Texts(registry.Reload().faults),
              ElementsAre("team-a/r.json:1:1: role "
                          "`arn:aws:iam::222222222222:role/A` stands outside "
                          "of fence `team-a`, whose accounts are "
                          "`111111111111` [OutsideFence]"));
}

TEST(FencePaths, FaultsOfOneFenceHideNoneOfAnother) {
  TempDir dir;
  for (int i = 0; i < 1500; ++i) {
    dir.Write(absl::StrCat("team-a/", i, "/x.txt"), "");
    fs::create_symlink("none", dir.path(absl::StrCat("team-a/", i, ".json")));
  }
  dir.Write("team-b/x.txt", "");
  fs::create_symlink("none", dir.path("team-b/x.json"));
  fs::create_symlink("none", dir.path("z.json"));
  const RegistryOptions options = OptionsFor(dir);
  DirectoryReader reader(options.dir, options.limits, options.fences);
  const DirectoryScan scan =
      reader.List([](const auto&, const auto&) { return false; });
  // Then all of it changes under the reader's hands.
  for (int i = 0; i < 1500; ++i) {
    dir.Write(absl::StrCat("team-a/", i, "/x.json"), "");
  }
  dir.Write("team-b/y.json", "");
  const Diagnostics changes = reader.FindChanges(scan);
  for (const Diagnostics* faults : {&scan.faults, &changes}) {
    EXPECT_LE(faults->size(), 1002U);
    EXPECT_THAT(*faults,
                Contains(Field(&Diagnostic::file, StartsWith("team-b/"))));
  }
  EXPECT_THAT(scan.faults, Contains(Field(&Diagnostic::file, "z.json")));
}

TEST(FencePaths, LinksAndVolumesOfOneFenceDoNotEndTheListing) {
  TempDir dir;
  dir.Write("team-a/.real/x.txt", "");
  for (int i = 0; i < 1010; ++i) {
    fs::create_symlink(".real", dir.path(absl::StrCat("team-a/l", i)));
    const std::string volume = absl::StrCat("team-a/v", i);
    dir.Write(absl::StrCat(volume, "/..1/x.txt"), "");
    fs::create_symlink("..1", dir.path(absl::StrCat(volume, "/..data")));
  }
  dir.Write("team-b/.real/x.txt", "");
  fs::create_symlink(".real", dir.path("team-b/l"));
  dir.Write("team-b/v/..1/r.json", "");
  fs::create_symlink("..1", dir.path("team-b/v/..data"));
  const RegistryOptions options = OptionsFor(dir);
  DirectoryReader reader(options.dir, options.limits, options.fences);
  const DirectoryScan scan =
      reader.List([](const auto&, const auto&) { return false; });
  EXPECT_FALSE(scan.over_limit);
  EXPECT_EQ(scan.faults.size(), 20U);
  EXPECT_THAT(scan.faults,
              Each(Field(&Diagnostic::file, StartsWith("team-a/"))));
  ASSERT_EQ(scan.files.size(), 1U);
  EXPECT_EQ(scan.files[0].name, "team-b/v/r.json");
}

TEST(FencePaths, KeysInAFencedFolderMakeNoProvider) {
  TempDir dir;
  dir.Write("idp.json", R"({"OpenIDConnectProvider": {"Arn":
    "arn:aws:iam::999999999999:oidc-provider/idp.example",
    "Url": "https://idp.example", "ClientIDList": ["x"],
    "JwksFile": "team-a/keys.json"}})");
  dir.Write("team-a/keys.json", R"({"keys": []})");
  EXPECT_THAT(FaultsOf(OptionsFor(dir)),
              ElementsAre("idp.json:1:27 OpenIDConnectProvider: `JwksFile`: "
                          "`team-a/keys.json` stands in fence `team-a`, which "
                          "admits no identity provider [OutsideFence]"));
}

TEST(FencePaths, TheOrganizationIsDeafToPoliciesOfAFence) {
  TempDir dir;
  dir.Write("org.json", R"({"Organization": {"Id": "o-main", "Root":
    {"Id": "r-root", "ServiceControlPolicies": ["FullAWSAccess"],
     "Accounts": ["111111111111"]}}})");
  dir.Write("team-a/x.json",
            absl::StrCat(R"({"PolicyName": "FullAWSAccess", "Arn":
              "arn:aws:iam::111111111111:policy/FullAWSAccess",
              "PolicyDocument": )",
                         Allow("evil:*"), "}"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  ASSERT_TRUE(registry.status().loaded) << Texts(registry.status().faults)[0];
  const OrganizationMember* const member = registry.snapshot()->FindAccount(kA);
  ASSERT_NE(member, nullptr);
  for (const auto& level : member->scp_levels) {
    for (const auto& policy : level) EXPECT_EQ(policy->file(), "");
  }
}

TEST(FenceClashes, TheNewcomerIsAtFaultAndElseBothAre) {
  const std::string text =
      "`arn:aws:iam::111111111111:role/R` is defined differently in ";
  const std::string in_a = absl::StrCat("team-a/x.json:1:1: ", text,
                                        "z.json:1:1 [DuplicateDefinition]");
  const std::string in_z = absl::StrCat("z.json:1:1: ", text,
                                        "team-a/x.json:1:1 "
                                        "[DuplicateDefinition]");
  const std::string mine = RoleOf(kA, "R");
  const std::string other = RoleOf(kA, "R", R"(, "MaxSessionDuration": 7200)");
  const struct {
    const char* name;
    const char* first;  // the file that is there before
    const char* second;
    std::vector<std::string> faults;
  } kCases[] = {
      {"a cold start", "", "", {in_a, in_z}},
      {"a team defines what stands outside", "z.json", "team-a/x.json", {in_a}},
      {"outside is defined what a team has", "team-a/x.json", "z.json", {in_z}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    dir.Write("b.json", RoleOf(kB, "B"));
    if (*c.first == '\0') {
      dir.Write("team-a/x.json", mine);
      dir.Write("z.json", other);
      EXPECT_EQ(FaultsOf(OptionsFor(dir)), c.faults);
      continue;
    }
    dir.Write(c.first, mine);
    Registry registry(OptionsFor(dir));
    registry.Start();
    ASSERT_THAT(Texts(registry.status().faults), IsEmpty());
    dir.Write(c.second, other);
    EXPECT_EQ(Texts(registry.Reload().faults), c.faults);
  }
}

TEST(FenceClashes, WhoChangesAnEqualDefinitionIsTheNewcomer) {
  TempDir dir;
  dir.Write("team-a/x.json", RoleOf(kA, "R"));
  dir.Write("z.json", RoleOf(kA, "R"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  ASSERT_TRUE(registry.status().loaded);
  dir.Write("team-a/x.json",
            RoleOf(kA, "R", R"(, "MaxSessionDuration": 7200)"));
  EXPECT_THAT(Texts(registry.Reload().faults),
              ElementsAre("team-a/x.json:1:1: `arn:aws:iam::111111111111:role/"
                          "R` is defined differently in z.json:1:1 "
                          "[DuplicateDefinition]"));
}

TEST(FenceClashes, ACopyInAFenceDoesNotKeepWhatStandsOutsideFromChanging) {
  TempDir dir;
  dir.Write("team-a/x.json", RoleOf(kA, "R"));
  dir.Write("z.json", RoleOf(kA, "R"));
  Registry registry(OptionsFor(dir));
  registry.Start();
  ASSERT_TRUE(registry.status().loaded);
  dir.Write("z.json", RoleOf(kA, "R", R"(, "MaxSessionDuration": 7200)"));
  EXPECT_THAT(Texts(registry.Reload().faults),
              ElementsAre("team-a/x.json:1:1: `arn:aws:iam::111111111111:role/"
                          "R` is defined differently in z.json:1:1 "
                          "[DuplicateDefinition]"));
}

TEST(FenceClashes, ACopyOfWhatStandsInAnotherFenceIsAFault) {
  TempDir dir;
  RegistryOptions options = OptionsFor(dir);
  options.fences[1].accounts = {kA, kB};
  dir.Write("team-a/r.json", RoleOf(kA, "R"));
  dir.Write("team-a/p.json", ManagedPolicyOf(kA, "P"));
  Registry registry(options);
  registry.Start();
  ASSERT_TRUE(registry.status().loaded);
  dir.Write("team-b/r.json", RoleOf(kA, "R"));
  dir.Write("team-b/p.json", ManagedPolicyOf(kA, "P"));
  EXPECT_THAT(Texts(registry.Reload().faults),
              ElementsAre("team-b/p.json:1:1: `arn:aws:iam::111111111111:"
                          "policy/P` is defined in another fence, in "
                          "team-a/p.json:1:1 [DuplicateDefinition]",
                          "team-b/r.json:1:1: `arn:aws:iam::111111111111:role/"
                          "R` is defined in another fence, in "
                          "team-a/r.json:1:1 [DuplicateDefinition]"));
}

TEST(FenceClashes, AUniqueIdOutsideOfFencesIsNobodysBusiness) {
  TempDir dir;
  dir.Write("team-a/x.json", RoleOf(kA, "X"));
  dir.Write("y.json", RoleOf(kB, "Y", R"(, "Tags": [])"));
  std::string twin = RoleOf(kB, "Z");
  twin.replace(twin.find("AROA222222222222Z"), 17, "AROA222222222222Y");
  dir.Write("z.json", twin);
  EXPECT_THAT(FaultsOf(OptionsFor(dir)), IsEmpty());
  dir.Remove("z.json");
  twin = RoleOf(kA, "Z");
  twin.replace(twin.find("AROA111111111111Z"), 17, "AROA222222222222Y");
  dir.Write("team-a/z.json", twin);
  EXPECT_THAT(FaultsOf(OptionsFor(dir)),
              ElementsAre("team-a/z.json:1:1: the unique id "
                          "`AROA222222222222Y` already belongs to y.json:1:1 "
                          "[DuplicateDefinition]",
                          "y.json:1:1: the unique id `AROA222222222222Y` "
                          "already belongs to team-a/z.json:1:1 "
                          "[DuplicateDefinition]"));
}

// The quick way of reading only what changed asks the same as a cold start.
TEST(FenceSteps, EqualColdStarts) {
  TempDir dir;
  for (const char* name : {"C", "D", "E"}) {
    dir.Write(absl::StrCat("team-a/", name, ".json"), RoleOf(kA, name));
    dir.Write(absl::StrCat("team-b/", name, ".json"), RoleOf(kB, name));
  }
  RegistryOptions watching = OptionsFor(dir);
  watching.reload = ReloadMode::kAuto;
  watching.quiet = absl::Milliseconds(10);
  Registry registry(watching);
  registry.Start();
  ASSERT_TRUE(registry.status().loaded);
  std::string stolen_id = RoleOf(kA, "D");
  stolen_id.replace(stolen_id.find("AROA111111111111D"), 17,
                    "AROA222222222222D");
  const struct {
    const char* name;
    const char* file;
    std::string text;  // empty: the file goes
  } kSteps[] = {
      {"another's role", "team-a/C.json", RoleOf(kB, "X")},
      {"mended", "team-a/C.json", RoleOf(kA, "C", R"(, "Tags": [])")},
      {"another's unique id", "team-a/D.json", stolen_id},
      {"mended again", "team-a/D.json", RoleOf(kA, "D")},
      {"the same id in a new file", "team-a/F.json", stolen_id},
      {"gone", "team-a/F.json", ""},
      {"one file less", "team-b/C.json", ""},
      {"two", "team-b/D.json", ""},
      {"the folder's last", "team-b/E.json", ""},
      {"and one again", "team-b/E.json", RoleOf(kB, "E")},
  };
  for (const auto& step : kSteps) {
    SCOPED_TRACE(step.name);
    if (step.text.empty()) {
      dir.Remove(step.file);
    } else {
      dir.Write(step.file, step.text);
    }
    Registry cold(OptionsFor(dir));
    cold.Start();
    const RegistryStatus expected = cold.status();
    bool equal = false;
    for (int i = 0; i < 500 && !equal; ++i) {
      const RegistryStatus now = registry.status();
      equal = now.faults.empty() == expected.faults.empty() &&
              (!now.faults.empty() || now.revision == expected.revision);
      if (!equal) absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_TRUE(equal);
    EXPECT_EQ(Texts(registry.status().findings),
              expected.loaded ? Texts(expected.findings)
                              : Texts(registry.status().findings));
  }
}

}  // namespace
}  // namespace rolegate
