#include "engine/sts/subject.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/text/arn.h"

namespace rolegate {
namespace {

constexpr absl::string_view kServicePrefix = "service:";
constexpr absl::string_view kNamedSession = "principal";

Subject SessionOf(const Role& role, absl::string_view session_name,
                  absl::Time now) {
  auto session = std::make_shared<RoleSession>();
  session->role_arn = std::string(role.arn());
  session->role_id = std::string(role.role_id());
  session->session_name = std::string(session_name);
  session->issued_at = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  session->expires_at = session->issued_at + absl::Hours(1);
  return Subject::OfSession(std::move(session));
}

absl::Status UnknownRole(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("no role of `", name.substr(0, 256), "` in the registry"));
}

bool IsRevoked(const Revocations& revocations, const RoleSession& session) {
  if (revocations.empty()) return false;
  return revocations.HasAccessKey(session.access_key_id) ||
         std::any_of(session.chain.begin(), session.chain.end(),
                     [&](const std::string& ancestor) {
                       return revocations.HasAccessKey(ancestor);
                     }) ||
         (!session.source_identity.empty() &&
          revocations.HasSourceIdentity(session.source_identity)) ||
         revocations.HasRole(session.role_arn, session.issued_at);
}

}  // namespace

Subject Subject::OfSession(std::shared_ptr<const RoleSession> session) {
  Subject subject;
  absl::StatusOr<OwnedPrincipal> principal =
      OwnedPrincipal::FromArn(session->arn(), session->role_arn);
  // Sessions are issued with ARNs that parse; one that does not is nobody.
  if (principal.ok()) {
    subject.principal = *std::move(principal);
    subject.principal.set_unique_id(session->role_id);
  }
  subject.role = RoleKey(session->role_arn);
  subject.session = std::move(session);
  return subject;
}

absl::StatusOr<Subject> SubjectByName(absl::string_view name,
                                      const Snapshot& snapshot,
                                      absl::Time now) {
  const auto subject_of =
      [](absl::StatusOr<OwnedPrincipal> principal) -> absl::StatusOr<Subject> {
    if (!principal.ok()) return principal.status();
    return Subject{*std::move(principal), nullptr, {}, {}};
  };
  if (absl::ConsumePrefix(&name, kServicePrefix)) {
    return subject_of(OwnedPrincipal::Service(name));
  }
  if (IsAccountId(name)) return subject_of(OwnedPrincipal::Account(name));

  const std::optional<Arn> arn = Arn::Parse(name);
  if (arn && arn->service == "iam" &&
      absl::StartsWith(arn->resource, "role/")) {
    const Role* const role = snapshot.FindRole(name);
    if (role == nullptr) return UnknownRole(name);
    return SessionOf(*role, kNamedSession, now);
  }
  absl::StatusOr<OwnedPrincipal> principal = OwnedPrincipal::FromArn(name);
  if (!principal.ok()) return principal.status();
  const Principal view = principal->view();
  if (view.kind == PrincipalKind::kRoleSession) {
    const std::optional<Arn> role_arn = Arn::Parse(view.entity_arn);
    const Role* const role = snapshot.FindRoleByName(
        view.account,
        role_arn->resource.substr(role_arn->resource.rfind('/') + 1));
    if (role == nullptr) return UnknownRole(name);
    return SessionOf(*role, view.session_name, now);
  }
  if (const User* user = snapshot.FindUser(name)) {
    principal->set_unique_id(user->user_id);
  }
  return subject_of(*std::move(principal));
}

SubjectState CheckSubject(const Snapshot& snapshot, const Subject& subject,
                          absl::Time now) {
  if (subject.session == nullptr) return SubjectState::kAlive;
  if (now >= subject.session->expires_at) return SubjectState::kExpired;
  const Role* const role = snapshot.FindRole(subject.role);
  if (role == nullptr || role->role_id() != subject.session->role_id) {
    return SubjectState::kUnknownRole;
  }
  return IsRevoked(snapshot.revocations(), *subject.session)
             ? SubjectState::kRevoked
             : SubjectState::kAlive;
}

Refusal RefuseUnlessAlive(const Snapshot& snapshot, const Subject& subject,
                          absl::Time now) {
  switch (CheckSubject(snapshot, subject, now)) {
    case SubjectState::kAlive:
      return std::nullopt;
    case SubjectState::kExpired:
      return ApiError{ErrorCode::kExpiredToken, "the session has expired", {}};
    case SubjectState::kRevoked:
      return ApiError{
          ErrorCode::kExpiredToken, "the session has been revoked", {}};
    case SubjectState::kUnknownRole:
      break;
  }
  return ApiError{
      ErrorCode::kInvalidClientTokenId, "the session's role is gone", {}};
}

}  // namespace rolegate
