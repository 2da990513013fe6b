#include "service/otlp/encode.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/text/printable.h"

namespace rolegate::service {
namespace {

namespace otlp = opentelemetry::proto;

// The version of OpenTelemetry's conventions that names the attributes.
constexpr char kSchema[] = "https://opentelemetry.io/schemas/1.44.0";

constexpr std::size_t kMaxText = 1024;

constexpr std::uint32_t kKnowsWhetherRemote = 0x100;
constexpr std::uint32_t kIsRemote = 0x200;

std::string TextOf(absl::string_view text) {
  return Printable(text.substr(0, kMaxText));
}

template <typename Id>
std::string BytesOf(const Id& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// A random UUID, as RFC 9562 has its version 4.
std::string NewUuid() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), bytes.size());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

void SetValue(const SpanAttribute& attribute,
              otlp::common::v1::AnyValue* value) {
  struct Visitor {
    otlp::common::v1::AnyValue* value;
    void operator()(const std::string& text) const {
      value->set_string_value(TextOf(text));
    }
    void operator()(std::int64_t number) const { value->set_int_value(number); }
    void operator()(bool flag) const { value->set_bool_value(flag); }
  };
  std::visit(Visitor{value}, attribute.value);
}

std::uint64_t UnixNanos(absl::Time time) {
  return static_cast<std::uint64_t>(absl::ToUnixNanos(time));
}

void EncodeSpan(const Span& span, otlp::trace::v1::Span* out) {
  out->set_trace_id(BytesOf(span.trace_id));
  out->set_span_id(BytesOf(span.id));
  if (span.parent.has_value()) out->set_parent_span_id(BytesOf(*span.parent));
  out->set_trace_state(span.tracestate);
  out->set_flags(span.flags | kKnowsWhetherRemote |
                 (span.parent_is_remote ? kIsRemote : 0));
  out->set_name(std::string(span.name));
  out->set_kind(span.kind == SpanKind::kServer
                    ? otlp::trace::v1::Span::SPAN_KIND_SERVER
                    : otlp::trace::v1::Span::SPAN_KIND_INTERNAL);
  out->set_start_time_unix_nano(UnixNanos(span.begin));
  out->set_end_time_unix_nano(UnixNanos(span.end));
  for (const SpanAttribute& attribute : span.attributes) {
    auto* const pair = out->add_attributes();
    pair->set_key(std::string(attribute.key));
    SetValue(attribute, pair->mutable_value());
  }
  for (const SpanEvent& event : span.events) {
    auto* const added = out->add_events();
    added->set_time_unix_nano(UnixNanos(event.time));
    added->set_name(std::string(event.name));
  }
  if (span.failed) {
    out->mutable_status()->set_code(otlp::trace::v1::Status::STATUS_CODE_ERROR);
    out->mutable_status()->set_message(TextOf(span.message));
  }
}

}  // namespace

SpanEncoder::SpanEncoder(const TracingOptions& options) {
  auto* const spans = frame_.add_resource_spans();
  const auto add = [&](const std::string& key, const std::string& value) {
    auto* const pair = spans->mutable_resource()->add_attributes();
    pair->set_key(TextOf(key));
    pair->mutable_value()->set_string_value(TextOf(value));
  };
  const std::map<std::string, std::string> own = {
      {"service.name", options.service_name},
      {"service.version", ROLEGATE_VERSION},
      {"service.instance.id", NewUuid()}};
  for (const auto& [key, value] : own) {
    if (options.resource_attributes.count(key) == 0) add(key, value);
  }
  for (const auto& [key, value] : options.resource_attributes) add(key, value);
  auto* const scope = spans->add_scope_spans();
  scope->mutable_scope()->set_name("rolegate");
  scope->mutable_scope()->set_version(ROLEGATE_VERSION);
  scope->set_schema_url(kSchema);
}

ExportRequest* SpanEncoder::Encode(
    const std::vector<std::unique_ptr<Span>>& spans,
    google::protobuf::Arena* arena) const {
  auto* const request =
      google::protobuf::Arena::CreateMessage<ExportRequest>(arena);
  *request = frame_;
  auto* const scope =
      request->mutable_resource_spans(0)->mutable_scope_spans(0);
  for (const auto& span : spans) EncodeSpan(*span, scope->add_spans());
  return request;
}

}  // namespace rolegate::service
