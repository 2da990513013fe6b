#include "service/answer/call.h"

#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/text/cidr.h"
#include "service/answer/peer_class.h"

namespace rolegate::service {
namespace {

// The origin of a call: an address, or the socket that all its callers
// share, for those cannot be told apart.
std::string OriginOf(const IncomingCall& incoming,
                     const ListenerConfig& listener) {
  return listener.address.is_unix() ? listener.address.text
                                    : PeerAddress(incoming);
}

// The peer that limits count: of an IPv6 address its network, because who has
// one address has all of its network.
std::string PeerOf(std::string origin) {
  constexpr std::size_t kNetworkBytes = 8;
  const std::optional<IpAddress> address = IpAddress::Parse(origin);
  if (!address || !address->is_v6) return origin;
  return absl::StrCat(
      absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(address->bytes.data()), kNetworkBytes)),
      "/64");
}

// The name by which a listener and `limits.trusted_gateways` name a principal;
// empty for one that they cannot name.
std::string ConfiguredName(const Subject& subject) {
  const Principal principal = subject.principal.view();
  if (principal.kind == PrincipalKind::kService) {
    return absl::StrCat("service:", principal.arn);
  }
  return std::string(principal.kind == PrincipalKind::kUser ? principal.arn
                                                            : "");
}

ApiError TooManySessions() {
  return {ErrorCode::kThrottling,
          "too many sessions are asked for; try again later",
          {}};
}

ApiError NoAudit() {
  return {ErrorCode::kServiceUnavailable,
          "the audit log cannot be written, and nothing is decided without a "
          "record (`audit.fail_closed`); try again later",
          {}};
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

AuditSession AuditSessionOf(const Subject& subject) {
  if (subject.session == nullptr) return {};
  return {subject.session->access_key_id, subject.session->role_arn,
          subject.session->session_name};
}

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
           const IncomingCall* incoming)
    : core_(core),
      listener_(listener),
      incoming_(incoming),
      now_(absl::Now()),
      snapshot_(core->registry.snapshot()) {}

Refusal Call::Identify() {
  if (!identified_.has_value()) identified_ = FindCaller();
  return *identified_;
}

void Call::BeginTrace() {
  if (core_->tracer == nullptr) return;
  trace_ = CallTrace::Begin(*core_->tracer, *incoming_);
}

std::unique_ptr<Span> Call::EndTrace(absl::string_view method,
                                     absl::StatusCode code,
                                     absl::string_view message,
                                     std::optional<ErrorCode> error) {
  if (trace_ == nullptr) return nullptr;
  const bool known = identified_.has_value() && !identified_->has_value();
  CallTrace::End end;
  end.method = method;
  end.code = code;
  end.message = message;
  end.error = error;
  if (known) end.caller = caller_.subject.principal.view().arn;
  if (snapshot_ != nullptr) end.revision = snapshot_->revision();
  end.begin = now_;
  return std::exchange(trace_, nullptr)->Finish(end, *listener_);
}

std::string Call::TraceId() const {
  return trace_ != nullptr ? trace_->trace_id() : TraceIdOf(*incoming_);
}

Refusal Call::FindCaller() {
  const auto peer = [this] { return PeerOf(OriginOf(*incoming_, *listener_)); };
  SignatureGate gate(&core_->failures, peer);
  Refusal refusal = Authenticate(
      *incoming_, *listener_,
      {&core_->sessions, &core_->bearer_tokens, &core_->certificates, &gate},
      snapshot_.get(), now_, &caller_);
  if (refusal.has_value()) {
    if (refusal->code == ErrorCode::kThrottling) {
      CountLimit(CallLimit::kSignatures);
    }
    TellUnknownCaller(*refusal);
  }
  return refusal;
}

void Call::CountLimit(CallLimit limit) const {
  core_->door.Count(
      limit, ClassOfPeer(OriginOf(*incoming_, *listener_), core_->gateways));
}

void Call::TellUnknownCaller(const ApiError& error) const {
  // A session cannot be judged without a registry, and limits are told by
  // themselves.
  if (error.code == ErrorCode::kRegistryNotLoaded ||
      error.code == ErrorCode::kThrottling) {
    return;
  }
  core_->refused.AddUnknownCaller(
      {error, PeerOf(OriginOf(*incoming_, *listener_)),
       listener_->address.text},
      now_, [&] {
        AuditRecord record = MakeAuditRecord(AuditKind::kAuthentication);
        record.peer = incoming_->peer();
        record.listener = listener_->address.text;
        record.error = error.code;
        record.reason = error.message;
        record.duration = absl::Now() - now_;
        return record;
      });
}

void Call::TellIfLimited(const ApiError& error) const {
  if (error.code != ErrorCode::kThrottling &&
      error.code != ErrorCode::kBudgetExceeded) {
    return;
  }
  const bool known = identified_.has_value() && !identified_->has_value();
  core_->refused.AddLimited({error, PeerOf(OriginOf(*incoming_, *listener_)),
                             listener_->address.text},
                            known ? DisplayName(caller_.subject) : "", now_,
                            [this] { return TraceId(); });
}

Result<Holder> Call::HolderOf(absl::string_view session_token,
                              absl::string_view principal) const {
  const std::string origin = OriginOf(*incoming_, *listener_);
  const bool known = identified_.has_value() && !identified_->has_value();
  std::string caller = known ? DisplayName(caller_.subject)
                             : absl::StrCat("somebody at ", PeerOf(origin));
  const TrustedGateways& gateways = core_->gateways;
  const bool gateway =
      gateways.CoverPeer(origin) ||
      (known && (gateways.CoverPrincipal(ConfiguredName(caller_.subject)) ||
                 gateways.CoverPrincipal(caller_.presenter)));
  if (!gateway) return Holder{PeerOf(origin), std::move(caller)};
  if (!session_token.empty()) {
    auto verified = VerifySession(session_token);
    if (!verified.ok()) return std::move(verified).error();
    caller = DisplayName(*verified);
  } else if (!principal.empty()) {
    caller = std::string(principal);
  }
  return Holder{"", std::move(caller)};
}

Refusal Call::LimitSessions() const {
  const Holder holder = *HolderOf();
  if (!holder.peer.empty() &&
      !core_->sessions_by_peer.Take(holder.peer, MonotonicNow())) {
    CountLimit(CallLimit::kSessions);
    return TooManySessions();
  }
  const bool known = identified_.has_value() && !identified_->has_value();
  return known ? LimitSessionsOf(holder.principal) : std::nullopt;
}

Refusal Call::LimitSessionsOf(absl::string_view principal) const {
  if (core_->sessions_by_principal.Take(principal, MonotonicNow())) {
    return std::nullopt;
  }
  CountLimit(CallLimit::kSessions);
  return TooManySessions();
}

Refusal Call::RequireWaiting() const {
  if (!incoming_->cancelled() && absl::Now() < incoming_->deadline()) {
    return std::nullopt;
  }
  return ApiError{
      ErrorCode::kRequestCanceled, "nobody waits for the answer any more", {}};
}

Result<Subject> Call::VerifySession(absl::string_view token) const {
  const auto peer = [this] { return PeerOf(OriginOf(*incoming_, *listener_)); };
  SignatureGate gate(&core_->failures, peer);
  auto subject = core_->sessions.Verify(token, snapshot_.get(), now_, &gate);
  if (!subject.ok() && subject.error().code == ErrorCode::kThrottling) {
    CountLimit(CallLimit::kSignatures);
  }
  return subject;
}

Refusal Call::RequireRegistry() const {
  if (snapshot_ != nullptr) return std::nullopt;
  return ApiError{ErrorCode::kRegistryNotLoaded,
                  "no registry is loaded; GetStatus says why",
                  {}};
}

Refusal Call::RequireAudit() const {
  const bool failing = core_->config.audit.fail_closed &&
                       core_->audit != nullptr && core_->audit->failing();
  return failing ? Refusal(NoAudit()) : std::nullopt;
}

Refusal Call::RequireLostNothing() const {
  const bool lost = core_->config.audit.fail_closed && lost_a_record_;
  return lost ? Refusal(NoAudit()) : std::nullopt;
}

bool Call::MayAdminister(absl::string_view action,
                         absl::string_view resource) const {
  return core_->administration.Allows(caller_, action, resource,
                                      snapshot_.get(), now_);
}

Refusal Call::RequireAdministration(absl::string_view action,
                                    absl::string_view resource) const {
  const bool allowed = MayAdminister(action, resource);
  AuditRecord record = MakeAuditRecord(AuditKind::kAdministration);
  record.action = std::string(action);
  record.resource = std::string(resource);
  record.decision = allowed ? Verdict::kAllow : Verdict::kImplicitDeny;
  const bool session = caller_.proof == Proof::kSession;
  if (session) record.reason = "no session administers";
  WriteAudit(&record);
  if (Refusal refusal = RequireLostNothing()) return refusal;
  if (allowed) return std::nullopt;
  return ApiError{
      ErrorCode::kAccessDenied,
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
  record.trace_id = TraceId();
  if (core_->audit == nullptr) return record;  // nobody will read the rest
  record.caller = DisplayName(caller_.subject);
  record.presenter = caller_.presenter;
  record.peer = incoming_->peer();
  record.session = AuditSessionOf(caller_.subject);
  record.caller_tags.AddTags(caller_.subject.tags);
  if (snapshot_ != nullptr) record.registry_revision = snapshot_->revision();
  return record;
}

void Call::WriteAudit(AuditRecord* record) const {
  if (core_->audit == nullptr) return;
  record->duration = absl::Now() - now_;
  if (hurries_) {
    kept_.push_back(core_->audit->Format(*record));
  } else if (!core_->audit->Write(*record)) {
    lost_a_record_ = true;
  }
}

void Call::EndHurry(bool answered) {
  if (answered) {
    for (const auto& line : kept_) {
      if (!core_->audit->Write(line)) lost_a_record_ = true;
    }
  }
  kept_.clear();
  hurries_ = false;
  if (!answered && trace_ != nullptr) trace_->ForgetDecisions();
}

ApiError BudgetExceeded(std::uint64_t steps, absl::string_view limit) {
  return {ErrorCode::kBudgetExceeded,
          absl::StrCat("the checks of this call take more than ", steps,
                       " steps (", limit,
                       "): ask about fewer at once, and do not send the "
                       "same call again"),
          {}};
}

}  // namespace rolegate::service
