// What a verified client certificate says of its holder.

#ifndef ROLEGATE_SERVICE_IDENTITY_PEER_CERTIFICATE_H_
#define ROLEGATE_SERVICE_IDENTITY_PEER_CERTIFICATE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/config/certificate_mapping.h"
#include "service/identity/trust_bundles.h"

namespace rolegate::service {

struct PeerCertificate : CertificateNames {
  std::string thumbprint;  // SHA-256 of the DER, base64url
};

struct ListenerConfig;

// A client's certificate and those that came with it, in PEM.
struct CertificateTexts {
  absl::string_view leaf;
  absl::string_view chain;
};

// All that the certificate says, whoever vouches for it.  Null for what is no
// certificate in PEM.
std::shared_ptr<const PeerCertificate> ReadPeerCertificate(
    absl::string_view pem);

// The names in it that the bundles vouch for at `now`.  Null for what is no
// certificate in PEM.
std::shared_ptr<const PeerCertificate> ReadPeerCertificate(
    const CertificateTexts& texts, const TrustBundles& bundles, absl::Time now);

// Certificates that were read before, by their whole text, so that a
// connection's is parsed and verified once and not with every call.  What was
// found holds for a minute, for certificates expire while connections last.
// Thread-safe, bounded.
class PeerCertificateCache {
 public:
  static constexpr absl::Duration kHolds = absl::Minutes(1);

  // Who vouches for the certificates of a listener's clients from now on.
  void SetBundles(const ListenerConfig* listener,
                  std::shared_ptr<const TrustBundles> bundles);

  // Null for what is no certificate in PEM, and on a listener without bundles.
  std::shared_ptr<const PeerCertificate> Read(const ListenerConfig* listener,
                                              CertificateTexts texts,
                                              absl::Time now);

 private:
  static constexpr std::size_t kMaxEntries = 4096;

  struct Entry {
    std::string leaf;
    std::string chain;
    absl::Time read_at;
    std::shared_ptr<const PeerCertificate> peer;
  };
  // By a hash of both texts, which are compared whole.
  using Entries = absl::flat_hash_map<std::size_t, Entry>;
  struct OfListener {
    std::shared_ptr<const TrustBundles> bundles;
    Entries entries;
  };

  absl::Mutex mu_;
  absl::flat_hash_map<const ListenerConfig*, OfListener> listeners_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_IDENTITY_PEER_CERTIFICATE_H_
