#include "engine/policy/validate.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/validate_names.h"

namespace rolegate {
namespace {

enum class Presence { kForbidden, kOptional, kRequired };

// The elements that a statement of each kind has.
//
// AWS: "IAM JSON policy elements reference" of the IAM User Guide; "SCP
// syntax" and "RCP syntax" of the Organizations User Guide.
struct KindRules {
  Presence principal;
  bool not_principal;  // NotPrincipal is possible at all
  Presence resource;
  bool not_action;
  bool strict_sids;  // letters and digits, unique in the document
};

KindRules RulesOf(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kIdentity:
    case PolicyKind::kSession:
    case PolicyKind::kScp:
      return {Presence::kForbidden, false, Presence::kRequired, true, true};
    case PolicyKind::kTrust:
      return {Presence::kRequired, true, Presence::kForbidden, true, true};
    case PolicyKind::kRcp:
      return {Presence::kRequired, false, Presence::kRequired, false, true};
    case PolicyKind::kResource:
      // A statement without Principal loads and never matches.
      return {Presence::kOptional, true, Presence::kOptional, true, false};
  }
  return {};
}

// A policy of the kind, with its article, as messages speak of it.
absl::string_view PolicyOf(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kIdentity:
      return "an identity policy";
    case PolicyKind::kSession:
      return "a session policy";
    case PolicyKind::kResource:
      return "a resource policy";
    case PolicyKind::kTrust:
      return "a trust policy";
    case PolicyKind::kScp:
      return "a service control policy";
    case PolicyKind::kRcp:
      return "a resource control policy";
  }
  return "a policy";
}

class PolicyValidator {
 public:
  PolicyValidator(PolicyKind kind, DocumentFaults& faults)
      : kind_(kind), rules_(RulesOf(kind)), faults_(faults) {}

  void Validate(const PolicyDocument& policy) {
    if (kind_ == PolicyKind::kRcp &&
        policy.version != PolicyVersion::k2012_10_17) {
      faults_.Add(policy.offset, "Version",
                  FaultText("the version of a resource control policy must be "
                            "`2012-10-17`"));
    }
    for (const StatementDocument& statement : policy.statements) {
      CheckSid(statement);
      CheckPrincipals(statement);
      CheckActions(statement);
      CheckResources(statement);
      if (kind_ == PolicyKind::kRcp) CheckRcp(statement);
    }
  }

 private:
  void CheckSid(const StatementDocument& statement) {
    if (!statement.sid || !rules_.strict_sids) return;
    const absl::string_view sid = statement.sid->value;
    const auto path = [&] { return absl::StrCat(statement.path, ".Sid"); };
    if (!std::all_of(sid.begin(), sid.end(), [](char c) {
          return absl::ascii_isalnum(static_cast<unsigned char>(c));
        })) {
      faults_.Add(statement.sid->offset, path,
                  FaultText("statement ID `", sid,
                            "` must consist of letters and digits only"));
    }
    if (!sid.empty() && !sids_.insert(sid).second) {
      faults_.Add(
          statement.sid->offset, path,
          FaultText("statement ID `", sid, "` is not unique in its policy"));
    }
  }

  void CheckPrincipals(const StatementDocument& statement) {
    if (!statement.principal) {
      if (rules_.principal == Presence::kRequired) {
        faults_.Add(statement.offset, statement.path,
                    FaultText("a statement of ", PolicyOf(kind_),
                              " must have a `Principal`"));
      }
      return;
    }
    const PrincipalElement& principal = *statement.principal;
    const absl::string_view element =
        principal.negated ? "NotPrincipal" : "Principal";
    const auto path = [&] {
      return absl::StrCat(statement.path, ".", element);
    };
    if (rules_.principal == Presence::kForbidden ||
        (principal.negated && !rules_.not_principal)) {
      faults_.Add(principal.offset, path,
                  FaultText("a statement of ", PolicyOf(kind_),
                            " must not have `", element, "`"));
      return;
    }
    if (principal.negated && statement.effect == Effect::kAllow) {
      faults_.Add(
          principal.offset, path,
          FaultText("`NotPrincipal` cannot be used with `Allow`, list those "
                    "who are allowed in `Principal`"));
    }
    for (const PrincipalEntry& entry : principal.entries) {
      Report(entry.text.offset, path, CheckPrincipal(entry));
    }
  }

  void CheckActions(const StatementDocument& statement) {
    if (!statement.action) {
      faults_.Add(statement.offset, statement.path,
                  FaultText("a statement must have `Action` or `NotAction`"));
      return;
    }
    const auto path = [&] {
      return absl::StrCat(statement.path,
                          statement.action->negated ? ".NotAction" : ".Action");
    };
    if (statement.action->negated && !rules_.not_action) {
      faults_.Add(statement.action->offset, path,
                  FaultText("a statement of ", PolicyOf(kind_),
                            " must not have `NotAction`, list the actions in "
                            "`Action`"));
    }
    for (const SourceText& pattern : statement.action->patterns) {
      Report(pattern.offset, path, CheckAction(pattern.value, kind_));
    }
  }

  void CheckResources(const StatementDocument& statement) {
    if (!statement.resource) {
      if (rules_.resource == Presence::kRequired) {
        faults_.Add(statement.offset, statement.path,
                    FaultText("a statement must have `Resource` or "
                              "`NotResource`"));
      }
      return;
    }
    const auto path = [&] {
      return absl::StrCat(statement.path, statement.resource->negated
                                              ? ".NotResource"
                                              : ".Resource");
    };
    if (rules_.resource == Presence::kForbidden) {
      faults_.Add(
          statement.resource->offset, path,
          FaultText("a statement of a trust policy must not have `",
                    statement.resource->negated ? "NotResource" : "Resource",
                    "`, its resource is the role"));
      return;
    }
    for (const SourceText& pattern : statement.resource->patterns) {
      Report(pattern.offset, path, CheckResource(pattern.value, kind_));
    }
  }

  // AWS's own RCPFullAWSAccess is the one that carries Allow.
  void CheckRcp(const StatementDocument& statement) {
    if (statement.principal && !statement.principal->bare_star) {
      faults_.Add(statement.principal->offset,
                  absl::StrCat(statement.path, ".Principal"),
                  FaultText("the principal of a resource control policy must "
                            "be `*`"));
    }
    if (statement.effect == Effect::kAllow && !AllowsEverything(statement)) {
      faults_.Add(statement.offset, absl::StrCat(statement.path, ".Effect"),
                  FaultText("a resource control policy can only deny"));
    }
  }

  static bool AllowsEverything(const StatementDocument& statement) {
    const auto is_star = [](const std::optional<PatternElement>& element) {
      return element && !element->negated && element->patterns.size() == 1 &&
             element->patterns.front().value == "*";
    };
    return is_star(statement.action) && is_star(statement.resource) &&
           statement.conditions.empty();
  }

  // `path` is put together if there is a fault to report.
  template <typename Path>
  void Report(std::uint32_t offset, Path path, const FaultText& message) {
    if (!message.empty()) faults_.Add(offset, path, message);
  }

  const PolicyKind kind_;
  const KindRules rules_;
  DocumentFaults& faults_;
  absl::flat_hash_set<absl::string_view> sids_;
};

}  // namespace

void ValidatePolicy(const PolicyDocument& policy, PolicyKind kind,
                    DocumentFaults& faults) {
  PolicyValidator(kind, faults).Validate(policy);
}

}  // namespace rolegate
