#include "service/config/tracing_settings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/config/listen_address.h"
#include "service/config/setting_readers.h"

namespace rolegate::service {
namespace {

constexpr absl::Duration kLongest = absl::Minutes(1);
constexpr std::uint64_t kMaxQueue = 65'000;
constexpr std::size_t kMaxAttributes = 64;
constexpr std::size_t kMaxAttributeBytes = 1024;

absl::Status BadEndpoint(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", text, "` ", fault,
                   ", expected `HOST:PORT`, `https://HOST:PORT`, "
                   "`http://HOST:PORT` or `unix:/path`"));
}

std::string ReadEndpoint(const YAML::Node& node, Config* config) {
  config->tracing.otlp_endpoint.reset();
  if (!node.IsScalar()) return Expected("an endpoint", node);
  if (node.Scalar().empty()) return "";
  absl::StatusOr<OtlpEndpoint> endpoint = OtlpEndpoint::Parse(node.Scalar());
  if (!endpoint.ok()) return std::string(endpoint.status().message());
  config->tracing.otlp_endpoint = *std::move(endpoint);
  return "";
}

std::string ReadAttributes(const YAML::Node& node, Config* config) {
  const std::string expected =
      absl::StrCat("a mapping of at most ", kMaxAttributes,
                   " names to texts, as `{k8s.pod.name: rolegate-0}`");
  if (!node.IsMap() || node.size() > kMaxAttributes) {
    return Expected(expected, node);
  }
  config->tracing.resource_attributes.clear();
  for (const auto& pair : node) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar() ||
        pair.first.Scalar().empty() ||
        pair.first.Scalar().size() > kMaxAttributeBytes ||
        pair.second.Scalar().size() > kMaxAttributeBytes) {
      return Expected(
          absl::StrCat(expected, ", of at most ", kMaxAttributeBytes, " bytes"),
          node);
    }
    config->tracing.resource_attributes[pair.first.Scalar()] =
        pair.second.Scalar();
  }
  return "";
}

Setting TracingRow(const char* name, const char* type, const char* fallback,
                   const char* doc, SettingReader read) {
  return {{name, type, fallback, EnvironmentName(name), "", doc},
          std::move(read),
          {}};
}

// Whether anything but the collector is set.
bool SetsAnything(const TracingOptions& options) {
  const TracingOptions unset;
  return options.sample_ratio != unset.sample_ratio ||
         options.service_name != unset.service_name ||
         !options.resource_attributes.empty() || !options.ca.empty() ||
         !options.cert.empty() || !options.key.empty() ||
         !options.headers_file.empty() ||
         options.max_queue_spans != unset.max_queue_spans ||
         options.export_timeout != unset.export_timeout ||
         options.flush_timeout != unset.flush_timeout;
}

}  // namespace

absl::StatusOr<OtlpEndpoint> OtlpEndpoint::Parse(absl::string_view text) {
  OtlpEndpoint endpoint;
  endpoint.text = std::string(text);
  absl::string_view rest = text;
  const bool secure = absl::ConsumePrefix(&rest, "https://");
  const bool plain = !secure && absl::ConsumePrefix(&rest, "http://");
  if (secure || plain) absl::ConsumeSuffix(&rest, "/");
  if (rest.find_first_of("/?#@") != absl::string_view::npos &&
      !absl::StartsWith(text, "unix:")) {
    return BadEndpoint(
        text,
        "has more than a host and a port, and OTLP over gRPC has no path");
  }
  const absl::StatusOr<ListenAddress> address = ListenAddress::Parse(rest);
  if (!address.ok() || (address->is_unix() && (secure || plain))) {
    return BadEndpoint(text, "is no endpoint of a collector");
  }
  if (!address->is_unix() && address->port == 0) {
    return BadEndpoint(text, "has no port from 1 to 65535");
  }
  endpoint.local = address->is_local();
  endpoint.tls = secure || (!plain && !endpoint.local);
  endpoint.target = address->is_unix() ? address->text
                                       : absl::StrCat("dns:///", address->text);
  return endpoint;
}

std::vector<Setting> TracingSettings() {
  return {
      TracingRow(
          "tracing.otlp_endpoint", "endpoint", "",
          "The collector that gets the spans, by OTLP over gRPC: `HOST:PORT`, "
          "which has TLS off loopback; `https://HOST:PORT`; "
          "`http://HOST:PORT`, "
          "which has none anywhere; or `unix:/path`. Empty: the server makes "
          "no spans.",
          ReadEndpoint),
      TracingRow(
          "tracing.sample_ratio", "number from 0 to 1", "0.01",
          "The part of the calls that get a span, where the caller's "
          "`traceparent` does not say it.",
          Share([](Config& c) -> double& { return c.tracing.sample_ratio; })),
      TracingRow("tracing.service_name", "text", "rolegate",
                 "The `service.name` of the spans.",
                 Text([](Config& c) -> std::string& {
                   return c.tracing.service_name;
                 })),
      TracingRow("tracing.resource_attributes", "mapping of names to texts",
                 "{}",
                 "What else the spans say of the server, as `{k8s.pod.name: "
                 "rolegate-0}`.",
                 ReadAttributes),
      TracingRow("tracing.tls.ca", "path", "",
                 "Certificates in PEM that vouch for the collector. Empty: the "
                 "system's.",
                 Text([](Config& c) -> std::string& { return c.tracing.ca; })),
      TracingRow(
          "tracing.tls.cert", "path", "",
          "The server's own certificate for the collector, in PEM.",
          Text([](Config& c) -> std::string& { return c.tracing.cert; })),
      TracingRow("tracing.tls.key", "path", "", "Its private key in PEM.",
                 Text([](Config& c) -> std::string& { return c.tracing.key; })),
      TracingRow(
          "tracing.headers_file", "path", "",
          "A file of lines `NAME: VALUE` that go to the collector as metadata, "
          "such as a token. The server reads it before each message.",
          Text([](Config& c) -> std::string& {
            return c.tracing.headers_file;
          })),
      TracingRow(
          "tracing.max_queue_spans", "number", "8192",
          "The most spans that may wait to be sent. The server drops further "
          "ones and counts them.",
          Number<std::uint64_t>(
              [](Config& c) -> std::uint64_t& {
                return c.tracing.max_queue_spans;
              },
              1, kMaxQueue)),
      TracingRow("tracing.export_timeout", "duration", "10s",
                 "How long the collector may take to answer.",
                 Time(
                     [](Config& c) -> absl::Duration& {
                       return c.tracing.export_timeout;
                     },
                     absl::Milliseconds(10), kLongest)),
      TracingRow(
          "tracing.flush_timeout", "duration", "2s",
          "How long a stopping server waits for the collector to take the last "
          "spans, within `limits.drain_timeout`.",
          Time([](Config& c)
                   -> absl::Duration& { return c.tracing.flush_timeout; },
               absl::ZeroDuration(), kLongest)),
  };
}

void CheckTracing(const TracingOptions& options, bool is_complete,
                  const std::function<void(absl::string_view path,
                                           std::string message)>& fault) {
  const std::pair<const char*, const std::string&> tls[] = {
      {"tracing.tls.ca", options.ca},
      {"tracing.tls.cert", options.cert},
      {"tracing.tls.key", options.key}};
  const bool wants_tls =
      std::any_of(std::begin(tls), std::end(tls),
                  [](const auto& setting) { return !setting.second.empty(); });
  if (options.cert.empty() != options.key.empty()) {
    fault(options.cert.empty() ? "tracing.tls.cert" : "tracing.tls.key",
          "is missing: a certificate and its key are set together");
  }
  if (!options.otlp_endpoint.has_value()) {
    if (is_complete && SetsAnything(options)) {
      fault("tracing",
            "has no effect without `otlp_endpoint`: set it to the address of a "
            "collector");
    }
    return;
  }
  const OtlpEndpoint& endpoint = *options.otlp_endpoint;
  if (endpoint.tls) return;
  if (wants_tls) {
    fault("tracing.tls",
          absl::StrCat("has no effect, for `", endpoint.text,
                       "` has no TLS: write `https://HOST:PORT`"));
  }
  if (!options.headers_file.empty() && !endpoint.local) {
    fault("tracing.headers_file",
          absl::StrCat("`", endpoint.text,
                       "` is on another machine and has no TLS, so that others "
                       "could read the headers: write `https://HOST:PORT`"));
  }
}

}  // namespace rolegate::service
