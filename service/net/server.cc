#include "service/net/server.h"

#include <algorithm>
#include <cstdint>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "service/base/json_line.h"
#include "service/base/machine_limits.h"
#include "service/base/monotonic.h"
#include "service/base/redact.h"
#include "service/net/server_metrics.h"
#include "service/operations/pages.h"
#include "service/otlp/exporter.h"
#include "service/rpc/unary_call.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kLoggedFaults = 20;

// How long clients have to hear that they are to go.  Most have heard within a
// millisecond, but one may be stopped by its garbage collector.
constexpr absl::Duration kGoing = absl::Seconds(1);

// How long new calls of gRPC are refused before connections are closed.
constexpr absl::Duration kRefusing = absl::Milliseconds(50);

// How long listeners may take to close.  A worker may be busy for longer than
// that with what cannot be interrupted, and nobody waits for it any more.
constexpr absl::Duration kClosing = absl::Seconds(2);

// How often key files are looked at; what changed is in force after two looks.
constexpr absl::Duration kKeyInterval = absl::Seconds(2);

// How often streams that nobody uses and answers that nobody takes are looked
// for.
constexpr absl::Duration kLookInterval = absl::Seconds(1);

// The time that a call which came just before the end may still take.
constexpr absl::Duration kLastCalls = absl::Milliseconds(100);

void LogDiagnostics(Logger* log, LogLevel level, absl::string_view message,
                    const Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < std::min(diagnostics.size(), kLoggedFaults);
       ++i) {
    const Diagnostic& diagnostic = diagnostics[i];
    log->Log(level, message,
             {{"file", diagnostic.file},
              {"line", diagnostic.position.line},
              {"column", diagnostic.position.column},
              {"path", diagnostic.path},
              {"code", diagnostic.code},
              {"fault", diagnostic.message}});
  }
  if (diagnostics.size() > kLoggedFaults) {
    log->Log(level, message, {{"more", diagnostics.size() - kLoggedFaults}});
  }
}

// A suggestion is for `rolegate check`.  It would stand in the log after each
// reload, where it warns of nothing.
void LogFindings(Logger* log, const Diagnostics& findings) {
  Diagnostics warnings;
  Diagnostics suggestions;
  for (const Diagnostic& finding : findings) {
    (finding.severity == Severity::kSuggestion ? suggestions : warnings)
        .push_back(finding);
  }
  LogDiagnostics(log, LogLevel::kWarning, "registry finding", warnings);
  LogDiagnostics(log, LogLevel::kDebug, "registry finding", suggestions);
}

// Waits until `done`, at most until `deadline`.
template <typename Condition>
void WaitUntil(MonotonicTime deadline, const Condition& done) {
  while (!done() && MonotonicNow() < deadline) {
    absl::SleepFor(absl::Milliseconds(1));
  }
}

absl::Status ToStatus(const Diagnostics& faults) {
  if (faults.empty()) return absl::OkStatus();
  std::vector<std::string> lines;
  for (const Diagnostic& fault : faults) lines.push_back(ToString(fault));
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace

Server::Server(const Config& config, Logger* log)
    : config_(config),
      log_(log),
      acceptor_(log, config.limits.trusted_gateways) {
  const std::size_t descriptors = DescriptorLimit();
  const std::optional<std::uint64_t> memory = MemoryLimit();
  const ConnectionCaps caps =
      CapsOfConnections(config.limits.max_connections, descriptors, memory);
  connections_.emplace(caps.api, SystemSockets());
  health_connections_.emplace(caps.health, SystemSockets());
  operations_connections_.emplace(caps.operations, SystemSockets());
  log->Info("the server bounds its connections",
            {{"max_connections", caps.api},
             {"max_health_connections", caps.health},
             {"descriptors", descriptors}});
  const std::uint64_t largest = config.registry.limits.max_file_bytes;
  if (IsLargeFile(largest, memory)) {
    log->Warning(
        "a file of the registry may be larger than a quarter of the memory "
        "limit: reading one that large may end the server. Lower "
        "registry.limits.max_file_bytes or raise the limit",
        {{"max_file_bytes", largest}, {"memory_limit", *memory}});
  }
  if (caps.api < config.limits.max_connections) {
    log->Warning(
        "limits.max_connections is more than the limit of descriptors allows: "
        "raise RLIMIT_NOFILE",
        {{"asked", config.limits.max_connections},
         {"max_connections", caps.api}});
  }
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Config& config,
                                                      Logger* log) {
  absl::StatusOr<std::unique_ptr<ServiceKeys>> keys =
      ServiceKeys::Open(config.session.keys_dir);
  if (!keys.ok()) return keys.status();
  std::unique_ptr<AuditLog> audit;
  if (!config.audit.path.empty()) {
    auto opened = AuditLog::Open(config.audit, log);
    if (!opened.ok()) return opened.status();
    audit = *std::move(opened);
  }
  std::unique_ptr<Server> server(new Server(config, log));
  server->core_ =
      std::make_unique<Core>(config, log, *std::move(keys), std::move(audit));
  Core& core = *server->core_;
  if (core.tracer != nullptr) {
    auto exporter = SpanExporter::Start(config.tracing, core.tracer, log);
    if (!exporter.ok()) return exporter.status();
    server->exporter_ = *std::move(exporter);
    log->Info("spans are exported",
              {{"endpoint", config.tracing.otlp_endpoint->text},
               {"tls", config.tracing.otlp_endpoint->tls},
               {"sample_ratio", config.tracing.sample_ratio}});
  }
  if (absl::Status status = ToStatus(core.administration.Load());
      !status.ok()) {
    return status;
  }
  if (core.keys->ephemeral()) {
    log->Warning(
        "session.keys_dir is not set: the server made a signing key of its "
        "own, "
        "and sessions end when it stops",
        {{"kid", core.keys->signing()->signer().kid()}});
  }
  if (!core.keys->ephemeral() && core.keys->sealing()->ephemeral()) {
    log->Warning(
        "session.keys_dir holds no sealing key: the server made one of its "
        "own, "
        "and other replicas cannot open the refusals that it seals; "
        "`rolegated keys new --sealing` makes one");
  }
  if (config.dev) {
    log->Warning(
        "--dev: every caller on this machine may say who it is. Never use it "
        "where others can reach the socket");
  }
  if (config.operations_listen.has_value()) {
    server->console_.emplace(&core, &config.operations,
                             config.operations_console);
  }
  core.registry.SetListener([raw = server.get()](const RegistryStatus& status) {
    raw->OnRegistry(status);
  });
  core.registry.Start();
  server->key_watcher_ =
      std::make_unique<ServiceKeysWatcher>(core.keys.get(), log, kKeyInterval);
  server->token_keys_.emplace(kKeyInterval,
                              [&core] { core.bearer_tokens.Refresh(); });
  server->unused_.emplace(kLookInterval,
                          [raw = server.get()] { raw->EndUnused(); });
  if (absl::Status status = server->OpenListeners(); !status.ok()) {
    return status;
  }
  return server;
}

Server::~Server() {
  // Calls end before what they use does.
  liveness_.reset();
  health_.EndWatches();
  for (const auto& listener : listeners_) listener->Shutdown(kLastCalls);
  if (health_listener_ != nullptr) health_listener_->Shutdown(kLastCalls);
  if (operations_listener_ != nullptr) {
    operations_listener_->Shutdown(kLastCalls);
  }
  key_watcher_.reset();
  token_keys_.reset();
  unused_.reset();
  operations_listener_.reset();  // its work asks the core
  exporter_.reset();
  core_.reset();
}

absl::Status Server::OpenListeners() {
  if (config_.health_listen.has_value()) {
    auto health = HealthListener::Open(
        *config_.health_listen, config_.limits.keepalive_timeout, &acceptor_,
        &*health_connections_, &health_);
    if (!health.ok()) return health.status();
    health_listener_ = *std::move(health);
  }
  if (config_.transport == TransportKind::kHttp2) {
    http2_.emplace(config_.limits);
  }
  for (const ListenerConfig& config : config_.listeners) {
    auto listener = Listener::Open(core_.get(), config,
                                   {&acceptor_, &*connections_, &health_,
                                    http2_.has_value() ? &*http2_ : nullptr});
    if (!listener.ok()) return listener.status();
    listeners_.push_back(*std::move(listener));
    log_->Info("listening", {{"address", listeners_.back()->address()}});
  }
  // Last, because its pages tell of all others.
  if (absl::Status status = OpenOperations(); !status.ok()) return status;
  health_.SetReady(core_->registry.snapshot() != nullptr);
  LookAfter(listeners_);
  return absl::OkStatus();
}

absl::Status Server::OpenOperations() {
  if (!config_.operations_listen.has_value()) return absl::OkStatus();
  auto listener = OperationsListener::Open(
      core_.get(), &acceptor_, &*operations_connections_,
      OperationsPages({.core = core_.get(),
                       .health = &health_,
                       .metrics = [this] { return Metrics(); },
                       .console = &*console_}),
      console_->has_page() ? Console::kMaxBody : 0);
  if (!listener.ok()) return listener.status();
  operations_listener_ = *std::move(listener);
  log_->Info("operators are served",
             {{"address", operations_listener_->address()}});
  return absl::OkStatus();
}

std::string Server::Metrics() {
  ServerMetrics metrics;
  metrics.AddCore(*core_);
  metrics.AddConnections("api", acceptor_.CountsOf(&*connections_));
  if (health_listener_ != nullptr) {
    metrics.AddConnections("health", acceptor_.CountsOf(&*health_connections_));
  }
  metrics.AddConnections("operations",
                         acceptor_.CountsOf(&*operations_connections_));
  const auto add_certificate = [&metrics](const auto& listener) {
    if (const auto ends = listener.certificate_ends()) {
      metrics.AddCertificate(listener.address(), *ends);
    }
  };
  for (const auto& listener : listeners_) add_certificate(*listener);
  if (operations_listener_ != nullptr) add_certificate(*operations_listener_);
  if (http2_.has_value()) metrics.AddHttp2(*http2_);
  if (exporter_ != nullptr) {
    metrics.AddSpans(*core_->tracer, exporter_->stats());
  }
  return metrics.ToText();
}

void Server::LookAfter(
    const std::vector<std::unique_ptr<Listener>>& listeners) {
  std::vector<ProbeTarget> probes;
  const auto add_probes = [&probes](const auto& listener) {
    probes.insert(probes.end(), listener.probes().begin(),
                  listener.probes().end());
  };
  if (health_listener_ != nullptr) add_probes(*health_listener_);
  if (operations_listener_ != nullptr) add_probes(*operations_listener_);
  for (const auto& listener : listeners) add_probes(*listener);
  std::vector<http2::Executor*> loops;
  if (http2_.has_value()) {
    for (const auto& loop : http2_->loops().all()) loops.push_back(loop.get());
  }
  liveness_.emplace(
      std::move(probes), loops, &acceptor_, log_,
      [this](HealthChecks checks) { health_.SetLiveness(std::move(checks)); },
      Liveness::Pace());
}

void Server::EndUnused() {
  const MonotonicTime now = MonotonicNow();
  core_->refused.TellSums(now);
  core_->streams.EndUnused(now - ToMonotonic(config_.limits.max_stream_idle));
  core_->unsent.GiveUpOld(now);
  const std::uint64_t given_up = core_->unsent.given_up();
  if (given_up == logged_given_up_) return;
  log_->Warning("the server gave up answers that their callers did not take",
                {{"answers", given_up - logged_given_up_}});
  logged_given_up_ = given_up;
}

void Server::TraceRegistry(const RegistryStatus& status) {
  if (core_->tracer == nullptr) return;
  auto span = std::make_unique<Span>();
  span->trace_id = Tracer::NewTraceId();
  span->id = Tracer::NewSpanId();
  span->name = "registry reload";
  span->end = absl::Now();
  span->begin = span->end - status.read_time;
  span->attributes = {{"rolegate.registry.revision", status.revision},
                      {"rolegate.registry.files",
                       static_cast<std::int64_t>(status.counts.files)},
                      {"rolegate.registry.faults",
                       static_cast<std::int64_t>(status.faults.size())},
                      {"rolegate.registry.held_back", status.held_back}};
  span->failed = !status.faults.empty();
  if (span->failed) {
    span->message = absl::StrCat(status.faults[0].file, ": ",
                                 Redact(status.faults[0].message));
  }
  core_->tracer->Add(std::move(span));
}

void Server::OnRegistry(const RegistryStatus& status) {
  TraceRegistry(status);
  if (status.faults.empty() && status.loaded) {
    log_->Info("registry loaded", {{"revision", status.revision},
                                   {"files", status.counts.files},
                                   {"roles", status.counts.roles},
                                   {"users", status.counts.users},
                                   {"findings", status.findings.size()}});
    LogFindings(log_, status.findings);
  } else {
    const char* message =
        "the registry has faults and is held back; the last good generation "
        "stays in force";
    if (!status.loaded) {
      message = "the registry has faults, and nothing is in force";
    } else if (!status.held_back) {
      message =
          "the registry has faults in fenced folders, which keep their last "
          "good files; everything else is in force";
    }
    log_->Error(message, {{"faults", status.faults.size()},
                          {"revision", status.revision},
                          {"from_last_good", status.from_last_good}});
    for (const HeldFolder& folder : status.held_folders) {
      log_->Error("a folder of the registry is held back",
                  {{"folder", folder.path},
                   {"since", absl::FormatTime(absl::RFC3339_sec, folder.since,
                                              absl::UTCTimeZone())},
                   {"faults", folder.faults.size()}});
    }
    LogDiagnostics(log_, LogLevel::kError, "registry fault", status.faults);
    LogFindings(log_, status.skipped);
  }
  if (console_.has_value()) {
    core_->history.Note(status, core_->registry.snapshot().get(), absl::Now());
    console_->Forget();
  }
  core_->streams.NotifyRevision();
  health_.SetReady(status.loaded);
}

std::string Server::AddressesAsJson() const {
  std::string json = "{\"listeners\":[";
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (i > 0) json += ',';
    AppendJsonString(listeners_[i]->address(), &json);
  }
  json += ']';
  if (health_listener_ != nullptr) {
    json += ",\"health_listen\":";
    AppendJsonString(health_listener_->address(), &json);
  }
  if (operations_listener_ != nullptr) {
    json += ",\"operations\":";
    AppendJsonString(operations_listener_->address(), &json);
  }
  return json + "}\n";
}

void Server::Reload() {
  log_->Info("reloading: SIGHUP",
             {{"reads", "registry, keys, administration policy, log.level"},
              {"opens", "audit log"}});
  if (core_->audit != nullptr) core_->audit->Reopen();
  LogDiagnostics(log_, LogLevel::kError, "administration policy fault",
                 core_->administration.Load());
  if (const absl::StatusOr<bool> changed = core_->keys->Reload();
      !changed.ok()) {
    log_->Error("cannot reload the keys; those in force stay",
                {{"error", changed.status().message()}});
  }
  core_->registry.Reload();
}

bool Server::Drain() {
  log_->Info("draining", {{"in_flight", core_->calls.count()}});
  health_.Drain();
  absl::SleepFor(config_.limits.drain_delay);
  const MonotonicTime deadline =
      MonotonicNow() + ToMonotonic(config_.limits.drain_timeout);
  const auto all_have_heard = [this] {
    return std::none_of(
        listeners_.begin(), listeners_.end(),
        [](const auto& each) { return each->awaits_clients(); });
  };
  if (http2_.has_value()) {
    LookAfter({});  // the listeners of the API close now, and are not dead
    for (const auto& listener : listeners_) listener->BeginDrain();
    WaitUntil(std::min(deadline, MonotonicNow() + ToMonotonic(kGoing)),
              all_have_heard);
  }
  core_->streams.EndAll(StoppingStream());
  if (http2_.has_value()) {
    for (const auto& listener : listeners_) listener->EndDrain();
  } else {
    // gRPC cancels what reaches it while it shuts down, so that calls are
    // refused as UNAVAILABLE first.
    core_->calls.Close();
    absl::SleepFor(kRefusing);
  }
  WaitUntil(deadline, [&] {
    return core_->calls.count() == 0 && core_->streams.size() == 0 &&
           (!http2_.has_value() || all_have_heard());
  });
  core_->calls.Close();
  liveness_.reset();  // listeners close now, and are not dead
  health_.EndWatches();
  const bool closed = CloseListeners();
  core_->refused.TellSums(MonotonicNow(), /*all=*/true);
  if (core_->audit != nullptr &&
      !core_->audit->Close(absl::Now() + config_.audit.flush_timeout)) {
    log_->Error("audit records are lost",
                {{"path", config_.audit.path},
                 {"lost", core_->audit->stats().lost_failed}});
  }
  if (exporter_ != nullptr) {
    exporter_->Close(std::min(
        deadline, MonotonicNow() + ToMonotonic(config_.tracing.flush_timeout)));
  }
  // Operators see the server stop until there is nothing more to see.
  if (operations_listener_ != nullptr) {
    operations_listener_->Shutdown(kLastCalls);
  }
  log_->Info("stopped");
  return closed;
}

bool Server::CloseListeners() {
  // The calls that matter have ended, so the grace is short.
  std::promise<void> all_closed;
  const std::future<void> closed = all_closed.get_future();
  std::thread closing([this, done = std::move(all_closed)]() mutable {
    std::vector<std::thread> each;
    for (const auto& listener : listeners_) {
      each.emplace_back([&listener] { listener->Shutdown(kLastCalls); });
    }
    for (std::thread& thread : each) thread.join();
    // Probes are answered until the end.
    if (health_listener_ != nullptr) health_listener_->Shutdown(kLastCalls);
    done.set_value();
  });
  if (closed.wait_for(absl::ToChronoMilliseconds(kClosing)) ==
      std::future_status::ready) {
    closing.join();
    return true;
  }
  closing.detach();
  log_->Warning("a call does not end, and the server stops without it",
                {{"in_flight", core_->calls.count()}});
  return false;
}

}  // namespace rolegate::service
