#include "service/identity/administration.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/question.h"

namespace rolegate::service {
namespace {

bool Limits(const LayerOutcome& layer) {
  return layer.present && layer.verdict != Verdict::kAllow;
}

bool Denies(const Decision& decision) {
  for (const LayerOutcome& layer : decision.layers) {
    if (layer.present && layer.verdict == Verdict::kExplicitDeny) return true;
  }
  return decision.verdict == Verdict::kExplicitDeny ||
         decision.reason == Reason::kMissingPolicy;
}

// Stricter than a resource policy is elsewhere: an identity policy does not
// help, a match of an account or a role grants nothing, and a boundary limits
// every grant.
bool Grants(const Decision& decision) {
  const LayerOutcome& granting = decision[Layer::kResource];
  return granting.verdict == Verdict::kAllow &&
         granting.level == MatchLevel::kDirect && !Denies(decision) &&
         !Limits(decision[Layer::kBoundary]) &&
         !Limits(decision[Layer::kSession]) && !Limits(decision[Layer::kScp]);
}

// Whether the identity comes from outside the registry, whose authors decide
// who may hold a session.
bool IsFromOutside(const Caller& caller) {
  switch (caller.proof) {
    case Proof::kName:  // --dev, where the file holds as elsewhere
    case Proof::kSocket:
    case Proof::kCertificate:
    case Proof::kToken:
      return caller.subject.session == nullptr;
    case Proof::kNone:
    case Proof::kSession:
      break;
  }
  return false;
}

// Why a statement must not name such a principal; nothing if it may.
std::optional<std::string> WhyNot(PrincipalPatternKind kind, Effect effect) {
  using Kind = PrincipalPatternKind;
  constexpr absl::string_view kSessions =
      "whoever writes the registry decides who holds a session of it";
  switch (kind) {
    case Kind::kUser:
    case Kind::kService:
      return std::nullopt;
    case Kind::kEveryone:
    case Kind::kAccount:
      // A Deny that names more than it must takes away from nobody who is not
      // meant.
      if (effect == Effect::kDeny) return std::nullopt;
      return "names no one caller: it would match sessions too, and all that "
             "the registry puts into an account";
    case Kind::kRole:
      return absl::StrCat("is a role, and ", kSessions);
    case Kind::kRoleSession:
    case Kind::kFederatedUser:
      return absl::StrCat("is a session, and ", kSessions);
    case Kind::kUniqueId:
      return "is a unique id, and the registry says whose it is";
    case Kind::kFederated:
      return "is an identity provider, and its tokens call by a mapping only";
    case Kind::kNobody:
      return "matches nobody";
  }
  return "matches nobody";
}

// The principals of the policy that must not stand in it.
Diagnostics CheckPrincipals(const Policy& policy, const std::string& file) {
  Diagnostics faults;
  const auto statements = policy.program().statements();
  for (std::size_t i = 0; i < statements.size(); ++i) {
    for (const PrincipalView pattern : statements[i].principals()) {
      const auto why = WhyNot(pattern.kind(), statements[i].effect());
      if (!why.has_value()) continue;
      faults.push_back(
          {Severity::kError, file,
           absl::StrCat(
               "Statement[", i, "].",
               statements[i].not_principal() ? "NotPrincipal" : "Principal"),
           policy.PositionOf(static_cast<int>(i)), "NoAdministrator",
           absl::StrCat(
               "`", pattern.text(), "` ", *why,
               ": name the user's ARN or the service principal that "
               "`listeners[].mappings`, `principal` or `principals` gives to "
               "the administrator's certificate, token or socket")});
    }
  }
  return faults;
}

}  // namespace

std::string PrincipalResource(absl::string_view principal) {
  return absl::StrCat("arn:rolegate:rolegate:::principal/", principal);
}

Administration::Administration(std::string file)
    : file_(std::move(file)), empty_registry_(EmptySnapshot()) {}

Diagnostics Administration::Load() {
  if (file_.empty()) return {};
  std::ifstream in(file_);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return {{Severity::kError,
             file_,
             "",
             {},
             "UnreadableFile",
             "the administration policy cannot be read"}};
  }
  Diagnostics faults;
  std::shared_ptr<const Policy> policy =
      Policy::CompileText(text.str(), PolicyKind::kResource,
                          {"administration", file_, ""}, &faults);
  if (policy == nullptr) return faults;
  if (faults = CheckPrincipals(*policy, file_); !faults.empty()) return faults;
  absl::MutexLock lock(&mu_);
  policy_ = std::move(policy);
  return {};
}

bool Administration::Allows(const Caller& caller, absl::string_view action,
                            absl::string_view resource,
                            const Snapshot* snapshot, absl::Time now) const {
  if (!IsFromOutside(caller)) return false;
  if (file_.empty()) return caller.proof == Proof::kName;
  std::shared_ptr<const Policy> policy;
  {
    absl::MutexLock lock(&mu_);
    policy = policy_;
  }
  const absl::StatusOr<ActionName> action_name = ActionName::Parse(action);
  const absl::StatusOr<ResourceName> resource_name =
      ResourceName::Parse(resource);
  if (policy == nullptr || !action_name.ok() || !resource_name.ok()) {
    return false;
  }
  const AccessOptions options;
  const RequestContext context;
  const Circumstances circumstances(
      snapshot != nullptr ? *snapshot : *empty_registry_, options,
      caller.subject, context, now);
  const Policy* const policies[] = {policy.get()};
  return Grants(Decide(
      Question(circumstances, *action_name, *resource_name, "", policies)));
}

}  // namespace rolegate::service
