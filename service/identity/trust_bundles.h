// Which names of a client certificate are believed: one bundle of roots for
// each trust domain.
//
// gRPC knows one file of roots, so the handshake accepts what any bundle of a
// listener vouches for.  The authority of one trust domain could then give out
// names of another.  Therefore the bundle that a name belongs to is asked again
// before anybody is known by that name.

#ifndef ROLEGATE_SERVICE_IDENTITY_TRUST_BUNDLES_H_
#define ROLEGATE_SERVICE_IDENTITY_TRUST_BUNDLES_H_

#include <openssl/x509.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/openssl_objects.h"
#include "service/config/certificate_mapping.h"

namespace rolegate::service {

// Immutable; safe to share between threads.
class TrustBundles {
 public:
  // The one bundle that the handshake asked already.  It vouches for DNS names
  // and subjects, and for SPIFFE IDs of `trust_domain`; empty: for none.
  static std::shared_ptr<const TrustBundles> OfHandshake(
      std::string trust_domain);

  // Certificates in PEM by trust domain, or by kDnsBundle.  kInvalidArgument,
  // naming the key, for a text without certificates or with one that cannot be
  // read.
  static absl::StatusOr<std::shared_ptr<const TrustBundles>> FromPem(
      const std::map<std::string, std::string>& bundles);

  bool of_handshake() const { return of_handshake_; }

  // Takes from `names`, which were read from `leaf`, each one that its bundle
  // does not vouch for at `now`.  `chain` has the certificates that came with
  // the leaf, which nobody has to trust; may be null.
  void Restrict(X509* leaf, STACK_OF(X509) * chain, absl::Time now,
                CertificateNames* names) const;

 private:
  using Store = OpensslPtr<X509_STORE, X509_STORE_free>;

  TrustBundles() = default;

  static absl::StatusOr<Store> MakeStore(absl::string_view pem);

  // Whether the bundle of that key vouches for the leaf as a client.
  bool Vouches(absl::string_view key, X509* leaf, STACK_OF(X509) * chain,
               absl::Time now) const;

  bool of_handshake_ = false;
  std::string trust_domain_;  // of the handshake's bundle
  std::map<std::string, Store, std::less<>> stores_;
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_IDENTITY_TRUST_BUNDLES_H_
