// Principals by name, as a configuration or a caller on a trusted socket gives
// them: a user's ARN, or `service:NAME`.
//
// A caller can name only users and service principals.  Root users, role
// sessions and federated users need credentials.

#ifndef ROLEGATE_SERVICE_CONFIG_PRINCIPAL_NAME_H_
#define ROLEGATE_SERVICE_CONFIG_PRINCIPAL_NAME_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/decide/principal.h"

namespace rolegate::service {

// The principal that `name` names: `arn:aws:iam::123456789012:user/team/alice`
// or `service:ec2.amazonaws.com`.  kInvalidArgument, saying what was expected,
// for everything else.
absl::StatusOr<OwnedPrincipal> ParsePrincipalName(absl::string_view name);

// A pattern of names, `arn:aws:iam::123456789012:user/ci/*` or
// `service:*.internal`: `*` stands for any run of characters that holds no
// colon, everything else for itself.  Immutable; safe to share.
class PrincipalNamePattern {
 public:
  // kInvalidArgument for a pattern that could never match a user or a service
  // principal.
  static absl::StatusOr<PrincipalNamePattern> Parse(absl::string_view text);

  // Whether `name`, which ParsePrincipalName took, is covered.  Never holds
  // for a name that ParsePrincipalName refuses.
  bool Matches(absl::string_view name) const;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<std::string> parts_;  // between the colons
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_PRINCIPAL_NAME_H_
