// One call to a handler: the moment, the snapshot, the caller, for whom it
// counts, and whether anybody still waits for its answer.

#ifndef ROLEGATE_SERVICE_ANSWER_CALL_H_
#define ROLEGATE_SERVICE_ANSWER_CALL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/result.h"
#include "service/answer/call_trace.h"
#include "service/answer/core.h"
#include "service/audit/audit_log.h"
#include "service/audit/audit_record.h"
#include "service/base/places.h"
#include "service/identity/caller.h"
#include "service/identity/incoming_call.h"
#include "service/metrics/door_metrics.h"

namespace rolegate::service {

// The names by which a caller stands in logs and messages.
std::string DisplayName(const Subject& subject);

// The subject's session, as records name it; empty for one without.
AuditSession AuditSessionOf(const Subject& subject);

// aws:userid, as far as it is known.
std::string UserIdOf(const Subject& subject, const Snapshot& snapshot);

// What a handler works with.  Holds the snapshot that was in force when the
// call came, until the answer and the audit line are made.
class Call {
 public:
  Call(Core* core, const ListenerConfig* listener,
       const IncomingCall* incoming);

  Core& core() const { return *core_; }
  const IncomingCall& incoming() const { return *incoming_; }
  const ListenerConfig& listener() const { return *listener_; }
  absl::Time now() const { return now_; }
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const Caller& caller() const { return caller_; }

  // Finds out who is calling.  Must come before anything that needs it.
  // Throttling for a token that is not known yet, once too many of the peer's
  // did not hold.  What came of it stays.
  [[nodiscard]] Refusal Identify();
  // The session of a token that the request brings, by the same rule.
  [[nodiscard]] Result<Subject> VerifySession(absl::string_view token) const;
  // For whom limits and places count the call: its peer and, once it is
  // identified, its caller.  A trusted gateway's is counted by the session or
  // the principal that the request asks about, else by its caller; an error if
  // that session is none.
  [[nodiscard]] Result<Holder> HolderOf(absl::string_view session_token = "",
                                        absl::string_view principal = "") const;

  // Throttling if the peer or the caller asks for sessions too often.
  [[nodiscard]] Refusal LimitSessions() const;
  // The same of somebody who was known only by what the request brings.
  [[nodiscard]] Refusal LimitSessionsOf(absl::string_view principal) const;

  // From here on the call is part of a trace, if anybody wants its span.
  void BeginTrace();
  // Null if nobody does.  What stands there is told in the span.
  CallTrace* trace() const { return trace_.get(); }
  // The trace that the call is part of, for records; empty if it is in none.
  std::string TraceId() const;
  // The span of a call that is over; null if nobody wants it.  `method` is its
  // path, and lives as long as the program.
  std::unique_ptr<Span> EndTrace(absl::string_view method,
                                 absl::StatusCode code,
                                 absl::string_view message,
                                 std::optional<ErrorCode> error);

  // A handler that runs on a thread that others wait for is in a hurry: what
  // it decides may take kStepsInAHurry steps (hurry.h).  Its audit records are
  // kept meanwhile.  A handler that finds the steps too few says that it goes
  // on in a lane of the workers.
  void Hurry() { hurries_ = true; }
  bool hurries() const { return hurries_; }
  // Ends the hurry.  Writes the records of a handler that has answered, and
  // forgets those of one that has not: it runs again, for the same caller at
  // the same moment on the same snapshot, as if for the first time.
  void EndHurry(bool answered);

  // A handler may wait for somebody else, such as an identity provider, only
  // in Lane::kFederation.
  void set_may_wait(bool may_wait) { may_wait_ = may_wait; }
  bool may_wait() const { return may_wait_; }

  // Counts that the call ran into a limit.
  void CountLimit(CallLimit limit) const;
  // Tells operators that load or a limit is in the way of the call, if that is
  // what `error` says.
  void TellIfLimited(const ApiError& error) const;

  // RequestCanceled if nobody waits for the answer any more: the call was
  // cancelled, or its deadline has passed.  To be looked at between pieces of
  // work.
  [[nodiscard]] Refusal RequireWaiting() const;

  // RegistryNotLoaded if there is no snapshot.
  [[nodiscard]] Refusal RequireRegistry() const;
  // ServiceUnavailable, with `audit.fail_closed`, while the audit log cannot be
  // written.
  [[nodiscard]] Refusal RequireAudit() const;
  // The same if a record of this call was lost.
  [[nodiscard]] Refusal RequireLostNothing() const;
  // Whether the caller may administer so.  Leaves no audit record, for what
  // must be seen while none can be written.
  bool MayAdminister(absl::string_view action,
                     absl::string_view resource) const;
  // AccessDenied unless the caller may administer so; a session never may, and
  // is told who would call without it.  Writes the audit record.
  [[nodiscard]] Refusal RequireAdministration(absl::string_view action,
                                              absl::string_view resource) const;

  // A record with everything that the call itself knows.
  AuditRecord MakeAuditRecord(AuditKind kind) const;
  void WriteAudit(AuditRecord* record) const;

 private:
  [[nodiscard]] Refusal FindCaller();
  // Tells operators that nobody knows who is calling.
  void TellUnknownCaller(const ApiError& error) const;

  Core* const core_;
  const ListenerConfig* const listener_;
  const IncomingCall* const incoming_;
  const absl::Time now_;
  const std::shared_ptr<const Snapshot> snapshot_;
  bool hurries_ = false;
  bool may_wait_ = false;
  mutable std::vector<AuditLog::Line> kept_;  // while the call is in a hurry
  mutable bool lost_a_record_ = false;
  std::unique_ptr<CallTrace> trace_;
  std::optional<Refusal> identified_;  // what came of it
  Caller caller_;
};

// What a call is refused with whose checks cost more than a call may.
ApiError BudgetExceeded(std::uint64_t steps,
                        absl::string_view limit = "`limits.max_call_steps`");

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_CALL_H_
