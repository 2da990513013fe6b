// What a call tells of itself as a span, once it is over.

#ifndef ROLEGATE_SERVICE_ANSWER_CALL_TRACE_H_
#define ROLEGATE_SERVICE_ANSWER_CALL_TRACE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/decide/decision.h"
#include "engine/sts/error_code.h"
#include "service/config/config.h"
#include "service/identity/incoming_call.h"
#include "service/tracing/tracer.h"

namespace rolegate::service {

// The trace of a call by its `traceparent`, in hexadecimal; empty if it brings
// none that is as W3C defines it, or more than one.
std::string TraceIdOf(const IncomingCall& incoming);

// Only a call whose span may be wanted has one.
class CallTrace {
 public:
  // Null if nobody wants a span of the call: its caller says so, or the ratio
  // does where the caller says nothing.
  static std::unique_ptr<CallTrace> Begin(const Tracer& tracer,
                                          const IncomingCall& incoming);

  std::string trace_id() const { return ToHex(span_->trace_id); }

  // One check was decided.  `action` and `id` are copied.
  void AddDecision(const Decision& decision, absl::string_view id,
                   absl::string_view action);
  // Something happened now.  `name` lives as long as the program.
  void AddEvent(absl::string_view name);
  // The handler runs again, as if for the first time.
  void ForgetDecisions() { checks_ = denied_ = 0; }

  // How the call ended, and what is known of it.
  struct End {
    absl::string_view method;  // "/package.Service/Method"
    absl::StatusCode code = absl::StatusCode::kOk;
    absl::string_view message;  // for the caller, so without secrets
    std::optional<ErrorCode> error;
    absl::string_view caller;  // empty: nobody knows
    absl::string_view revision;
    absl::Time begin;
  };

  // The span.  Null if the caller is a stranger, whose word for being sampled
  // counts for nothing, and the ratio does not take the trace.  Comes last.
  std::unique_ptr<Span> Finish(const End& end, const ListenerConfig& listener);

 private:
  CallTrace(const Tracer* tracer, const IncomingCall* incoming,
            std::unique_ptr<Span> span)
      : tracer_(tracer), incoming_(incoming), span_(std::move(span)) {}

  void Add(absl::string_view key, absl::string_view text);
  void Add(absl::string_view key, std::int64_t number);
  void AddDecisions();
  void AddNetwork(const ListenerConfig& listener);

  const Tracer* const tracer_;
  const IncomingCall* const incoming_;
  std::unique_ptr<Span> span_;

  std::int64_t checks_ = 0;
  std::int64_t denied_ = 0;
  // What came of the last check.
  Verdict verdict_ = Verdict::kImplicitDeny;
  Layer layer_ = Layer::kIdentity;
  Reason reason_ = Reason::kNoAllow;
  std::string decision_id_;
  std::string action_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_ANSWER_CALL_TRACE_H_
