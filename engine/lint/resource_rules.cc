// Resource and NotResource: ARNs that do not say what they seem to say.

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/lint/list_rules.h"
#include "engine/lint/resource_shapes.h"
#include "engine/lint/rules.h"
#include "engine/lint/statement.h"
#include "engine/policy/context_keys.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

bool IsWrongAccount(absl::string_view account) {
  return !account.empty() && !IsAccountId(account) &&
         std::all_of(account.begin(), account.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  c == '-';
         });
}

bool IsUnknownPartition(absl::string_view partition) {
  static constexpr absl::string_view kPartitions[] = {
      "*",       "aws",       "aws-cn",    "aws-us-gov", "aws-eusc",
      "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"};
  return std::find(std::begin(kPartitions), std::end(kPartitions), partition) ==
         std::end(kPartitions);
}

// `ro*/x` of IAM.  Amazon S3, SNS and SQS have names without types.
bool HasWildcardInType(const Arn& arn) {
  const std::size_t end = arn.resource.find_first_of("/:");
  if (end == absl::string_view::npos || arn.service == "s3" ||
      arn.service == "sns" || arn.service == "sqs") {
    return false;
  }
  const absl::string_view type = arn.resource.substr(0, end);
  return type != "*" && HasWildcard(type) && !absl::StrContains(type, "${");
}

void LintArn(const LintScope& scope, const SourceText& text, const Arn& arn,
             const ResourceUse& use, const std::string& path) {
  const absl::string_view header =
      text.value.substr(0, text.value.size() - arn.resource.size());
  if (HasWildcard(arn.service)) {
    scope.report.Add(Finding::kServiceWildcardInArn, text, path);
  }
  if (scope.policy.version == PolicyVersion::k2012_10_17 &&
      absl::StrContains(header, "${")) {
    scope.report.Add(Finding::kVariableInArnHeader, text, path);
  } else if (HasUpper(header)) {
    scope.report.Add(Finding::kArnHeaderCase, text, path);
  }
  if (IsUnknownPartition(arn.partition)) {
    scope.report.Add(Finding::kUnknownPartition, text, path);
  }
  if (HasWildcardInType(arn)) {
    scope.report.Add(Finding::kWildcardInResourceType, text, path);
  }
  if (IsWrongAccount(arn.account)) {
    scope.report.Add(Finding::kInvalidAccountInArn, text, path);
    return;
  }
  // A variable of the header, which has a colon, cuts the ARN elsewhere.
  if (absl::StrContains(arn.account, "${")) return;
  const std::string why = WhyNoResource(text.value, arn, use, scope.steps);
  if (!why.empty()) {
    scope.report.AddWithHint(Finding::kNeverMatches, text, path, why);
  }
}

// `arn:aws:s3:::logs-*`: anybody may own a bucket of such a name.
bool IsBucketPrefix(const Arn& arn) {
  const absl::string_view bucket =
      arn.resource.substr(0, arn.resource.find('/'));
  return arn.service == "s3" && arn.account.empty() && bucket.size() > 1 &&
         absl::EndsWith(bucket, "*");
}

// Reading from a stranger's bucket is harmless; writing to one is not.
bool WritesToAnyBucketOwner(const LintScope& scope,
                            const StatementDocument& statement,
                            const StatementFacts& facts) {
  return statement.effect == Effect::kAllow && !statement.resource->negated &&
         NamesAction(statement, "s3:PutObject", scope.cover) &&
         !facts.Limits(keys::kResourceAccount.name) &&
         !facts.Limits("s3:ResourceAccount") &&
         !facts.Limits(keys::kResourceOrgId.name);
}

// The kind of resource on which an action of Amazon S3 is asked, if its name
// leaves no doubt.
enum class S3Level { kUnknown, kBucket, kObject };

S3Level LevelOf(absl::string_view action) {
  static constexpr absl::string_view kOfObjects[] = {
      "s3:GetObject",
      "s3:PutObject",
      "s3:DeleteObject",
      "s3:RestoreObject",
      "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts"};
  static constexpr absl::string_view kOfBuckets[] = {
      "s3:ListBucket", "s3:GetBucket", "s3:PutBucket", "s3:CreateBucket",
      "s3:DeleteBucket"};
  if (HasWildcard(action)) return S3Level::kUnknown;
  const auto is = [&](absl::string_view known) {
    return absl::StartsWithIgnoreCase(action, known);
  };
  if (std::any_of(std::begin(kOfObjects), std::end(kOfObjects), is)) {
    return S3Level::kObject;
  }
  return std::any_of(std::begin(kOfBuckets), std::end(kOfBuckets), is)
             ? S3Level::kBucket
             : S3Level::kUnknown;
}

bool MayBe(S3Level level, absl::string_view resource) {
  const std::optional<Arn> arn = Arn::Parse(resource);
  // Access points have an account, and name their objects otherwise.
  if (!arn || !arn->account.empty() || arn->service != "s3") return true;
  const absl::string_view name = arn->resource;
  const std::size_t slash = name.find('/');
  if (absl::StrContains(name.substr(0, slash), "*") ||
      absl::StrContains(name.substr(0, slash), "${")) {
    return true;
  }
  const bool is_bucket = slash == absl::string_view::npos;
  return is_bucket == (level == S3Level::kBucket);
}

// Reports the actions of Amazon S3 that are asked on buckets and stand beside
// objects only, and the other way round.
void LintLevels(const LintScope& scope, const StatementDocument& statement) {
  if (statement.action->negated || statement.resource->negated) return;
  const auto& resources = statement.resource->patterns;
  const auto none_is = [&](S3Level level) {
    return std::none_of(resources.begin(), resources.end(),
                        [level](const SourceText& resource) {
                          return MayBe(level, resource.value);
                        });
  };
  Once no_bucket;
  Once no_object;
  for (const SourceText& action : statement.action->patterns) {
    const S3Level level = LevelOf(action.value);
    if (level == S3Level::kUnknown) continue;
    Once& none = level == S3Level::kBucket ? no_bucket : no_object;
    if (none.Get([&] { return none_is(level); })) {
      scope.report.Add(Finding::kActionDoesNotFitResource, action,
                       ActionPath(statement));
    }
  }
}

}  // namespace

void LintResources(const LintScope& scope, const StatementDocument& statement,
                   const StatementFacts& facts) {
  if (!statement.resource) return;
  const std::string path = ResourcePath(statement);
  const ResourceUse use = {
      .about_roles = IsAboutRoles(statement),
      .about_sts = IsAboutSts(statement),
      .variables = scope.policy.version == PolicyVersion::k2012_10_17};
  Once writes;
  for (const SourceText& text : statement.resource->patterns) {
    if (text.value == "*") continue;
    const std::optional<Arn> arn = Arn::Parse(text.value);
    if (!arn) {
      scope.report.Add(Finding::kShortArn, text, path);
      continue;
    }
    LintArn(scope, text, *arn, use, path);
    if (absl::StripAsciiWhitespace(text.value) != text.value) {
      scope.report.Add(Finding::kWhitespaceInResource, text, path);
    }
    if (absl::StrContains(text.value, "**")) {
      scope.report.Add(Finding::kRepeatedWildcard, text, path);
    }
    if (IsBucketPrefix(*arn) && writes.Get([&] {
          return WritesToAnyBucketOwner(scope, statement, facts);
        })) {
      scope.report.Add(Finding::kBucketNamePrefix, text, path);
    }
  }
  LintCovered(scope, statement.resource->patterns, LetterCase::kMatters,
              Finding::kRedundantResource, path,
              [&](absl::string_view general, absl::string_view special) {
                return scope.cover.Resources(general, special);
              });
  LintLevels(scope, statement);
}

}  // namespace rolegate
