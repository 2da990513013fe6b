// The identity of which a verified token or assertion of an identity provider
// speaks, while it assumes a role.

#ifndef ROLEGATE_ENGINE_STS_FEDERATED_IDENTITY_H_
#define ROLEGATE_ENGINE_STS_FEDERATED_IDENTITY_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/sts/role_session.h"
#include "engine/text/tag.h"

namespace rolegate {

// Made by who verified the token: nothing in it is checked for truth again.
struct FederatedIdentity {
  // The provider as a trust policy's `Federated` principal names it: its ARN.
  std::string provider;

  // "sts:AssumeRoleWithWebIdentity" or "sts:AssumeRoleWithSAML".
  std::string action;

  // Condition keys that the trust policy sees: `issuer.example.com:sub`,
  // `saml:aud`.
  std::vector<SessionKey> keys;

  // Those of `keys` that every later request of the session has, too.
  std::vector<std::string> lasting_keys;

  // The provider's statements about the session.  Each needs a permission of
  // its own.
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;

  // A session ends here at the latest.
  absl::Time not_after = absl::InfiniteFuture();
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_FEDERATED_IDENTITY_H_
