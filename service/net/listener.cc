#include "service/net/listener.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <string>
#include <utility>

#include "service/base/openssl_objects.h"
#include "service/grpc/grpc_transport.h"
#include "service/http2/routes.h"
#include "service/net/listen_socket.h"

namespace rolegate::service {
namespace {

ProbeTarget::Kind ProbeKind(const ListenerConfig& config) {
  if (!config.tls.has_value()) return ProbeTarget::Kind::kPlain;
  return config.tls->asks_for_certificates() ? ProbeTarget::Kind::kTlsStart
                                             : ProbeTarget::Kind::kTls;
}

// When the first certificate of a chain in PEM ends; the beginning of 1970 if
// nobody can tell.
absl::Time EndOf(absl::string_view pem) {
  const BioPtr bio = ReadingBio(pem);
  const CertificatePtr certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  std::tm end{};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return absl::UnixEpoch();
  }
  return absl::FromTM(end, absl::UTCTimeZone());
}

}  // namespace

Listener::~Listener() {
  if (accepting_.has_value()) door_.acceptor->Stop(*accepting_);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    Core* core, const ListenerConfig& config, const Door& door) {
  std::unique_ptr<Listener> listener(new Listener(door));
  absl::Status status = listener->OpenTls(core, config);
  if (status.ok()) status = listener->OpenTransport(core, config);
  if (status.ok()) status = listener->Accept(core->config.limits, config);
  if (!status.ok()) return status;
  return listener;
}

absl::Status Listener::OpenTls(Core* core, const ListenerConfig& config) {
  if (!config.tls.has_value()) return absl::OkStatus();
  if (!config.tls->client_ca.empty()) {
    // The configuration has made sure that there is one at most.
    const std::vector<std::string> domains = TrustDomainsOf(config.mappings);
    core->certificates.SetBundles(
        &config,
        TrustBundles::OfHandshake(domains.empty() ? "" : domains.front()));
  }
  auto files = TlsFiles::Open(
      *config.tls,
      [log = core->log, at = config.address.text](const absl::Status& status) {
        if (status.ok()) {
          log->Info("certificates reloaded", {{"address", at}});
        } else {
          log->Error("certificates are not reloaded, those in force stay",
                     {{"address", at}, {"error", status.message()}});
        }
      },
      [core, &config](std::shared_ptr<const TrustBundles> bundles) {
        core->certificates.SetBundles(&config, std::move(bundles));
      },
      [this](const TlsMaterial& material) {
        absl::Status status =
            tls_.Set({material.cert, material.key, material.client_ca});
        if (status.ok()) {
          certificate_ends_ = absl::ToUnixSeconds(EndOf(material.cert));
        }
        return status;
      });
  if (!files.ok()) return files.status();
  tls_files_ = *std::move(files);
  return absl::OkStatus();
}

absl::Status Listener::OpenTransport(Core* core, const ListenerConfig& config) {
  if (door_.http2 != nullptr) {
    transport_ = http2::MakeHttp2Transport(
        {http2::MakeRouter(core, &config, door_.health),
         config.tls.has_value() ? &tls_ : nullptr, &core->gateways,
         config.address.text, core->log, door_.http2});
    return absl::OkStatus();
  }
  std::optional<TlsConfig> tls;
  if (tls_files_ != nullptr) tls = tls_files_->paths();
  auto transport = MakeGrpcTransport(core, &config, door_.health, tls);
  if (!transport.ok()) return transport.status();
  transport_ = *std::move(transport);
  return absl::OkStatus();
}

absl::Status Listener::Accept(const ServiceLimits& limits,
                              const ListenerConfig& config) {
  if (config.address.is_unix()) {
    absl::StatusOr<SocketGuard> guard =
        SocketGuard::Acquire(config.address.path);
    if (!guard.ok()) return guard.status();
    guard_.emplace(*std::move(guard));
  }
  absl::StatusOr<ListenSocket> socket = ListenSocket::Open(
      config.address, limits.keepalive_timeout, config.socket);
  if (!socket.ok()) return socket.status();
  address_ = socket->address();
  for (const SocketAddress& bound : socket->Bound()) {
    probes_.push_back({address_, bound, ProbeKind(config)});
  }
  accepting_ = door_.acceptor->Start(
      *std::move(socket), door_.connections,
      [transport = transport_.get()](int listener, int fd) {
        transport->Serve(listener, fd);
      });
  return absl::OkStatus();
}

std::optional<absl::Time> Listener::certificate_ends() const {
  if (tls_files_ == nullptr) return std::nullopt;
  return absl::FromUnixSeconds(certificate_ends_);
}

void Listener::StopAccepting() {
  if (accepting_.has_value()) {
    door_.acceptor->Stop(*std::exchange(accepting_, std::nullopt));
  }
}

void Listener::BeginDrain() {
  StopAccepting();
  transport_->BeginDrain();
}

bool Listener::awaits_clients() const { return transport_->awaits_clients(); }

void Listener::EndDrain() { transport_->EndDrain(); }

void Listener::Shutdown(absl::Duration grace) {
  StopAccepting();
  transport_->Shutdown(grace);
}

}  // namespace rolegate::service
