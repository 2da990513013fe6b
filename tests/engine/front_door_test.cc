// What a program that embeds the engine sees, through the public headers alone.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolegate/engine.h"
#include "tests/support/temp_dir.h"

namespace rolegate::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kReader[] = "arn:aws:iam::123456789012:role/Reader";
constexpr char kRole[] = R"({
  "RoleName": "Reader", "Arn": "arn:aws:iam::123456789012:role/Reader",
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "ec2.amazonaws.com"}}},
  "RolePolicyList": [{"PolicyName": "read", "PolicyDocument": {
    "Version": "2012-10-17", "Statement": {
      "Sid": "Home", "Effect": "Allow", "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::reports/*",
      "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}}]})";

class FrontDoor : public ::testing::Test {
 protected:
  FrontDoor() { dir_.Write("reader.json", kRole); }

  Registry Open() {
    absl::StatusOr<Registry> registry =
        Registry::Open({.dir = dir_.path(), .watch = false});
    EXPECT_TRUE(registry.ok()) << registry.status();
    return *std::move(registry);
  }
  static Question Ask(const Snapshot& snapshot, std::string address = "") {
    Question question{*Subject::ByName(kReader, snapshot), "s3:GetObject",
                      "arn:aws:s3:::reports/1"};
    if (!address.empty()) question.context["aws:SourceIp"] = {address};
    return question;
  }

  rolegate::testing::TempDir dir_;
};

TEST_F(FrontDoor, DecidesByARegistry) {
  const Registry registry = Open();
  const Snapshot snapshot = registry.snapshot();
  EXPECT_THAT(snapshot.role_arns(), ElementsAre(kReader));
  EXPECT_NE(snapshot.revision(), "");
  const auto allowed = Decide(Ask(snapshot, "10.1.2.3"), snapshot);
  ASSERT_TRUE(allowed.ok()) << allowed.status();
  EXPECT_TRUE(allowed->allowed());
  ASSERT_TRUE(allowed->statement.has_value());
  EXPECT_EQ(allowed->statement->layer, "identity");
  EXPECT_EQ(allowed->statement->policy, "read");
  EXPECT_EQ(allowed->statement->sid, "Home");
  EXPECT_EQ(allowed->statement->file, "reader.json");
  const auto denied = Decide(Ask(snapshot, "203.0.113.9"), snapshot);
  ASSERT_TRUE(denied.ok()) << denied.status();
  EXPECT_EQ(denied->outcome, Outcome::kImplicitDeny);
  EXPECT_EQ(denied->reason,
            "User: arn:aws:sts::123456789012:assumed-role/Reader/principal is "
            "not authorized to perform: s3:GetObject on resource: "
            "arn:aws:s3:::reports/1 because no identity-based policy allows "
            "the s3:GetObject action");
  EXPECT_FALSE(denied->statement.has_value());
}

TEST_F(FrontDoor, Explains) {
  const Registry registry = Open();
  const Snapshot snapshot = registry.snapshot();
  const auto why = Explain(Ask(snapshot), snapshot);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_FALSE(why->decision.allowed());
  ASSERT_EQ(why->near_misses.size(), 1U);
  EXPECT_EQ(why->near_misses[0].statement.sid, "Home");
  EXPECT_EQ(why->near_misses[0].cause,
            "`aws:SourceIp` is missing, IpAddress needs `10.0.0.0/8`");
  EXPECT_THAT(why->missing_context_keys, ElementsAre("aws:SourceIp"));
  EXPECT_THAT(why->lacking, HasSubstr("`Home` of `read` (reader.json:7)"));
}

TEST_F(FrontDoor, KeepsAGenerationUntilAWholeOneComes) {
  Registry registry = Open();
  const std::string before = registry.snapshot().revision();
  dir_.Write("other.json", "{");
  EXPECT_EQ(registry.Reload().size(), 1U);
  EXPECT_EQ(registry.faults().size(), 1U);
  EXPECT_EQ(registry.snapshot().revision(), before);
  dir_.Remove("other.json");
  EXPECT_THAT(registry.Reload(), IsEmpty());
}

TEST_F(FrontDoor, SaysWhatIsWrongWithADirectory) {
  dir_.Write("reader.json", R"({"RoleName": "Reader"})");
  Diagnostics faults;
  const auto registry = Registry::Open({.dir = dir_.path()}, &faults);
  EXPECT_EQ(registry.status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(registry.status().message(), ToString(faults.front()));
}

TEST_F(FrontDoor, SaysWhatIsWrongWithAQuestion) {
  dir_.Write("provider.json", R"({"OpenIDConnectProvider": {
    "Arn": "arn:aws:iam::123456789012:oidc-provider/id.example.com",
    "Url": "https://id.example.com", "ClientIDList": ["rolegate"]}})");
  const Registry registry = Open();
  const Snapshot snapshot = registry.snapshot();
  const struct {
    const char* name;
    void (*spoil)(Question*);
    const char* message;
  } kCases[] = {
      {"an action without a service", [](Question* q) { q->action = "Get"; },
       "`action`: action `Get` is not of the form `service:Name`"},
      {"a resource that is no ARN", [](Question* q) { q->resource = "bucket"; },
       "`resource`: resource `bucket` is neither an ARN nor `*`"},
      {"an account of three digits",
       [](Question* q) { q->resource_account = "123"; },
       "`resource_account`: expected an account number of twelve digits"},
      {"a key that Rolegate sets",
       [](Question* q) { q->context["aws:PrincipalArn"] = {"x"}; },
       "`context`: condition key `aws:PrincipalArn`"},
      {"a key of a provider's tokens",
       [](Question* q) { q->context["id.example.com:sub"] = {"x"}; },
       "`context`: condition key `id.example.com:sub` is an identity "
       "provider's to set"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    Question question = Ask(snapshot);
    c.spoil(&question);
    const auto decision = Decide(question, snapshot);
    EXPECT_EQ(decision.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(decision.status().message()), HasSubstr(c.message));
  }
}

TEST_F(FrontDoor, KnowsNobodyWithoutARegistry) {
  EXPECT_EQ(Subject::ByName(kReader, Snapshot()).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Subject::ByName("nobody", Snapshot()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(FrontDoor, RefusesASessionThatHasExpired) {
  const Registry registry = Open();
  const Snapshot snapshot = registry.snapshot();
  Question question = Ask(snapshot, "10.1.2.3");
  question.time = absl::Now() + absl::Hours(1);
  const auto decision = Decide(question, snapshot);
  EXPECT_EQ(decision.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(decision.status().message(), "the session has expired");
}

TEST_F(FrontDoor, RefusesASubjectWhoseRoleIsGone) {
  Registry registry = Open();
  const Question question = Ask(registry.snapshot(), "10.1.2.3");
  std::string other = kRole;
  other.replace(other.find("Reader"), 6, "Writer");
  other.replace(other.find("Reader"), 6, "Writer");
  dir_.Write("reader.json", other);
  ASSERT_THAT(registry.Reload(), IsEmpty());
  EXPECT_EQ(Decide(question, registry.snapshot()).status().code(),
            absl::StatusCode::kUnauthenticated);
}

Policy Parse(PolicyKind kind, absl::string_view effect) {
  return *Policy::Parse(
      absl::StrCat(R"({"Version": "2012-10-17", "Statement": {"Effect": ")",
                   effect, R"(", "Action": "s3:*", "Resource": "*"}})"),
      kind, "p");
}

TEST_F(FrontDoor, DecidesByPoliciesAlone) {
  const Question question{
      *Subject::ByName("arn:aws:iam::123456789012:user/alice", Snapshot()),
      "s3:GetObject", "arn:aws:s3:::reports/1"};
  const Policy allow = Parse(PolicyKind::kIdentity, "Allow");
  const struct {
    const char* name;
    Policies policies;
    Outcome outcome;
  } kCases[] = {
      {"no policy", {}, Outcome::kImplicitDeny},
      {"one that allows", {.identity = {allow}}, Outcome::kAllow},
      {"a boundary that allows nothing",
       {.identity = {allow}, .boundary = {{}}},
       Outcome::kImplicitDeny},
      {"a boundary that allows it",
       {.identity = {allow}, .boundary = {{allow}}},
       Outcome::kAllow},
      {"an organization that denies",
       {.identity = {allow}, .scps = {{Parse(PolicyKind::kScp, "Deny")}}},
       Outcome::kExplicitDeny},
  };
  for (const auto& c : kCases) {
    const auto decision = Decide(question, c.policies);
    ASSERT_TRUE(decision.ok()) << c.name << ": " << decision.status();
    EXPECT_EQ(decision->outcome, c.outcome) << c.name;
  }
  const auto mixed = Decide(
      question, Policies{.identity = {Parse(PolicyKind::kScp, "Allow")}});
  EXPECT_EQ(mixed.status().message(),
            "`identity`: holds a policy of another kind");
  const Registry registry = Open();
  EXPECT_EQ(Decide(Ask(registry.snapshot()), Policies{.identity = {allow}})
                .status()
                .code(),
            absl::StatusCode::kUnauthenticated)
      << "nothing but a registry knows a session's role";
}

TEST_F(FrontDoor, NamesEveryFaultOfADocument) {
  Diagnostics diagnostics;
  const auto policy = Policy::Parse(
      R"({"Version": "2012-10-17", "Statement": [
           {"Effect": "allow", "Action": "s3:*", "Resource": "*"},
           {"Effect": "deny", "Action": "s3:*", "Resource": "*"}]})",
      PolicyKind::kIdentity, "p", &diagnostics);
  EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_GE(diagnostics.size(), 2U);
}

}  // namespace
}  // namespace rolegate::engine
