#include "service/net/listener_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/base/openssl_objects.h"
#include "service/identity/trust_bundles.h"

namespace rolegate::service {
namespace {

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

absl::Status ListenerTls::Open(Core* core, const ListenerConfig& config) {
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
            context_.Set({material.cert, material.key, material.client_ca});
        if (status.ok()) {
          certificate_ends_ = absl::ToUnixSeconds(EndOf(material.cert));
        }
        return status;
      });
  if (!files.ok()) return files.status();
  files_ = *std::move(files);
  return absl::OkStatus();
}

std::optional<TlsConfig> ListenerTls::paths() const {
  if (files_ == nullptr) return std::nullopt;
  return files_->paths();
}

std::optional<absl::Time> ListenerTls::certificate_ends() const {
  if (files_ == nullptr) return std::nullopt;
  return absl::FromUnixSeconds(certificate_ends_);
}

}  // namespace rolegate::service
