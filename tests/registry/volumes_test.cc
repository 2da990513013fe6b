// Kubernetes volumes: what a `..data` link may lead to, and what may not stand
// beside it.

#include <filesystem>
#include <functional>

#include "absl/time/clock.h"
#include "engine/registry/directory_reader.h"
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
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string R(const std::string& name) {
  return Role(name, Trust(kEc2), Allow("s3:*"));
}

RegistryOptions OptionsFor(const std::string& dir) {
  RegistryOptions options;
  options.dir = dir;
  options.quiet = absl::Milliseconds(20);
  options.max_delay = absl::Milliseconds(50);
  return options;
}

RegistryStatus Load(const std::string& dir) {
  RegistryOptions options = OptionsFor(dir);
  options.reload = ReloadMode::kManual;
  Registry registry(options);
  registry.Start();
  return registry.status();
}

std::string Show(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    absl::StrAppend(&text, one.code, " ", ToString(one), "\n");
  }
  return text;
}

// A volume in the folder `at`, which ends with a slash or is empty, as
// Kubernetes writes it.
void Publish(const TempDir& dir, const std::string& at,
             const std::string& version, const std::string& role) {
  dir.Write(absl::StrCat(at, version, "/role.json"), R(role));
  fs::create_symlink(version, dir.path(at + "..data_tmp"));
  fs::rename(dir.path(at + "..data_tmp"), dir.path(at + "..data"));
  std::error_code ignored;  // it is there from the second time on
  fs::create_symlink("..data/role.json", dir.path(at + "role.json"), ignored);
}

TEST(Volumes, TheirLinkLeadsToAFolderBesideItOrIsAFault) {
  struct {
    const char* name;
    std::function<void(const TempDir& dir, const fs::path& outside)> make;
    const char* fault;  // empty: it loads
  } const kCases[] = {
      {"as Kubernetes makes it",
       [](const TempDir& dir, const fs::path&) {
         Publish(dir, "r/", "..1", "V");
       },
       ""},
      {"an absolute path",
       [](const TempDir& dir, const fs::path& outside) {
         fs::create_symlink(outside, dir.path("r/..data"));
       },
       "..data: leads to `/"},
      {"to the folder above",
       [](const TempDir& dir, const fs::path&) {
         fs::create_symlink("..", dir.path("r/..data"));
       },
       "..data: leads to `..`"},
      {"up and down again",
       [](const TempDir& dir, const fs::path& outside) {
         fs::create_symlink("../" + outside.filename().string(),
                            dir.path("r/..data"));
       },
       "..data: leads to `../"},
      {"below a folder of the right name",
       [](const TempDir& dir, const fs::path&) {
         dir.Write("r/..1/a/role.json", R("V"));
         fs::create_symlink("..1/a", dir.path("r/..data"));
       },
       "..data: leads to `..1/a`"},
      {"to a folder of another name",
       [](const TempDir& dir, const fs::path&) {
         dir.Write("r/other/role.json", R("V"));
         fs::create_symlink("other", dir.path("r/..data"));
       },
       "..data: leads to `other`"},
      {"to a hidden folder",
       [](const TempDir& dir, const fs::path&) {
         dir.Write("r/.git/role.json", R("V"));
         fs::create_symlink(".git", dir.path("r/..data"));
       },
       "..data: leads to `.git`"},
      {"to a link that leads out",
       [](const TempDir& dir, const fs::path& outside) {
         fs::create_symlink(outside, dir.path("r/..1"));
         fs::create_symlink("..1", dir.path("r/..data"));
       },
       "..data: leads to `..1`, which is a link itself"},
      {"to a link that stays inside",
       [](const TempDir& dir, const fs::path&) {
         dir.Write("r/other/role.json", R("V"));
         fs::create_symlink("other", dir.path("r/..1"));
         fs::create_symlink("..1", dir.path("r/..data"));
       },
       "..data: leads to `..1`, which is a link itself"},
      {"to itself",
       [](const TempDir& dir, const fs::path&) {
         fs::create_symlink("..data", dir.path("r/..data"));
       },
       "..data: leads to `..data`, which is a link itself"},
      {"to a file",
       [](const TempDir& dir, const fs::path&) {
         dir.Write("r/..1", R("V"));
         fs::create_symlink("..1", dir.path("r/..data"));
       },
       "..data: leads to `..1`, which is no folder"},
      {"to nothing",
       [](const TempDir& dir, const fs::path&) {
         fs::create_symlink("..1", dir.path("r/..data"));
       },
       "UnstableFile ..data: leads to `..1`, which is not there"},
      {"no link but a folder",
       [](const TempDir& dir, const fs::path&) {
         dir.Write("r/..data/role.json", R("V"));
       },
       "..data: is no link"},
      {"a link of the volume that leads out of it",
       [](const TempDir& dir, const fs::path& outside) {
         Publish(dir, "r/", "..1", "V");
         fs::create_symlink(outside / "role.json", dir.path("r/..1/more.json"));
       },
       "more.json: is a link that leaves the registry"},
  };
  for (const bool nested : {false, true}) {
    for (const auto& c : kCases) {
      SCOPED_TRACE(absl::StrCat(c.name, nested ? ", in a folder" : ""));
      TempDir outside;
      outside.Write("role.json", R("Outside"));
      TempDir dir;
      fs::create_directory(dir.path("r"));
      c.make(dir, outside.path());
      std::string root = dir.path("r");
      if (nested) {
        root = dir.path("n");
        fs::create_directory(root);
        fs::rename(dir.path("r"), root + "/team");
      }
      const RegistryStatus status = Load(root);
      if (*c.fault == '\0') {
        EXPECT_THAT(status.faults, IsEmpty()) << Show(status.faults);
        EXPECT_EQ(status.counts.roles, 1u);
      } else {
        EXPECT_FALSE(status.loaded);
        const std::string place = nested ? "team/" : "";
        const std::string fault = c.fault;
        const std::size_t name = fault.find("..data") == std::string::npos
                                     ? 0
                                     : fault.find("..data");
        EXPECT_THAT(Show(status.faults), HasSubstr(place + fault.substr(name)));
        EXPECT_THAT(Show(status.faults), HasSubstr(fault.substr(0, name)));
      }
    }
  }
}

TEST(Volumes, NothingElseStandsBesideTheirLink) {
  struct {
    const char* name;
    std::function<void(const TempDir& dir)> make;
    const char* fault;  // empty: it loads
  } const kCases[] = {
      {"a plain file",
       [](const TempDir& dir) { dir.Write("deny.json", R("D")); },
       "BesideVolume deny.json"},
      {"a plain file of a volume's name",
       [](const TempDir& dir) {
         dir.Remove("role.json");
         dir.Write("role.json", R("D"));
       },
       "BesideVolume role.json"},
      {"a file of another ending",
       [](const TempDir& dir) { dir.Write("idp.xml", "<x/>"); },
       "BesideVolume idp.xml"},
      {"a folder with a file",
       [](const TempDir& dir) { dir.Write("team/a/deny.json", R("D")); },
       "BesideVolume team/a/deny.json"},
      {"a folder that is a volume",
       [](const TempDir& dir) { Publish(dir, "team/", "..7", "D"); },
       "BesideVolume team/..data"},
      {"a link to a file elsewhere",
       [](const TempDir& dir) {
         fs::create_symlink("..1/role.json", dir.path("more.json"));
       },
       "BesideVolume more.json"},
      {"a link to a folder elsewhere",
       [](const TempDir& dir) { fs::create_symlink("..1", dir.path("more")); },
       "BesideVolume more/role.json"},
      {"an empty folder",
       [](const TempDir& dir) {
         fs::create_directories(dir.path("lost+found"));
       },
       ""},
      {"hidden files, a former version and a link that is about to go",
       [](const TempDir& dir) {
         dir.Write(".hidden.json", R("D"));
         dir.Write("..0/role.json", R("D"));
         fs::create_symlink("..data/gone.json", dir.path("gone.json"));
       },
       ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    Publish(dir, "", "..1", "V");
    c.make(dir);
    const RegistryStatus status = Load(dir.path());
    if (*c.fault == '\0') {
      EXPECT_THAT(status.faults, IsEmpty()) << Show(status.faults);
      EXPECT_EQ(status.counts.roles, 1u);
    } else {
      EXPECT_FALSE(status.loaded);
      EXPECT_THAT(Show(status.faults), HasSubstr(c.fault));
    }
  }
}

// Whoever adds a link takes nothing away that was in force, and stops no
// revocation.
TEST(Volumes, ALinkThatComesIntoAPlainRegistryChangesNothing) {
  TempDir outside;
  outside.Write("role.json", R("Outside"));
  for (const bool to_folder_beside : {false, true}) {
    TempDir dir;
    dir.Write("a.json", R("A"));
    RegistryOptions options = OptionsFor(dir.path());
    options.reload = ReloadMode::kManual;
    Registry registry(options);
    registry.Start();
    ASSERT_TRUE(registry.status().loaded);
    dir.Write("..evil/role.json", R("Evil"));
    fs::create_symlink(
        to_folder_beside ? std::string("..evil") : outside.path(),
        dir.path("..data"));
    dir.Write("revoked.json",
              R"({"RevokedSessions": [{"SourceIdentity": "alice"}]})");
    EXPECT_THAT(registry.Reload().faults, Not(IsEmpty()));
    const auto snapshot = registry.snapshot();
    EXPECT_NE(snapshot->FindRole(RoleArn("A")), nullptr);
    EXPECT_EQ(snapshot->roles().size(), 1u);
    EXPECT_TRUE(snapshot->revocations().HasSourceIdentity("alice"));
  }
}

TEST(Volumes, InFoldersAreReadOnceAndSwapped) {
  TempDir dir;
  dir.Write("plain/p.json", R("P"));
  Publish(dir, "a/", "..1", "A1");
  Publish(dir, "b/deep/", "..1", "B1");
  Registry registry(OptionsFor(dir.path()));
  registry.Start();
  ASSERT_THAT(registry.status().faults, IsEmpty())
      << Show(registry.status().faults);
  EXPECT_EQ(registry.status().counts.files, 3u) << "each is read once";
  const rolegate::Role* const role =
      registry.snapshot()->FindRole(RoleArn("A1"));
  ASSERT_NE(role, nullptr);
  EXPECT_EQ(role->file(), "a/role.json");
  Publish(dir, "b/deep/", "..2", "B2");
  dir.Remove("b/deep/..1");
  for (int i = 0; i < 500; ++i) {
    if (registry.snapshot()->FindRole(RoleArn("B2")) != nullptr) break;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_NE(registry.snapshot()->FindRole(RoleArn("B2")), nullptr);
  EXPECT_EQ(registry.snapshot()->FindRole(RoleArn("B1")), nullptr);
}

TEST(Volumes, AFileOfKeysIsFoundInThem) {
  TempDir dir;
  dir.Write("team/..1/p.json", R"({"OpenIDConnectProvider": {
      "Arn": "arn:aws:iam::123456789012:oidc-provider/oidc.example.com",
      "Url": "https://oidc.example.com", "ClientIDList": ["rolegate"],
      "JwksFile": "keys/k.jwks"}})");
  dir.Write("team/..1/keys/k.jwks", "the keys");
  fs::create_symlink("..1", dir.path("team/..data"));
  RegistryOptions options = OptionsFor(dir.path());
  options.reload = ReloadMode::kManual;
  options.allow_empty = true;
  Registry registry(options);
  registry.Start();
  ASSERT_THAT(registry.status().faults, IsEmpty())
      << Show(registry.status().faults);
  EXPECT_EQ(registry.snapshot()
                ->FindOpenIdProviders("https://oidc.example.com")
                .at(0)
                ->jwks,
            "the keys");
}

// git-sync swaps a link that the operator names as the registry.
TEST(Volumes, TheRegistryItselfMayBeALinkThatIsSwapped) {
  TempDir dir;
  dir.Write("worktrees/1/role.json", R("A"));
  dir.Write("worktrees/2/role.json", R("B"));
  fs::create_symlink("worktrees/1", dir.path("current"));
  Registry registry(OptionsFor(dir.path("current")));
  registry.Start();
  ASSERT_TRUE(registry.status().loaded);
  fs::create_symlink("worktrees/2", dir.path("next"));
  fs::rename(dir.path("next"), dir.path("current"));
  for (int i = 0; i < 500; ++i) {
    if (registry.snapshot()->FindRole(RoleArn("B")) != nullptr) break;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_NE(registry.snapshot()->FindRole(RoleArn("B")), nullptr);
}

// What is listed and what is read are of one moment.
TEST(Volumes, AChangeBehindTheReadersBackIsSeen) {
  struct {
    const char* name;
    std::function<void(const TempDir& dir)> change;
    const char* restless;  // empty: it does not matter
  } const kCases[] = {
      {"nothing", [](const TempDir&) {}, ""},
      {"a known file",
       [](const TempDir& dir) { dir.Write("r/team/a.json", R("A2")); },
       "team/a.json: is written"},
      {"a new file",
       [](const TempDir& dir) { dir.Write("r/team/b.json", R("B")); },
       "team/: files come into it or go"},
      {"a file that is gone",
       [](const TempDir& dir) { dir.Remove("r/team/a.json"); },
       "team/: files come into it or go"},
      {"a new folder",
       [](const TempDir& dir) {
         fs::create_directories(dir.path("r/team/new"));
       },
       "team/: files come into it or go"},
      {"a file of no interest",
       [](const TempDir& dir) { dir.Write("r/team/notes.txt", "x"); }, ""},
      {"a volume",
       [](const TempDir& dir) { Publish(dir, "r/volume/", "..2", "V2"); },
       "volume/..data: is swapped"},
      {"the whole",
       [](const TempDir& dir) {
         fs::rename(dir.path("r"), dir.path("old"));
         fs::copy(
             dir.path("old"), dir.path("r"),
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
       },
       "is swapped for another directory"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TempDir dir;
    dir.Write("r/team/a.json", R("A"));
    Publish(dir, "r/volume/", "..1", "V");
    DirectoryReader reader(dir.path("r"), {});
    const DirectoryScan scan =
        reader.List([](const std::string&, const FileState&) { return true; });
    EXPECT_THAT(Show(scan.faults), IsEmpty());
    absl::SleepFor(absl::Milliseconds(20));  // the file system's clock is slow
    c.change(dir);
    const std::string changes = Show(reader.FindChanges(scan));
    if (*c.restless == '\0') {
      EXPECT_EQ(changes, "");
    } else {
      EXPECT_THAT(changes, HasSubstr(c.restless));
    }
  }
}

// Links to folders can be walked through in more ways than anybody can wait
// for.
TEST(Volumes, LinksThatLeadInCirclesOrManifoldAreFaultsAtOnce) {
  {
    TempDir dir;
    dir.Write("a.json", R("A"));
    fs::create_symlink(".", dir.path("b"));
    fs::create_symlink(".", dir.path("c"));
    EXPECT_THAT(Show(Load(dir.path()).faults),
                HasSubstr("b/: is a link to a folder that it stands in"));
  }
  TempDir dir;
  for (int i = 0; i < 24; ++i) {
    fs::create_directories(dir.path(absl::StrCat(i)));
    for (const char* name : {"x", "y"}) {
      fs::create_symlink(absl::StrCat("../", i + 1),
                         dir.path(absl::StrCat(i, "/", name)));
    }
  }
  dir.Write("24/a.json", R("A"));
  const absl::Time begin = absl::Now();
  EXPECT_THAT(Show(Load(dir.path()).faults), HasSubstr("LimitExceeded"));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
}

}  // namespace
}  // namespace rolegate
