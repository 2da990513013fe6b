#include "engine/lint/resource_shapes.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/lint/statement.h"
#include "engine/lint/value_shapes.h"
#include "engine/text/fault_text.h"

namespace rolegate {
namespace {

constexpr ConditionOperator kAsArn = {OperandType::kArn, Comparison::kLike};
constexpr ConditionOperator kAsText = {OperandType::kString, Comparison::kLike};

constexpr absl::string_view kOnRoles[] = {
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession", "sts:SetSourceIdentity",  "iam:PassRole"};

// AWS's own resources, and those that several accounts share, have a word for
// the account.
constexpr ValueShape kAccounts[] = {
    "############",    "aws",        "amazon",      "aws-managed",
    "aws-marketplace", "cloudfront", "third-party", "self"};
constexpr ValueShape kRoles[] = {"arn:^:iam::############:role/*"};

// A type of resource, and what stands between it and the name.
struct Separator {
  absl::string_view service;
  absl::string_view type;
  char separator;
};
constexpr Separator kSeparators[] = {
    {"cloudwatch", "alarm", ':'},
    {"dynamodb", "table", '/'},
    {"ec2", "instance", '/'},
    {"ec2", "subnet", '/'},
    {"ec2", "volume", '/'},
    {"ec2", "vpc", '/'},
    {"ecr", "repository", '/'},
    {"ecs", "cluster", '/'},
    {"ecs", "service", '/'},
    {"eks", "cluster", '/'},
    {"elasticfilesystem", "file-system", '/'},
    {"iam", "group", '/'},
    {"iam", "instance-profile", '/'},
    {"iam", "policy", '/'},
    {"iam", "role", '/'},
    {"iam", "user", '/'},
    {"kinesis", "stream", '/'},
    {"kms", "alias", '/'},
    {"kms", "key", '/'},
    {"lambda", "function", ':'},
    {"lambda", "layer", ':'},
    {"logs", "log-group", ':'},
    {"rds", "cluster", ':'},
    {"rds", "db", ':'},
    {"secretsmanager", "secret", ':'},
    {"ssm", "parameter", '/'},
    {"states", "stateMachine", ':'},
};

// What Amazon S3 has in an account, in contrast to buckets and objects.
constexpr absl::string_view kS3Types[] = {
    "accesspoint",  "access-grants",      "async-request",         "job",
    "storage-lens", "storage-lens-group", "multiregionaccesspoint"};

bool HasVariable(absl::string_view text) {
  return absl::StrContains(text, "${");
}

template <typename Predicate>
bool AllActions(const StatementDocument& statement, Predicate predicate) {
  return !statement.action->negated &&
         std::all_of(statement.action->patterns.begin(),
                     statement.action->patterns.end(), predicate);
}

// `<region>` and the like.
bool IsHeaderText(absl::string_view part) {
  return HasVariable(part) || std::all_of(part.begin(), part.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_' || c == '*' || c == '?' || c == ' ';
         });
}

std::string WhyNoRole(const Arn& arn) {
  absl::string_view session = arn.resource;
  if (!absl::ConsumePrefix(&session, "assumed-role/")) {
    return "these actions are asked on a role, "
           "`arn:aws:iam::ACCOUNT:role/NAME`";
  }
  return absl::StrCat(
      "a role is asked for by its own ARN, `arn:", Echo(arn.partition),
      ":iam::", Echo(arn.account), ":role/",
      Echo(session.substr(0, session.find('/'))), "`");
}

std::string WhyNoS3(const Arn& arn) {
  const std::size_t end = arn.resource.find_first_of("/:");
  const absl::string_view first = arn.resource.substr(0, end);
  if (HasWildcard(first) || HasVariable(first)) return "";
  if (arn.account.empty() && arn.region.empty()) {
    if (arn.resource.empty() || end == absl::string_view::npos) return "";
    if (first.empty()) return "the name of a bucket stands right behind `:::`";
    return arn.resource[end] == ':'
               ? "the name of a bucket has no colon; its objects are "
                 "`arn:aws:s3:::BUCKET/*`"
               : "";
  }
  if (!IsAccountId(arn.account) ||
      std::find(std::begin(kS3Types), std::end(kS3Types), first) !=
          std::end(kS3Types)) {
    return "";
  }
  return "the ARN of a bucket or an object has neither region nor account";
}

std::string WhyNoSeparator(const Arn& arn) {
  const std::size_t end = arn.resource.find_first_of("/:");
  if (end == absl::string_view::npos) return "";
  const absl::string_view type = arn.resource.substr(0, end);
  for (const Separator& known : kSeparators) {
    if (known.service == arn.service && known.type == type &&
        known.separator != arn.resource[end]) {
      return absl::StrCat("`", type, "` is followed by `",
                          std::string(1, known.separator), "`");
    }
  }
  return "";
}

}  // namespace

bool IsAboutRoles(const StatementDocument& statement) {
  return AllActions(statement, [](const SourceText& action) {
    return std::any_of(std::begin(kOnRoles), std::end(kOnRoles),
                       [&](absl::string_view known) {
                         return absl::EqualsIgnoreCase(known, action.value);
                       });
  });
}

bool IsAboutSts(const StatementDocument& statement) {
  return AllActions(statement, [](const SourceText& action) {
    return absl::StartsWithIgnoreCase(action.value, "sts:") ||
           absl::EqualsIgnoreCase(action.value, "iam:PassRole");
  });
}

std::string WhyNoResource(absl::string_view text, const Arn& arn,
                          const ResourceUse& use, StepBudget& steps) {
  if (!IsHeaderText(arn.service) || !IsHeaderText(arn.region)) {
    return "services and regions have letters, digits and `-`";
  }
  const bool digits =
      !arn.account.empty() &&
      arn.account.find_first_not_of("0123456789-") == absl::string_view::npos;
  if (!arn.account.empty() && !digits && !IsAnything(arn.account) &&
      !MayMatch(kAsText, arn.account, use.variables, kAccounts, steps)) {
    return "the ID of an account has twelve digits";
  }
  const bool is_session =
      arn.service == "sts" && absl::StartsWith(arn.resource, "assumed-role/");
  if ((use.about_sts && is_session) ||
      (use.about_roles &&
       !MayMatch(kAsArn, text, use.variables, kRoles, steps) &&
       (!digits || IsAccountId(arn.account)))) {
    return WhyNoRole(arn);
  }
  if (arn.service == "s3") return WhyNoS3(arn);
  return WhyNoSeparator(arn);
}

}  // namespace rolegate
