// Revocations only narrow: what is read is in force at once, what is gone
// only with a clean generation.

#include "engine/registry/registry.h"
#include "engine/sts/subject.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_seal.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;
using ::testing::HasSubstr;

const char kFirst[] = "RGSAAAAAAAAAAAAAAAAA";
const char kSecond[] = "RGSABBBBBBBBBBBBBBBB";
const absl::Time kIssued = absl::FromUnixSeconds(1'700'000'000);

std::string Revoke(const std::string& entries) {
  return absl::StrCat(R"({"RevokedSessions": [)", entries, "]}");
}
std::string RevokeKey(const std::string& id) {
  return Revoke(absl::StrCat(R"({"AccessKeyId": ")", id, R"("})"));
}

Subject Session(const std::string& id = kFirst) {
  auto session = std::make_shared<RoleSession>();
  session->access_key_id = id;
  session->role_arn = RoleArn("R");
  session->role_id = "AROAR";
  session->session_name = "s";
  session->issued_at = kIssued;
  session->expires_at = kIssued + absl::Hours(1);
  return Subject::OfSession(std::move(session));
}

class Revoking : public ::testing::Test {
 protected:
  Revoking() { dir_.Write("r.json", Role("R", Trust(kEc2), Allow("s3:*"))); }

  void Start(const std::string& last_good = "") {
    RegistryOptions options;
    options.dir = dir_.path();
    options.reload = ReloadMode::kManual;
    options.last_good_dir = last_good;
    options.last_good_seal = testing::MakeTestSeal();
    registry_.emplace(options);
    registry_->Start();
  }
  bool Revoked(const Subject& session) {
    return CheckSubject(*registry_->snapshot(), session, kIssued) ==
           SubjectState::kRevoked;
  }
  std::string Revision() { return registry_->snapshot()->revision(); }

  TempDir dir_;
  std::optional<Registry> registry_;
};

TEST_F(Revoking, WhatEachEntryRevokes) {
  struct {
    const char* name;
    const char* entry;
    bool revoked;
  } const kCases[] = {
      {"the session", R"({"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA"})", true},
      {"its ancestor", R"({"AccessKeyId": "RGSACCCCCCCCCCCCCCCC"})", true},
      {"another session", R"({"AccessKeyId": "RGSADDDDDDDDDDDDDDDD"})", false},
      {"its source identity", R"({"SourceIdentity": "alice"})", true},
      {"another source identity", R"({"SourceIdentity": "Alice"})", false},
      {"its role, issued before",
       R"({"RoleArn": "arn:aws:iam::123456789012:role/R",
           "IssuedBefore": "2023-11-14T22:13:21Z", "Reason": "a leak"})",
       true},
      {"its role, issued in that second",
       R"({"RoleArn": "arn:aws:iam::123456789012:role/R",
           "IssuedBefore": "2023-11-14T22:13:20Z"})",
       false},
      {"another role",
       R"({"RoleArn": "arn:aws:iam::123456789012:role/Q",
           "IssuedBefore": "2030-01-01T00:00:00Z"})",
       false},
      {"of two times the later",
       R"({"RoleArn": "arn:aws:iam::123456789012:role/R",
           "IssuedBefore": "2030-01-01T00:00:00Z"},
          {"RoleArn": "arn:aws:iam::123456789012:role/R",
           "IssuedBefore": "2020-01-01T00:00:00Z"})",
       true},
  };
  auto session = std::make_shared<RoleSession>(*Session().session);
  session->source_identity = "alice";
  session->chain = {kSecond, "RGSACCCCCCCCCCCCCCCC"};
  const Subject subject = Subject::OfSession(session);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    dir_.Write("revoked.json", Revoke(c.entry));
    Start();
    ASSERT_TRUE(registry_->status().faults.empty())
        << ToString(registry_->status().faults[0]);
    EXPECT_EQ(Revoked(subject), c.revoked);
  }
}

TEST_F(Revoking, AnEntryThatCannotMeanAnythingIsAFault) {
  struct {
    const char* entry;
    const char* message;
  } const kCases[] = {
      {R"({})", "exactly one of"},
      {R"({"AccessKeyId": ""})", "exactly one of"},
      {R"({"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA", "SourceIdentity": "a"})",
       "exactly one of"},
      {R"({"AccessKeyId": "ASIAAAAAAAAAAAAAAAAA"})", "names no session"},
      {R"({"AccessKeyId": "RGSAaaaaaaaaaaaaaaaa"})", "names no session"},
      {R"({"RoleArn": "arn:aws:iam::123456789012:role/R"})", "IssuedBefore"},
      {R"({"SourceIdentity": "a", "IssuedBefore": "2024-01-01"})",
       "IssuedBefore"},
      {R"({"RoleArn": "arn:aws:iam::123456789012:role/*",
           "IssuedBefore": "2024-01-01T00:00:00Z"})",
       "not the ARN of a role"},
      {R"({"RoleArn": "arn:aws:iam::123456789012:role/R",
           "IssuedBefore": "2026"})",
       "not a date"},
      {R"({"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA", "Reasons": "x"})",
       "did you mean `Reason`"},
      {R"("RGSAAAAAAAAAAAAAAAAA")", "expected an object"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.entry);
    dir_.Write("revoked.json", Revoke(c.entry));
    Start();
    ASSERT_FALSE(registry_->status().faults.empty());
    EXPECT_THAT(registry_->status().faults[0].message, HasSubstr(c.message));
    EXPECT_EQ(registry_->status().faults[0].file, "revoked.json");
  }
}

TEST_F(Revoking, AHeldBackGenerationRevokesAtOnceAndForgivesNothing) {
  dir_.Write("revoked.json", RevokeKey(kFirst));
  Start();
  const std::string clean = Revision();
  EXPECT_TRUE(Revoked(Session(kFirst)));
  EXPECT_FALSE(Revoked(Session(kSecond)));

  // Another file has a fault, and another session is revoked.
  dir_.Write("broken.json", "{");
  dir_.Write("revoked.json", RevokeKey(kSecond));
  registry_->Reload();
  ASSERT_FALSE(registry_->status().faults.empty());
  EXPECT_TRUE(Revoked(Session(kSecond)));
  EXPECT_TRUE(Revoked(Session(kFirst)));
  EXPECT_NE(Revision(), clean);
  EXPECT_EQ(registry_->status().revision, Revision());
  EXPECT_EQ(registry_->status().counts.revocations, 2u);
  EXPECT_NE(registry_->snapshot()->FindRole(RoleArn("R")), nullptr);
  const std::string narrowed = Revision();

  // What a held-back generation takes away stays in force, even if the file
  // that said it does not parse any more.
  dir_.Write("revoked.json", "{");
  registry_->Reload();
  EXPECT_TRUE(Revoked(Session(kSecond)));
  EXPECT_EQ(Revision(), narrowed);

  dir_.Remove("broken.json");
  dir_.Remove("revoked.json");
  registry_->Reload();
  ASSERT_TRUE(registry_->status().faults.empty());
  EXPECT_FALSE(Revoked(Session(kFirst)));
  EXPECT_FALSE(Revoked(Session(kSecond)));
}

TEST_F(Revoking, EntriesBesideAFaultInTheirOwnFileAreInForce) {
  Start();
  dir_.Write("revoked.json", Revoke(R"({"AccessKeyId": "oops"},
                       {"AccessKeyId": "RGSAAAAAAAAAAAAAAAAA"})"));
  registry_->Reload();
  ASSERT_FALSE(registry_->status().faults.empty());
  EXPECT_TRUE(Revoked(Session(kFirst)));
}

TEST_F(Revoking, TheLastGoodGenerationIsNarrowedToo) {
  TempDir state;
  Start(state.path("last"));
  registry_.reset();
  dir_.Write("broken.json", "{");
  dir_.Write("revoked.json", RevokeKey(kFirst));
  Start(state.path("last"));
  ASSERT_TRUE(registry_->status().from_last_good);
  EXPECT_TRUE(Revoked(Session(kFirst)));
  EXPECT_FALSE(Revoked(Session(kSecond)));
}

TEST_F(Revoking, TheRevisionCoversRevocationsInWhateverOrderTheyCame) {
  Start();
  const std::string clean = Revision();
  dir_.Write("broken.json", "{");
  std::string revisions[2];
  for (int i = 0; i < 2; ++i) {
    Start();
    dir_.Remove("broken.json");
    dir_.Remove("revoked.json");
    registry_->Reload();
    ASSERT_EQ(Revision(), clean);
    dir_.Write("broken.json", "{");
    for (const char* id :
         {i == 0 ? kFirst : kSecond, i == 0 ? kSecond : kFirst}) {
      dir_.Write("revoked.json", RevokeKey(id));
      registry_->Reload();
    }
    revisions[i] = Revision();
  }
  EXPECT_NE(revisions[0], clean);
  EXPECT_EQ(revisions[0], revisions[1]);
}

}  // namespace
}  // namespace rolegate
