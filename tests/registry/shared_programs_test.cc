// Equal documents share what was compiled of them, and nothing else.

#include "engine/decide/explain.h"
#include "engine/registry/generation_reader.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::TempDir;
using ::rolegate::testing::Trust;

constexpr char kTwoStatements[] = R"({"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
  {"Sid": "Last", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})";
// The same with other white space and in another order.
constexpr char kTwoStatementsElsewhere[] = R"({

  "Statement": [{"Resource": "*", "Action": "s3:GetObject", "Effect": "Allow"},


     {"Action": "s3:*", "Resource": "*", "Effect": "Deny", "Sid": "Last"}],
  "Version": "2012-10-17"})";

class SharedPrograms : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& permissions) {
    dir_.Write(name + ".json", testing::Role(name, Trust(kEc2), permissions));
  }
  std::shared_ptr<const Snapshot> Read() {
    if (reader_ == nullptr) {
      RegistryOptions options;
      options.dir = dir_.path();
      reader_ = std::make_unique<GenerationReader>(options);
    }
    return reader_->Read().snapshot;
  }
  static const Policy& PolicyOf(const Snapshot& snapshot,
                                const std::string& name) {
    return *snapshot.FindRole(RoleArn(name))->identity.policies[0];
  }

  TempDir dir_;
  std::unique_ptr<GenerationReader> reader_;
};

TEST_F(SharedPrograms, OfEqualDocumentsEachKeepsItsOwnPlace) {
  Write("A", kTwoStatements);
  Write("B", kTwoStatementsElsewhere);
  const auto snapshot = Read();
  ASSERT_NE(snapshot, nullptr);
  const Policy& a = PolicyOf(*snapshot, "A");
  const Policy& b = PolicyOf(*snapshot, "B");
  EXPECT_EQ(&a.program(), &b.program());
  EXPECT_EQ(a.content_digest(), b.content_digest());
  EXPECT_EQ(DescribeStatement({&a, 0}), "statement 0 of `p` (A.json:2)");
  EXPECT_EQ(DescribeStatement({&b, 0}), "statement 0 of `p` (B.json:3)");
  EXPECT_EQ(DescribeStatement({&a, 1}), "`Last` of `p` (A.json:3)");
  EXPECT_EQ(DescribeStatement({&b, 1}), "`Last` of `p` (B.json:6)");
  EXPECT_EQ(b.PositionOf(1), (Position{6, 6}));

  const Policy& trust_a = *snapshot->FindRole(RoleArn("A"))->trust;
  const Policy& trust_b = *snapshot->FindRole(RoleArn("B"))->trust;
  EXPECT_EQ(&trust_a.program(), &trust_b.program());
  EXPECT_EQ(trust_b.file(), "B.json");
  EXPECT_EQ(trust_b.path(), "AssumeRolePolicyDocument");
  EXPECT_EQ(trust_b.name(), "AssumeRolePolicyDocument");
  EXPECT_EQ(b.path(), "RolePolicyList[0].PolicyDocument");
  EXPECT_EQ(b.name(), "p");
}

TEST_F(SharedPrograms, OnlyOfEqualDocumentsOfOneKind) {
  Write("A", Allow("s3:GetObject"));
  Write("B", Allow("s3:PutObject"));
  // A short ARN matches nothing in a policy of a resource.
  const std::string short_arn = Allow("s3:GetObject", "arn:aws:s3");
  Diagnostics faults;
  ProgramPool pool;
  const auto compile = [&](PolicyKind kind) {
    CompileOptions options;
    options.pool = &pool;
    return Policy::CompileText(short_arn, kind, {"p", "", ""}, &faults,
                               options);
  };
  const auto identity = compile(PolicyKind::kIdentity);
  const auto boundary = compile(PolicyKind::kSession);
  ASSERT_NE(identity, nullptr);
  ASSERT_NE(boundary, nullptr);
  EXPECT_NE(&identity->program(), &boundary->program());
  EXPECT_EQ(&identity->program(), &compile(PolicyKind::kIdentity)->program());

  const auto snapshot = Read();
  ASSERT_NE(snapshot, nullptr);
  EXPECT_NE(&PolicyOf(*snapshot, "A").program(),
            &PolicyOf(*snapshot, "B").program());
}

TEST_F(SharedPrograms, OfAFileThatChangesToo) {
  Write("A", kTwoStatements);
  Write("B", Allow("s3:GetObject"));
  const auto before = Read();
  ASSERT_NE(before, nullptr);
  Write("B", kTwoStatements);
  const auto after = reader_->ReadChanged({"B.json"});
  ASSERT_TRUE(after && after->snapshot);
  EXPECT_EQ(&PolicyOf(*after->snapshot, "A").program(),
            &PolicyOf(*after->snapshot, "B").program());
  EXPECT_EQ(PolicyOf(*after->snapshot, "B").file(), "B.json");
}

TEST(ProgramPool, ForgetsWhatNobodyHolds) {
  ProgramPool pool;
  CompileOptions options;
  options.pool = &pool;
  Diagnostics faults;
  auto kept = Policy::CompileText(Allow("s3:GetObject"), PolicyKind::kIdentity,
                                  {"p", "", ""}, &faults, options);
  Policy::CompileText(Allow("s3:PutObject"), PolicyKind::kIdentity,
                      {"q", "", ""}, &faults, options);
  EXPECT_EQ(pool.size(), 2u);
  pool.DropUnused();
  EXPECT_EQ(pool.size(), 1u);
  kept.reset();
  pool.DropUnused();
  EXPECT_EQ(pool.size(), 0u);
}

}  // namespace
}  // namespace rolegate
