// A session for whom an identity provider vouched.

#ifndef ROLEGATE_SERVICE_ANSWER_FEDERATED_SESSION_H_
#define ROLEGATE_SERVICE_ANSWER_FEDERATED_SESSION_H_

#include <string>
#include <utility>

#include "engine/sts/assume_role.h"
#include "engine/sts/federated_identity.h"
#include "service/answer/refusals.h"
#include "service/answer/session_issue.h"

namespace rolegate::service {

// Decides by the role's trust policy and fills what the answers of both ways
// have.  `record->principal` says who asks.
template <typename Response>
[[nodiscard]] Refusal IssueFederatedSession(const Call& call,
                                            const FederatedIdentity& identity,
                                            AssumeRoleInput input,
                                            Response* response,
                                            AuditRecord* record) {
  // AWS: PackedPolicySize is of policies and tags, and not there without them.
  const bool packed = input.policy.has_value() || !input.policy_arns.empty() ||
                      !identity.tags.empty();
  RequestContext given;
  const std::string peer = PeerAddress(call.incoming());
  AddTransportKeys(call, peer, &given);
  AssumeRoleOutcome outcome = AssumeRoleWithIdentity(
      *call.snapshot(), call.core().access, identity, input, given, call.now());
  RecordOutcome(outcome, record);
  if (call.core().audit != nullptr) {
    // What the provider says stands for what the request could not.
    input.tags = identity.tags;
    input.transitive_tag_keys = identity.transitive_tag_keys;
    input.source_identity = identity.source_identity;
    RecordContext(input, given, identity.keys, outcome, record);
  }
  SealRefusedAssumeRole(call, record->principal, "", *record, &outcome);
  if (!outcome.result.ok()) return std::move(outcome.result).error();
  int packed_policy_size = 0;
  if (auto refusal = IssueSession(
          call, *std::move(outcome.result), response->mutable_credentials(),
          response->mutable_assumed_role_user(),
          response->mutable_source_identity(), &packed_policy_size, record)) {
    return refusal;
  }
  if (packed) response->set_packed_policy_size(packed_policy_size);
  return std::nullopt;
}

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_FEDERATED_SESSION_H_
