// What every way of assuming a role does, after it knows who is calling.

#ifndef ROLEGATE_SERVICE_SESSION_ISSUE_H_
#define ROLEGATE_SERVICE_SESSION_ISSUE_H_

#include <string>

#include "engine/request_context.h"
#include "engine/sts/assume_role.h"
#include "rolegate/v1/security_token.pb.h"
#include "service/audit_record.h"
#include "service/call.h"

namespace rolegate::service {

// aws:SourceIp and aws:SecureTransport.  `peer` is PeerAddress of the call,
// and must outlive `given`.
void AddTransportKeys(const Call& call, const std::string& peer,
                      RequestContext* given);

// Copies what was decided on the first action that was refused, or on the
// first of all.
void RecordOutcome(const AssumeRoleOutcome& outcome, AuditRecord* record);

// Copies the error.  What was refused for what the request holds was not
// decided in anybody's favour.
void RecordRefusal(const Refusal& refusal, AuditRecord* record);

// The fields that the requests of all ways have.
template <typename Request>
AssumeRoleInput RequestedSession(const Request& request) {
  AssumeRoleInput input;
  input.role_arn = request.role_arn();
  if (request.has_duration_seconds()) {
    input.duration_seconds = request.duration_seconds();
  }
  if (request.has_policy()) input.policy = request.policy();
  input.policy_arns.assign(request.policy_arns().begin(),
                           request.policy_arns().end());
  return input;
}

// Names and signs the session, and fills the fields that all answers have.
Refusal IssueSession(const Call& call, RoleSession session,
                     v1::Credentials* credentials, v1::AssumedRoleUser* user,
                     std::string* source_identity, int* packed_policy_size,
                     AuditRecord* record);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SESSION_ISSUE_H_
