// What the subjects of identity tokens say of their owner: the organisation,
// group, account or namespace to which an issuer's customer is bound.

#ifndef ROLEGATE_ENGINE_LINT_TOKEN_SUBJECTS_H_
#define ROLEGATE_ENGINE_LINT_TOKEN_SUBJECTS_H_

#include "absl/strings/string_view.h"

namespace rolegate {

// The two parts of a condition key of a token, cut at its last colon:
// `HOST/PATH` and `sub`.
struct TokenKey {
  absl::string_view issuer;
  absl::string_view claim;

  static TokenKey Of(absl::string_view key);
};

// Whether such a claim becomes a condition key.
bool IsKeyClaim(absl::string_view claim);

// Whether every later request of the session has the key of such a claim, too.
bool IsLastingClaim(absl::string_view claim);

// Whether the beginning of a condition key can be an issuer's name: a host or a
// path, in contrast to the prefix of a service.
bool LooksLikeIssuer(absl::string_view issuer);

// Whether a condition on the claim says who the subject is, or to whom it
// belongs.
bool NamesSubject(absl::string_view claim);

// Whether everybody's tokens come from this one issuer for the audience of one
// application, so that the audience says whose they are.
bool IsConsumerIssuer(absl::string_view issuer);

// Whether the issuer is one that everybody knows.
bool IsKnownIssuer(absl::string_view issuer);

// Whether a pattern of a claim that names subjects also matches subjects of
// other owners: a wildcard stands in the part that names the owner, or before
// it.
bool IsTooWide(absl::string_view issuer, absl::string_view claim,
               absl::string_view pattern);

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_LINT_TOKEN_SUBJECTS_H_
