// W3C's trace context: what a caller says of the trace that its call belongs
// to.
//
// Everything here came from a caller, and nothing is decided by it but whether
// a span is made.

#ifndef ROLEGATE_SERVICE_TRACING_TRACE_CONTEXT_H_
#define ROLEGATE_SERVICE_TRACING_TRACE_CONTEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rolegate::service {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

// 32 hexadecimal digits in lower case.
std::string ToHex(const TraceId& id);

// What a `traceparent` says.
struct TraceParent {
  static constexpr std::uint8_t kSampled = 1;

  TraceId trace_id;        // never all zero
  SpanId span_id;          // of the caller's span; never all zero
  std::uint8_t flags = 0;  // those that are defined: kSampled and 2, "random"

  bool sampled() const { return (flags & kSampled) != 0; }

  friend bool operator==(const TraceParent&, const TraceParent&) = default;
};

// `00-<32 hex>-<16 hex>-<2 hex>`, in lower case.  Nothing for a text that is
// not exactly that, for an id that is all zero, and for the version ff.  Of a
// later version more may follow, after a dash, and is ignored.
std::optional<TraceParent> ParseTraceparent(absl::string_view text);

// Longer ones are left out of spans.  W3C asks that at least so many characters
// are passed on.
inline constexpr std::size_t kMaxTracestate = 512;

// Whether a `tracestate` is as W3C defines it, and not longer than
// kMaxTracestate: at most 32 members `key=value`, no key twice.
bool IsTracestate(absl::string_view text);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_TRACING_TRACE_CONTEXT_H_
