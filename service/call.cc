#include "service/call.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "service/rpc_status.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kBudgetExceeded = "EvaluationBudgetExceeded";

AuditSession SessionOf(const Subject& subject) {
  if (subject.session == nullptr) return {};
  return {subject.session->access_key_id, subject.session->role_arn,
          subject.session->session_name};
}

// Whom limits count: an address, or all callers of one Unix socket, for those
// cannot be told apart.
std::string PeerOf(const grpc::ServerContextBase& context,
                   const ListenerConfig& listener) {
  return listener.address.is_unix() ? listener.address.text
                                    : PeerAddress(context);
}

// The trace id of a W3C traceparent, `00-<32 hex>-<16 hex>-<2 hex>`.
std::string TraceId(const grpc::ServerContextBase& context) {
  const auto it = context.client_metadata().find("traceparent");
  if (it == context.client_metadata().end() || it->second.size() < 55) {
    return "";
  }
  std::string id(it->second.data() + 3, 32);
  return id.find_first_not_of("0123456789abcdef") == std::string::npos ? id
                                                                       : "";
}

// Why a session is refused, and what helps.
std::string NoSessionAdministers(absl::string_view presenter) {
  return absl::StrCat(
      "the call brings a session, and no session administers; without it the "
      "connection itself says who calls, here ",
      presenter.empty() ? "nobody" : absl::StrCat("`", presenter, "`"),
      " (command line: --no-session)");
}

}  // namespace

std::string DisplayName(const Subject& subject) {
  return std::string(subject.principal.view().arn);
}

std::string UserIdOf(const Subject& subject, const Snapshot& snapshot) {
  if (subject.session != nullptr) return subject.session->assumed_role_id();
  const Principal principal = subject.principal.view();
  if (principal.kind == PrincipalKind::kUser) {
    const User* const user = snapshot.FindUser(principal.arn);
    return user == nullptr ? "" : user->user_id;
  }
  return std::string(principal.kind == PrincipalKind::kRoot ? principal.account
                                                            : "");
}

Call::Call(Core* core, const ListenerConfig* listener,
           const grpc::CallbackServerContext* context)
    : core_(core),
      listener_(listener),
      context_(context),
      now_(absl::Now()),
      snapshot_(core->registry.snapshot()) {}

Refusal Call::LimitSessions() const {
  if (core_->assume_roles.Take(PeerOf(*context_, *listener_), MonotonicNow())) {
    return std::nullopt;
  }
  return StsError{
      "Throttling", "too many sessions are asked for; try again later", {}};
}

Refusal Call::Identify() {
  const auto peer = [this] { return PeerOf(*context_, *listener_); };
  SignatureGate gate(&core_->failures, peer);
  auto caller = Authenticate(
      *context_, *listener_,
      {&core_->sessions, &core_->bearer_tokens, &core_->certificates, &gate},
      snapshot_.get(), now_);
  if (StsError* const error = std::get_if<StsError>(&caller)) {
    return std::move(*error);
  }
  caller_ = std::get<Caller>(std::move(caller));
  return std::nullopt;
}

std::variant<Subject, StsError> Call::VerifySession(
    absl::string_view token) const {
  const auto peer = [this] { return PeerOf(*context_, *listener_); };
  SignatureGate gate(&core_->failures, peer);
  return core_->sessions.Verify(token, snapshot_.get(), now_, &gate);
}

Refusal Call::RequireRegistry() const {
  if (snapshot_ != nullptr) return std::nullopt;
  return StsError{
      "RegistryNotLoaded", "no registry is loaded; GetStatus says why", {}};
}

Refusal Call::RequireAdministration(absl::string_view action,
                                    absl::string_view resource) const {
  const bool allowed = core_->administration.Allows(caller_, action, resource,
                                                    snapshot_.get(), now_);
  AuditRecord record = MakeAuditRecord(AuditKind::kAdministration);
  record.action = std::string(action);
  record.resource = std::string(resource);
  record.decision = allowed ? Verdict::kAllow : Verdict::kImplicitDeny;
  const bool session = caller_.proof == Proof::kSession;
  if (session) record.reason = "no session administers";
  WriteAudit(std::move(record));
  if (allowed) return std::nullopt;
  return StsError{
      "AccessDenied",
      absl::StrCat("User: ", DisplayName(caller_.subject),
                   " is not authorized to perform: ", action,
                   " on resource: ", resource, " because ",
                   session ? NoSessionAdministers(caller_.presenter)
                           : "the administration policy does not allow it"),
      {}};
}

AuditRecord Call::MakeAuditRecord(AuditKind kind) const {
  AuditRecord record;
  record.kind = kind;
  record.time = now_;
  core_->decision_ids.Next(now_, &record.decision_id);
  if (core_->audit == nullptr) return record;  // nobody will read the rest
  record.trace_id = TraceId(*context_);
  record.caller = DisplayName(caller_.subject);
  record.presenter = caller_.presenter;
  record.peer = context_->peer();
  record.session = SessionOf(caller_.subject);
  if (snapshot_ != nullptr) record.registry_revision = snapshot_->revision();
  return record;
}

void Call::WriteAudit(AuditRecord record) const {
  if (core_->audit == nullptr) return;
  record.duration = absl::Now() - now_;
  core_->audit->Write(std::move(record));
}

void CallReactor::OnDone() {
  if (in_flight_ != nullptr) in_flight_->Leave();
  delete this;
}

grpc::Status StatusOf(const Refusal& refusal) {
  return refusal.has_value() ? ToRpcStatus(*refusal) : grpc::Status::OK;
}

void TellRetries(const Refusal& refusal, grpc::CallbackServerContext* context) {
  if (refusal.has_value() && refusal->code == kBudgetExceeded) {
    context->AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
  }
}

StsError BudgetExceeded(std::uint64_t max_call_steps) {
  return {
      std::string(kBudgetExceeded),
      absl::StrCat("the checks of this call take more than ", max_call_steps,
                   " steps (`limits.max_call_steps`): ask about fewer at "
                   "once, and do not send the same call again"),
      {}};
}

Refusal Admit(Core* core) {
  switch (core->in_flight.Enter()) {
    case InFlight::Admission::kIn:
      return std::nullopt;
    case InFlight::Admission::kTooMany:
      return StsError{"Throttling", "too many calls are open; try again", {}};
    case InFlight::Admission::kClosed:
      break;
  }
  return StsError{"ServiceUnavailable", "the server is stopping", {}};
}

grpc::ServerUnaryReactor* Refuse(const StsError& error) {
  auto* const reactor = new CallReactor(nullptr);
  reactor->Finish(ToRpcStatus(error));
  return reactor;
}

}  // namespace rolegate::service
