// The kinds of policy documents.

#ifndef ROLEGATE_ENGINE_POLICY_POLICY_KIND_H_
#define ROLEGATE_ENGINE_POLICY_POLICY_KIND_H_

#include <cstdint>

namespace rolegate {

// Decides which elements a document must and must not have (validate.cc).  A
// permissions boundary is an identity policy used differently.
enum class PolicyKind : std::uint8_t {
  kIdentity,  // inline and managed policies, permissions boundaries
  kSession,   // passed to AssumeRole
  kResource,  // attached to a resource: has a Principal
  kTrust,     // a role's AssumeRolePolicyDocument
  kScp,       // service control policy
  kRcp,       // resource control policy
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_POLICY_KIND_H_
