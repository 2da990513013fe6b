#include "service/answer/proto_conversions.h"

#include <string>

#include "engine/program/policy.h"
#include "engine/text/printable.h"

namespace rolegate::service {

namespace {

void StatementToProto(Layer layer, const StatementRef& statement,
                      v1::StatementReference* proto) {
  const Policy& policy = *statement.policy;
  proto->set_layer(ToProto(layer));
  proto->set_policy(std::string(policy.name()));
  proto->set_sid(std::string(statement.view().sid()));
  proto->set_index(statement.index);
  proto->set_file(policy.file());
  proto->set_line(statement.position().line);
}

}  // namespace

v1::Decision ToProto(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return v1::DECISION_ALLOW;
    case Verdict::kExplicitDeny:
      return v1::DECISION_EXPLICIT_DENY;
    case Verdict::kImplicitDeny:
      return v1::DECISION_IMPLICIT_DENY;
  }
  return v1::DECISION_IMPLICIT_DENY;
}

v1::Layer ToProto(Layer layer) {
  switch (layer) {
    case Layer::kTrust:
      return v1::LAYER_TRUST;
    case Layer::kIdentity:
      return v1::LAYER_IDENTITY;
    case Layer::kResource:
      return v1::LAYER_RESOURCE;
    case Layer::kBoundary:
      return v1::LAYER_BOUNDARY;
    case Layer::kSession:
      return v1::LAYER_SESSION;
    case Layer::kScp:
      return v1::LAYER_SCP;
    case Layer::kRcp:
      return v1::LAYER_RCP;
  }
  return v1::LAYER_UNSPECIFIED;
}

v1::Severity ToProto(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return v1::SEVERITY_ERROR;
    case Severity::kSecurityWarning:
      return v1::SEVERITY_SECURITY_WARNING;
    case Severity::kWarning:
      return v1::SEVERITY_WARNING;
    case Severity::kSuggestion:
      return v1::SEVERITY_SUGGESTION;
  }
  return v1::SEVERITY_UNSPECIFIED;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const timespec parts = absl::ToTimespec(time);
  timestamp.set_seconds(parts.tv_sec);
  timestamp.set_nanos(static_cast<int>(parts.tv_nsec));
  return timestamp;
}

void FaultToProto(const Diagnostic& diagnostic, v1::Fault* fault) {
  // A text of the protocol is UTF-8, or the whole message is none.
  fault->set_file(Printable(diagnostic.file));
  fault->set_path(Printable(diagnostic.path));
  fault->set_line(diagnostic.position.line);
  fault->set_column(diagnostic.position.column);
  fault->set_code(diagnostic.code);
  fault->set_message(Printable(diagnostic.message));
  fault->set_severity(ToProto(diagnostic.severity));
}

void CountsToProto(const RegistryCounts& counts, v1::RegistryCounts* proto) {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  proto->set_files(count(counts.files));
  proto->set_roles(count(counts.roles));
  proto->set_users(count(counts.users));
  proto->set_groups(count(counts.groups));
  proto->set_managed_policies(count(counts.managed_policies));
  proto->set_resource_policies(count(counts.resource_policies));
  proto->set_organizations(count(counts.organizations));
  proto->set_revocations(count(counts.revocations));
  proto->set_identity_providers(count(counts.identity_providers));
}

void RoleToProto(const Role& role, v1::RoleSummary* summary) {
  summary->set_arn(std::string(role.arn()));
  summary->set_role_name(std::string(role.name()));
  summary->set_path(std::string(role.path()));
  summary->set_role_id(std::string(role.role_id()));
  summary->set_max_session_duration(
      static_cast<int>(absl::ToInt64Seconds(role.max_session())));
}

void ExplanationToProto(const Decision& decision,
                        const Explanation& explanation,
                        v1::Explanation* proto) {
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    if (!decision.layers[i].present) continue;
    v1::LayerResult* const result = proto->add_layers();
    result->set_layer(ToProto(static_cast<Layer>(i)));
    result->set_decision(ToProto(decision.layers[i].verdict));
  }
  for (const MatchedStatement& matched : explanation.matched) {
    StatementToProto(matched.layer, matched.statement,
                     proto->add_matched_statements());
  }
  for (const NearMiss& miss : explanation.near_misses) {
    v1::NearMiss* const near = proto->add_near_misses();
    StatementToProto(miss.layer, miss.statement, near->mutable_statement());
    near->set_cause(miss.cause);
  }
  for (const std::string& key : explanation.missing_context_keys) {
    proto->add_missing_context_keys(key);
  }
  proto->set_lacking(explanation.lacking);
}

}  // namespace rolegate::service
