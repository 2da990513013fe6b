// Reading only what changed: that it comes to what a cold start comes to, that
// it is done where it can be, and what is shared between generations.

#include <filesystem>
#include <iostream>
#include <random>

#include "engine/registry/content_tree.h"
#include "engine/registry/generation_reader.h"
#include "engine/registry/watcher.h"
#include "engine/sts/question.h"
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
using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

constexpr char kManagedArn[] = "arn:aws:iam::123456789012:policy/Managed";

std::string R(const std::string& name, const std::string& action = "s3:*",
              const std::string& more = "",
              const std::string& account = "123456789012") {
  return Role(name, Trust(kEc2), Allow(action), more, account);
}

std::string Attached() {
  return absl::StrCat(R"(, "AttachedManagedPolicies": [{"PolicyName": )",
                      R"("Managed", "PolicyArn": ")", kManagedArn, R"("}])");
}

std::string Managed(const std::string& action) {
  return absl::StrCat(R"({"PolicyName": "Managed", "Arn": ")", kManagedArn,
                      R"(", "PolicyDocument": )", Allow(action), "}");
}

std::string Settings(const std::string& role) {
  return absl::StrCat(R"({"RoleSettings": {"Arn": ")", RoleArn(role),
                      R"(", "MaxSessionDuration": 7200}})");
}

// All that can be asked of a snapshot's roles, as text.
std::string Describe(const Snapshot& snapshot) {
  std::string out = absl::StrCat(
      snapshot.revision(), "\n", snapshot.counts().files, " files, ",
      snapshot.counts().roles, " roles, ", snapshot.findings().size(),
      " findings, ", snapshot.AllPolicies().size(), " policies\n");
  for (const char* account : {"123456789012", "210987654321"}) {
    absl::StrAppend(&out, account, snapshot.KnowsAccount(account), "\n");
  }
  for (const rolegate::Role* role : snapshot.roles()) {
    EXPECT_EQ(snapshot.FindRole(role->arn()), role);
    EXPECT_EQ(snapshot.FindRoleByName(role->account(), role->name()), role);
    absl::StrAppend(&out, role->arn(), " in ", role->file(), ", ",
                    absl::FormatDuration(role->max_session()), ": ",
                    role->trust->name());
    for (const Policy* policy : role->identity.policies) {
      absl::StrAppend(&out, " ", policy->name(), "=",
                      policy->content_digest().bytes());
    }
    absl::StrAppend(&out, "\n");
  }
  return out;
}

// A file at random: mostly a role or two; sometimes what cannot be updated.
std::string RandomFile(std::mt19937& random) {
  const auto role = [&] {
    const std::string account =
        random() % 4 == 0 ? "210987654321" : "123456789012";
    return R(absl::StrCat("R", random() % 12),
             absl::StrCat("s3:Get", random() % 3),
             random() % 5 == 0 ? Attached() : "", account);
  };
  switch (random() % 12) {
    case 0:
      return "{";
    case 1:
      return Managed(absl::StrCat("s3:Put", random() % 2));
    case 2:
      return Settings(absl::StrCat("R", random() % 12));
    case 3:
    case 4:
      return absl::StrCat("[", role(), ",", role(), "]");
    default:
      return role();
  }
}

TEST(RegistryUpdates, RandomStepsEqualColdStarts) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  TempDir dir;
  dir.Write("keep.json", R("Keep"));
  dir.Write("managed.json", Managed("sqs:*"));
  RegistryOptions options;
  options.dir = dir.path();
  GenerationReader reader(options);
  reader.Read();
  int updated = 0;
  int whole = 0;
  int clean = 0;
  for (int step = 0; step < 400; ++step) {
    // From time to time the clutter goes, for nothing is updated upon faults.
    std::vector<std::string> names;
    const bool clear = step % 20 == 19;
    for (int i = 0; i < 8; ++i) {
      const std::string name = absl::StrCat(i % 2 == 0 ? "" : "x", i, ".json");
      if (!clear && random() % 6 != 0) continue;
      names.push_back(name);
      if (clear || random() % 3 == 0) {
        dir.Remove(name);
      } else {
        dir.Write(name, RandomFile(random));
      }
    }
    std::optional<Generation> warm = reader.ReadChanged(names);
    ++(warm ? updated : whole);
    if (!warm) warm = reader.Read();
    GenerationReader fresh(options);
    const Generation cold = fresh.Read();
    ASSERT_TRUE(warm->stable && cold.stable);
    ASSERT_EQ(warm->faults, cold.faults) << "step " << step;
    ASSERT_EQ(warm->snapshot == nullptr, cold.snapshot == nullptr);
    if (cold.snapshot == nullptr) continue;
    ++clean;
    ASSERT_EQ(Describe(*warm->snapshot), Describe(*cold.snapshot))
        << "step " << step;
  }
  EXPECT_GT(clean, 20);
  EXPECT_GT(updated, 20) << "the update is what is to be tested";
  EXPECT_GT(whole, 20);
}

class RegistryUpdate : public ::testing::Test {
 protected:
  RegistryUpdate() : reader_(Options()) {
    dir_.Write("a.json", R("A"));
    dir_.Write("b.json", R("B"));
    dir_.Write("managed.json", Managed("sqs:*"));
    first_ = reader_.Read().snapshot;
    EXPECT_NE(first_, nullptr);
  }
  const RegistryOptions& Options() {
    options_.dir = dir_.path();
    return options_;
  }
  TempDir dir_;
  RegistryOptions options_;
  GenerationReader reader_;
  std::shared_ptr<const Snapshot> first_;
};

// A role with four policies of fifty statements, one a bucket of its `prefix`.
std::string Wide(const std::string& prefix) {
  std::string policies;
  for (int p = 0; p < 4; ++p) {
    std::string statements;
    for (int i = 0; i < 50; ++i) {
      absl::StrAppend(&statements, i == 0 ? "" : ",",
                      R"({"Effect": "Allow", "Action": "s3:*", )",
                      R"("Resource": "arn:aws:s3:::)", prefix, 50 * p + i,
                      R"(/*"})");
    }
    absl::StrAppend(&policies, R"(, {"PolicyName": "p)", p,
                    R"(", "PolicyDocument": )", testing::Policy(statements),
                    "}");
  }
  std::string role = R("Wide", "sqs:*");
  const std::string end = "}]}";
  return role.replace(role.rfind(end), end.size(),
                      absl::StrCat("}", policies, "]}"));
}

TEST_F(RegistryUpdate, ARoleOfManyStatementsIsIndexedAlsoWhenItChanged) {
  const auto allows = [](const Snapshot& snapshot, const std::string& bucket) {
    const rolegate::Role* const role = snapshot.FindRole(RoleArn("Wide"));
    EXPECT_NE(role->identity.index, nullptr);
    const Subject subject =
        *SubjectByName(RoleArn("Wide"), snapshot, absl::UnixEpoch());
    const RequestContext none;
    const AccessOptions options;
    const Circumstances circumstances(snapshot, options, subject, none,
                                      absl::UnixEpoch());
    const std::string text = absl::StrCat("arn:aws:s3:::", bucket, "/k");
    return Decide(Question(circumstances, *ActionName::Parse("s3:GetObject"),
                           *ResourceName::Parse(text), "123456789012"))
        .allowed();
  };
  dir_.Write("a.json", Wide("old-"));
  std::optional<Generation> next = reader_.ReadChanged({"a.json"});
  ASSERT_TRUE(next && next->snapshot);
  EXPECT_TRUE(allows(*next->snapshot, "old-199"));
  EXPECT_FALSE(allows(*next->snapshot, "new-199"));
  EXPECT_EQ(next->snapshot->FindRole(RoleArn("B"))->identity.index, nullptr);
  dir_.Write("a.json", Wide("new-"));
  next = reader_.ReadChanged({"a.json"});
  ASSERT_TRUE(next && next->snapshot);
  EXPECT_TRUE(allows(*next->snapshot, "new-0"));
  EXPECT_FALSE(allows(*next->snapshot, "old-0"));
  const auto cold = GenerationReader(Options()).Read().snapshot;
  EXPECT_TRUE(allows(*cold, "new-75"));
}

TEST_F(RegistryUpdate, TouchesOnlyTheRoleThatChanged) {
  dir_.Write("b.json", R("B", "s3:Get*", Attached()));
  const std::uint64_t parsed = reader_.parsed_files();
  const std::optional<Generation> next = reader_.ReadChanged({"b.json"});
  ASSERT_TRUE(next && next->snapshot);
  EXPECT_TRUE(next->changed);
  EXPECT_EQ(reader_.parsed_files(), parsed + 1);
  EXPECT_NE(next->snapshot->revision(), first_->revision());
  EXPECT_EQ(next->snapshot->FindRole(RoleArn("A")),
            first_->FindRole(RoleArn("A")));
  EXPECT_NE(next->snapshot->FindRole(RoleArn("B")),
            first_->FindRole(RoleArn("B")));
  EXPECT_EQ(first_->FindRole(RoleArn("B"))->identity.policies.size(), 1u)
      << "a snapshot in use must not change";
}

TEST_F(RegistryUpdate, TheSameContentAgainChangesNothing) {
  dir_.Write("b.json", R("B"));
  const std::optional<Generation> next = reader_.ReadChanged({"b.json"});
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->changed);
}

TEST_F(RegistryUpdate, APollAfterAnUpdateFindsNothingNew) {
  dir_.Write("b.json", R("B", "s3:Get*"));
  ASSERT_TRUE(reader_.ReadChanged({"b.json"}));
  EXPECT_FALSE(reader_.Read().changed);
}

TEST_F(RegistryUpdate, LinksAndFoldersAreLeftToTheWhole) {
  fs::create_symlink("a.json", dir_.path("c.json"));
  EXPECT_FALSE(reader_.ReadChanged({"c.json"}));
  EXPECT_NE(reader_.Read().snapshot, nullptr);
  dir_.Write("b.json", R("B", "s3:Get*"));
  EXPECT_FALSE(reader_.ReadChanged({"b.json"}))
      << "the file may also be what a link leads to";
}

TEST_F(RegistryUpdate, TheWholeIsOwedUntilItWasRead) {
  reader_.RequireWhole();
  dir_.Write("b.json", R("B", "s3:Get*"));
  EXPECT_FALSE(reader_.ReadChanged({"b.json"}));
  EXPECT_FALSE(reader_.ReadChanged({"b.json"}));
  EXPECT_TRUE(reader_.Read().changed);
  dir_.Write("b.json", R("B", "s3:Put*"));
  EXPECT_TRUE(reader_.ReadChanged({"b.json"}));
}

TEST(RegistryWatcher, NamesTheFilesThatChanged) {
  TempDir dir;
  dir.Write("team/a.json", "{}");
  Watcher watcher(dir.path());
  watcher.Watch({dir.path(), dir.path("team")});
  dir.Write("b.json", "{}");
  dir.Write("team/.c.tmp", "{}");
  fs::rename(dir.path("team/.c.tmp"), dir.path("team/c.json"));
  dir.Remove("team/a.json");
  EXPECT_EQ(watcher.Wait(absl::Seconds(10)), Watcher::Event::kChanged);
  EXPECT_THAT(
      watcher.TakeChangedFiles(),
      Optional(UnorderedElementsAre("b.json", "team/c.json", "team/a.json")));
  EXPECT_THAT(watcher.TakeChangedFiles(), Optional(ElementsAre()));
  fs::create_directory(dir.path("new"));
  EXPECT_EQ(watcher.Wait(absl::Seconds(10)), Watcher::Event::kChanged);
  EXPECT_EQ(watcher.TakeChangedFiles(), std::nullopt);
}

std::shared_ptr<const ParsedFile> File(const std::string& name,
                                       const std::string& content) {
  auto file = std::make_shared<ParsedFile>();
  file->shared_name = name;
  file->content_digest = Sha256Digest(content);
  return file;
}

TEST(RegistryContentTree, DigestDependsOnWhatIsThereAlone) {
  const ContentTree whole({File("a", "1"), File("b", "2"), File("c", "3")});
  ContentTree grown;
  for (const char* name : {"c", "x", "a", "b"}) {
    grown.Put(File(name, name == std::string("c") ? "3" : "?"));
  }
  const ContentTree before = grown;
  grown.Put(File("a", "1"));
  grown.Put(File("b", "2"));
  grown.Remove("x");
  grown.Remove("never there");
  EXPECT_EQ(grown.Digest(), whole.Digest());
  EXPECT_EQ(grown.size(), 3u);
  EXPECT_EQ(before.size(), 4u);
  EXPECT_NE(before.Digest(), whole.Digest()) << "a copy stays as it was";
  EXPECT_NE(
      ContentTree({File("a", "2"), File("b", "1"), File("c", "3")}).Digest(),
      whole.Digest());
}

}  // namespace
}  // namespace rolegate
