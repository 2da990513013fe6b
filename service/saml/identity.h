// Translates an assertion as AWS does: who may assume which role, and as what.
//
// AWS: "Configure SAML assertions for the authentication response", IAM User
// Guide; "Available keys for SAML-based AWS STS federation".

#ifndef ROLEGATE_SERVICE_SAML_IDENTITY_H_
#define ROLEGATE_SERVICE_SAML_IDENTITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/sts/federated_identity.h"
#include "engine/sts/result.h"
#include "service/saml/assertion.h"

namespace rolegate::service {

struct SamlIdentity {
  FederatedIdentity federated;
  std::string role_session_name;
  absl::Duration max_duration = absl::InfiniteDuration();  // SessionDuration
  std::string subject_type;    // "persistent", or a whole URI
  std::string name_qualifier;  // names subjects apart from other providers'
};

// InvalidIdentityToken if an attribute that has a meaning is malformed.
// `provider_arn` is arn:P:iam::ACCOUNT:saml-provider/NAME.
[[nodiscard]] Result<SamlIdentity> ReadSamlIdentity(
    const SamlAssertion& assertion, absl::string_view provider_arn);

// Whether the assertion's Role attribute names the role together with the
// provider, in either order.
bool NamesRole(const SamlAssertion& assertion, absl::string_view role_arn,
               absl::string_view provider_arn);

// The condition key that an attribute of an assertion becomes, `saml:` left
// out; empty if it becomes none.
absl::string_view SamlKeyOfAttribute(absl::string_view attribute);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_SAML_IDENTITY_H_
