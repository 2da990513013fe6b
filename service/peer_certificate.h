// What a verified client certificate says of its holder.

#ifndef ROLEGATE_SERVICE_PEER_CERTIFICATE_H_
#define ROLEGATE_SERVICE_PEER_CERTIFICATE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace rolegate::service {

struct PeerCertificate {
  // Its one URI name, if that is a SPIFFE ID; empty if it has none or several
  // URI names: whoever is two is nobody.
  std::string spiffe_id;
  std::vector<std::string> dns_names;  // subject alternative names
  // The subject as RFC 4514 writes it: "CN=builder,O=Acme".
  std::string subject;
  std::string thumbprint;  // SHA-256 of the DER, base64url
};

// Null for what is no certificate in PEM.
std::shared_ptr<const PeerCertificate> ReadPeerCertificate(
    absl::string_view pem);

// Certificates that were read before, by their whole text, so that a
// connection's is parsed once and not with every call.  Thread-safe, bounded.
class PeerCertificateCache {
 public:
  std::shared_ptr<const PeerCertificate> Read(absl::string_view pem);

 private:
  static constexpr std::size_t kMaxEntries = 4096;

  absl::Mutex mu_;
  absl::flat_hash_map<std::string, std::shared_ptr<const PeerCertificate>>
      entries_ ABSL_GUARDED_BY(mu_);
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_PEER_CERTIFICATE_H_
