// From the engine's types to the API's messages.

#ifndef ROLEGATE_SERVICE_ANSWER_PROTO_CONVERSIONS_H_
#define ROLEGATE_SERVICE_ANSWER_PROTO_CONVERSIONS_H_

#include "absl/time/time.h"
#include "engine/decide/decision.h"
#include "engine/decide/explain.h"
#include "engine/registry/snapshot.h"
#include "engine/text/diagnostic.h"
#include "google/protobuf/timestamp.pb.h"
#include "rolegate/v1/decision.pb.h"
#include "rolegate/v1/fault.pb.h"
#include "rolegate/v1/registry.pb.h"

namespace rolegate::service {

v1::Decision ToProto(Verdict verdict);
v1::Layer ToProto(Layer layer);
v1::Severity ToProto(Severity severity);
google::protobuf::Timestamp ToProto(absl::Time time);
void FaultToProto(const Diagnostic& diagnostic, v1::Fault* fault);
void CountsToProto(const RegistryCounts& counts, v1::RegistryCounts* proto);
void RoleToProto(const Role& role, v1::RoleSummary* summary);

void ExplanationToProto(const Decision& decision,
                        const Explanation& explanation, v1::Explanation* proto);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_PROTO_CONVERSIONS_H_
