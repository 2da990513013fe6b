// Administrators come from outside the registry alone.

#include "service/identity/administration.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/config/principal_name.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace rolegate::service {
namespace {

using ::rolegate::testing::Policy;
using ::rolegate::testing::TempDir;
using ::testing::HasSubstr;

constexpr char kAdmin[] = "arn:aws:iam::123456789012:user/admin";
constexpr char kRemedy[] =
    ": name the user's ARN or the service principal that "
    "`listeners[].mappings`, `principal` or `principals` gives to the "
    "administrator's certificate, token or socket";

std::string Statement(const std::string& effect, const std::string& element) {
  return absl::StrCat(R"({"Effect": ")", effect, R"(", )", element,
                      R"(, "Action": "rolegate:*", "Resource": "*"})");
}

std::string Faults(const std::string& policy) {
  const TempDir dir;
  Administration administration(dir.Write("admin.json", policy));
  std::string text;
  for (const Diagnostic& fault : administration.Load()) {
    absl::StrAppend(&text, fault.path, ": ", fault.message, "\n");
  }
  return text;
}

TEST(Administration, NamesUsersAndServicePrincipalsOnly) {
  const struct {
    const char* name;
    const char* effect;
    const char* element;
    const char* why;  // empty: it loads
  } kCases[] = {
      {"a user", "Allow",
       R"("Principal": {"AWS": "arn:aws:iam::123456789012:user/ops/ann"})", ""},
      {"a service principal", "Allow", R"("Principal": {"Service": "ops"})",
       ""},
      {"a role", "Allow",
       R"("Principal": {"AWS": "arn:aws:iam::123456789012:role/Admin"})",
       "`arn:aws:iam::123456789012:role/Admin` is a role, and whoever writes "
       "the registry decides who holds a session of it"},
      {"a role behind a user", "Allow",
       R"("Principal": {"AWS": ["arn:aws:iam::123456789012:user/ann",
                                "arn:aws:iam::123456789012:role/ops/Admin"]})",
       "`arn:aws:iam::123456789012:role/ops/Admin` is a role"},
      {"a session", "Allow",
       R"("Principal": {"AWS": "arn:aws:sts::123456789012:assumed-role/A/ann"})",
       "`arn:aws:sts::123456789012:assumed-role/A/ann` is a session, and "
       "whoever writes the registry decides who holds a session of it"},
      {"a federated user", "Allow",
       R"("Principal": {"AWS": "arn:aws:sts::123456789012:federated-user/a"})",
       "is a session"},
      {"an account by its number", "Allow",
       R"("Principal": {"AWS": "123456789012"})",
       "`123456789012` names no one caller: it would match sessions too"},
      {"an account by its root", "Allow",
       R"("Principal": {"AWS": "arn:aws:iam::123456789012:root"})",
       "`123456789012` names no one caller: it would match sessions too"},
      {"everybody", "Allow", R"("Principal": "*")",
       "`*` names no one caller: it would match sessions too"},
      {"everybody, as AWS writes it", "Allow", R"("Principal": {"AWS": "*"})",
       "`*` names no one caller"},
      {"a role's unique id", "Allow",
       R"("Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"})",
       "`AROAEXAMPLEEXAMPLE123` is a unique id, and the registry says whose "
       "it is"},
      {"a user's unique id", "Allow",
       R"("Principal": {"AWS": "AIDAEXAMPLEEXAMPLE123"})", "is a unique id"},
      {"an identity provider", "Allow",
       R"("Principal": {"Federated": "accounts.google.com"})",
       "is an identity provider, and its tokens call by a mapping only"},
      {"a canonical user", "Allow", R"("Principal": {"CanonicalUser": "79a5"})",
       "matches nobody"},
      {"a Deny of everybody", "Deny", R"("Principal": "*")", ""},
      {"a Deny of an account", "Deny",
       R"("Principal": {"AWS": "123456789012"})", ""},
      {"a Deny of all but one", "Deny",
       R"("NotPrincipal": {"AWS": ["arn:aws:iam::123456789012:user/ann",
                                   "123456789012"]})",
       ""},
      {"a Deny of a role", "Deny",
       R"("Principal": {"AWS": "arn:aws:iam::123456789012:role/Admin"})",
       "is a role"},
      {"a Deny that spares a session", "Deny",
       R"("NotPrincipal": {"AWS":
             "arn:aws:sts::123456789012:assumed-role/A/a"})",
       "is a session"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const std::string faults = Faults(Policy(Statement(c.effect, c.element)));
    if (*c.why == '\0') {
      EXPECT_EQ(faults, "");
    } else {
      EXPECT_THAT(faults, HasSubstr(c.why));
      EXPECT_THAT(faults, HasSubstr(kRemedy));
      EXPECT_THAT(faults, HasSubstr("rincipal: `"));
    }
  }
}

TEST(Administration, AFaultNamesEveryStatementAndItsLine) {
  const TempDir dir;
  Administration administration(dir.Write(
      "admin.json",
      Policy(absl::StrCat(
          Statement("Allow", R"("Principal": {"Service": "ops"})"), ",\n",
          Statement("Allow", R"("Principal": {"AWS": "123456789012"})"), ",\n",
          Statement("Allow", R"("Principal": "*")")))));
  const Diagnostics faults = administration.Load();
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].path, "Statement[1].Principal");
  EXPECT_EQ(faults[0].position.line, 2);
  EXPECT_EQ(faults[0].code, "NoAdministrator");
  EXPECT_EQ(faults[1].path, "Statement[2].Principal");
  EXPECT_EQ(faults[1].position.line, 3);
}

TEST(Administration, AFileThatBecomesFaultyLeavesThePolicyInForce) {
  const TempDir dir;
  const std::string file = dir.Write(
      "admin.json",
      Policy(Statement("Allow", absl::StrCat(R"("Principal": {"AWS": ")",
                                             kAdmin, R"("})"))));
  Administration administration(file);
  EXPECT_TRUE(administration.Load().empty());
  dir.Write("admin.json", Policy(Statement("Allow", R"("Principal": "*")")));
  EXPECT_FALSE(administration.Load().empty());
  Caller caller;
  caller.proof = Proof::kCertificate;
  caller.subject.principal = *ParsePrincipalName(kAdmin);
  EXPECT_TRUE(administration.Allows(caller, kReloadRegistry, kRegistryResource,
                                    nullptr, absl::Now()));
  caller.subject.principal = *ParsePrincipalName("service:other");
  EXPECT_FALSE(administration.Allows(caller, kReloadRegistry, kRegistryResource,
                                     nullptr, absl::Now()));
}

// The same principal, by everything that its identity can rest on.
TEST(Administration, IsForWhomAConnectionProvesAlone) {
  const TempDir dir;
  Administration with_policy(dir.Write(
      "admin.json",
      Policy(Statement("Allow", absl::StrCat(R"("Principal": {"AWS": ")",
                                             kAdmin, R"("})")))));
  ASSERT_TRUE(with_policy.Load().empty());
  const Administration without("");
  const struct {
    const char* name;
    Proof proof;
    bool with_policy;
    bool without;
  } kCases[] = {
      {"nothing", Proof::kNone, false, false},
      {"a session", Proof::kSession, false, false},
      {"its own word under --dev", Proof::kName, true, true},
      {"a socket", Proof::kSocket, true, false},
      {"a certificate", Proof::kCertificate, true, false},
      {"a mapped token", Proof::kToken, true, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    Caller caller;
    caller.proof = c.proof;
    caller.subject.principal = *ParsePrincipalName(kAdmin);
    const auto may = [&](const Administration& administration) {
      return administration.Allows(caller, kReadRegistry, kRegistryResource,
                                   nullptr, absl::Now());
    };
    EXPECT_EQ(may(with_policy), c.with_policy);
    EXPECT_EQ(may(without), c.without);
    // Whatever is said of the proof, a subject with a session is one.
    caller.subject.session = std::make_shared<RoleSession>();
    EXPECT_FALSE(may(with_policy));
    EXPECT_FALSE(may(without));
  }
}

}  // namespace
}  // namespace rolegate::service
