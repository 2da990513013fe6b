// AssumeRole: the rules of STS, without wire, token or clock.
//
// AWS: "AssumeRole", Security Token Service API Reference; "Role trust
// policies", "Passing session tags", "Monitor and control actions taken with
// assumed roles", IAM User Guide.

#ifndef ROLEGATE_ENGINE_STS_ASSUME_ROLE_H_
#define ROLEGATE_ENGINE_STS_ASSUME_ROLE_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "engine/decide/decision.h"
#include "engine/decide/request_context.h"
#include "engine/sts/assume_role_input.h"
#include "engine/sts/circumstances.h"
#include "engine/sts/federated_identity.h"
#include "engine/sts/result.h"
#include "engine/sts/role_session.h"
#include "engine/sts/subject.h"

namespace rolegate {

// One action that the request needed and what was decided on it, for the
// audit log.
struct ActionDecision {
  std::string action;  // "sts:AssumeRole"
  Decision decision;
};

struct AssumeRoleOutcome {
  // A session without access_key_id, which the issuer names; or why not.
  Result<RoleSession> result = ApiError{};

  // The decisions in the order in which they were asked; the last one is the
  // first that was refused.  There is no decision of a trust policy for a role
  // that the registry does not hold.
  std::vector<ActionDecision> decisions;
  const Role* role = nullptr;  // null if the registry does not hold it

  // For a refusal, the condition keys that decided it.
  std::vector<std::pair<std::string, std::vector<std::string>>> refused_context;

  // For a refusal that policies decided, what would have had to be otherwise
  // (Explanation::lacking).  For records that only operators read.
  std::string lacking;

  // The size of a text that takes the place of `lacking` and is not told, for a
  // role that is not there: records of both kinds take the same work.
  std::size_t untold_bytes = 0;

  bool ok() const { return result.ok(); }
};

// Drops the white space between the tokens of a JSON text.
std::string MinifyJson(absl::string_view json);

// Decides whether `caller` may assume the role, and how the session looks.
// `given` holds the condition keys that came with the call: what a service
// principal passed (source P only), aws:SourceIp, aws:SecureTransport.  The
// order of the checks is AWS's: fields, role and permission, durations,
// session policies and tags.  A refusal says the same words whether the role
// is unknown, the trust policy refuses or the caller's own permission lacks,
// and takes the same work: for an unknown role the trust policy of another one
// is asked, and what it says is forgotten.
AssumeRoleOutcome AssumeRole(const Snapshot& snapshot,
                             const AccessOptions& options,
                             const Subject& caller,
                             const AssumeRoleInput& input,
                             const RequestContext& given, absl::Time now);

// Does the same for the subject of a verified token or assertion.  The trust
// policy alone says whether it may assume the role, under the identity's
// action.  Tags and source identity are the identity's; `input` has none.
//
// AWS: "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", Security Token
// Service API Reference.
AssumeRoleOutcome AssumeRoleWithIdentity(const Snapshot& snapshot,
                                         const AccessOptions& options,
                                         const FederatedIdentity& identity,
                                         AssumeRoleInput input,
                                         const RequestContext& given,
                                         absl::Time now);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ASSUME_ROLE_H_
