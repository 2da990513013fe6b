// The claims of identity tokens that become condition keys, `ISSUER:CLAIM`.
//
// AWS: "Available keys for AWS OIDC federation", IAM User Guide.

#ifndef ROLEGATE_ENGINE_POLICY_TOKEN_CLAIMS_H_
#define ROLEGATE_ENGINE_POLICY_TOKEN_CLAIMS_H_

#include "absl/strings/string_view.h"

namespace rolegate {

// Claims that are condition keys besides `aud`, `sub` and `oaud`, which every
// token can have.
inline constexpr absl::string_view kKeyClaims[] = {
    "amr",         "id",
    "email",       "app_id",
    "user_id",     "actor",
    "actor_id",    "repository",
    "ref",         "repository_id",
    "workflow",    "job_workflow_ref",
    "environment", "enterprise_id",
    "project_id",  "rpst_id"};

// Those that every later request of the session has, too.
inline constexpr absl::string_view kLastingClaims[] = {"amr", "aud", "id",
                                                       "sub"};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_POLICY_TOKEN_CLAIMS_H_
