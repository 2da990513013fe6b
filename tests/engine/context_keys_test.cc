// Condition keys that AWS defines are known by their names, whatever the case,
// and nothing else is; who supplies a key may set it; and the documentation
// shows the table.

#include "engine/policy/context_keys.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/support/paths.h"

namespace rolegate {
namespace {

TEST(KnownKeys, AreFoundByName) {
  ASSERT_GE(KnownKeys().size(), 90u);
  for (const KnownKey& key : KnownKeys()) {
    SCOPED_TRACE(key.name);
    const bool takes_tag = key.name.back() == '/';
    const std::string name = absl::StrCat(key.name, takes_tag ? "a/b" : "");
    EXPECT_EQ(FindKnownKey(name), &key);
    EXPECT_EQ(FindKnownKey(absl::AsciiStrToUpper(name)), &key);
    EXPECT_EQ(FindKnownKey(absl::AsciiStrToLower(name)), &key);
    if (takes_tag) {
      EXPECT_EQ(FindKnownKey(key.name), nullptr) << "without a tag's key";
    } else {
      EXPECT_EQ(FindKnownKey(absl::StrCat(name, "/a")), nullptr);
      EXPECT_EQ(FindKnownKey(absl::StrCat(name, "x")), nullptr);
    }
  }
}

TEST(KnownKeys, AreNoOthers) {
  for (const char* const name :
       {"", "/", "aws:", "aws:/", "aws:ResourceTag", "ResourceTag/team",
        "app:SourceIp", "aws:SourceI", " aws:SourceIp"}) {
    EXPECT_EQ(FindKnownKey(name), nullptr) << name;
  }
}

// Who may set a key follows from who supplies it.
TEST(KnownKeys, AreSetByWhoSuppliesThem) {
  struct Row {
    KeySource source;
    bool by_authorize;
    bool by_assume_role;
  };
  static constexpr Row kRows[] = {
      {KeySource::kEngine, false, false},  {KeySource::kSession, false, false},
      {KeySource::kCaller, true, true},    {KeySource::kAsker, true, false},
      {KeySource::kRequest, false, false}, {KeySource::kToken, false, false},
      {KeySource::kAws, true, false},
  };
  for (const KnownKey& key : KnownKeys()) {
    const std::string name = absl::StrCat(key.name, key.is_family() ? "a" : "");
    const auto may = [&](ContextUse use) {
      return CheckCallerKey(ContextKey(name), {}, use).ok();
    };
    for (const Row& row : kRows) {
      if (row.source != key.source) continue;
      EXPECT_EQ(may(ContextUse::kAuthorize), row.by_authorize) << name;
      EXPECT_EQ(may(ContextUse::kAssumeRole), row.by_assume_role) << name;
      EXPECT_TRUE(may(ContextUse::kSimulate)) << name;
    }
  }
}

TEST(KnownKeys, AreMadeFromKeysThatAreKnown) {
  for (const KnownKey& key : KnownKeys()) {
    if (key.made_from.empty()) continue;
    EXPECT_NE(FindKnownKey(key.made_from), nullptr) << key.name;
  }
}

std::string TypeOf(const KnownKey& key) {
  switch (key.values) {
    case KeyValues::kAccount:
      return "account number";
    case KeyValues::kOrganization:
      return "organization id";
    case KeyValues::kOrganizationPath:
      return "organization path";
    case KeyValues::kVpc:
      return "VPC id";
    case KeyValues::kVpcEndpoint:
      return "VPC endpoint id";
    case KeyValues::kPrincipalArn:
      return "ARN of a principal";
    case KeyValues::kUserId:
      return "unique id";
    case KeyValues::kUserName:
      return "user name";
    case KeyValues::kServiceName:
      return "service name";
    case KeyValues::kExternalId:
      return "external id";
    case KeyValues::kSessionName:
      return "session name";
    case KeyValues::kPrincipalKind:
      return "kind of principal";
    case KeyValues::kAny:
      break;
  }
  switch (key.type) {
    case KeyType::kString:
      return "string";
    case KeyType::kArn:
      return "ARN";
    case KeyType::kNumeric:
      return "number";
    case KeyType::kDate:
      return "date";
    case KeyType::kBool:
      return "boolean";
    case KeyType::kIpAddress:
      return "IP address";
  }
  return "";
}

std::string SupplierOf(KeySource source) {
  switch (source) {
    case KeySource::kEngine:
      return "Rolegate, from the question";
    case KeySource::kSession:
      return "Rolegate, from the session or the registry";
    case KeySource::kCaller:
      return "you";
    case KeySource::kAsker:
      return "you; AssumeRole reads it off its own call";
    case KeySource::kRequest:
      return "AssumeRole, from its request";
    case KeySource::kToken:
      return "the identity provider";
    case KeySource::kAws:
      return "you, for AWS alone knows it";
  }
  return "";
}

std::string NameOf(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kRoot:
      return "root users";
    case PrincipalKind::kUser:
      return "users";
    case PrincipalKind::kRoleSession:
      return "role sessions";
    case PrincipalKind::kFederatedUser:
      return "federated users";
    case PrincipalKind::kService:
      return "services";
    case PrincipalKind::kWebIdentity:
      return "web identities";
    case PrincipalKind::kSaml:
      return "SAML subjects";
    case PrincipalKind::kAnonymous:
      return "nobody";
  }
  return "";
}

// The kinds of principal for which a key has this presence; "all" for all.
std::string KindsOf(const KnownKey& key, KeyPresence presence) {
  std::vector<std::string> names;
  for (const PrincipalKind kind : KeyPresences::kKinds) {
    if (key.presence.Of(kind) == presence) names.push_back(NameOf(kind));
  }
  return names.size() == KeyPresences::kKinds.size()
             ? "all"
             : absl::StrJoin(names, ", ");
}

std::string DocumentationOf(const KnownKey& key) {
  return absl::StrCat("| `", key.name, key.is_family() ? "…" : "", "` | ",
                      TypeOf(key), key.multi_valued() ? ", several" : "", " | ",
                      SupplierOf(key.source), " | ",
                      KindsOf(key, KeyPresence::kAlways), " | ",
                      KindsOf(key, KeyPresence::kSometimes), " |\n");
}

// docs/condition-keys.md shows this table and nothing else.
TEST(KnownKeys, AreThoseOfTheDocumentation) {
  std::string table =
      "| key | value | who supplies it | always there for | sometimes there "
      "for |\n| --- | --- | --- | --- | --- |\n";
  for (const KnownKey& key : KnownKeys()) table += DocumentationOf(key);
  const std::string path = testing::SourcePath("/docs/condition-keys.md");
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(absl::StrContains(text.str(), table))
      << path << " lacks this table; paste it there:\n"
      << table;
}

}  // namespace
}  // namespace rolegate
