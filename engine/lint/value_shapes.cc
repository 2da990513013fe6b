#include "engine/lint/value_shapes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace rolegate {
namespace {

// The cost of following a character of a pattern through a shape.
constexpr std::uint64_t kStepsOfCharacter = 4;

constexpr ValueShape kAccountShapes[] = {"############", "anonymous"};
constexpr ValueShape kOrganizations[] = {"o-;"};
constexpr ValueShape kOrganizationPaths[] = {"o-*/r-*/"};
constexpr ValueShape kVpcs[] = {"vpc-*"};
constexpr ValueShape kVpcEndpoints[] = {"vpce-*"};
constexpr ValueShape kPrincipalKinds[] = {"Account", "User", "FederatedUser",
                                          "AssumedRole", "Anonymous"};
// Origin access identities of CloudFront are users of a word.
constexpr ValueShape kPrincipalArns[] = {
    "arn:^:iam::############:role/*", "arn:^:iam::############:user/*",
    "arn:^:iam::############:root", "arn:^:sts::############:federated-user/;",
    "arn:^:iam::cloudfront:user/*"};
constexpr ValueShape kUserNames[] = {";"};
constexpr ValueShape kServiceNames[] = {"*.*"};
constexpr ValueShape kExternalIds[] = {"&&%"};
constexpr ValueShape kSessionNames[] = {";"};
constexpr ValueShape kArns[] = {"arn:^:^:^:^:*"};
constexpr ValueShape kBooleans[] = {"true", "false"};
constexpr ValueShape kServiceAccounts[] = {"system:serviceaccount:^:^"};

}  // namespace

absl::Span<const ValueShape> ShapesOf(const KnownKey& key) {
  switch (key.values) {
    case KeyValues::kAccount:
      return kAccountShapes;
    case KeyValues::kOrganizationPath:
      return kOrganizationPaths;
    case KeyValues::kVpc:
      return kVpcs;
    case KeyValues::kVpcEndpoint:
      return kVpcEndpoints;
    case KeyValues::kPrincipalKind:
      return kPrincipalKinds;
    case KeyValues::kPrincipalArn:
      return kPrincipalArns;
    case KeyValues::kUserName:
      return kUserNames;
    case KeyValues::kServiceName:
      return kServiceNames;
    case KeyValues::kExternalId:
      return kExternalIds;
    case KeyValues::kSessionName:
      return kSessionNames;
    case KeyValues::kOrganization:
      return kOrganizations;
    case KeyValues::kUserId:
    case KeyValues::kAny:
      break;
  }
  if (key.type == KeyType::kArn) return kArns;
  if (key.type == KeyType::kBool) return kBooleans;
  return {};
}

absl::Span<const ValueShape> SubjectShapesOf(absl::string_view issuer) {
  if (absl::StartsWithIgnoreCase(issuer, "oidc.eks.")) return kServiceAccounts;
  return {};
}

ValueShape::Places ValueShape::AdmitsOf(char c, bool ignores_case) const {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= admits_.size()) return beyond_ascii_;
  return ignores_case
             ? admits_[static_cast<std::size_t>(absl::ascii_tolower(byte))] |
                   admits_[static_cast<std::size_t>(absl::ascii_toupper(byte))]
             : admits_[byte];
}

// What repeats may stand for nothing.
ValueShape::Places ValueShape::Close(Places places) const {
  for (Places before = 0; before != places;) {
    before = places;
    places |= (places & repeats_) << 1;
  }
  return places;
}

ValueShape::Places ValueShape::Consume(Places places, Places admitted) const {
  const Places taken = places & admitted;
  return Close((taken & repeats_) | ((taken & ~repeats_) << 1));
}

ValueShape::Places ValueShape::ConsumeMany(Places places,
                                           Places admitted) const {
  for (Places before = 0; before != places;) {
    before = places;
    places |= Consume(places, admitted);
  }
  return places;
}

// Follows all places of the shape at once, as far as the pattern can have come.
// In the first five parts of an ARN, wildcards of an ARN operator stop at
// colons.
bool ValueShape::Meets(const ConditionOperator& op, absl::string_view listed,
                       bool variables) const {
  constexpr int kHeaderColons = 5;
  const Places all = (Places{1} << size_) - 1;
  const bool arn = op.type == OperandType::kArn;
  const bool wildcards = arn || op.comparison == Comparison::kLike;
  const bool ignores_case = op.comparison == Comparison::kEqualIgnoreCase;
  Places places = Close(1);
  int colons = 0;
  for (std::size_t i = 0; i < listed.size() && places != 0; ++i) {
    const char c = listed[i];
    if (variables && c == '$' && listed.substr(i, 2) == "${") {
      const std::size_t end = listed.find('}', i);
      if (end != absl::string_view::npos) {
        places = ConsumeMany(places, all);
        i = end;
        continue;
      }
    }
    if (c == ':') ++colons;
    const bool in_header = arn && colons < kHeaderColons;
    const Places wild = in_header ? no_colon_ : all;
    if (wildcards && c == '*') {
      if (i == 0 || listed[i - 1] != '*') places = ConsumeMany(places, wild);
    } else if (wildcards && c == '?') {
      places = Consume(places, wild);
    } else {
      places = Consume(places, AdmitsOf(c, ignores_case));
    }
  }
  return (places >> size_ & 1) != 0;
}

bool MayMatch(const ConditionOperator& op, absl::string_view listed,
              bool variables, absl::Span<const ValueShape> shapes,
              StepBudget& steps) {
  if (!steps.Spend(kStepsOfCharacter * listed.size() * shapes.size())) {
    return true;
  }
  return std::any_of(shapes.begin(), shapes.end(),
                     [&](const ValueShape& shape) {
                       return shape.Meets(op, listed, variables);
                     });
}

}  // namespace rolegate
