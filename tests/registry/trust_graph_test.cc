// Who may assume what, as trust policies say it.

#include "engine/registry/trust_graph.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"

namespace rolegate {
namespace {

using ::rolegate::testing::Allow;
using ::rolegate::testing::Policy;
using ::rolegate::testing::RoleArn;
using ::rolegate::testing::Trust;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kHere[] = "123456789012";
constexpr char kThere[] = "210987654321";

// An id as AWS makes them.
std::string IdOf(const std::string& name) {
  return absl::StrCat("AROA", absl::AsciiStrToUpper(name), "0123456789AB");
}

std::string RoleOf(const std::string& name, const std::string& trust,
                   const std::string& account = kHere) {
  return absl::StrReplaceAll(
      testing::Role(name, trust, Allow("s3:*"), "", account),
      {{absl::StrCat("AROA", name), IdOf(name)}});
}

// A trust statement; `element` is `"Principal": …` or `"NotPrincipal": …`.
std::string Statement(
    const std::string& effect, const std::string& element,
    const std::string& more = R"("Action": "sts:AssumeRole")") {
  return absl::StrCat(R"({"Effect": ")", effect, R"(", )", element, ", ", more,
                      "}");
}
std::string Names(const std::string& arn) {
  return absl::StrCat(R"({"AWS": ")", arn, R"("})");
}

std::shared_ptr<const Snapshot> Load(const std::vector<std::string>& entities) {
  Diagnostics faults;
  auto snapshot = BuildSnapshot(
      {ParseRegistryFile("a.json",
                         absl::StrCat("[", absl::StrJoin(entities, ",\n"), "]"),
                         RegistryOptions())},
      RegistryOptions(), &faults);
  for (const Diagnostic& fault : faults) ADD_FAILURE() << ToString(fault);
  return snapshot;
}

const std::string kOidc = absl::StrCat(
    R"({"OpenIDConnectProvider": {"Arn": "arn:aws:iam::)", kHere,
    R"(:oidc-provider/id.example/a", "Url": "https://id.example/a", )",
    R"("ClientIDList": ["rolegate"]}})");

std::string Show(const AssumeActions& actions) {
  std::vector<std::string> names;
  if (actions.assume_role) names.emplace_back("role");
  if (actions.web_identity) names.emplace_back("web");
  if (actions.saml) names.emplace_back("saml");
  return absl::StrJoin(names, "+");
}

std::string Show(const TrustEdge& edge) {
  return absl::StrCat(
      edge.effect == Effect::kAllow ? "allow " : "deny ",
      edge.spares ? "all but " : "", PrincipalKindName(edge.kind), " ",
      edge.principal, " by ", Show(edge.actions),
      edge.conditional ? ", conditional" : "", edge.known ? "" : ", unknown",
      edge.crosses_accounts ? ", from another account" : "",
      edge.needs_own_policy ? ", needs its own policy" : "");
}

std::vector<std::string> ShowAll(const std::vector<TrustEdge>& edges) {
  std::vector<std::string> shown;
  for (const TrustEdge& edge : edges) shown.push_back(Show(edge));
  return shown;
}

TEST(TrustGraph, SaysWhatAStatementSays) {
  const std::string here = RoleArn("Known");
  const struct {
    const char* description;
    std::string statements;
    std::vector<std::string> edges;
  } kCases[] = {
      {"a role of the registry",
       Statement("Allow", absl::StrCat(R"("Principal": )", Names(here))),
       {absl::StrCat("allow role ", here, " by role")}},
      {"a role that the registry does not hold",
       Statement("Allow",
                 absl::StrCat(R"("Principal": )", Names(RoleArn("Nobody")))),
       {absl::StrCat("allow role ", RoleArn("Nobody"), " by role, unknown")}},
      {"a role of another account",
       Statement("Allow", absl::StrCat(R"("Principal": )",
                                       Names(RoleArn("Far", kThere)))),
       {absl::StrCat("allow role ", RoleArn("Far", kThere),
                     " by role, from another account, needs its own policy")}},
      {"a session of a role",
       Statement("Allow", R"("Principal": {"AWS": "arn:aws:sts::123456789012:)"
                          R"(assumed-role/Known/ann"})"),
       {"allow role-session arn:aws:sts::123456789012:assumed-role/Known/ann "
        "by role"}},
      {"a role by its unique id",
       Statement("Allow",
                 absl::StrCat(R"("Principal": )", Names(IdOf("Known")))),
       {absl::StrCat("allow unique-id ", IdOf("Known"), " by role")}},
      {"a unique id of nobody",
       Statement("Allow",
                 absl::StrCat(R"("Principal": )", Names(IdOf("Gone")))),
       {absl::StrCat("allow unique-id ", IdOf("Gone"), " by role, unknown")}},
      {"a user",
       Statement("Allow", R"("Principal": {"AWS": )"
                          R"("arn:aws:iam::123456789012:user/ann"})"),
       {"allow user arn:aws:iam::123456789012:user/ann by role"}},
      {"an account",
       Statement("Allow", R"("Principal": {"AWS": "123456789012"})"),
       {"allow account 123456789012 by role, needs its own policy"}},
      {"an account by its root user",
       Statement("Allow",
                 R"("Principal": {"AWS": "arn:aws:iam::210987654321:root"})"),
       {"allow account 210987654321 by role, from another account, needs its "
        "own policy"}},
      {"an account that the registry does not know",
       Statement("Allow", R"("Principal": {"AWS": "999999999999"})"),
       {"allow account 999999999999 by role, unknown, from another account, "
        "needs its own policy"}},
      {"a service",
       Statement("Allow", R"("Principal": {"Service": "ec2.amazonaws.com"})"),
       {"allow service ec2.amazonaws.com by role"}},
      {"a provider of the registry",
       Statement("Allow",
                 R"("Principal": {"Federated": "arn:aws:iam::123456789012:)"
                 R"(oidc-provider/id.example/a"})",
                 R"("Action": "sts:AssumeRoleWithWebIdentity", "Condition": )"
                 R"({"StringEquals": {"id.example/a:aud": "rolegate"}})"),
       {"allow provider arn:aws:iam::123456789012:oidc-provider/id.example/a "
        "by web, conditional"}},
      {"a provider that the registry does not hold",
       Statement("Allow",
                 R"("Principal": {"Federated": "arn:aws:iam::123456789012:)"
                 R"(saml-provider/x"})",
                 R"("Action": "sts:AssumeRoleWithSAML")"),
       {"allow provider arn:aws:iam::123456789012:saml-provider/x by saml, "
        "unknown"}},
      {"everyone",
       Statement("Allow", R"("Principal": "*")"),
       {"allow everyone * by role"}},
      {"a Deny",
       Statement("Deny", R"("Principal": {"AWS": "123456789012"})"),
       {"deny account 123456789012 by role, needs its own policy"}},
      {"a Deny that spares some",
       Statement("Deny",
                 absl::StrCat(R"("NotPrincipal": {"AWS": ["123456789012", ")",
                              here, R"("]})")),
       {"deny all but account 123456789012 by role, needs its own policy",
        absl::StrCat("deny all but role ", here, " by role")}},
      {"several principals in turn",
       Statement("Allow", R"("Principal": {"AWS": ["123456789012", "*"]})"),
       {"allow account 123456789012 by role, needs its own policy",
        "allow everyone * by role"}},
      {"all actions",
       Statement("Allow", R"("Principal": "*")", R"("Action": "sts:*")"),
       {"allow everyone * by role+web+saml"}},
      {"all but one action",
       Statement("Allow", R"("Principal": "*")",
                 R"("NotAction": "sts:AssumeRole")"),
       {"allow everyone * by web+saml"}},
      {"an action that assumes nothing",
       Statement("Allow", R"("Principal": "*")",
                 R"("Action": "sts:TagSession")"),
       {}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    const auto snapshot =
        Load({RoleOf("Target", Policy(c.statements)),
              RoleOf("Known", Trust(testing::kEc2)),
              RoleOf("Far", Trust(testing::kEc2), kThere), kOidc,
              R"({"UserName": "ann", "Arn": )"
              R"("arn:aws:iam::123456789012:user/ann"})"});
    ASSERT_NE(snapshot, nullptr);
    const TrustGraph graph(snapshot);
    EXPECT_EQ(ShowAll(graph.Into(*snapshot->FindRole(RoleArn("Target")), 100)),
              c.edges);
  }
}

// A chain A -> B -> C, beside it others that come to B.
std::shared_ptr<const Snapshot> Chain() {
  return Load(
      {RoleOf("A", Trust(R"({"AWS": "123456789012"})")),
       RoleOf("B",
              Policy(absl::StrCat(
                  Statement("Allow", absl::StrCat(R"("Principal": )",
                                                  Names(RoleArn("A")))),
                  ",",
                  Statement("Deny", R"("Principal": {"AWS": "arn:aws:sts::)"
                                    R"(123456789012:assumed-role/A/bob"})")))),
       RoleOf("C", Trust(Names(IdOf("B")))),
       RoleOf("D",
              Trust(absl::StrCat(R"({"AWS": [")", RoleArn("B"), R"(", ")",
                                 RoleArn("A"), R"("]})")),
              kThere)});
}

std::vector<std::string> Targets(const std::vector<TrustEdge>& edges) {
  std::vector<std::string> names;
  for (const TrustEdge& edge : edges) names.emplace_back(edge.role->name());
  return names;
}

TEST(TrustGraph, FindsWhatSomebodyMayAssume) {
  const auto snapshot = Chain();
  const TrustGraph graph(snapshot);
  const Role& a = *snapshot->FindRole(RoleArn("A"));
  const Role& b = *snapshot->FindRole(RoleArn("B"));
  EXPECT_EQ(graph.size(), 6u);
  // It is named by its ARN, by a session, and in another account.
  EXPECT_THAT(Targets(graph.FromRole(a, 100)), ElementsAre("B", "B", "D"));
  EXPECT_EQ(graph.CountFromRole(a), 3u);
  EXPECT_THAT(Targets(graph.FromRole(a, 1)), ElementsAre("B"));
  // Its unique id names it, too.
  EXPECT_THAT(Targets(graph.FromRole(b, 100)), ElementsAre("C", "D"));
  using Kind = PrincipalPatternKind;
  EXPECT_THAT(Targets(graph.From(Kind::kAccount, kHere, 100)),
              ElementsAre("A"));
  EXPECT_THAT(Targets(graph.From(Kind::kRole, RoleArn("A"), 100)),
              ElementsAre("B", "D"));
  EXPECT_THAT(Targets(graph.From(Kind::kUniqueId, IdOf("B"), 100)),
              ElementsAre("C"));
  EXPECT_EQ(graph.CountFrom(Kind::kAccount, kThere), 0u);
}

TEST(TrustGraph, WhomAStatementSparesItGivesNothing) {
  const auto snapshot = Load(
      {RoleOf("A", Trust(testing::kEc2)),
       RoleOf("B",
              Policy(Statement("Deny", absl::StrCat(R"("NotPrincipal": )",
                                                    Names(RoleArn("A"))))))});
  const TrustGraph graph(snapshot);
  EXPECT_THAT(graph.FromRole(*snapshot->FindRole(RoleArn("A")), 100),
              IsEmpty());
}

std::string Show(const TrustNeighbourhood& found) {
  std::vector<std::string> lines;
  for (const auto& node : found.nodes) {
    lines.push_back(absl::StrCat(
        node.role != nullptr ? node.role->name() : node.name, " at ",
        node.distance,
        node.left_out > 0 ? absl::StrCat(", ", node.left_out, " left out")
                          : ""));
  }
  for (const auto& link : found.links) {
    const auto name = [&](std::size_t i) -> std::string {
      const auto& node = found.nodes[i];
      return std::string(node.role != nullptr ? node.role->name() : node.name);
    };
    lines.push_back(absl::StrCat(
        name(link.from), link.edge.effect == Effect::kAllow ? " -> " : " -x ",
        name(link.to)));
  }
  return absl::StrJoin(lines, "\n");
}

TEST(TrustGraph, ShowsANeighbourhoodNearestFirst) {
  const auto snapshot = Chain();
  const TrustGraph graph(snapshot);
  const struct {
    const char* description;
    const char* centre;
    TrustNeighbourhoodOptions options;
    const char* shown;
  } kCases[] = {
      {"one edge each way",
       "B",
       {.depth = 1},
       "B at 0\nA at -1\nC at 1\nD at 1\n"
       "A -> B\nA -x B\nB -> C\nB -> D"},
      {"two edges each way",
       "B",
       {.depth = 2},
       "B at 0\nA at -1\nC at 1\nD at 1\n123456789012 at -2\n"
       "A -> B\nA -x B\nB -> C\nB -> D\n123456789012 -> A"},
      {"a chain",
       "A",
       {.depth = 2},
       "A at 0\n123456789012 at -1\nB at 1\nD at 1\nC at 2\n"
       "123456789012 -> A\nA -> B\nA -x B\nA -> D\nB -> C\nB -> D"},
      {"no room for more nodes",
       "B",
       {.depth = 2, .max_nodes = 3},
       "B at 0, 1 left out\nA at -1, 1 left out\nC at 1\n"
       "A -> B\nA -x B\nB -> C"},
      {"few edges of each",
       "A",
       {.depth = 1, .max_fan = 1},
       "A at 0, 2 left out\n123456789012 at -1\nB at 1\n"
       "123456789012 -> A\nA -> B"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(Show(NeighbourhoodOf(
                  graph, *snapshot->FindRole(RoleArn(c.centre)), c.options)),
              c.shown);
  }
}

TEST(TrustGraph, EverybodyButSomeIsNotEverybody) {
  const auto snapshot = Load({RoleOf(
      "A", Policy(absl::StrCat(
               Statement("Deny", R"("Principal": "*")"), ",",
               Statement("Deny", R"("NotPrincipal": {"AWS": ["123456789012",
                         "arn:aws:iam::123456789012:user/ann"]})"))))});
  const TrustGraph graph(snapshot);
  EXPECT_EQ(Show(NeighbourhoodOf(graph, *snapshot->FindRole(RoleArn("A")),
                                 {.depth = 1})),
            "A at 0\n* at -1\n at -1\n* -x A\n -x A");
}

TEST(TrustGraph, GoesRoundACircleOnce) {
  const auto snapshot = Load({RoleOf("A", Trust(Names(RoleArn("B")))),
                              RoleOf("B", Trust(Names(RoleArn("A")))),
                              RoleOf("Self", Trust(Names(RoleArn("Self"))))});
  const TrustGraph graph(snapshot);
  EXPECT_EQ(Show(NeighbourhoodOf(graph, *snapshot->FindRole(RoleArn("A")),
                                 {.depth = 9})),
            "A at 0\nB at -1\nB -> A\nA -> B");
  EXPECT_EQ(Show(NeighbourhoodOf(graph, *snapshot->FindRole(RoleArn("Self")),
                                 {.depth = 9})),
            "Self at 0\nSelf -> Self");
}

TEST(TrustGraph, DescribesATrustPolicyForPeople) {
  const auto snapshot = Load(
      {RoleOf("A", Policy(R"({"Sid": "Guard", "Effect": "Deny", "NotPrincipal":
                 {"AWS": "123456789012"}, "NotAction": "sts:TagSession",
                 "Condition": {
                   "StringNotEqualsIfExists": {"sts:ExternalId": ["a", "b"]},
                   "ArnLike": {"aws:PrincipalArn":
                       "arn:aws:iam::123456789012:role/${aws:username}*"}}})"))});
  const auto statements = DescribeTrust(*snapshot->FindRole(RoleArn("A")), 10);
  ASSERT_EQ(statements.size(), 1u);
  const TrustStatement& guard = statements[0];
  EXPECT_EQ(guard.sid, "Guard");
  EXPECT_EQ(guard.line, 1);
  EXPECT_EQ(guard.effect, Effect::kDeny);
  EXPECT_TRUE(guard.not_principal);
  EXPECT_TRUE(guard.not_action);
  EXPECT_THAT(guard.principals, ElementsAre("123456789012"));
  EXPECT_THAT(guard.actions, ElementsAre("sts:tagsession"));
  ASSERT_EQ(guard.conditions.size(), 2u);
  EXPECT_EQ(guard.conditions[0].op, "StringNotEqualsIfExists");
  EXPECT_EQ(guard.conditions[0].key, "sts:ExternalId");
  EXPECT_THAT(guard.conditions[0].values, ElementsAre("a", "b"));
  EXPECT_THAT(guard.conditions[1].values,
              ElementsAre("arn:aws:iam::123456789012:role/${aws:username}*"));
}

TEST(TrustGraph, LongListsAreCutAndCounted) {
  std::vector<std::string> values;
  for (int i = 0; i < 60; ++i) values.push_back(absl::StrCat("\"", i, "\""));
  std::vector<std::string> principals;
  for (int i = 0; i < 60; ++i) {
    principals.push_back(absl::StrCat("\"", 100000000000 + i, "\""));
  }
  const std::string statement = absl::StrCat(
      R"({"Effect": "Allow", "Principal": {"AWS": [)",
      absl::StrJoin(principals, ","),
      R"(]}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": )",
      R"({"sts:ExternalId": [)", absl::StrJoin(values, ","), "]}}}");
  const auto snapshot =
      Load({RoleOf("A", Policy(absl::StrCat(statement, ",", statement)))});
  const Role& role = *snapshot->FindRole(RoleArn("A"));
  const auto statements = DescribeTrust(role, 1);
  ASSERT_EQ(statements.size(), 1u);
  EXPECT_EQ(statements[0].principals.size(), TrustStatement::kMaxListed);
  EXPECT_EQ(statements[0].more_principals, 10u);
  ASSERT_EQ(statements[0].conditions.size(), 1u);
  EXPECT_EQ(statements[0].conditions[0].more_values, 10u);
  EXPECT_EQ(TrustGraph(snapshot).Into(role, 7).size(), 7u);
}

}  // namespace
}  // namespace rolegate
