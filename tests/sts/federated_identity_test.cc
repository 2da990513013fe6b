// Roles assumed by the subject of a verified token or assertion.

#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/assume_role.h"
#include "engine/sts/question.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const char kProvider[] =
    "arn:aws:iam::123456789012:oidc-provider/oidc.example.com";
const char kPod[] = "system:serviceaccount:shop:orders";

// A role that pods of the cluster may assume.
std::string PodRole(const std::string& name, const std::string& actions,
                    const std::string& condition) {
  return Role(name,
              rolegate::testing::Policy(absl::StrCat(
                  R"({"Effect": "Allow", "Principal": {"Federated": ")",
                  kProvider, R"("}, "Action": )", actions,
                  R"(, "Condition": {"StringEquals": {)", condition, "}}}")),
              Allow("s3:*"), R"(, "MaxSessionDuration": 43200)");
}

class Federated : public ::testing::Test {
 protected:
  Federated() {
    const std::string web = R"("sts:AssumeRoleWithWebIdentity")";
    const std::string sub =
        absl::StrCat(R"("oidc.example.com:sub": ")", kPod, R"(")");
    const std::string list = absl::StrCat(
        "[", PodRole("Plain", web, sub), ",",
        PodRole("Tagged",
                absl::StrCat("[", web,
                             R"(, "sts:TagSession", "sts:SetSourceIdentity"])"),
                sub),
        ",",
        PodRole("Teams", absl::StrCat("[", web, R"(, "sts:TagSession"])"),
                R"("aws:RequestTag/Team": "red")"),
        ",",
        PodRole(
            "ByProvider", web,
            absl::StrCat(R"("aws:FederatedProvider": ")", kProvider, R"(")")),
        ",", PodRole("Saml", R"("sts:AssumeRoleWithSAML")", sub), "]");
    Diagnostics faults;
    const RegistryOptions options;
    snapshot_ = BuildSnapshot({ParseRegistryFile("roles.json", list, options)},
                              options, &faults);
    EXPECT_NE(snapshot_, nullptr)
        << (faults.empty() ? "" : ToString(faults[0]));
    identity_.provider = kProvider;
    identity_.action = "sts:AssumeRoleWithWebIdentity";
    identity_.keys = {{"oidc.example.com:sub", {kPod}},
                      {"oidc.example.com:aud", {"rolegate"}},
                      {"oidc.example.com:repository", {"acme/shop"}}};
    identity_.lasting_keys = {"oidc.example.com:sub", "oidc.example.com:aud"};
    input_.role_session_name = "orders";
  }

  AssumeRoleOutcome Run(const std::string& role) {
    input_.role_arn = RoleArn(role);
    return AssumeRoleWithIdentity(*snapshot_, options_, identity_, input_, {},
                                  kNow);
  }
  std::string Error(const std::string& role) {
    const AssumeRoleOutcome outcome = Run(role);
    return outcome.ok() ? "" : outcome.result.error().message;
  }
  RoleSession Session(const std::string& role) { return *Run(role).result; }

  std::shared_ptr<const Snapshot> snapshot_;
  AccessOptions options_;
  FederatedIdentity identity_;
  AssumeRoleInput input_;
};

TEST_F(Federated, TheTrustPolicyAloneDecides) {
  EXPECT_EQ(Error("Plain"), "");
  EXPECT_EQ(Error("ByProvider"), "");
  const std::string refused =
      "Not authorized to perform sts:AssumeRoleWithWebIdentity";
  EXPECT_EQ(Error("Saml"), refused) << "trusts another action";
  EXPECT_EQ(Error("Unknown"), refused) << "the same words";
  identity_.keys[0].values = {"system:serviceaccount:shop:other"};
  EXPECT_EQ(Error("Plain"), refused);
  identity_.keys[0].values = {kPod};
  identity_.provider =
      "arn:aws:iam::123456789012:oidc-provider/other.example.com";
  EXPECT_EQ(Error("Plain"), refused);
}

TEST_F(Federated, TagsAndSourceIdentityNeedTheirOwnPermission) {
  identity_.tags = {{"Team", "red"}};
  identity_.transitive_tag_keys = {"Team"};
  EXPECT_EQ(Error("Plain"),
            "Not authorized to perform sts:AssumeRoleWithWebIdentity, "
            "sts:TagSession");
  EXPECT_EQ(Session("Teams").tags, identity_.tags);
  identity_.source_identity = "alice";
  EXPECT_NE(Error("Teams"), "");
  EXPECT_EQ(Session("Tagged").source_identity, "alice");
  EXPECT_THAT(Session("Tagged").transitive_tag_keys, ElementsAre("Team"));
}

TEST_F(Federated, TheSessionKeepsWhatLasts) {
  const RoleSession session = Session("Plain");
  EXPECT_EQ(session.federated_provider, kProvider);
  EXPECT_THAT(session.identity_keys,
              ElementsAre(identity_.keys[0], identity_.keys[1]));
  EXPECT_TRUE(session.chain.empty()) << "it is not role chaining";
}

TEST_F(Federated, Durations) {
  const auto duration = [&] {
    const RoleSession session = Session("Plain");
    return session.expires_at - session.issued_at;
  };
  EXPECT_EQ(duration(), absl::Hours(1));
  input_.duration_seconds = 43200;
  EXPECT_EQ(duration(), absl::Hours(12)) << "no chaining cap";
  identity_.not_after = kNow + absl::Minutes(20);
  EXPECT_EQ(duration(), absl::Minutes(20)) << "the provider's own end";
  identity_.not_after = kNow;
  EXPECT_EQ(Error("Plain"), "the identity provider's session has ended");
}

TEST_F(Federated, LaterDecisionsSeeTheKeysThatLast) {
  RoleSession session = Session("Plain");
  session.access_key_id = "RGSAAAAAAAAAAAAAAAAA";
  const Subject subject =
      Subject::OfSession(std::make_shared<RoleSession>(session));
  const RequestContext none;
  const auto allows = [&](const std::string& key, const std::string& value) {
    Diagnostics faults;
    const auto policy = rolegate::Policy::CompileText(
        rolegate::testing::Policy(absl::StrCat(
            R"({"Effect": "Allow", "Principal": "*", "Action": "*",
               "Resource": "*", "Condition": {"StringEquals": {")",
            key, R"(": ")", value, R"("}}})")),
        PolicyKind::kResource, {}, &faults);
    const rolegate::Policy* const policies[] = {policy.get()};
    const Circumstances circumstances(*snapshot_, options_, subject, none,
                                      kNow);
    return Decide(Question(circumstances, *ActionName::Parse("x:Y"),
                           *ResourceName::Parse("arn:aws:x:::r"),
                           "210987654321", policies))[Layer::kResource]
               .verdict == Verdict::kAllow;
  };
  EXPECT_TRUE(allows("oidc.example.com:sub", kPod));
  EXPECT_TRUE(allows("OIDC.example.com:AUD", "rolegate"));
  EXPECT_FALSE(allows("oidc.example.com:repository", "acme/shop"));
  EXPECT_TRUE(allows("aws:FederatedProvider", kProvider));
}

}  // namespace
}  // namespace rolegate
