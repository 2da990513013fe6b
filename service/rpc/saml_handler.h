// AssumeRoleWithSAML.

#ifndef ROLEGATE_SERVICE_RPC_SAML_HANDLER_H_
#define ROLEGATE_SERVICE_RPC_SAML_HANDLER_H_

#include "rolegate/v1/security_token.pb.h"
#include "service/answer/call.h"

namespace rolegate::service {

// Verifies the assertion by the provider's metadata, asks the role's trust
// policy, and issues the session.  The caller needs no identity of its own.
[[nodiscard]] Refusal AssumeRoleWithSaml(
    Call& call, const v1::AssumeRoleWithSAMLRequest& request,
    v1::AssumeRoleWithSAMLResponse* response);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_RPC_SAML_HANDLER_H_
