#include "service/net/server_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "absl/time/clock.h"
#include "service/base/machine_limits.h"
#include "service/rpc/methods.h"

namespace rolegate::service {
namespace {

// When this library was loaded, which is when the process began but for some
// milliseconds.
const absl::Time kProcessBegan = absl::Now();

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// How many descriptors are open; 0 if nobody can tell.
double OpenDescriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = 0;
  while (!error && entry != std::filesystem::directory_iterator()) {
    ++count;
    entry.increment(error);
  }
  return count;
}

double Number(std::uint64_t value) { return static_cast<double>(value); }
double Flag(bool value) { return value ? 1 : 0; }

}  // namespace

ServerMetrics::ServerMetrics() {
  families_.BeginGauge("rolegate_build_info",
                       "Always 1; the label says which version runs");
  families_.Add(1, {{"version", ROLEGATE_VERSION}});
}

void ServerMetrics::AddCore(const Core& core) {
  core.metrics.CollectInto(UnaryMethodNames(), &families_);
  AddRegistry(core.registry.status());
  families_.Gauge("rolegate_calls_in_flight",
                  "Calls that have begun and are not over", core.calls.count());
  families_.Gauge("rolegate_worker_places_held",
                  "Places that calls hold which wait for a worker or are "
                  "worked on",
                  core.workers.held());
  families_.Gauge("rolegate_worker_places_limit", "limits.max_in_flight",
                  core.config.limits.max_in_flight);
  families_.Gauge("rolegate_streams_open", "Streams that are open",
                  Number(core.streams.size()));
  families_.Gauge("rolegate_streams_limit", "limits.max_open_streams",
                  Number(core.config.limits.max_open_streams));
  families_.Counter("rolegate_answers_given_up_total",
                    "Answers that their callers did not take",
                    Number(core.unsent.given_up()));
  families_.Gauge("rolegate_token_cache_bytes",
                  "What the cache of verified session tokens takes",
                  Number(core.sessions.cached_bytes()));
  families_.BeginCounter("rolegate_token_cache_lookups_total",
                         "Bearer tokens that were looked for among those that "
                         "were verified before, by whose they are");
  const std::pair<absl::string_view, TokenLookups> kCaches[] = {
      {"session", core.sessions.lookups()},
      {"oidc", core.bearer_tokens.lookups()}};
  for (const auto& [tokens, lookups] : kCaches) {
    families_.Add(Number(lookups.hits), {{"tokens", tokens}, {"found", "yes"}});
    families_.Add(Number(lookups.misses),
                  {{"tokens", tokens}, {"found", "no"}});
  }
  core.door.CollectInto(&families_);
  families_.BeginGauge("rolegate_signing_key_info",
                       "Always 1; the label names the key that signs sessions");
  families_.Add(1, {{"kid", core.keys->signing()->signer().kid()}});
  families_.Gauge("rolegate_keys_ephemeral",
                  "Whether the server made its own signing key, which ends "
                  "with it",
                  Flag(core.keys->ephemeral()));
  if (core.audit != nullptr) AddAudit(core.audit->stats());
}

void ServerMetrics::AddRegistry(const RegistryStatus& status) {
  families_.Gauge("rolegate_registry_loaded", "Whether a registry is in force",
                  Flag(status.loaded));
  if (status.loaded) {
    families_.BeginGauge("rolegate_registry_info",
                         "Always 1; the label is the revision in force");
    families_.Add(1, {{"revision", status.revision}});
    families_.Moment("rolegate_registry_loaded_timestamp_seconds",
                     "When the registry in force was put in force",
                     status.loaded_at);
  }
  families_.Gauge("rolegate_registry_read_seconds",
                  "How long the last reading took that found a change",
                  absl::ToDoubleSeconds(status.read_time));
  families_.BeginGauge("rolegate_registry_entities",
                       "What the registry in force holds");
  const RegistryCounts& counts = status.counts;
  const struct {
    const char* kind;
    std::size_t count;
  } kKinds[] = {{"role", counts.roles},
                {"user", counts.users},
                {"group", counts.groups},
                {"managed_policy", counts.managed_policies},
                {"resource_policy", counts.resource_policies},
                {"organization", counts.organizations},
                {"identity_provider", counts.identity_providers},
                {"revocation", counts.revocations}};
  for (const auto& each : kKinds) {
    families_.Add(Number(each.count), {{"kind", each.kind}});
  }
  families_.Gauge("rolegate_registry_files", "Files of the registry in force",
                  Number(counts.files));
  families_.Gauge("rolegate_registry_faults",
                  "Faults of the registry as it was read last",
                  Number(status.faults.size()));
  families_.Gauge("rolegate_registry_findings",
                  "Findings of the linter in the registry in force",
                  Number(status.findings.size()));
  families_.Gauge("rolegate_registry_held_back",
                  "Whether the generation that was read last is held back",
                  Flag(status.held_back));
  families_.Gauge("rolegate_registry_held_folders",
                  "Folders that keep their last good files",
                  Number(status.held_folders.size()));
  if (!status.faults.empty()) {
    families_.Moment("rolegate_registry_faulty_since_timestamp_seconds",
                     "When the first of an unbroken row of faults was read",
                     status.held_back_since);
  }
  families_.Gauge("rolegate_registry_from_last_good",
                  "Whether the registry in force came from last_good_dir",
                  Flag(status.from_last_good));
  families_.Gauge("rolegate_registry_only_polled",
                  "Whether changes are seen only when the registry is polled",
                  Flag(!status.watch_fault.empty()));
  families_.Counter("rolegate_registry_reloads_total",
                    "Generations that were put in force",
                    Number(status.reloads));
  families_.Counter("rolegate_registry_failed_reloads_total",
                    "Generations that were held back",
                    Number(status.failed_reloads));
}

void ServerMetrics::AddAudit(const AuditStats& stats) {
  families_.Counter("rolegate_audit_records_written_total",
                    "Records that the audit log has written",
                    Number(stats.written));
  families_.BeginCounter("rolegate_audit_records_lost_total",
                         "Records that the audit log has lost, by reason");
  families_.Add(Number(stats.lost_full), {{"reason", "queue_full"}});
  families_.Add(Number(stats.lost_failed), {{"reason", "not_written"}});
  families_.Counter("rolegate_audit_write_errors_total",
                    "Attempts to write the audit log that failed",
                    Number(stats.write_errors));
  families_.Gauge("rolegate_audit_queue_records",
                  "Records that wait to be written",
                  Number(stats.queued_records));
  families_.Gauge("rolegate_audit_queue_bytes",
                  "Bytes of the records that wait to be written",
                  Number(stats.queued_bytes));
}

void ServerMetrics::AddConnections(absl::string_view listeners,
                                   const ConnectionAcceptor::Counts& counts) {
  connections_.push_back({std::string(listeners), counts});
}

void ServerMetrics::AddCertificate(absl::string_view address, absl::Time ends) {
  certificates_.push_back({std::string(address), ends});
}

void ServerMetrics::AddHttp2(http2::SharedParts& parts) {
  families_.BeginGauge("rolegate_http2_buffered_bytes",
                       "Bytes of messages that are half received or unsent");
  families_.Add(Number(parts.receiving().held()), {{"direction", "receiving"}});
  families_.Add(Number(parts.sending().held()), {{"direction", "sending"}});
  families_.BeginGauge("rolegate_http2_buffered_bytes_limit",
                       "How many of them there may be");
  families_.Add(Number(parts.receiving().max()), {{"direction", "receiving"}});
  families_.Add(Number(parts.sending().max()), {{"direction", "sending"}});
  families_.BeginCounter("rolegate_http2_buffer_shortages_total",
                         "Times that they ran short, by what became of it: "
                         "somebody who held much lost some, or who asked got "
                         "none");
  const std::pair<absl::string_view, http2::BytePool::Shortages> kPools[] = {
      {"receiving", parts.receiving().shortages()},
      {"sending", parts.sending().shortages()}};
  for (const auto& [direction, shortages] : kPools) {
    families_.Add(Number(shortages.taken_back),
                  {{"direction", direction}, {"outcome", "taken_back"}});
    families_.Add(Number(shortages.refused),
                  {{"direction", direction}, {"outcome", "refused"}});
  }
}

void ServerMetrics::AddRefused() {
  families_.BeginCounter("rolegate_connections_refused_total",
                         "Connections that were not let in, by kind of "
                         "listener and of peer");
  for (const Connections& each : connections_) {
    for (std::size_t i = 0; i < kPeerClasses; ++i) {
      families_.Add(Number(each.counts.refused[i]),
                    {{"listeners", each.listeners},
                     {"peer", PeerClassName(static_cast<PeerClass>(i))}});
    }
  }
}

void ServerMetrics::AddSpans(const Tracer& tracer, const ExportStats& stats) {
  families_.Counter("rolegate_trace_spans_exported_total",
                    "Spans that the collector has taken",
                    Number(stats.exported));
  families_.BeginCounter("rolegate_trace_spans_dropped_total",
                         "Spans that the collector has not got, by reason");
  families_.Add(Number(tracer.dropped()), {{"reason", "queue_full"}});
  families_.Add(Number(stats.given_up), {{"reason", "not_exported"}});
  families_.Add(Number(stats.rejected), {{"reason", "rejected"}});
  families_.Counter("rolegate_trace_export_errors_total",
                    "Attempts to export spans that failed",
                    Number(stats.failed));
  families_.Gauge("rolegate_trace_queue_spans",
                  "Spans that wait to be exported", Number(tracer.waiting()));
}

void ServerMetrics::AddGathered() {
  using Counts = ConnectionAcceptor::Counts;
  const auto add = [this](double (*value)(const Counts&)) {
    for (const Connections& each : connections_) {
      families_.Add(value(each.counts), {{"listeners", each.listeners}});
    }
  };
  families_.BeginGauge("rolegate_connections_open",
                       "Connections that are open, by kind of listener");
  add([](const Counts& counts) { return Number(counts.open); });
  families_.BeginGauge("rolegate_connections_limit",
                       "How many of them there may be");
  add([](const Counts& counts) { return Number(counts.max); });
  AddRefused();
  families_.BeginCounter("rolegate_connections_replaced_total",
                         "Silent connections that were closed for new ones");
  add([](const Counts& counts) { return Number(counts.replaced); });
  if (certificates_.empty()) return;
  families_.BeginGauge("rolegate_certificate_expiry_timestamp_seconds",
                       "When the certificate of a listener ends");
  for (const Certificate& each : certificates_) {
    families_.Add(absl::ToDoubleSeconds(each.ends - absl::UnixEpoch()),
                  {{"listener", each.address}});
  }
}

// Named as all of Prometheus's client libraries name them.
void ServerMetrics::AddProcess() {
  families_.Counter("process_cpu_seconds_total",
                    "Processor time of the process", ProcessorSeconds());
  families_.Gauge("process_resident_memory_bytes",
                  "Memory of the process that is resident",
                  Number(ResidentMemory()));
  families_.Gauge("process_open_fds", "Descriptors that are open",
                  OpenDescriptors());
  families_.Gauge("process_max_fds", "How many descriptors may be open",
                  Number(DescriptorLimit()));
  families_.Moment("process_start_time_seconds", "When the process began",
                   kProcessBegan);
}

std::string ServerMetrics::ToText() {
  AddGathered();
  AddProcess();
  return families_.ToText();
}

}  // namespace rolegate::service
