#include "service/answer/call_trace.h"

#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "service/base/redact.h"
#include "service/metrics/call_metrics.h"

namespace rolegate::service {
namespace {

// Longer texts are cut: a queue full of spans has a size that is known.
constexpr std::size_t kMaxText = 512;

constexpr std::size_t kUsualAttributes = 18;

std::optional<TraceParent> ParentOf(const IncomingCall& incoming) {
  const MetadataValues parent = incoming.Metadata("traceparent");
  // Two say nothing, for nobody knows which one holds.
  return parent.count == 1 ? ParseTraceparent(parent.first) : std::nullopt;
}

// What the caller's trace carries along; empty if that is not as it should be.
// Clients of gRPC send it as one field.
std::string TracestateOf(const IncomingCall& incoming) {
  const MetadataValues state = incoming.Metadata("tracestate");
  if (state.count != 1 || !IsTracestate(state.first) ||
      HoldsSecret(state.first)) {
    return "";
  }
  return std::string(state.first);
}

// Whether OpenTelemetry's conventions call the code the server's fault.
bool IsServersFault(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string TraceIdOf(const IncomingCall& incoming) {
  const std::optional<TraceParent> parent = ParentOf(incoming);
  return parent.has_value() ? ToHex(parent->trace_id) : "";
}

std::unique_ptr<CallTrace> CallTrace::Begin(const Tracer& tracer,
                                            const IncomingCall& incoming) {
  const std::optional<TraceParent> parent = ParentOf(incoming);
  if (parent.has_value() && !parent->sampled()) return nullptr;
  const TraceId id =
      parent.has_value() ? parent->trace_id : Tracer::NewTraceId();
  if (!parent.has_value() && !tracer.Takes(id)) return nullptr;
  auto span = std::make_unique<Span>();
  span->trace_id = id;
  span->id = Tracer::NewSpanId();
  span->kind = SpanKind::kServer;
  if (parent.has_value()) {
    span->parent = parent->span_id;
    span->parent_is_remote = true;
    span->flags = parent->flags;
    span->tracestate = TracestateOf(incoming);
  }
  return std::unique_ptr<CallTrace>(
      new CallTrace(&tracer, &incoming, std::move(span)));
}

void CallTrace::AddDecision(const Decision& decision, absl::string_view id,
                            absl::string_view action) {
  ++checks_;
  if (!decision.allowed()) ++denied_;
  verdict_ = decision.verdict;
  layer_ = decision.layer;
  reason_ = decision.reason;
  decision_id_.assign(id.data(), id.size());
  action_.assign(action.data(), action.size());
}

void CallTrace::AddEvent(absl::string_view name) {
  span_->events.push_back({absl::Now(), name});
}

void CallTrace::Add(absl::string_view key, absl::string_view text) {
  if (text.empty()) return;
  std::string value = HoldsSecret(text) ? Redact(text) : std::string(text);
  if (value.size() > kMaxText) value.resize(kMaxText);
  span_->attributes.push_back({key, std::move(value)});
}

void CallTrace::Add(absl::string_view key, std::int64_t number) {
  span_->attributes.push_back({key, number});
}

void CallTrace::AddDecisions() {
  if (checks_ > 1) {
    Add("rolegate.checks", checks_);
    Add("rolegate.checks.denied", denied_);
  } else if (checks_ == 1) {
    Add("rolegate.action", action_);
    Add("rolegate.decision", VerdictName(verdict_));
    Add("rolegate.decision.layer", LayerName(layer_));
    Add("rolegate.decision.reason", ReasonLabel(reason_));
    Add("rolegate.decision.id", decision_id_);
  }
}

void CallTrace::AddNetwork(const ListenerConfig& listener) {
  const ListenAddress& address = listener.address;
  const std::string peer = incoming_->peer();
  if (address.is_unix()) {
    Add("network.transport", "unix");
    Add("server.address", address.path);
    Add("rolegate.peer", peer);
    return;
  }
  Add("network.transport", "tcp");
  Add("server.address", address.host);
  if (address.port != 0) Add("server.port", std::int64_t{address.port});
  Add("network.peer.address", AddressInPeer(peer));
  std::int64_t port = 0;
  if (absl::SimpleAtoi(absl::string_view(peer).substr(peer.rfind(':') + 1),
                       &port)) {
    Add("network.peer.port", port);
  }
}

std::unique_ptr<Span> CallTrace::Finish(const End& end,
                                        const ListenerConfig& listener) {
  span_->of_stranger = end.caller.empty() && end.code != absl::StatusCode::kOk;
  if (span_->of_stranger && !tracer_->Takes(span_->trace_id)) return nullptr;
  span_->name = end.method.substr(1);
  span_->begin = end.begin;
  span_->end = absl::Now();
  span_->attributes.reserve(kUsualAttributes);
  const std::string code = absl::StatusCodeToString(end.code);
  Add("rpc.system.name", "grpc");
  Add("rpc.method", span_->name);
  Add("rpc.response.status_code", code);
  if (IsServersFault(end.code)) {
    Add("error.type", code);
    span_->failed = true;
    span_->message = std::string(end.message.substr(0, kMaxText));
  }
  AddNetwork(listener);
  Add("rolegate.caller", end.caller);
  if (end.error.has_value()) Add("rolegate.error", ErrorName(*end.error));
  AddDecisions();
  Add("rolegate.registry.revision", end.revision);
  return std::move(span_);
}

}  // namespace rolegate::service
