#include "engine/policy/context_keys.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/arn.h"
#include "engine/text/boolean.h"
#include "engine/text/cidr.h"
#include "engine/text/decimal.h"
#include "engine/text/instant.h"

namespace rolegate {
namespace {

using enum KeyCount;
using enum KeySource;
using enum KeyType;
using enum KeyUse;
using enum KeyValues;

// The columns of presence are: root user, user, role session, federated user,
// service, web identity, SAML subject, nobody.  `+` is always, `~` is
// sometimes, `-` is never.
constexpr KnownKey kKnownKeys[] = {
    // The principal.
    {keys::kPrincipalArn.name, kArn, kOne, kSession, "++++----",
     kLimits | kAdmits, kPrincipalArn},
    {keys::kPrincipalAccount.name, kString, kOne, kSession, "++++---+",
     kLimits | kAdmits | kConfines, kAccount},
    {keys::kPrincipalOrgId.name, kString, kOne, kSession, "~~~~----",
     kLimits | kAdmits | kConfines, kOrganization},
    {keys::kPrincipalOrgPaths.name, kString, kList, kSession, "~~~~----",
     kLimits, kOrganizationPath},
    {"aws:PrincipalOrgMasterAccountId", kString, kOne, kAws, "~~~~----",
     kLimits, kAccount},
    {keys::kPrincipalTag.name, kString, kOne, kSession, "~~~~~---", kLimits},
    {keys::kPrincipalIsAwsService.name, kBool, kOne, kSession, "+++++++-",
     kLimits},
    {keys::kPrincipalServiceName.name, kString, kOne, kSession, "----+---",
     kLimits, kServiceName},
    {keys::kPrincipalServiceNamesList.name, kString, kList, kSession,
     "----+---", kLimits, kServiceName},
    {keys::kPrincipalType.name, kString, kOne, kSession, "++++---+", kLimits,
     kPrincipalKind},
    {keys::kUserId.name, kString, kOne, kSession, "++++---+", kLimits, kUserId},
    {keys::kUserName.name, kString, kOne, kSession, "-+------", kLimits,
     kUserName},
    // The session.
    {"aws:AssumedRoot", kBool, kOne, kAws, "~~~~~~~~"},
    {keys::kFederatedProvider.name, kString, kOne, kSession, "--~--++-",
     kLimits},
    {keys::kTokenIssueTime.name, kDate, kOne, kSession, "--+-----"},
    {"aws:SignInSessionArn", kArn, kOne, kAws, "~~~~~~~~"},
    {keys::kMultiFactorAuthPresent.name, kBool, kOne, kRequest, "-~------"},
    {keys::kMultiFactorAuthAge.name, kNumeric, kOne, kRequest, "-~------"},
    {"aws:ChatbotSourceArn", kArn, kOne, kAws, "~~~~~~~~"},
    {"aws:Ec2InstanceSourceVpc", kString, kOne, kAws, "~~~~~~~~"},
    {"aws:Ec2InstanceSourcePrivateIPv4", kIpAddress, kOne, kAws, "~~~~~~~~"},
    {keys::kSourceIdentity.name, kString, kOne, kSession, "--~-----", kLimits,
     kSessionName},
    // The network.
    {keys::kSourceIp.name, kIpAddress, kOne, kAsker, "~~~~~~~~", kLimits},
    {"aws:VpcSourceIp", kIpAddress, kOne, kCaller, "~~~~~~~~", kLimits},
    {"aws:SourceVpc", kString, kOne, kCaller, "~~~~~~~~", kLimits | kAdmits,
     kVpc},
    {"aws:SourceVpce", kString, kOne, kCaller, "~~~~~~~~", kLimits | kAdmits,
     kVpcEndpoint},
    {"aws:SourceVpcArn", kArn, kOne, kCaller, "~~~~~~~~", kLimits},
    {"aws:VpceAccount", kString, kOne, kAws, "~~~~~~~~", kLimits, kAccount},
    {"aws:VpceOrgID", kString, kOne, kAws, "~~~~~~~~", kLimits, kOrganization},
    {"aws:VpceOrgPaths", kString, kList, kAws, "~~~~~~~~", kLimits,
     kOrganizationPath},
    // The resource.
    {keys::kResourceAccount.name, kString, kOne, kEngine, "++++~~~~", kNothing,
     kAccount},
    {keys::kResourceOrgId.name, kString, kOne, kEngine, "~~~~~~~~", kNothing,
     kOrganization},
    {keys::kResourceOrgPaths.name, kString, kList, kEngine, "~~~~~~~~",
     kNothing, kOrganizationPath},
    {keys::kResourceTag.name, kString, kOne, kAsker, "~~~~~~~~"},
    // The request.
    {keys::kCalledVia.name, kString, kList, kCaller, "~~~~~~~~", kNothing,
     kServiceName},
    {keys::kCalledViaFirst.name, kString, kOne, kEngine, "~~~~~~~~", kNothing,
     kServiceName, keys::kCalledVia.name},
    {keys::kCalledViaLast.name, kString, kOne, kEngine, "~~~~~~~~", kNothing,
     kServiceName, keys::kCalledVia.name},
    {"aws:CalledViaAWSMCP", kString, kOne, kAws, "~~~~~~~~"},
    {"aws:ViaAWSMCPService", kBool, kOne, kAws, "~~~~~~~~"},
    {"aws:IsMcpServiceAction", kBool, kOne, kAws, "~~~~~~~~"},
    {keys::kViaAwsService.name, kBool, kOne, kCaller, "++++++++"},
    {keys::kCurrentTime.name, kDate, kOne, kEngine, "++++++++"},
    {keys::kEpochTime.name, kDate, kOne, kEngine, "++++++++"},
    {"aws:referer", kString, kOne, kCaller, "~~~~~~~~", kChosen},
    {"aws:RequestedRegion", kString, kOne, kCaller, "~~~~~~~~"},
    {keys::kRequestTag.name, kString, kOne, kAsker, "~~~~~~~~"},
    {keys::kTagKeys.name, kString, kList, kAsker, "~~~~~~~~"},
    {keys::kSecureTransport.name, kBool, kOne, kAsker, "~~~~~~~~"},
    {"aws:SourceAccount", kString, kOne, kCaller, "~~~~~~~~",
     kLimits | kAdmits | kConfines, kAccount},
    {"aws:SourceArn", kArn, kOne, kCaller, "~~~~~~~~",
     kLimits | kAdmits | kConfines},
    {"aws:SourceOrgID", kString, kOne, kCaller, "~~~~~~~~",
     kLimits | kAdmits | kConfines, kOrganization},
    {"aws:SourceOrgPaths", kString, kList, kCaller, "~~~~~~~~",
     kLimits | kConfines, kOrganizationPath},
    {"aws:SourceOwner", kString, kOne, kAws, "~~~~~~~~",
     kLimits | kAdmits | kConfines, kAccount},
    {"aws:UserAgent", kString, kOne, kCaller, "~~~~~~~~", kChosen},
    // The Security Token Service and IAM.
    {keys::kExternalId.name, kString, kOne, kRequest, "~~~~~---",
     kLimits | kAdmits | kConfines, kExternalId},
    {keys::kRoleSessionName.name, kString, kOne, kRequest, "~~~~~~~-", kNothing,
     kSessionName},
    {keys::kStsSourceIdentity.name, kString, kOne, kRequest, "~~~~~~~-",
     kNothing, kSessionName},
    {keys::kTransitiveTagKeys.name, kString, kList, kRequest, "~~~~~~~-"},
    {"sts:AWSServiceName", kString, kOne, kAws, "~~~~~~~~"},
    {"sts:DurationSeconds", kNumeric, kOne, kAws, "~~~~~~~~"},
    {"sts:IdentityTokenAudience", kString, kList, kAws, "~~~~~~~~"},
    {"sts:SigningAlgorithm", kString, kOne, kAws, "~~~~~~~~"},
    {"sts:TaskPolicyArn", kArn, kOne, kAws, "~~~~~~~~"},
    {"sts:RequestContext/", kString, kOne, kAws, "~~~~~~~~"},
    {"sts:RequestContextProviders", kArn, kList, kAws, "~~~~~~~~"},
    {keys::kIamResourceTag.name, kString, kOne, kEngine, "~~~~~~~~"},
    // Federation.
    {keys::kSamlAudience.name, kString, kOne, kToken, "------~-",
     kLimits | kAdmits},
    {"saml:iss", kString, kOne, kToken, "------~-", kLimits},
    {"saml:sub", kString, kOne, kToken, "--~---~-", kLimits},
    {"saml:sub_type", kString, kOne, kToken, "--~---~-", kLimits},
    {"saml:namequalifier", kString, kOne, kToken, "--~---~-", kLimits},
    {"saml:doc", kString, kOne, kToken, "------~-", kLimits},
    {"saml:edupersonorgdn", kString, kOne, kToken, "------~-", kLimits},
    {"saml:edupersonprimaryaffiliation", kString, kOne, kToken, "------~-",
     kLimits},
    {"saml:edupersonprimaryorgunitdn", kString, kOne, kToken, "------~-",
     kLimits},
    {"saml:edupersonprincipalname", kString, kOne, kToken, "------~-", kLimits},
    {"saml:cn", kString, kList, kToken, "------~-", kLimits},
    {"saml:commonName", kString, kList, kToken, "------~-", kLimits},
    {"saml:edupersonaffiliation", kString, kList, kToken, "------~-", kLimits},
    {"saml:edupersonassurance", kString, kList, kToken, "------~-", kLimits},
    {"saml:edupersonentitlement", kString, kList, kToken, "------~-", kLimits},
    {"saml:edupersonnickname", kString, kList, kToken, "------~-", kLimits},
    {"saml:edupersonorgunitdn", kString, kList, kToken, "------~-", kLimits},
    {"saml:edupersonscopedaffiliation", kString, kList, kToken, "------~-",
     kLimits},
    {"saml:edupersontargetedid", kString, kList, kToken, "------~-", kLimits},
    {"saml:eduorghomepageuri", kString, kList, kToken, "------~-", kLimits},
    {"saml:eduorgidentityauthnpolicyuri", kString, kList, kToken, "------~-",
     kLimits},
    {"saml:eduorglegalname", kString, kList, kToken, "------~-", kLimits},
    {"saml:eduorgsuperioruri", kString, kList, kToken, "------~-", kLimits},
    {"saml:eduorgwhitepagesuri", kString, kList, kToken, "------~-", kLimits},
    {"saml:givenName", kString, kList, kToken, "------~-", kLimits},
    {"saml:mail", kString, kList, kToken, "------~-", kLimits},
    {"saml:name", kString, kList, kToken, "------~-", kLimits},
    {"saml:organizationStatus", kString, kList, kToken, "------~-", kLimits},
    {"saml:primaryGroupSID", kString, kList, kToken, "------~-", kLimits},
    {"saml:surname", kString, kList, kToken, "------~-", kLimits},
    {"saml:uid", kString, kList, kToken, "------~-", kLimits},
    {"saml:x500UniqueIdentifier", kString, kList, kToken, "------~-", kLimits},
};

// The known keys by their names' hashes, no two of which are equal: every key
// of a request is looked up here.
class KeyTable {
 public:
  constexpr KeyTable() {
    for (const KnownKey& key : kKnownKeys) {
      const std::uint64_t hash = HashContextKey(key.name);
      std::size_t at = SlotOf(hash);
      for (; slots_[at].key != nullptr; at = (at + 1) % slots_.size()) {
        if (slots_[at].hash == hash) has_equal_hashes_ = true;
      }
      slots_[at] = {hash, &key};
    }
  }

  constexpr bool has_equal_hashes() const { return has_equal_hashes_; }

  // Null if no key has that hash.
  const KnownKey* Find(std::uint64_t hash) const {
    std::size_t at = SlotOf(hash);
    while (slots_[at].key != nullptr && slots_[at].hash != hash) {
      at = (at + 1) % slots_.size();
    }
    return slots_[at].key;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    const KnownKey* key = nullptr;
  };

  static constexpr int kBits = 8;
  static_assert(std::size(kKnownKeys) < (std::size_t{1} << (kBits - 1)));

  static constexpr std::size_t SlotOf(std::uint64_t hash) {
    return hash >> (64 - kBits);
  }

  std::array<Slot, std::size_t{1} << kBits> slots_;
  bool has_equal_hashes_ = false;
};
constexpr KeyTable kKeyTable;
static_assert(!kKeyTable.has_equal_hashes());

// The hash of what a known key is named by: all of a name, or what comes before
// a tag's or claim's key.
std::uint64_t HashOfStem(const ContextKey& key) {
  const std::size_t slash = key.name.find('/');
  return slash == absl::string_view::npos
             ? key.hash
             : HashContextKey(key.name.substr(0, slash + 1));
}

// Prefixes of the keys that AWS defines.
constexpr absl::string_view kReservedPrefixes[] = {
    "aws:", "sts:", "saml:", "iam:"};

bool IsReserved(absl::string_view name) {
  return std::any_of(std::begin(kReservedPrefixes), std::end(kReservedPrefixes),
                     [&](absl::string_view prefix) {
                       return absl::StartsWithIgnoreCase(name, prefix);
                     });
}

// Most names are spelled as AWS spells them.
bool NamesKey(absl::string_view known, absl::string_view name) {
  if (known.back() != '/') {
    return name == known || absl::EqualsIgnoreCase(name, known);
  }
  return name.size() > known.size() &&
         (absl::StartsWith(name, known) ||
          absl::StartsWithIgnoreCase(name, known));
}

bool HasType(KeyType type, absl::string_view value) {
  switch (type) {
    case kString:
      return true;
    case kArn:
      return Arn::Parse(value).has_value();
    case kNumeric:
      return Decimal::Parse(value).has_value();
    case kDate:
      return Instant::Parse(value).has_value();
    case kBool:
      return ParseBool(value).has_value();
    case kIpAddress:
      return IpAddress::Parse(value).has_value();
  }
  return false;
}

absl::string_view TypeName(KeyType type) {
  switch (type) {
    case kString:
      return "a string";
    case kArn:
      return "an ARN";
    case kNumeric:
      return "a number";
    case kDate:
      return "a date";
    case kBool:
      return "a boolean";
    case kIpAddress:
      return "an IP address";
  }
  return "a string";
}

// Rules 163 and 164.
bool MaySet(const KnownKey& key, ContextUse use) {
  switch (key.source) {
    case kCaller:
      return true;
    case kAsker:
    case kAws:
      return use == ContextUse::kAuthorize;
    case kEngine:
    case kSession:
    case kRequest:
    case kToken:
      break;
  }
  return false;
}

}  // namespace

absl::Span<const KnownKey> KnownKeys() { return kKnownKeys; }

const KnownKey* FindKnownKey(const ContextKey& key) {
  const KnownKey* const found = kKeyTable.Find(HashOfStem(key));
  return found != nullptr && NamesKey(found->name, key.name) ? found : nullptr;
}

bool IsMultiValuedKey(absl::string_view name) {
  const KnownKey* const key = FindKnownKey(name);
  return key != nullptr && key->multi_valued();
}

bool ConsumeKeyFamily(const ContextKey& family, absl::string_view* name) {
  const std::size_t size = family.name.size();
  // The slash tells most names apart.
  if (name->size() < size || (*name)[size - 1] != '/' ||
      !absl::StartsWithIgnoreCase(*name, family.name)) {
    return false;
  }
  name->remove_prefix(size);
  return true;
}

absl::Status CheckCallerKey(const ContextKey& given,
                            absl::Span<const absl::string_view> values,
                            ContextUse use) {
  if (use == ContextUse::kSimulate) return absl::OkStatus();  // Rule 165
  const absl::string_view name = given.name;
  const KnownKey* const key = FindKnownKey(given);
  if (key == nullptr) {
    if (use == ContextUse::kAssumeRole || IsReserved(name)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "condition key `", name, "` is not the caller's to set"));
    }
    return absl::OkStatus();
  }
  if (!MaySet(*key, use)) {
    return absl::InvalidArgumentError(
        absl::StrCat("condition key `", name, "` is not the caller's to set"));
  }
  if (!key->multi_valued() && values.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("condition key `", name,
                                                   "` has ", values.size(),
                                                   " values and takes one"));
  }
  for (absl::string_view value : values) {
    if (!HasType(key->type, value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the value of condition key `", name, "` is not ",
                       TypeName(key->type)));
    }
  }
  return absl::OkStatus();
}

}  // namespace rolegate
