// A session of a role: what AssumeRole gives out.

#ifndef ROLEGATE_ENGINE_STS_ROLE_SESSION_H_
#define ROLEGATE_ENGINE_STS_ROLE_SESSION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/program/policy.h"
#include "engine/registry/session_binding.h"
#include "engine/text/tag.h"

namespace rolegate {

// A condition key that a session brings to each of its requests.
struct SessionKey {
  std::string name;
  std::vector<std::string> values;

  friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

// Immutable once issued; whoever verifies a token reads the same again.  The
// role's own policies are not part of it: they are read from the registry at
// every decision, so that a change reaches running sessions.
struct RoleSession {
  std::string access_key_id;  // names the session: "RGSA" and 16 of [A-Z2-7]
  std::string role_arn;       // with its path
  std::string role_id;        // a role deleted and made again has another
  std::string session_name;

  // Passed or inherited along the chain; the role's own tags are not here.
  std::vector<Tag> tags;
  std::vector<std::string> transitive_tag_keys;  // a part of the tags' keys
  std::string source_identity;                   // empty: none

  // The identity provider that vouched for the holder, and what it said that
  // stays true: aws:FederatedProvider, `issuer.example.com:sub`, `saml:sub`.
  // Empty for a session that was not assumed with a token or assertion.
  std::string federated_provider;
  std::vector<SessionKey> identity_keys;

  // The proof that its holder must give besides the token.
  SessionBinding binding;

  // Session policies, a union.  `policy` is minified JSON, empty: none.
  // `compiled_policy` is its compiled form, null exactly if `policy` is empty.
  std::string policy;
  std::shared_ptr<const Policy> compiled_policy;
  std::vector<std::string> policy_arns;  // resolved at every decision

  absl::Time issued_at;  // whole seconds
  absl::Time expires_at;

  // access_key_ids of the sessions it was chained from, the oldest first.
  std::vector<std::string> chain;

  bool has_session_policies() const {
    return !policy.empty() || !policy_arns.empty();
  }

  // arn:P:sts::A:assumed-role/NAME/SESSION, without the role's path.
  std::string arn() const;
  // ROLE_ID:SESSION, which is aws:userid too.
  std::string assumed_role_id() const;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_STS_ROLE_SESSION_H_
