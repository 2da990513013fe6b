// The table of condition keys says for which principals a key is always,
// sometimes or never there.  The engine must agree: principals of whom little
// is known have the keys that are always there and no others, and principals of
// whom all is known have every key but those that are never there.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/policy/context_keys.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::kEc2;
using ::rolegate::testing::Role;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::shared_ptr<const Snapshot> Build(bool all_is_known) {
  const std::string tags =
      all_is_known ? R"(, "Tags": [{"Key": "team", "Value": "red"}])" : "";
  const std::string user = absl::StrCat(
      R"({"UserName": "bob", "Path": "/", "UserId": "AIDABOB",
          "Arn": "arn:aws:iam::123456789012:user/bob")",
      tags, "}");
  const std::string organization = R"({"Organization": {"Id": "o-abc123",
      "ManagementAccount": "111111111111",
      "Root": {"Id": "r-root", "Accounts": ["123456789012"]}}})";
  const RegistryOptions options;
  Diagnostics faults;
  auto snapshot = BuildSnapshot(
      {ParseRegistryFile(
          "all.json",
          absl::StrCat(
              "[", user, ",", Role("R", Trust(kEc2), Allow("s3:*"), tags),
              all_is_known ? "," : "", all_is_known ? organization : "", "]"),
          options)},
      options, &faults);
  EXPECT_NE(snapshot, nullptr) << (faults.empty() ? "" : ToString(faults[0]));
  return snapshot;
}

Subject SessionOfR(bool all_is_known) {
  auto session = std::make_shared<RoleSession>();
  session->role_arn = RoleArn("R");
  session->role_id = "AROAR";
  session->session_name = "s";
  session->issued_at = kNow;
  session->expires_at = kNow + absl::Hours(1);
  if (all_is_known) {
    session->source_identity = "alice";
    session->federated_provider = "token.example.com";
  }
  return Subject::OfSession(std::move(session));
}

Subject SubjectOf(PrincipalKind kind, const Snapshot& snapshot,
                  bool all_is_known) {
  const auto named = [&](absl::string_view name) {
    Subject subject = *SubjectByName(name, snapshot, kNow);
    if (all_is_known) subject.tags = {{"team", "red"}};
    return subject;
  };
  Subject subject;
  switch (kind) {
    case PrincipalKind::kRoot:
      return named("123456789012");
    case PrincipalKind::kUser:
      return named("arn:aws:iam::123456789012:user/bob");
    case PrincipalKind::kRoleSession:
      return SessionOfR(all_is_known);
    case PrincipalKind::kFederatedUser:
      return named("arn:aws:sts::123456789012:federated-user/bob");
    case PrincipalKind::kService:
      return named("service:ec2.amazonaws.com");
    case PrincipalKind::kWebIdentity:
      subject.principal = *OwnedPrincipal::Federated(
          "arn:aws:iam::123456789012:oidc-provider/token.example.com");
      return subject;
    case PrincipalKind::kSaml:
      subject.principal = *OwnedPrincipal::Federated(
          "arn:aws:iam::123456789012:saml-provider/Office");
      return subject;
    case PrincipalKind::kAnonymous:
      break;
  }
  return subject;
}

// Whether the engine works the key out by itself.
bool IsTheEngines(const KnownKey& key) {
  return key.source == KeySource::kSession ||
         key.source == KeySource::kEngine || key.name == "aws:ViaAWSService";
}

void ExpectPresence(PrincipalKind kind, bool all_is_known) {
  const auto snapshot = Build(all_is_known);
  const Subject subject = SubjectOf(kind, *snapshot, all_is_known);
  ASSERT_EQ(subject.principal.kind(), kind);
  RequestContext given;
  // AssumeRole gives this key with the request that it makes of a token.
  if (kind == PrincipalKind::kWebIdentity || kind == PrincipalKind::kSaml) {
    given.Set(keys::kFederatedProvider, subject.principal.view().arn);
  }
  if (all_is_known) given.Set(keys::kCalledVia, "athena.amazonaws.com");
  const AccessOptions options;
  const Circumstances circumstances(*snapshot, options, subject, given, kNow);
  const ActionName action = *ActionName::Parse("s3:GetObject");
  const std::string resource_text =
      all_is_known ? RoleArn("R") : "arn:aws:s3:::b/k";
  const ResourceName resource = *ResourceName::Parse(resource_text);
  const Question question(circumstances, action, resource, "");
  for (const KnownKey& key : KnownKeys()) {
    if (!IsTheEngines(key)) continue;
    const std::string name =
        absl::StrCat(key.name, key.is_family() ? "team" : "");
    ContextValues values;
    const bool present = question.Get(ContextKey(name), &values);
    const KeyPresence presence = key.presence.Of(kind);
    EXPECT_EQ(present, all_is_known ? presence != KeyPresence::kNever
                                    : presence == KeyPresence::kAlways)
        << name << " of kind " << static_cast<int>(kind);
  }
}

TEST(KeyPresence, IsThatOfTheTableForPrincipalsOfWhomLittleIsKnown) {
  for (const PrincipalKind kind : KeyPresences::kKinds) {
    ExpectPresence(kind, false);
  }
}

TEST(KeyPresence, IsThatOfTheTableForPrincipalsOfWhomAllIsKnown) {
  for (const PrincipalKind kind : KeyPresences::kKinds) {
    ExpectPresence(kind, true);
  }
}

}  // namespace
}  // namespace rolegate
