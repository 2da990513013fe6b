// Policy documents beside the trees that the parser makes of them, or beside
// all their faults.  What a tree must have for its kind of policy is
// validate_test.cc's matter.

#include "engine/policy/parse.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/policy_tables.h"

namespace rolegate {
namespace {

std::string Quoted(const std::vector<SourceText>& texts) {
  std::string out;
  for (const SourceText& text : texts) {
    absl::StrAppend(&out, " `", text.value, "`");
  }
  return out;
}

std::string Shown(const StatementDocument& statement) {
  std::string out = absl::StrCat(
      statement.path, statement.effect == Effect::kAllow ? " allow" : " deny");
  if (statement.sid) absl::StrAppend(&out, " `", statement.sid->value, "`");
  out += '\n';
  if (statement.principal) {
    const PrincipalElement& principal = *statement.principal;
    absl::StrAppend(&out, principal.negated ? "  NotPrincipal" : "  Principal",
                    principal.bare_star ? " bare" : "");
    for (const PrincipalEntry& entry : principal.entries) {
      absl::StrAppend(&out, " ", PrincipalTypeName(entry.type), " `",
                      entry.text.value, "`");
    }
    out += '\n';
  }
  if (statement.action) {
    absl::StrAppend(&out,
                    statement.action->negated ? "  NotAction" : "  Action",
                    Quoted(statement.action->patterns), "\n");
  }
  if (statement.resource) {
    absl::StrAppend(
        &out, statement.resource->negated ? "  NotResource" : "  Resource",
        Quoted(statement.resource->patterns), "\n");
  }
  for (const ConditionClause& clause : statement.conditions) {
    absl::StrAppend(&out, "  ", ConditionOperatorName(clause.op), " `",
                    clause.key.value, "`", Quoted(clause.values), "\n");
  }
  for (const SourceText& empty : statement.empty_conditions) {
    absl::StrAppend(&out, "  `", empty.value, "` without keys\n");
  }
  return out;
}

std::string Shown(const PolicyDocument& policy) {
  std::string out = policy.version == PolicyVersion::k2012_10_17
                        ? "version 2012-10-17"
                        : "version 2008-10-17";
  if (!policy.has_version) out += " by default";
  if (policy.id) absl::StrAppend(&out, ", id `", policy.id->value, "`");
  out += '\n';
  for (const StatementDocument& statement : policy.statements) {
    out += Shown(statement);
  }
  return out;
}

struct Case {
  const char* description;
  const char* document;
  const char* tree_or_faults;
};

std::string TreeOrFaults(const std::string& text) {
  const auto json = testing::ParseJson(text);
  if (json == nullptr) return "";
  Diagnostics diagnostics;
  DocumentFaults faults(*json, "", "", Position(), &diagnostics);
  const PolicyDocument policy = ParsePolicy(json->root(), faults);
  return faults.count() == 0 ? Shown(policy) : testing::FaultLines(diagnostics);
}

constexpr Case kTrees[] = {
    {"a statement with every element that may stand beside others", R"({
       "Version": "2012-10-17",
       "Id": "example",
       "Statement": [{
         "Sid": "ReadHome",
         "Effect": "Allow",
         "Principal": {"AWS": ["111122223333", "*"],
                       "Service": "ec2.amazonaws.com"},
         "Action": ["s3:Get*", "s3:ListBucket"],
         "Resource": "arn:aws:s3:::home/*",
         "Condition": {"StringLike": {"aws:username": ["a*", "b*"]},
                       "Bool": {"aws:SecureTransport": true}}
       }]})",
     R"(
version 2012-10-17, id `example`
Statement[0] allow `ReadHome`
  Principal AWS `111122223333` AWS `*` Service `ec2.amazonaws.com`
  Action `s3:Get*` `s3:ListBucket`
  Resource `arn:aws:s3:::home/*`
  StringLike `aws:username` `a*` `b*`
  Bool `aws:SecureTransport` `true`
)"},
    {"elements with Not", R"({
       "Version": "2012-10-17",
       "Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": "*"},
                      "NotAction": "s3:*", "NotResource": "*"}]})",
     R"(
version 2012-10-17
Statement[0] deny
  NotPrincipal AWS `*`
  NotAction `s3:*`
  NotResource `*`
)"},
    {"one statement without a list, and the version that is the default",
     R"({"Statement": {"Effect": "Allow", "Principal": "*"}})", R"(
version 2008-10-17 by default
Statement allow
  Principal bare AWS `*`
)"},
    {"condition values that are numbers keep their spelling", R"({
       "Version": "2008-10-17",
       "Statement": [{"Effect": "Allow", "Condition": {
         "NumericLessThan": {"app:n": [1.50, "2"]},
         "ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"},
         "StringEquals": {}}}]})",
     R"(
version 2008-10-17
Statement[0] allow
  NumericLessThan `app:n` `1.50` `2`
  ForAnyValue:StringEqualsIfExists `aws:TagKeys` `a`
  `StringEquals` without keys
)"},
};

constexpr Case kFaults[] = {
    {"a document that is no object", R"(["Version"])", R"(
expected an object, found an array
)"},
    {"a document without statements", R"({"Version": "2012-10-17"})", R"(
a policy must have a `Statement`
)"},
    {"an empty list of statements", R"({"Statement": []})", R"(
Statement: a policy must have at least one statement
)"},
    {"statements of another type", R"({"Statement": [1, "x"]})", R"(
Statement[0]: expected an object, found a number
Statement[1]: expected an object, found a string
)"},
    {"a version that AWS does not have",
     R"({"Version": "2020-01-01", "Statement": [{"Effect": "Allow"}]})", R"(
Version: unknown policy version `2020-01-01`, expected `2012-10-17` or `2008-10-17`
)"},
    {"elements that nobody knows, in the document and in a statement", R"({
       "Comment": "",
       "Statement": [{"Effect": "Allow", "Actions": "s3:*"}]})",
     R"(
unknown element `Comment`, expected `Version`, `Id` or `Statement`
Statement[0]: unknown element `Actions`, expected `Sid`, `Effect`, `Condition`, or `Principal`, `Action` or `Resource`, each also with `Not` in front
)"},
    {"every statement is looked through, and each fault is told", R"({
       "Statement": [
         {"Action": "s3:*"},
         {"Effect": "allow"},
         {"Effect": null, "Sid": 7}]})",
     R"(
Statement[0]: a statement must have an `Effect`
Statement[1].Effect: unknown effect `allow`, expected `Allow` or `Deny`
Statement[2].Effect: expected a string, found null
Statement[2].Sid: expected a string, found a number
)"},
    {"an element beside the same one with Not", R"({
       "Statement": [{"Effect": "Deny",
         "Action": "s3:*", "NotAction": "ec2:*",
         "Resource": "*", "NotResource": "*",
         "Principal": "*", "NotPrincipal": "*"}]})",
     R"(
Statement[0]: a statement cannot have both `Action` and `NotAction`
Statement[0]: a statement cannot have both `Resource` and `NotResource`
Statement[0]: a statement cannot have both `Principal` and `NotPrincipal`
)"},
    {"lists that are empty or of another type", R"({
       "Statement": [{"Effect": "Allow", "Action": [], "Resource": {},
                      "NotPrincipal": {"AWS": ["*", 1]}}]})",
     R"(
Statement[0].Action: the list is empty, expected at least one value
Statement[0].Resource: expected a string or a list, found an object
Statement[0].NotPrincipal.AWS[1]: expected a string, found a number
)"},
    {"principals", R"({
       "Statement": [
         {"Effect": "Allow", "Principal": "111122223333"},
         {"Effect": "Allow", "Principal": {}},
         {"Effect": "Allow", "Principal": {"aws": "*"}},
         {"Effect": "Allow", "Principal": 1}]})",
     R"(
Statement[0].Principal: expected an object or `*`, found `111122223333`
Statement[1].Principal: the object is empty, expected `AWS`, `Service`, `Federated` or `CanonicalUser` in it
Statement[2].Principal: unknown kind of principal `aws`, expected `AWS`, `Service`, `Federated` or `CanonicalUser`
Statement[3].Principal: expected an object or `*`, found a number
)"},
    {"conditions", R"({
       "Statement": [
         {"Effect": "Allow", "Condition": "x"},
         {"Effect": "Allow", "Condition": {"StringEqual": {"a:b": "c"},
                                           "Colour": {"a:b": "c"},
                                           "StringLike": ["a:b"],
                                           "Bool": {"": true, "a:b": []},
                                           "Null": {"a:b": [true, {}]}}}]})",
     R"(
Statement[0].Condition: expected an object, found a string
Statement[1].Condition.StringEqual: unknown operator `StringEqual`, did you mean `StringEquals`?
Statement[1].Condition.Colour: unknown operator `Colour`, expected one such as `StringEquals`
Statement[1].Condition.StringLike: expected an object of condition keys, found an array
Statement[1].Condition.Bool: the condition key is empty, expected one such as `aws:SourceIp`
Statement[1].Condition.Bool.a:b: the list is empty, expected at least one value
Statement[1].Condition.Null.a:b[1]: expected a string, number or boolean, found an object
)"},
};

TEST(ParsePolicy, MakesATreeOfADocument) {
  for (const Case& c : kTrees) {
    EXPECT_EQ(TreeOrFaults(c.document), testing::Row(c.tree_or_faults))
        << c.description;
  }
}

TEST(ParsePolicy, TellsEveryFault) {
  for (const Case& c : kFaults) {
    EXPECT_EQ(TreeOrFaults(c.document), testing::Row(c.tree_or_faults))
        << c.description;
  }
}

TEST(ParsePolicy, TellsWhereAFaultStands) {
  const auto json = testing::ParseJson(
      "{\"Statement\": [\n  {\"Effect\": \"Allow\"},\n  {\"Effect\": 1}]}");
  Diagnostics diagnostics;
  DocumentFaults faults(*json, "p.json", "Policies[3]", Position(),
                        &diagnostics);
  ParsePolicy(json->root(), faults);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(ToString(diagnostics[0]),
            "p.json:3:14 Policies[3].Statement[1].Effect: expected a string, "
            "found a number");
}

}  // namespace
}  // namespace rolegate
