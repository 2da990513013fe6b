// Sessions that are over before their time.

#ifndef ROLEGATE_ENGINE_REGISTRY_REVOCATIONS_H_
#define ROLEGATE_ENGINE_REGISTRY_REVOCATIONS_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rolegate {

// A set of revocations.  It can only grow: whatever is added, no session that
// was revoked becomes good again.  Lookups are by hash.
class Revocations {
 public:
  // Revokes one session, and all that were chained from it.
  void AddAccessKey(absl::string_view access_key_id);
  // Revokes every session with this source identity, which the chain inherits.
  void AddSourceIdentity(absl::string_view source_identity);
  // Revokes the sessions of a role that were issued before a time.  The latest
  // of several times holds.
  void AddRole(absl::string_view role_arn, absl::Time issued_before);
  void Add(const Revocations& more);

  // Drops the revocations of roles that `is_known` does not know: they revoke
  // nothing while no such role is in force.
  void DropUnknownRoles(
      absl::FunctionRef<bool(absl::string_view role_arn)> is_known);

  bool empty() const { return size() == 0; }
  // Whether `other` revokes nothing that this does not.
  bool HasAll(const Revocations& other) const;
  std::size_t size() const {
    return access_keys_.size() + source_identities_.size() + roles_.size();
  }

  bool HasAccessKey(absl::string_view access_key_id) const {
    return access_keys_.contains(access_key_id);
  }
  bool HasSourceIdentity(absl::string_view source_identity) const {
    return source_identities_.contains(source_identity);
  }
  bool HasRole(absl::string_view role_arn, absl::Time issued_at) const;

  // 32 bytes.  Equal sets have equal digests, in whatever order they came
  // about.
  std::string Digest() const;

  friend bool operator==(const Revocations& a, const Revocations& b) {
    return a.access_keys_ == b.access_keys_ &&
           a.source_identities_ == b.source_identities_ && a.roles_ == b.roles_;
  }

 private:
  absl::flat_hash_set<std::string> access_keys_;
  absl::flat_hash_set<std::string> source_identities_;
  absl::flat_hash_map<std::string, absl::Time> roles_;
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_REGISTRY_REVOCATIONS_H_
