// Who may make the requests that a statement is about.

#ifndef ROLEGATE_ENGINE_LINT_REQUESTERS_H_
#define ROLEGATE_ENGINE_LINT_REQUESTERS_H_

#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "engine/policy/context_keys.h"
#include "engine/policy/policy_document.h"
#include "engine/policy/policy_kind.h"
#include "engine/policy/principal_kind.h"

namespace rolegate {

// A set of kinds of principal.
class PrincipalKinds {
 public:
  constexpr PrincipalKinds() = default;
  constexpr PrincipalKinds(std::initializer_list<PrincipalKind> kinds) {
    for (const PrincipalKind kind : kinds) bits_ |= BitOf(kind);
  }

  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool Has(PrincipalKind kind) const {
    return (bits_ & BitOf(kind)) != 0;
  }
  // Whether the set holds this kind and no other.
  constexpr bool Is(PrincipalKind kind) const { return bits_ == BitOf(kind); }
  constexpr void Add(PrincipalKinds other) { bits_ |= other.bits_; }
  constexpr void Remove(PrincipalKinds other) {
    bits_ &= static_cast<std::uint16_t>(~other.bits_);
  }

  // Whether no principal of the set ever has the key.  False for no kinds.
  constexpr bool NeverHave(const KnownKey& key) const {
    for (const PrincipalKind kind : KeyPresences::kKinds) {
      if (Has(kind) && key.presence.Of(kind) != KeyPresence::kNever) {
        return false;
      }
    }
    return !empty();
  }

 private:
  static constexpr std::uint16_t BitOf(PrincipalKind kind) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
  }

  std::uint16_t bits_ = 0;
};

// Whether an entry of Principal is an identity provider of that kind.
bool IsSamlProvider(const PrincipalEntry& entry);
bool IsOidcProvider(const PrincipalEntry& entry);

// The beginning of the condition keys of an OIDC provider's tokens,
// `HOST/PATH`.  Empty for any other entry.
absl::string_view IssuerOf(const PrincipalEntry& entry);

// The kinds of principal that an entry of Principal matches.
PrincipalKinds KindsOf(const PrincipalEntry& entry, PolicyKind kind);

// Everybody who may ask for what such a policy is about.
PrincipalKinds Everybody(PolicyKind kind);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_REQUESTERS_H_
