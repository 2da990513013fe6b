#include "engine/registry/snapshot.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/registry/content_digest.h"

namespace rolegate {
namespace {

template <typename Map>
auto FindIn(const Map& map, absl::string_view key)
    -> decltype(&*map.begin()->second) {
  if (map.empty()) return nullptr;  // most registries have none
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

const Role* Snapshot::FindRole(const RoleKey& key) const {
  const NamedRole* const found = roles_.Find(key.arn(), key.hash());
  return found == nullptr ? nullptr : found->role.get();
}

const User* Snapshot::FindUser(absl::string_view arn) const {
  return FindIn(users_, arn);
}

const ManagedPolicy* Snapshot::FindManagedPolicy(absl::string_view arn) const {
  return FindIn(managed_policies_, arn);
}

const SamlProvider* Snapshot::FindSamlProvider(absl::string_view arn) const {
  for (const auto& provider : saml_providers_) {
    if (provider->arn == arn) return provider.get();
  }
  return nullptr;
}

absl::Span<const OpenIdProvider* const> Snapshot::FindOpenIdProviders(
    absl::string_view url) const {
  const auto found = openid_by_url_.find(url);
  if (found == openid_by_url_.end()) return {};
  return found->second;
}

const OrganizationMember* Snapshot::FindAccount(
    absl::string_view account) const {
  return FindIn(members_, account);
}

bool Snapshot::IsProviderKey(absl::string_view name) const {
  const std::size_t colon = name.rfind(':');
  if (colon == absl::string_view::npos) return false;
  return std::any_of(openid_providers_.begin(), openid_providers_.end(),
                     [&](const auto& provider) {
                       return absl::EqualsIgnoreCase(provider->key_prefix(),
                                                     name.substr(0, colon));
                     });
}

const Role* Snapshot::FindRoleByName(absl::string_view account,
                                     absl::string_view name) const {
  const Role* const* const found = role_names_.Find({account, name});
  // Names are unique ignoring case, but a role is found by its exact name.
  return found == nullptr || (*found)->name() != name ? nullptr : *found;
}

std::size_t Snapshot::RoleName::Hash(const Key& key) {
  // This is FNV-1a, because it takes the name's letters one by one.
  std::uint64_t folded = 0xcbf29ce484222325;
  for (const char c : key.name) {
    folded ^= static_cast<unsigned char>(
        absl::ascii_tolower(static_cast<unsigned char>(c)));
    folded *= 0x100000001b3;
  }
  return absl::HashOf(key.account, folded);
}

bool Snapshot::KnowsAccount(absl::string_view account) const {
  return accounts_.contains(account);
}

void Snapshot::FindResourcePolicies(absl::string_view resource,
                                    StepBudget* budget,
                                    MatchingPolicies* policies) const {
  resource_policies_.Find(resource, budget, policies);
}

std::shared_ptr<const Snapshot> Snapshot::WithRevocations(
    const Revocations& more) const {
  std::shared_ptr<Snapshot> narrowed(new Snapshot(*this));
  narrowed->revocations_.Add(more);
  narrowed->counts_.revocations = narrowed->revocations_.size();
  DigestWriter digest;
  digest.Add(revision_, narrowed->revocations_.Digest());
  narrowed->revision_ = absl::BytesToHexString(digest.Finish());
  return narrowed;
}

std::vector<const Policy*> Snapshot::AllPolicies() const {
  std::vector<const Policy*> all;
  for (const auto& policy : owned_policies_) all.push_back(policy.get());
  const auto add = [&](const IdentityPolicies& identity) {
    all.insert(all.end(), identity.policies.begin(), identity.policies.end());
  };
  for (const Role* role : roles_by_arn_order_) {
    all.push_back(role->trust);
    add(role->identity);
  }
  for (const auto& [arn, user] : users_) add(user->identity);
  for (const auto& [arn, managed] : managed_policies_) {
    all.push_back(managed->policy.get());
  }
  for (const auto& policy : resource_policies_.policies()) {
    all.push_back(policy.get());
  }
  const auto place = [](const Policy* policy) {
    const Position position = policy->program().statements().empty()
                                  ? Position()
                                  : policy->PositionOf(0);
    return std::make_tuple(absl::string_view(policy->file()), position.line,
                           position.column, policy->path(), policy);
  };
  std::sort(all.begin(), all.end(), [&](const Policy* a, const Policy* b) {
    return place(a) < place(b);
  });
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace rolegate
