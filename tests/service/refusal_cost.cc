// Refuses one kind of AssumeRole a number of times, for refusal_cost_test.py:
//   refusal_cost KIND COUNT

#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/registry/file_parser.h"
#include "engine/registry/snapshot_builder.h"
#include "engine/sts/assume_role.h"
#include "service/answer/refusals.h"
#include "service/answer/session_issue.h"
#include "service/audit/audit_record.h"
#include "service/sessions/encoded_message.h"
#include "service/sessions/service_keys.h"
#include "tests/support/documents.h"

namespace rolegate::service {

// What is counted: the decision, the audit record and the sealed record.  Not
// in the unnamed namespace, so that it keeps its name.
[[gnu::noinline]] bool CountedRefusal(const Snapshot& snapshot,
                                      const Subject& caller,
                                      const AssumeRoleInput& input,
                                      const SealingKeys& keys) {
  const RequestContext given;
  AssumeRoleOutcome outcome = AssumeRole(snapshot, AccessOptions(), caller,
                                         input, given, absl::UnixEpoch());
  AuditRecord record;
  record.resource = input.role_arn;
  if (input.refused_beforehand) record.reason = "refused beforehand";
  RecordOutcome(outcome, &record);
  const ApiError* const error =
      outcome.result.ok() ? nullptr : &outcome.result.error();
  if (error == nullptr || outcome.decisions.empty()) return false;
  const Decision& decision = outcome.decisions.back().decision;
  const std::string reason =
      SealedReason(record, caller.principal.view().arn, "sts:AssumeRole",
                   &decision, outcome.untold_bytes + outcome.lacking.size());
  const auto conditions = [&](ConditionSink sink) {
    for (const auto& [key, values] : outcome.refused_context) {
      const std::vector<absl::string_view> views(values.begin(), values.end());
      sink(key, ContextValues(absl::MakeConstSpan(views)));
    }
  };
  return !SealRefusal({.time = absl::UnixEpoch(),
                       .action = "sts:AssumeRole",
                       .resource = record.resource,
                       .reason = reason,
                       .decision = &decision,
                       .conditions = conditions},
                      RefusalSize::kFixed, keys, "issuer")
              .empty();
}

namespace {

// Twenty roles that trust Lambda; nobody else may have one.
std::string Roles() {
  std::string roles = "[";
  for (int i = 10; i < 30; ++i) {
    absl::StrAppend(
        &roles, i == 10 ? "" : ",",
        testing::Role(absl::StrCat("Known", i),
                      testing::Trust(R"({"Service": "lambda.amazonaws.com"})"),
                      testing::Allow("s3:*")));
  }
  return absl::StrCat(roles, "]");
}

bool RefuseOften(const std::string& kind, int count) {
  Diagnostics faults;
  const RegistryOptions options;
  const auto snapshot = BuildSnapshot(
      {ParseRegistryFile("roles.json", Roles(), options)}, options, &faults);
  if (snapshot == nullptr) {
    std::cerr << ToString(faults.at(0)) << "\n";
    return false;
  }
  const auto keys = ServiceKeys::Open("");
  if (!keys.ok()) return false;
  Subject caller;
  caller.principal = *OwnedPrincipal::Service("ec2.amazonaws.com");
  AssumeRoleInput input;
  input.role_session_name = "test";
  input.refused_beforehand = kind == "beforehand";
  for (int i = 0; i < count; ++i) {
    input.role_arn = testing::RoleArn(
        absl::StrCat(kind == "unknown" ? "Other" : "Known", 10 + i % 20));
    if (!CountedRefusal(*snapshot, caller, input, *(*keys)->sealing())) {
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace rolegate::service

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return rolegate::service::RefuseOften(argv[1], std::atoi(argv[2])) ? 0 : 1;
}
