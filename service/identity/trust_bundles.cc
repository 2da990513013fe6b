#include "service/identity/trust_bundles.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/openssl_objects.h"
#include "service/config/config.h"
#include "service/config/spiffe_pattern.h"

namespace rolegate::service {
namespace {

// Certificates between a leaf and its root.
constexpr int kMaxDepth = 8;

}  // namespace

std::shared_ptr<const TrustBundles> TrustBundles::OfHandshake(
    std::string trust_domain) {
  std::shared_ptr<TrustBundles> bundles(new TrustBundles);
  bundles->of_handshake_ = true;
  bundles->trust_domain_ = std::move(trust_domain);
  return bundles;
}

absl::StatusOr<std::shared_ptr<const TrustBundles>> TrustBundles::FromPem(
    const std::map<std::string, std::string>& bundles) {
  std::shared_ptr<TrustBundles> all(new TrustBundles);
  for (const auto& [key, pem] : bundles) {
    absl::StatusOr<Store> store = MakeStore(pem);
    if (!store.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the bundle of `", key, "` ", store.status().message()));
    }
    all->stores_.emplace(key, *std::move(store));
  }
  return all;
}

absl::StatusOr<TrustBundles::Store> TrustBundles::MakeStore(
    absl::string_view pem) {
  Store store(X509_STORE_new());
  const BioPtr bio = ReadingBio(pem);
  int count = 0;
  while (true) {
    const CertificatePtr certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    X509_STORE_add_cert(store.get(), certificate.get());
    ++count;
  }
  // The end of a text shows as the lack of another beginning.
  const bool whole =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count == 0) {
    return absl::InvalidArgumentError("holds no certificate in PEM");
  }
  if (!whole) {
    return absl::InvalidArgumentError(absl::StrCat(
        "holds something after ", count, " certificates that is none in PEM"));
  }
  return store;
}

bool TrustBundles::Vouches(absl::string_view key, X509* leaf,
                           STACK_OF(X509) * chain, absl::Time now) const {
  const auto found = stores_.find(key);
  // Who may give out certificates is nobody's client by that one.
  if (found == stores_.end() || X509_check_ca(leaf) == 1) return false;
  const OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free> context(
      X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), found->second.get(), leaf, chain) !=
          1) {
    return false;
  }
  X509_VERIFY_PARAM* const how = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_time(how, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_depth(how, kMaxDepth);
  // Whatever stands in a bundle is trusted, an authority that another one has
  // signed, too.
  X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN);
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return verified;
}

void TrustBundles::Restrict(X509* leaf, STACK_OF(X509) * chain, absl::Time now,
                            CertificateNames* names) const {
  const std::string domain(TrustDomainOf(names->spiffe_id));
  const bool has_spiffe_id =
      !domain.empty() && (of_handshake_ ? domain == trust_domain_
                                        : Vouches(domain, leaf, chain, now));
  if (!has_spiffe_id) names->spiffe_id.clear();
  if (of_handshake_ || Vouches(kDnsBundle, leaf, chain, now)) return;
  names->dns_names.clear();
  names->subject.clear();
}

}  // namespace rolegate::service
