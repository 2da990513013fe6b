#include "engine/registry/revocations.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "engine/registry/content_digest.h"

namespace rolegate {

void Revocations::AddAccessKey(absl::string_view access_key_id) {
  access_keys_.emplace(access_key_id);
}

void Revocations::AddSourceIdentity(absl::string_view source_identity) {
  source_identities_.emplace(source_identity);
}

void Revocations::AddRole(absl::string_view role_arn,
                          absl::Time issued_before) {
  absl::Time& latest =
      roles_.try_emplace(std::string(role_arn), absl::InfinitePast())
          .first->second;
  latest = std::max(latest, issued_before);
}

void Revocations::Add(const Revocations& more) {
  access_keys_.insert(more.access_keys_.begin(), more.access_keys_.end());
  source_identities_.insert(more.source_identities_.begin(),
                            more.source_identities_.end());
  for (const auto& [role, issued_before] : more.roles_) {
    AddRole(role, issued_before);
  }
}

void Revocations::DropUnknownRoles(
    absl::FunctionRef<bool(absl::string_view role_arn)> is_known) {
  absl::erase_if(roles_,
                 [&](const auto& role) { return !is_known(role.first); });
}

bool Revocations::HasAll(const Revocations& other) const {
  Revocations both = *this;
  both.Add(other);
  return both == *this;
}

bool Revocations::HasRole(absl::string_view role_arn,
                          absl::Time issued_at) const {
  const auto found = roles_.find(role_arn);
  return found != roles_.end() && issued_at < found->second;
}

std::string Revocations::Digest() const {
  DigestWriter digest;
  for (const auto* texts : {&access_keys_, &source_identities_}) {
    digest.Add(absl::StrCat(texts->size()));
    for (const std::string& text :
         std::set<std::string>(texts->begin(), texts->end())) {
      digest.Add(text);
    }
  }
  std::set<std::string> roles;
  for (const auto& [role, issued_before] : roles_) {
    roles.insert(absl::StrCat(role, " ", absl::ToUnixNanos(issued_before)));
  }
  for (const std::string& role : roles) digest.Add(role);
  return digest.Finish();
}

}  // namespace rolegate
