// The kinds of principal that there are.

#ifndef ROLEGATE_ENGINE_POLICY_PRINCIPAL_KIND_H_
#define ROLEGATE_ENGINE_POLICY_PRINCIPAL_KIND_H_

#include <cstdint>

namespace rolegate {

enum class PrincipalKind : std::uint8_t {
  kAnonymous,      // nobody; the zero value can do least
  kRoot,           // an account's root user
  kUser,           // an IAM user
  kRoleSession,    // a session of a role, however it was assumed
  kFederatedUser,  // a GetFederationToken session
  kService,        // a service principal, "ec2.amazonaws.com"
  kWebIdentity,    // an OIDC token's subject, only while it assumes a role
  kSaml,           // a SAML assertion's subject, only while it assumes a role
};

// Whether principals of that kind belong to an account, whose policies say
// what they may do.
constexpr bool HasAccount(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kRoot:
    case PrincipalKind::kUser:
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kFederatedUser:
      return true;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      break;
  }
  return false;
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_PRINCIPAL_KIND_H_
