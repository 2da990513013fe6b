// Statements beside the dump of the program that they compile to, or beside
// the faults of their condition values.  On a mismatch the test prints the
// actual dump, ready to be pasted.

#include "engine/program/compile.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/policy/action_name.h"
#include "engine/program/policy.h"
#include "gtest/gtest.h"
#include "tests/support/policy_tables.h"

namespace rolegate {
namespace {

struct Case {
  const char* description;
  PolicyKind kind;
  const char* statements;
  const char* dump_or_faults;
};

std::string DumpOrFaults(const std::string& statements, PolicyKind kind,
                         const std::string& version = "2012-10-17") {
  Diagnostics faults;
  const auto policy = Policy::CompileText(
      absl::StrCat(R"({"Version": ")", version, R"(", "Statement": [)",
                   statements, "]}"),
      kind, {"p", "", ""}, &faults);
  return policy != nullptr ? policy->program().Dump()
                           : testing::FaultLines(faults);
}

constexpr Case kStatements[] = {
    {"the example of program.h", PolicyKind::kIdentity,
     R"({"Sid": "ReadHome", "Effect": "Allow", "Action": "s3:Get*",
         "Resource": "arn:aws:s3:::home/${aws:username}/*",
         "Condition": {"StringEquals": {"app:team": ["red", "blue"]}}})",
     R"(
0 allow `ReadHome`, service s3
  action glob s3:get*
  resource [arn:aws:s3:::home/][$aws:username][/][*]
  if StringEquals app:team [red] [blue]
)"},
    {"what belongs to a statement ends where the next one begins",
     PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": ["s3:Get*", "ec2:RunInstances"],
         "Resource": ["*", "arn:aws:s3:::b"]},
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "*"},
        {"Effect": "Deny", "Action": "S3:PutObject", "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": false}}})",
     R"(
0 allow, any service
  action glob s3:get*
  action exact ec2:runinstances
  resource all
  resource [arn:aws:s3:::b]
1 deny, any service
  not-action glob s3:*
  not-resource all
2 deny, service s3
  action exact s3:putobject
  resource all
  if Bool aws:SecureTransport [false]
)"},
    {"actions", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Resource": "*",
         "Action": ["*", "**", "s3:", "s3:Get,Put", "s3:Get?", "s3:Get"]})",
     R"(
0 allow, any service
  action all
  action all
  action nothing
  action nothing
  action glob s3:get?
  action exact s3:get
  resource all
)"},
    {"principals", PolicyKind::kTrust,
     R"({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
         "AWS": ["*", "111122223333", "arn:aws:iam::111122223333:root",
                 "arn:aws:iam::111122223333:user/a",
                 "arn:aws:iam::111122223333:role/p/r",
                 "arn:aws:sts::111122223333:assumed-role/r/s",
                 "arn:aws:sts::111122223333:federated-user/f",
                 "AIDAEXAMPLEEXAMPLE"],
         "Service": "ec2.amazonaws.com",
         "Federated": "accounts.google.com",
         "CanonicalUser": "79a5"}})",
     R"(
0 allow, service sts
  principal everyone *
  principal account 111122223333
  principal account 111122223333
  principal user arn:aws:iam::111122223333:user/a
  principal role arn:aws:iam::111122223333:role/p/r
  principal role-session arn:aws:sts::111122223333:assumed-role/r/s
  principal federated-user arn:aws:sts::111122223333:federated-user/f
  principal unique-id AIDAEXAMPLEEXAMPLE
  principal service ec2.amazonaws.com
  principal federated accounts.google.com
  principal nobody 79a5
  action exact sts:assumerole
)"},
    {"NotPrincipal", PolicyKind::kResource,
     R"({"Effect": "Deny", "Action": "s3:*", "Resource": "*",
         "NotPrincipal": {"AWS": "111122223333"}})",
     R"(
0 deny, service s3
  not-principal account 111122223333
  action glob s3:*
  resource all
)"},
    {"a short ARN is completed with wildcards", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3*"})",
     R"(
0 allow, service s3
  action glob s3:*
  resource [arn:aws:s3][*][:][*][:][*][:][*]
)"},
    {"in a resource policy a short ARN without a wildcard matches nothing",
     PolicyKind::kResource,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:x"})",
     R"(
0 allow, service s3
  action glob s3:*
  resource nothing
)"},
};

constexpr Case kTemplates[] = {
    {"variables of a resource begin in the sixth part of its ARN",
     PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*",
         "Resource": "arn:aws:s3:${a:b}::${a:b}x"})",
     R"(
0 allow, service s3
  action glob s3:*
  resource [arn:aws:s3:${a:b}::][$a:b][x]
)"},
    {"wildcards, variables and their defaults", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringLike": {"a:b": [
           "", "*", "a**b?", "a*?*", "${a:b}", "${a:b, 'c}d'}e",
           "${*}${?}${$}", "${open", "$"]}}})",
     R"(
0 allow, service s3
  action glob s3:*
  resource all
  if StringLike a:b [] [*] [a][*][b][?] [a][*][?][*] [$a:b] [$a:b=c}d][e] [*?$] [${open] [$]
)"},
    {"a key with several values has no default", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringEquals": {"a:b": "${aws:TagKeys, 'x'}"}}})",
     R"(
0 allow, service s3
  action glob s3:*
  resource all
  if StringEquals a:b [$aws:TagKeys]
)"},
    {"StringEquals knows variables and no wildcards", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringEquals": {"a:b": "x*${a:b}?"}}})",
     R"(
0 allow, service s3
  action glob s3:*
  resource all
  if StringEquals a:b [x*][$a:b][?]
)"},
    {"a key keeps the letter case in which it was written first",
     PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringEquals": {"App:Team": "${app:TEAM}"}}})",
     R"(
0 allow, service s3
  action glob s3:*
  resource all
  if StringEquals App:Team [$App:Team]
)"},
};

constexpr Case kValues[] = {
    {"values of every type", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {
         "NumericLessThan": {"a:n": [1.50, "-007", "0"]},
         "DateGreaterThan": {"a:d": ["2024", "2024-05-01T10:00:00.5+02:00"]},
         "Bool": {"a:f": ["true", "${a:b}"]},
         "BinaryEquals": {"a:x": "AQID"},
         "NotIpAddress": {"a:i": ["10.1.2.3/8", "::1", "2001:db8::/32"]},
         "ArnLike": {"a:r": ["*", "arn:aws:s3:::b?"]},
         "Null": {"a:z": [true, "false"]},
         "StringNotEqualsIgnoreCase": {"a:s": "Mixed"},
         "ForAllValues:StringLikeIfExists": {"a:l": "m*"}}})",
     R"(
0 allow, service s3
  action glob s3:*
  resource all
  if NumericLessThan a:n 1.5 -7 0
  if DateGreaterThan a:d 1970-01-01T00:33:44Z 2024-05-01T08:00:00.5Z
  if Bool a:f [true] [$a:b]
  if BinaryEquals a:x AQID
  if NotIpAddress a:i 10.0.0.0/8 ::1 2001:db8::/32
  if ArnLike a:r [*] [arn:aws:s3:::b][?]
  if Null a:z true false
  if StringNotEqualsIgnoreCase a:s [Mixed]
  if ForAllValues:StringLikeIfExists a:l [m][*]
)"},
    {"values that are not of their operator's type", PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {
         "NumericLessThan": {"a:n": ["1", "1e3"]},
         "DateGreaterThan": {"a:d": "May"},
         "Bool": {"a:f": "yes"},
         "BinaryEquals": {"a:x": "?"},
         "IpAddress": {"a:i": "10.0.0.0/33"},
         "ArnLike": {"a:r": "arn:aws:s3"},
         "Null": {"a:z": "maybe"}}})",
     R"(
Statement[0].Condition.NumericLessThan.a:n: `1e3` is not a number
Statement[0].Condition.DateGreaterThan.a:d: `May` is not a date of ISO 8601, in which a time has `Z` or an offset, or seconds since 1970
Statement[0].Condition.Bool.a:f: `yes` is not `true` or `false`
Statement[0].Condition.BinaryEquals.a:x: `?` is not base64
Statement[0].Condition.IpAddress.a:i: `10.0.0.0/33` is not an IP address or range
Statement[0].Condition.ArnLike.a:r: `arn:aws:s3` is not an ARN of six parts or `*`
Statement[0].Condition.Null.a:z: `maybe` is not `true` or `false`
)"},
    {"values are checked, too, where another fault was found before",
     PolicyKind::kIdentity,
     R"({"Effect": "Allow", "Action": "s3:*", "Condition": {
         "NumericLessThan": {"a:n": "x"}}})",
     R"(
Statement[0]: a statement must have `Resource` or `NotResource`
Statement[0].Condition.NumericLessThan.a:n: `x` is not a number
)"},
};

template <std::size_t kCount>
void Check(const Case (&cases)[kCount]) {
  for (const Case& c : cases) {
    const std::string actual = DumpOrFaults(c.statements, c.kind);
    EXPECT_EQ(actual, testing::Row(c.dump_or_faults))
        << c.description << "; actual:\n"
        << actual;
  }
}

TEST(CompileProgram, Statements) { Check(kStatements); }
TEST(CompileProgram, Templates) { Check(kTemplates); }
TEST(CompileProgram, ConditionValues) { Check(kValues); }

TEST(CompileProgram, KnowsNoVariablesInTheOldVersion) {
  EXPECT_EQ(DumpOrFaults(R"({"Effect": "Allow", "Action": "s3:*",
                             "Resource": "arn:aws:s3:::${a:b}"})",
                         PolicyKind::kIdentity, "2008-10-17"),
            testing::Row(R"(
0 allow, service s3
  action glob s3:*
  resource [arn:aws:s3:::${a:b}]
)"));
}

// A record holds the size of an action in sixteen bits.
TEST(CompileProgram, ShortensActionsThatAreLongerThanAnyActionCanBe) {
  const auto dump = [](const std::string& action) {
    return DumpOrFaults(absl::StrCat(R"({"Effect": "Allow", "Action": ")",
                                     action, R"(", "Resource": "*"})"),
                        PolicyKind::kIdentity);
  };
  const std::string stars(70'000, '*');
  EXPECT_EQ(dump("s3:Get" + std::string(70'000, 'x')),
            "0 allow, service number " + absl::StrCat(ServiceNumber("s3")) +
                "\n  action nothing\n  resource all\n");
  EXPECT_EQ(dump("s3:Get" + stars + "x" + stars),
            "0 allow, service s3\n  action glob s3:get*x*\n  resource all\n");
}

TEST(CompileProgram, IndexesManyStatementsOfOneService) {
  std::string statements;
  for (int i = 0; i < 30; ++i) {
    absl::StrAppend(&statements, i == 0 ? "" : ",",
                    R"({"Effect": "Allow", "Action": "s3:A", )",
                    R"("Resource": "arn:aws:s3:::b)", i, R"("})");
  }
  const std::string dump = DumpOrFaults(statements, PolicyKind::kIdentity);
  EXPECT_TRUE(dump.find("\nindex of ") != std::string::npos) << dump;
}

}  // namespace
}  // namespace rolegate
