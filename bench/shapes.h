// What real policies look like, as numbers.
//
// Source: the 1,502 managed policies that AWS publishes (7,929 statements),
// counted once in November 2026.  Rows of deciles are the sorted values at
// 0, 10, … 100 %, the last cut at the 99th percentile, for a few policies are
// a hundred times the rest.

#ifndef ROLEGATE_BENCH_SHAPES_H_
#define ROLEGATE_BENCH_SHAPES_H_

#include <array>

namespace rolegate::bench {

using Deciles = std::array<int, 11>;

inline constexpr Deciles kStatementsPerPolicy = {1, 1, 1, 1,  2, 2,
                                                 3, 5, 8, 12, 44};
inline constexpr Deciles kActionsPerStatement = {1, 1, 1, 1, 1, 2,
                                                 2, 3, 5, 9, 57};
inline constexpr Deciles kResourcesPerStatement = {1, 1, 1, 1, 1, 1,
                                                   1, 1, 1, 2, 7};
inline constexpr Deciles kValuesPerCondition = {1, 1, 1, 1, 1, 1,
                                                1, 1, 1, 2, 6};

// In thousandths, each beside the share of what comes before it.
inline constexpr int kDenyStatements = 10;
inline constexpr int kNotActionStatements = 2;
inline constexpr int kSidStatements = 672;
inline constexpr int kStarResources = 375;     // "*"; the rest have a wildcard
inline constexpr int kPrefixActions = 40;      // "s3:Get*"
inline constexpr int kServiceActions = 11;     // "s3:*"
inline constexpr int kVariableResources = 14;  // "${aws:username}"
inline constexpr int kOneCondition = 291;
inline constexpr int kTwoConditions = 85;
inline constexpr int kThreeConditions = 32;

// How often an operator is used, in thousandths of all conditions, with a key
// that it is used with.
struct ConditionShape {
  int share;
  const char* op;
  const char* key;
  const char* value;
};
inline constexpr ConditionShape kConditions[] = {
    {175, "StringEquals", "aws:ResourceTag/team", "team-"},
    {124, "StringEquals", "aws:ResourceAccount", "1234567890"},
    {93, "StringEquals", "aws:RequestTag/team", "team-"},
    {63, "StringEquals", "iam:PassedToService", "service-"},
    {48, "StringEquals", "kms:ViaService", "region-"},
    {155, "StringLike", "aws:PrincipalTag/project", "project-*-"},
    {109, "Null", "aws:ResourceTag/owner", ""},
    {65, "ForAnyValue:StringEquals", "aws:CalledVia", "service-"},
    {52, "ForAllValues:StringEquals", "aws:TagKeys", "key-"},
    {32, "StringNotEquals", "aws:PrincipalOrgID", "o-"},
    {27, "ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:topic-"},
    {22, "Bool", "aws:SecureTransport", ""},
    {16, "StringEqualsIfExists", "aws:RequestedRegion", "region-"},
    {19, "IpAddress", "aws:SourceIp", "10."},
};

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_SHAPES_H_
