// Which Principal elements name which callers, and how closely: rules 42 to 61
// of docs/semantics.md, row by row.

#include "engine/decide/principal_match.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/decide/evaluate.h"
#include "engine/decide/request.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

constexpr char kUser[] = "arn:aws:iam::123456789012:user/team/alice";
constexpr char kRole[] = "arn:aws:iam::123456789012:role/app/R";
constexpr char kSession[] = "arn:aws:sts::123456789012:assumed-role/R/s";
constexpr char kFederated[] = "arn:aws:sts::123456789012:federated-user/bob";
constexpr char kRoot[] = "arn:aws:iam::123456789012:root";
constexpr char kOidc[] =
    "arn:aws:iam::123456789012:oidc-provider/token.example.com";
constexpr char kSaml[] = "arn:aws:iam::123456789012:saml-provider/Office";
constexpr char kService[] = "ec2.amazonaws.com";

// A caller by name; "" is nobody.
OwnedPrincipal CallerOf(const std::string& name) {
  if (name.empty()) return OwnedPrincipal::Anonymous();
  if (name == kService) return *OwnedPrincipal::Service(name);
  if (name == kOidc || name == kSaml) return *OwnedPrincipal::Federated(name);
  OwnedPrincipal caller =
      *OwnedPrincipal::FromArn(name, name == kSession ? kRole : "");
  if (name == kSession) caller.set_unique_id("AROACKCEVSQ6C2EXAMPLE");
  if (name == kUser) caller.set_unique_id("AIDACKCEVSQ6C2EXAMPLE");
  return caller;
}

std::string Aws(const std::string& name) {
  return absl::StrCat(R"({"AWS": ")", name, R"("})");
}

struct Row {
  std::string description;
  std::string element;  // the value of Principal or NotPrincipal
  std::string caller;
  MatchLevel level;
};

class PrincipalMatch : public testing::Test {
 protected:
  // What a statement about everything comes to that has such an element.
  static LayerOutcome Evaluate(const std::string& element, const Row& row,
                               const std::string& effect, bool boundary) {
    Diagnostics faults;
    const auto policy = Policy::CompileText(
        absl::StrCat(R"({"Version": "2012-10-17", "Statement": {"Effect": ")",
                     effect, R"(", ")", element, R"(": )", row.element,
                     R"(, "Action": "*", "Resource": "*"}})"),
        PolicyKind::kResource, {"p", "", ""}, &faults);
    EXPECT_TRUE(faults.empty()) << ToString(faults.front());
    const OwnedPrincipal caller = CallerOf(row.caller);
    const ActionName action = *ActionName::Parse("s3:GetObject");
    const ResourceName resource = *ResourceName::Parse("arn:aws:s3:::b/k");
    const RequestContext keys;
    Request request;
    request.principal = caller.view();
    request.action = &action;
    request.resource = &resource;
    request.context = &keys;
    StepBudget budget(kMaxCheckSteps);
    const ChargedContext context(keys, &budget);
    const Policy* const policies[] = {policy.get()};
    return EvaluatePolicies(
        policies, request, context,
        {.needs_principal = true, .caller_has_boundary = boundary});
  }
};

TEST_F(PrincipalMatch, NamesCallersAsCloselyAsTheElementDoes) {
  const Row rows[] = {
      // Rule 42.
      {"everyone, a user", "\"*\"", kUser, MatchLevel::kDirect},
      {"everyone, nobody", "\"*\"", "", MatchLevel::kDirect},
      {"everyone under AWS", Aws("*"), kService, MatchLevel::kDirect},
      // Rule 43.
      {"account by number", Aws("123456789012"), kUser, MatchLevel::kAccount},
      {"account by root ARN", Aws(kRoot), kSession, MatchLevel::kAccount},
      {"account, its root user", Aws("123456789012"), kRoot,
       MatchLevel::kDirect},
      {"another account", Aws("210987654321"), kUser, MatchLevel::kNone},
      {"account, a service", Aws("123456789012"), kService, MatchLevel::kNone},
      {"account, its provider", Aws("123456789012"), kOidc, MatchLevel::kNone},
      // Rule 44.
      {"user by ARN", Aws(kUser), kUser, MatchLevel::kDirect},
      {"user without path", Aws("arn:aws:iam::123456789012:user/alice"), kUser,
       MatchLevel::kNone},
      {"user in another case", Aws("arn:aws:iam::123456789012:user/team/Alice"),
       kUser, MatchLevel::kNone},
      // Rule 45.
      {"role by ARN", Aws(kRole), kSession, MatchLevel::kEntity},
      {"role without path", Aws("arn:aws:iam::123456789012:role/R"), kSession,
       MatchLevel::kNone},
      // Rule 46.
      {"session by ARN", Aws(kSession), kSession, MatchLevel::kDirect},
      {"another session", Aws("arn:aws:sts::123456789012:assumed-role/R/other"),
       kSession, MatchLevel::kNone},
      // Rule 47.
      {"service by name", R"({"Service": "ec2.amazonaws.com"})", kService,
       MatchLevel::kDirect},
      {"another service", R"({"Service": "s3.amazonaws.com"})", kService,
       MatchLevel::kNone},
      // Rule 48.
      {"user by id", Aws("AIDACKCEVSQ6C2EXAMPLE"), kUser, MatchLevel::kDirect},
      {"role by id", Aws("AROACKCEVSQ6C2EXAMPLE"), kSession,
       MatchLevel::kEntity},
      {"another id", Aws("AIDACKCEVSQ6C2EXAMPLF"), kUser, MatchLevel::kNone},
      // Rule 55.
      {"federated user by ARN", Aws(kFederated), kFederated,
       MatchLevel::kDirect},
      {"federated user by account", Aws("123456789012"), kFederated,
       MatchLevel::kAccount},
      {"federated user by user's ARN",
       Aws("arn:aws:iam::123456789012:user/bob"), kFederated,
       MatchLevel::kNone},
      // Rule 56.
      {"OIDC provider", absl::StrCat(R"({"Federated": ")", kOidc, R"("})"),
       kOidc, MatchLevel::kDirect},
      {"SAML provider", absl::StrCat(R"({"Federated": ")", kSaml, R"("})"),
       kSaml, MatchLevel::kDirect},
      {"another provider", absl::StrCat(R"({"Federated": ")", kOidc, R"("})"),
       kSaml, MatchLevel::kNone},
      // Rule 54: the closest entry counts.
      {"account and role", R"({"AWS": ["123456789012",
          "arn:aws:iam::123456789012:role/app/R"]})",
       kSession, MatchLevel::kEntity},
      // Rule 60.
      {"canonical user", R"({"CanonicalUser": "79a59df900b949e5"})", kUser,
       MatchLevel::kNone},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.description);
    const bool named = row.level != MatchLevel::kNone;
    const LayerOutcome allow = Evaluate("Principal", row, "Allow", false);
    EXPECT_EQ(allow.verdict, named ? Verdict::kAllow : Verdict::kImplicitDeny);
    EXPECT_EQ(allow.level, row.level);
    // Rule 57: every level denies.
    EXPECT_EQ(Evaluate("Principal", row, "Deny", false).verdict,
              named ? Verdict::kExplicitDeny : Verdict::kImplicitDeny);
  }
}

struct SparedRow {
  std::string description;
  std::string element;
  std::string caller;
  bool spared;
};

// Rules 50, 51, 52 and 61.
TEST_F(PrincipalMatch, NotPrincipalSparesWhoIsListedByEveryName) {
  const SparedRow rows[] = {
      {"nobody listed that asks", Aws("210987654321"), kUser, false},
      {"user alone", Aws(kUser), kUser, false},
      {"account alone", Aws("123456789012"), kUser, false},
      {"user and account",
       absl::StrCat(R"({"AWS": [")", kUser, R"(", "123456789012"]})"), kUser,
       true},
      {"session alone", Aws(kSession), kSession, false},
      {"session and role",
       absl::StrCat(R"({"AWS": [")", kSession, R"(", ")", kRole, R"("]})"),
       kSession, false},
      {"session, role and account",
       absl::StrCat(R"({"AWS": [")", kSession, R"(", ")", kRole,
                    R"(", "123456789012"]})"),
       kSession, true},
      {"federated user and account",
       absl::StrCat(R"({"AWS": [")", kFederated, R"(", "123456789012"]})"),
       kFederated, true},
      {"root by its account", Aws("123456789012"), kRoot, true},
      {"service by name", R"({"Service": "ec2.amazonaws.com"})", kService,
       true},
      {"another service", R"({"Service": "s3.amazonaws.com"})", kService,
       false},
      {"everyone", Aws("*"), "", true},
  };
  for (const SparedRow& each : rows) {
    SCOPED_TRACE(each.description);
    const Row row = {"", each.element, each.caller, MatchLevel::kNone};
    EXPECT_EQ(Evaluate("NotPrincipal", row, "Deny", false).verdict,
              each.spared ? Verdict::kImplicitDeny : Verdict::kExplicitDeny);
    // Whoever has a boundary is spared by nothing.
    EXPECT_EQ(Evaluate("NotPrincipal", row, "Deny", true).verdict,
              Verdict::kExplicitDeny);
  }
}

}  // namespace
}  // namespace rolegate
