// The audit log in the shape of AWS CloudTrail's records, for tools that read
// those: one record a line, as CloudTrail hands them to CloudWatch Logs.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
//
// What asks for a session becomes the record that AWS STS would leave.  Of what
// AWS has no record, `eventSource` is `rolegate`: decisions are data events,
// the use of administration and failed authentication are management events.
// What CloudTrail has no member for stands in `additionalEventData`, by the
// names of Rolegate's own format.

#ifndef ROLEGATE_SERVICE_AUDIT_CLOUDTRAIL_LINE_H_
#define ROLEGATE_SERVICE_AUDIT_CLOUDTRAIL_LINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "service/audit/audit_masks.h"
#include "service/audit/audit_record.h"

namespace rolegate::service {

// Appends the record as one JSON object and a line end.  Unlike AWS's, it has
// no session token.
void AppendCloudTrailLine(const AuditRecord& record, const AuditMasks& masks,
                          std::string* out);

// Appends the record that says how many were lost, between which times.
void AppendCloudTrailLoss(std::uint64_t lost, absl::Time first, absl::Time last,
                          std::string* out);

// The members that masks may leave out.
absl::Span<const MaskableMember> MaskableCloudTrailMembers();

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_AUDIT_CLOUDTRAIL_LINE_H_
