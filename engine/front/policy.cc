#include "rolegate/policy.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "engine/lint/lint.h"
#include "engine/program/policy.h"

namespace rolegate::engine {
namespace {

rolegate::PolicyKind KindOf(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kIdentity:
      return rolegate::PolicyKind::kIdentity;
    case PolicyKind::kSession:
      return rolegate::PolicyKind::kSession;
    case PolicyKind::kResource:
      return rolegate::PolicyKind::kResource;
    case PolicyKind::kTrust:
      return rolegate::PolicyKind::kTrust;
    case PolicyKind::kScp:
      return rolegate::PolicyKind::kScp;
    case PolicyKind::kRcp:
      return rolegate::PolicyKind::kRcp;
  }
  return rolegate::PolicyKind::kIdentity;
}

}  // namespace

Policy::Policy(std::shared_ptr<const rolegate::Policy> policy, PolicyKind kind)
    : policy_(std::move(policy)), kind_(kind) {}

absl::StatusOr<Policy> Policy::Parse(absl::string_view document,
                                     PolicyKind kind, absl::string_view name,
                                     Diagnostics* diagnostics) {
  CompileOptions options;
  if (diagnostics != nullptr) options.inspector = LintPolicy;
  Diagnostics found;
  std::shared_ptr<const rolegate::Policy> policy =
      rolegate::Policy::CompileText(
          document, KindOf(kind), {std::string(name), "", ""}, &found, options);
  Normalize(found);
  absl::Status refusal;
  if (policy == nullptr) {
    for (const Diagnostic& fault : found) {
      if (fault.severity != Severity::kError) continue;
      refusal = absl::InvalidArgumentError(ToString(fault));
      break;
    }
  }
  if (diagnostics != nullptr) {
    diagnostics->insert(diagnostics->end(), found.begin(), found.end());
  }
  if (policy == nullptr) return refusal;
  return Policy(std::move(policy), kind);
}

}  // namespace rolegate::engine
