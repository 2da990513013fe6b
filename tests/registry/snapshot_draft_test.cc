// Roles and users go into a draft and come out of it, and a snapshot that was
// put together in either way is the same.

#include "engine/registry/snapshot_draft.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/registry/file_parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;

constexpr char kAccount[] = "123456789012";
constexpr char kOther[] = "210987654321";

// A file with these entities, each a JSON object.
std::shared_ptr<const ParsedFile> File(
    const std::vector<std::string>& entities) {
  auto file = ParseRegistryFile(
      "a.json", absl::StrCat("[", absl::StrJoin(entities, ","), "]"),
      RegistryOptions());
  EXPECT_TRUE(file->faults.empty()) << ToString(*file->faults.begin());
  return file;
}

std::string RoleText(const std::string& name, const std::string& more = "",
                     const std::string& account = kAccount) {
  return testing::Role(name, Trust(kEc2), Allow("s3:*"), more, account);
}

std::string Attached(const std::string& name) {
  return absl::StrCat(R"(, "AttachedManagedPolicies": [{"PolicyName": ")", name,
                      R"(", "PolicyArn": "arn:aws:iam::123456789012:policy/)",
                      name, R"("}])");
}

std::string Names(const Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const Role* role : snapshot.roles()) {
    EXPECT_EQ(snapshot.FindRole(role->arn()), role);
    EXPECT_EQ(snapshot.FindRoleByName(role->account(), role->name()), role);
    names.emplace_back(role->name());
  }
  EXPECT_EQ(snapshot.counts().roles, names.size());
  return absl::StrJoin(names, " ");
}

TEST(SnapshotDraft, RolesThatCameAndWent) {
  const struct {
    const char* description;
    std::vector<std::string> added;    // names, in this order
    std::vector<std::string> removed;  // names
    const char* left;                  // in the order of their ARNs
  } kCases[] = {
      {"none", {}, {}, ""},
      {"in order", {"A", "B", "C"}, {}, "A B C"},
      {"in another order", {"C", "A", "B"}, {}, "A B C"},
      {"the first goes", {"A", "B", "C"}, {"A"}, "B C"},
      {"one in the middle goes", {"A", "B", "C"}, {"B"}, "A C"},
      {"the last goes", {"A", "B", "C"}, {"C"}, "A B"},
      {"all go", {"A", "B"}, {"B", "A"}, ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    std::vector<std::string> texts;
    for (const std::string& name : c.added) texts.push_back(RoleText(name));
    const auto file = File(texts);
    SnapshotDraft draft;
    for (const RoleEntity& entity : file->entities.roles) {
      const SnapshotDraft::AddedRole added = draft.AddRole(entity);
      EXPECT_EQ(added.role, draft.FindRole(entity.arn()));
      EXPECT_EQ(added.rival, nullptr);
    }
    for (const std::string& name : c.removed) {
      EXPECT_TRUE(draft.RemoveRole(RoleArn(name)));
      EXPECT_EQ(draft.FindRole(RoleArn(name)), nullptr);
      EXPECT_FALSE(draft.RemoveRole(RoleArn(name))) << "it is gone";
    }
    EXPECT_EQ(Names(*std::move(draft).Finish()), c.left);
  }
}

TEST(SnapshotDraft, ARivalHasTheArnOrTheName) {
  const auto file = File({
      RoleText("Same"),
      RoleText("Same", R"(, "Tags": [])"),
      RoleText("SAME"),
      RoleText("same", "", kOther),
      RoleText("Different"),
  });
  ASSERT_EQ(file->entities.roles.size(), 5U);
  SnapshotDraft draft;
  const Role* const first = draft.AddRole(file->entities.roles[0]).role;
  const struct {
    const char* description;
    std::size_t role;
    bool has_rival;
    bool is_added;
  } kCases[] = {
      {"the same ARN", 1, true, false},
      {"the same name in other letters", 2, true, true},
      {"the same name in another account", 3, false, true},
      {"another name", 4, false, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    const SnapshotDraft::AddedRole added =
        draft.AddRole(file->entities.roles[c.role]);
    EXPECT_EQ(added.rival, c.has_rival ? first : nullptr);
    EXPECT_EQ(added.role != first, c.is_added);
  }
  EXPECT_TRUE(draft.RemoveRole(RoleArn("SAME")));
  const auto snapshot = std::move(draft).Finish();
  EXPECT_EQ(snapshot->FindRoleByName(kAccount, "Same"), first)
      << "who never had the name does not take it along";
}

TEST(SnapshotDraft, AnAccountIsKnownWhileSomethingIsInIt) {
  const auto file = File({RoleText("A"), RoleText("B")});
  SnapshotDraft draft;
  for (const RoleEntity& entity : file->entities.roles) draft.AddRole(entity);
  SnapshotDraft one_left(*std::move(draft).Finish());
  one_left.RemoveRole(RoleArn("A"));
  const auto with_one = std::move(one_left).Finish();
  EXPECT_TRUE(with_one->KnowsAccount(kAccount));
  SnapshotDraft none_left(*with_one);
  none_left.RemoveRole(RoleArn("B"));
  EXPECT_FALSE(std::move(none_left).Finish()->KnowsAccount(kAccount));
  EXPECT_TRUE(with_one->KnowsAccount(kAccount)) << "a draft is a copy";
}

TEST(SnapshotDraft, PoliciesAreFoundOrMissing) {
  const auto file = File({
      absl::StrCat(R"({"PolicyName": "There", "Arn": )",
                   R"("arn:aws:iam::123456789012:policy/There", )",
                   R"("PolicyDocument": )", Allow("sqs:*"), "}"),
      RoleText("Attaches", Attached("There")),
      RoleText("Misses", Attached("None")),
      RoleText("Bounded",
               R"(, "PermissionsBoundary": {"PermissionsBoundaryArn":
                 "arn:aws:iam::123456789012:policy/There"})"),
      RoleText("Boundless",
               R"(, "PermissionsBoundary": {"PermissionsBoundaryArn":
                 "arn:aws:iam::123456789012:policy/None"})"),
  });
  SnapshotDraft draft;
  draft.AddManagedPolicy(file->entities.others().managed_policies.at(0));
  const struct {
    const char* description;
    std::size_t policies;
    bool has_boundary;
    bool knows_boundary;
    std::vector<std::string> missing;
  } kCases[] = {
      {"its own and one that is there", 2, false, false, {}},
      {"its own", 1, false, false, {"arn:aws:iam::123456789012:policy/None"}},
      {"a boundary", 1, true, true, {}},
      {"a boundary that is missing still bounds",
       1,
       true,
       false,
       {"arn:aws:iam::123456789012:policy/None"}},
  };
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const auto& c = kCases[i];
    SCOPED_TRACE(c.description);
    const IdentityPolicies& identity =
        draft.AddRole(file->entities.roles.at(i)).role->identity;
    EXPECT_EQ(identity.policies.size(), c.policies);
    EXPECT_EQ(identity.has_boundary, c.has_boundary);
    EXPECT_EQ(identity.boundary != nullptr, c.knows_boundary);
    EXPECT_EQ(std::vector<std::string>(identity.missing.begin(),
                                       identity.missing.end()),
              c.missing);
  }
}

TEST(SnapshotDraft, TheRevisionIsThatOfTheFiles) {
  const auto file = File({RoleText("A")});
  SnapshotDraft with;
  with.PutFile(file);
  SnapshotDraft without;
  without.PutFile(file);
  without.RemoveFile(file->name());
  const auto put = std::move(with).Finish();
  EXPECT_EQ(put->counts().files, 1U);
  const auto removed = std::move(without).Finish();
  EXPECT_EQ(removed->counts().files, 0U);
  EXPECT_EQ(removed->revision(), SnapshotDraft().Finish()->revision());
  EXPECT_NE(put->revision(), removed->revision());
}

TEST(SnapshotDraft, SettingsElsewhereBelongToTheirRole) {
  const auto file = File({
      RoleText("A"),
      RoleText("B"),
      absl::StrCat(R"({"RoleSettings": {"Arn": ")", RoleArn("A"),
                   R"(", "MaxSessionDuration": 7200}})"),
      absl::StrCat(R"({"RoleSettings": {"Arn": ")", RoleArn("Nobody"),
                   R"(", "MaxSessionDuration": 7200}})"),
  });
  SnapshotDraft draft;
  for (const RoleEntity& entity : file->entities.roles) draft.AddRole(entity);
  for (const auto& settings : file->entities.others().role_settings) {
    draft.ApplySettings(settings);
  }
  EXPECT_TRUE(draft.HasSettingsElsewhere(RoleArn("A")));
  EXPECT_FALSE(draft.HasSettingsElsewhere(RoleArn("B")));
  EXPECT_FALSE(draft.HasSettingsElsewhere(RoleArn("Nobody")));
  EXPECT_EQ(draft.FindRole(RoleArn("A"))->max_session(), absl::Hours(2));
  EXPECT_EQ(draft.FindRole(RoleArn("B"))->max_session(), absl::Hours(1));
}

}  // namespace
}  // namespace rolegate
