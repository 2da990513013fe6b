// Principals: whom a request comes from.

#ifndef ROLEGATE_ENGINE_DECIDE_PRINCIPAL_H_
#define ROLEGATE_ENGINE_DECIDE_PRINCIPAL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/policy/principal_kind.h"

namespace rolegate {

// A caller as the evaluator sees it: views only, everything must outlive the
// decision.  Fields that a kind does not have are empty.
struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  absl::string_view partition;
  absl::string_view account;

  // The name that logs show: the ARN of a user, of a role session (without the
  // role's path), of a federated user or of a root user, the name of a service,
  // or a provider.
  absl::string_view arn;

  // aws:PrincipalArn: the role's ARN with its path for a session; else `arn`.
  absl::string_view entity_arn;

  absl::string_view unique_id;     // AROA…, AIDA…; empty if not known
  absl::string_view session_name;  // kRoleSession only
};

// A principal that owns its texts.  Copies share them.
class OwnedPrincipal {
 public:
  OwnedPrincipal() = default;  // anonymous

  // A caller named by its ARN: root, user, assumed-role session or federated
  // user.  `role_arn` gives a session's role with its path; without it the
  // path is `/`.  kInvalidArgument for any other ARN, a group or policy for
  // instance, or for a `role_arn` that is not the session's role.
  static absl::StatusOr<OwnedPrincipal> FromArn(
      absl::string_view arn, absl::string_view role_arn = {});
  static absl::StatusOr<OwnedPrincipal> Service(absl::string_view name);
  // A provider: `…:saml-provider/N` is SAML, all others are web identity.
  static absl::StatusOr<OwnedPrincipal> Federated(absl::string_view provider);
  // The root user of an account, which its bare number names, too.
  static absl::StatusOr<OwnedPrincipal> Account(absl::string_view account);
  static OwnedPrincipal Anonymous() { return {}; }

  void set_unique_id(absl::string_view id);

  PrincipalKind kind() const { return view().kind; }

  // Views into this object; valid until it changes or dies.
  const Principal& view() const {
    return texts_ == nullptr ? kAnonymous : texts_->view;
  }

 private:
  struct Texts {
    Texts(PrincipalKind kind, absl::string_view arn,
          absl::string_view entity_arn, absl::string_view unique_id);
    Texts(const Texts&) = delete;
    Texts& operator=(const Texts&) = delete;

    const std::string arn;
    const std::string entity_arn;
    const std::string unique_id;
    const Principal view;  // of the above
  };

  static constexpr Principal kAnonymous = {};

  OwnedPrincipal(PrincipalKind kind, absl::string_view arn,
                 absl::string_view entity_arn);

  std::shared_ptr<const Texts> texts_;  // null: anonymous
};

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_DECIDE_PRINCIPAL_H_
