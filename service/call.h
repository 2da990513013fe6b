// One call to a handler: admission, the moment, the snapshot, the caller.

#ifndef ROLEGATE_SERVICE_CALL_H_
#define ROLEGATE_SERVICE_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "engine/registry/snapshot.h"
#include "engine/sts/sts_error.h"
#include "service/audit_record.h"
#include "service/caller.h"
#include "service/core.h"

namespace rolegate::service {

using Refusal = std::optional<StsError>;

// The names by which a caller stands in logs and messages.
std::string DisplayName(const Subject& subject);

// aws:userid, as far as it is known.
std::string UserIdOf(const Subject& subject, const Snapshot& snapshot);

// What a handler works with.  Holds the snapshot that was in force when the
// call came, until the answer and the audit line are made.
class Call {
 public:
  Call(Core* core, const ListenerConfig* listener,
       const grpc::CallbackServerContext* context);

  Core& core() const { return *core_; }
  const grpc::CallbackServerContext& context() const { return *context_; }
  const ListenerConfig& listener() const { return *listener_; }
  absl::Time now() const { return now_; }
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const Caller& caller() const { return caller_; }

  // Finds out who is calling.  Must come before anything that needs it.
  // Throttling for a token that is not known yet, once too many of the peer's
  // did not hold.
  Refusal Identify();
  // The session of a token that the request brings, by the same rule.
  std::variant<Subject, StsError> VerifySession(absl::string_view token) const;
  // Throttling if the peer asks for sessions too often.
  Refusal LimitSessions() const;
  // RegistryNotLoaded if there is no snapshot.
  Refusal RequireRegistry() const;
  // AccessDenied unless the caller may administer so; a session never may, and
  // is told who would call without it.  Writes the audit record.
  Refusal RequireAdministration(absl::string_view action,
                                absl::string_view resource) const;

  // A record with everything that the call itself knows.
  AuditRecord MakeAuditRecord(AuditKind kind) const;
  void WriteAudit(AuditRecord record) const;

 private:
  Core* const core_;
  const ListenerConfig* const listener_;
  const grpc::CallbackServerContext* const context_;
  const absl::Time now_;
  const std::shared_ptr<const Snapshot> snapshot_;
  Caller caller_;
};

// Ends a call, and with it its place among those in flight.
class CallReactor : public grpc::ServerUnaryReactor {
 public:
  explicit CallReactor(InFlight* in_flight) : in_flight_(in_flight) {}
  void OnDone() override;

  // gRPC otherwise has another thread run OnDone.  That wakes one for every
  // call, and when they lag, calls that are long over count as open.
  bool InternalInlineable() override { return true; }

 private:
  InFlight* const in_flight_;  // null: was not admitted
};

grpc::Status StatusOf(const Refusal& refusal);

// What would fail again is not to be tried again, although its code says so to
// clients that retry by code: gRPC's own heed `grpc-retry-pushback-ms`.
void TellRetries(const Refusal& refusal, grpc::CallbackServerContext* context);

// What a call is refused with whose checks cost more than a call may.
StsError BudgetExceeded(std::uint64_t max_call_steps);

// Takes a place among the calls in flight, which a CallReactor gives back.
// Throttling if there is none, ServiceUnavailable if the server stops.
Refusal Admit(Core* core);
grpc::ServerUnaryReactor* Refuse(const StsError& error);

// Runs `handle(Call&) -> Refusal` and answers; refuses at once if too many
// calls are open.
template <typename Handler>
grpc::ServerUnaryReactor* Serve(Core* core, const ListenerConfig* listener,
                                grpc::CallbackServerContext* context,
                                Handler handle) {
  if (const Refusal refusal = Admit(core)) return Refuse(*refusal);
  auto* const reactor = new CallReactor(&core->in_flight);
  Call call(core, listener, context);
  const Refusal refusal = handle(call);
  TellRetries(refusal, context);
  reactor->Finish(StatusOf(refusal));
  return reactor;
}

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CALL_H_
