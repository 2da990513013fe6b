// The table of condition keys that AWS defines: their types and values, who
// supplies them, and for which principals they are there.  The engine, the
// linter, the check of what a caller may set, and docs/condition-keys.md all
// read it.
//
// AWS: "AWS global condition context keys" and "IAM and AWS STS condition
// context keys", IAM User Guide.

#ifndef ROLEGATE_ENGINE_POLICY_CONTEXT_KEYS_H_
#define ROLEGATE_ENGINE_POLICY_CONTEXT_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/policy/context_key.h"
#include "engine/policy/principal_kind.h"

namespace rolegate {

// The names of keys that code speaks of.  A name that ends with `/` is that of
// a family, whose members go on with a tag's key.
namespace keys {
inline constexpr ContextKey kPrincipalArn("aws:PrincipalArn");
inline constexpr ContextKey kPrincipalAccount("aws:PrincipalAccount");
inline constexpr ContextKey kPrincipalOrgId("aws:PrincipalOrgID");
inline constexpr ContextKey kPrincipalOrgPaths("aws:PrincipalOrgPaths");
inline constexpr ContextKey kPrincipalTag("aws:PrincipalTag/");
inline constexpr ContextKey kPrincipalIsAwsService("aws:PrincipalIsAWSService");
inline constexpr ContextKey kPrincipalServiceName("aws:PrincipalServiceName");
inline constexpr ContextKey kPrincipalServiceNamesList(
    "aws:PrincipalServiceNamesList");
inline constexpr ContextKey kPrincipalType("aws:PrincipalType");
inline constexpr ContextKey kUserId("aws:userid");
inline constexpr ContextKey kUserName("aws:username");
inline constexpr ContextKey kFederatedProvider("aws:FederatedProvider");
inline constexpr ContextKey kTokenIssueTime("aws:TokenIssueTime");
inline constexpr ContextKey kMultiFactorAuthPresent(
    "aws:MultiFactorAuthPresent");
inline constexpr ContextKey kMultiFactorAuthAge("aws:MultiFactorAuthAge");
inline constexpr ContextKey kSourceIdentity("aws:SourceIdentity");
inline constexpr ContextKey kSourceIp("aws:SourceIp");
inline constexpr ContextKey kResourceAccount("aws:ResourceAccount");
inline constexpr ContextKey kResourceOrgId("aws:ResourceOrgID");
inline constexpr ContextKey kResourceOrgPaths("aws:ResourceOrgPaths");
inline constexpr ContextKey kResourceTag("aws:ResourceTag/");
inline constexpr ContextKey kCalledVia("aws:CalledVia");
inline constexpr ContextKey kCalledViaFirst("aws:CalledViaFirst");
inline constexpr ContextKey kCalledViaLast("aws:CalledViaLast");
inline constexpr ContextKey kViaAwsService("aws:ViaAWSService");
inline constexpr ContextKey kCurrentTime("aws:CurrentTime");
inline constexpr ContextKey kEpochTime("aws:EpochTime");
inline constexpr ContextKey kRequestTag("aws:RequestTag/");
inline constexpr ContextKey kTagKeys("aws:TagKeys");
inline constexpr ContextKey kSecureTransport("aws:SecureTransport");
inline constexpr ContextKey kExternalId("sts:ExternalId");
inline constexpr ContextKey kRoleSessionName("sts:RoleSessionName");
inline constexpr ContextKey kStsSourceIdentity("sts:SourceIdentity");
inline constexpr ContextKey kTransitiveTagKeys("sts:TransitiveTagKeys");
inline constexpr ContextKey kIamResourceTag("iam:ResourceTag/");
inline constexpr ContextKey kSamlAudience("saml:aud");
}  // namespace keys

enum class KeyType : std::uint8_t {
  kString,
  kArn,
  kNumeric,
  kDate,
  kBool,
  kIpAddress,
};

// How many values a key can have.
enum class KeyCount : std::uint8_t { kOne, kList };

// Says where the value of a key comes from, and hence who may set it.
enum class KeySource : std::uint8_t {
  kEngine,   // the engine works it out from the question; nobody may set it
  kSession,  // the session or the registry says it; nobody may set it
  kCaller,   // the service that asks says it, which must be trusted for it
  kAsker,    // the same for Authorize; AssumeRole reads it off its own call
  kRequest,  // AssumeRole reads it off its request; nobody may set it
  kToken,    // a verified token or assertion says it; nobody may set it
  kAws,      // AWS alone knows it; absent unless a caller of Authorize says it
};

// Whether a key has a value in a request of a principal that the registry
// holds.
enum class KeyPresence : std::uint8_t { kNever, kSometimes, kAlways };

// The presence of a key for each kind of principal.
class KeyPresences {
 public:
  // One character a kind, in the order of kKinds: `-`, `~` or `+`.
  // NOLINTNEXTLINE(google-explicit-constructor): a table's cell is a literal.
  consteval KeyPresences(const char (&columns)[9]) {
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      const char column = columns[i];
      if (column != '-' && column != '~' && column != '+') throw column;
      presences_[static_cast<std::size_t>(kKinds[i])] =
          column == '+'   ? KeyPresence::kAlways
          : column == '~' ? KeyPresence::kSometimes
                          : KeyPresence::kNever;
    }
  }

  static constexpr std::array kKinds = {
      PrincipalKind::kRoot,        PrincipalKind::kUser,
      PrincipalKind::kRoleSession, PrincipalKind::kFederatedUser,
      PrincipalKind::kService,     PrincipalKind::kWebIdentity,
      PrincipalKind::kSaml,        PrincipalKind::kAnonymous,
  };

  constexpr KeyPresence Of(PrincipalKind kind) const {
    return presences_[static_cast<std::size_t>(kind)];
  }

 private:
  std::array<KeyPresence, kKinds.size()> presences_ = {};
};

// The texts that a key's values can be, besides what its type says.
enum class KeyValues : std::uint8_t {
  kAny,
  kAccount,           // twelve digits
  kOrganization,      // begins with `o-`
  kOrganizationPath,  // "o-…/r-…/ou-…/", which ends with a slash
  kVpc,               // "vpc-…"
  kVpcEndpoint,       // "vpce-…"
  kPrincipalKind,     // "Account", "User", "AssumedRole", …
  kPrincipalArn,      // of a user, role, federated user or root user
  kUserId,            // "AIDA…", "AROA…:SESSION", an account, …
  kUserName,          // a name without path
  kServiceName,       // a domain name
  kExternalId,        // 2 to 1,224 letters, digits and `+=,.@:/-_`
  kSessionName,       // 2 to 64 letters, digits and `+=,.@-_`
};

// The uses of a key in a policy.  A key may have several uses.
enum class KeyUse : std::uint8_t {
  kNothing = 0,
  kLimits = 1,    // says who asks, whence, or on whose behalf
  kAdmits = 2,    // its value decides which strangers are let in
  kConfines = 4,  // confines a service to acting for those who are meant
  kChosen = 8,    // whoever asks chooses its value freely
};
constexpr KeyUse operator|(KeyUse a, KeyUse b) {
  return static_cast<KeyUse>(static_cast<std::uint8_t>(a) |
                             static_cast<std::uint8_t>(b));
}

struct KnownKey {
  absl::string_view name;  // ends with `/` if a tag's or claim's key follows
  KeyType type = KeyType::kString;
  KeyCount count = KeyCount::kOne;
  KeySource source = KeySource::kAws;
  KeyPresences presence = "~~~~~~~~";
  KeyUse uses = KeyUse::kNothing;
  KeyValues values = KeyValues::kAny;
  absl::string_view made_from = {};  // a key that it is a part of; or empty

  constexpr bool multi_valued() const { return count == KeyCount::kList; }
  constexpr bool is_family() const { return name.back() == '/'; }
  constexpr bool Is(KeyUse use) const {
    return (static_cast<std::uint8_t>(uses) & static_cast<std::uint8_t>(use)) !=
           0;
  }

  // Whether it has a value for whichever principal of an account asks.
  constexpr bool IsAlwaysPresent() const {
    for (const PrincipalKind kind : KeyPresences::kKinds) {
      if (HasAccount(kind) && presence.Of(kind) != KeyPresence::kAlways) {
        return false;
      }
    }
    return true;
  }
};

// All of them.
absl::Span<const KnownKey> KnownKeys();

// The known key that `key` is, ignoring letter case; null for any other.
const KnownKey* FindKnownKey(const ContextKey& key);
inline const KnownKey* FindKnownKey(absl::string_view name) {
  return FindKnownKey(ContextKey(name));
}

// Whether the key can hold several values, and hence is no policy variable.
bool IsMultiValuedKey(absl::string_view name);

// Leaves the tag's own key of the name of a condition key, `Team` in
// `aws:ResourceTag/Team`, if it is of `family`, `aws:ResourceTag/`.
bool ConsumeKeyFamily(const ContextKey& family, absl::string_view* name);

// The call that a caller's key came with.
enum class ContextUse : std::uint8_t {
  kAuthorize,
  kAssumeRole,  // from a service principal: keys of source kCaller only
  kSimulate,    // any key with any value
};

// Says what is wrong with a key and values that a caller gave: the key is not
// the caller's to set, or a value is not of the key's type.
absl::Status CheckCallerKey(const ContextKey& key,
                            absl::Span<const absl::string_view> values,
                            ContextUse use);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_CONTEXT_KEYS_H_
