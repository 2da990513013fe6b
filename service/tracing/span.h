// A span: one piece of work, when it was done and what came of it.

#ifndef ROLEGATE_SERVICE_TRACING_SPAN_H_
#define ROLEGATE_SERVICE_TRACING_SPAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/tracing/trace_context.h"

namespace rolegate::service {

enum class SpanKind : std::uint8_t {
  kInternal,
  kServer,  // somebody called
};

// A piece of what is known of a span.  Nothing of it is a secret: what a caller
// wrote must have been looked at (redact.h).
struct SpanAttribute {
  absl::string_view key;  // lives as long as the program
  std::variant<std::string, std::int64_t, bool> value;
};

struct SpanEvent {
  absl::Time time;
  absl::string_view name;  // lives as long as the program
};

struct Span {
  TraceId trace_id{};
  SpanId id{};
  std::optional<SpanId> parent;  // none: the first of its trace
  bool parent_is_remote = false;
  std::uint8_t flags = TraceParent::kSampled;
  std::string tracestate;  // IsTracestate, or empty

  absl::string_view name;  // lives as long as the program
  SpanKind kind = SpanKind::kInternal;
  absl::Time begin;
  absl::Time end;
  std::vector<SpanAttribute> attributes;  // no key twice
  std::vector<SpanEvent> events;

  bool of_stranger = false;  // nobody knows who called

  bool failed = false;  // by the server's fault
  std::string message;  // why
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_TRACING_SPAN_H_
