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

using enum KeySource;
using enum KeyType;

constexpr KnownKey kKnownKeys[] = {
    // The principal.
    {"aws:PrincipalArn", kArn, false, kSession},
    {"aws:PrincipalAccount", kString, false, kSession},
    {"aws:PrincipalOrgID", kString, false, kSession},
    {"aws:PrincipalOrgPaths", kString, true, kSession},
    {"aws:PrincipalTag/", kString, false, kSession},
    {"aws:PrincipalIsAWSService", kBool, false, kSession},
    {"aws:PrincipalServiceName", kString, false, kSession},
    {"aws:PrincipalServiceNamesList", kString, true, kSession},
    {"aws:PrincipalType", kString, false, kSession},
    {"aws:userid", kString, false, kSession},
    {"aws:username", kString, false, kSession},
    // The session.
    {"aws:AssumedRoot", kBool, false, kAws},
    {"aws:FederatedProvider", kString, false, kSession},
    {"aws:TokenIssueTime", kDate, false, kSession},
    {"aws:SignInSessionArn", kArn, false, kAws},
    {"aws:MultiFactorAuthPresent", kBool, false, kSession},
    {"aws:MultiFactorAuthAge", kNumeric, false, kSession},
    {"aws:ChatbotSourceArn", kArn, false, kAws},
    {"aws:Ec2InstanceSourceVpc", kString, false, kAws},
    {"aws:Ec2InstanceSourcePrivateIPv4", kIpAddress, false, kAws},
    {"aws:SourceIdentity", kString, false, kSession},
    // The network.
    {"aws:SourceIp", kIpAddress, false, kCaller},
    {"aws:VpcSourceIp", kIpAddress, false, kCaller},
    {"aws:SourceVpc", kString, false, kCaller},
    {"aws:SourceVpce", kString, false, kCaller},
    {"aws:SourceVpcArn", kArn, false, kCaller},
    {"aws:VpceAccount", kString, false, kAws},
    {"aws:VpceOrgID", kString, false, kAws},
    {"aws:VpceOrgPaths", kString, true, kAws},
    // The resource.
    {"aws:ResourceAccount", kString, false, kEngine},
    {"aws:ResourceOrgID", kString, false, kEngine},
    {"aws:ResourceOrgPaths", kString, true, kEngine},
    {"aws:ResourceTag/", kString, false, kCaller},
    // The request.
    {"aws:CalledVia", kString, true, kCaller},
    {"aws:CalledViaFirst", kString, false, kEngine},
    {"aws:CalledViaLast", kString, false, kEngine},
    {"aws:CalledViaAWSMCP", kString, false, kAws},
    {"aws:ViaAWSMCPService", kBool, false, kAws},
    {"aws:IsMcpServiceAction", kBool, false, kAws},
    {"aws:ViaAWSService", kBool, false, kCaller},
    {"aws:CurrentTime", kDate, false, kEngine},
    {"aws:EpochTime", kDate, false, kEngine},
    {"aws:referer", kString, false, kCaller},
    {"aws:RequestedRegion", kString, false, kCaller},
    {"aws:RequestTag/", kString, false, kCaller},
    {"aws:TagKeys", kString, true, kCaller},
    {"aws:SecureTransport", kBool, false, kCaller},
    {"aws:SourceAccount", kString, false, kCaller},
    {"aws:SourceArn", kArn, false, kCaller},
    {"aws:SourceOrgID", kString, false, kCaller},
    {"aws:SourceOrgPaths", kString, true, kCaller},
    {"aws:UserAgent", kString, false, kCaller},
    // The Security Token Service and IAM.
    {"sts:ExternalId", kString, false, kRequest},
    {"sts:RoleSessionName", kString, false, kRequest},
    {"sts:SourceIdentity", kString, false, kRequest},
    {"sts:TransitiveTagKeys", kString, true, kRequest},
    {"sts:AWSServiceName", kString, false, kAws},
    {"sts:DurationSeconds", kNumeric, false, kAws},
    {"sts:TaskPolicyArn", kArn, false, kAws},
    {"sts:RequestContext/", kString, false, kAws},
    {"sts:RequestContextProviders", kArn, true, kAws},
    {"iam:ResourceTag/", kString, false, kEngine},
    // Federation.
    {"saml:aud", kString, false, kToken},
    {"saml:iss", kString, false, kToken},
    {"saml:sub", kString, false, kToken},
    {"saml:sub_type", kString, false, kToken},
    {"saml:namequalifier", kString, false, kToken},
    {"saml:doc", kString, false, kToken},
    {"saml:edupersonorgdn", kString, false, kToken},
    {"saml:edupersonprimaryaffiliation", kString, false, kToken},
    {"saml:edupersonprimaryorgunitdn", kString, false, kToken},
    {"saml:edupersonprincipalname", kString, false, kToken},
    {"saml:cn", kString, true, kToken},
    {"saml:commonName", kString, true, kToken},
    {"saml:edupersonaffiliation", kString, true, kToken},
    {"saml:edupersonassurance", kString, true, kToken},
    {"saml:edupersonentitlement", kString, true, kToken},
    {"saml:edupersonnickname", kString, true, kToken},
    {"saml:edupersonorgunitdn", kString, true, kToken},
    {"saml:edupersonscopedaffiliation", kString, true, kToken},
    {"saml:edupersontargetedid", kString, true, kToken},
    {"saml:eduorghomepageuri", kString, true, kToken},
    {"saml:eduorgidentityauthnpolicyuri", kString, true, kToken},
    {"saml:eduorglegalname", kString, true, kToken},
    {"saml:eduorgsuperioruri", kString, true, kToken},
    {"saml:eduorgwhitepagesuri", kString, true, kToken},
    {"saml:givenName", kString, true, kToken},
    {"saml:mail", kString, true, kToken},
    {"saml:name", kString, true, kToken},
    {"saml:organizationStatus", kString, true, kToken},
    {"saml:primaryGroupSID", kString, true, kToken},
    {"saml:surname", kString, true, kToken},
    {"saml:uid", kString, true, kToken},
    {"saml:x500UniqueIdentifier", kString, true, kToken},
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

// Keys of AssumeRole's own making, which a caller may not give with it.
constexpr absl::string_view kAssumeRoleKeys[] = {
    "aws:RequestTag/", "aws:TagKeys", "aws:ResourceTag/", "aws:SourceIp",
    "aws:SecureTransport"};

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

bool MaySet(const KnownKey& key, ContextUse use) {
  if (use == ContextUse::kAssumeRole) {
    return key.source == kCaller &&
           std::find(std::begin(kAssumeRoleKeys), std::end(kAssumeRoleKeys),
                     key.name) == std::end(kAssumeRoleKeys);
  }
  return key.source == kCaller || key.source == kAws;
}

}  // namespace

absl::Span<const KnownKey> KnownKeys() { return kKnownKeys; }

const KnownKey* FindKnownKey(const ContextKey& key) {
  const KnownKey* const found = kKeyTable.Find(HashOfStem(key));
  return found != nullptr && NamesKey(found->name, key.name) ? found : nullptr;
}

bool IsMultiValuedKey(absl::string_view name) {
  const KnownKey* const key = FindKnownKey(name);
  return key != nullptr && key->multi_valued;
}

std::string CheckCallerKey(const ContextKey& given,
                           absl::Span<const absl::string_view> values,
                           ContextUse use) {
  if (use == ContextUse::kSimulate) return "";
  const absl::string_view name = given.name;
  const KnownKey* const key = FindKnownKey(given);
  if (key == nullptr) {
    if (use == ContextUse::kAssumeRole || IsReserved(name)) {
      return absl::StrCat("condition key `", name,
                          "` is not the caller's to set");
    }
    return "";
  }
  if (!MaySet(*key, use)) {
    return absl::StrCat("condition key `", name,
                        "` is not the caller's to set");
  }
  if (!key->multi_valued && values.size() > 1) {
    return absl::StrCat("condition key `", name, "` has ", values.size(),
                        " values and takes one");
  }
  for (absl::string_view value : values) {
    if (!HasType(key->type, value)) {
      return absl::StrCat("the value of condition key `", name, "` is not ",
                          TypeName(key->type));
    }
  }
  return "";
}

}  // namespace rolegate
