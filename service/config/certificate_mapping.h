// From what a client certificate says to a principal with tags.
//
//   {spiffe_id: spiffe://example.org/ns/*/sa/ci, principal: service:ci.example}
//   {dns: "*.shop.internal", principal: service:shop, tags: {Tier: web}}
//   {subject: "CN=backup,O=Acme", principal: arn:aws:iam::1…2:user/backup}
//
// No part of the certificate flows into the principal, so two workloads never
// become one another by the choice of a name.

#ifndef ROLEGATE_SERVICE_CONFIG_CERTIFICATE_MAPPING_H_
#define ROLEGATE_SERVICE_CONFIG_CERTIFICATE_MAPPING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/text/tag.h"
#include "service/config/spiffe_pattern.h"

namespace rolegate::service {

// The names in a client certificate by which its holder is known.
struct CertificateNames {
  // Its one URI name, if that is a SPIFFE ID; empty if it has none or several
  // URI names, for a holder with two names could be either.
  std::string spiffe_id;
  std::vector<std::string> dns_names;  // subject alternative names
  // The subject as RFC 4514 writes it: "CN=builder,O=Acme".
  std::string subject;
};

// Immutable; safe to share.
class CertificateMapping {
 public:
  // Each fails with kInvalidArgument, saying what is wrong with the pattern or
  // the principal.

  // See spiffe_pattern.h.
  static absl::StatusOr<CertificateMapping> OfSpiffeId(
      absl::string_view pattern, absl::string_view principal,
      std::vector<Tag> tags);
  // A DNS name, without regard to letter case; `*` as the whole first label
  // stands for exactly one label.  One of the certificate's names must match.
  static absl::StatusOr<CertificateMapping> OfDnsName(
      absl::string_view pattern, absl::string_view principal,
      std::vector<Tag> tags);
  // The whole subject as RFC 4514 writes it, byte for byte.
  static absl::StatusOr<CertificateMapping> OfSubject(
      absl::string_view subject, absl::string_view principal,
      std::vector<Tag> tags);

  bool Matches(const CertificateNames& names) const;

  // Returns the trust domain of the SPIFFE IDs that it matches; empty for a
  // mapping of DNS names or subjects.
  absl::string_view trust_domain() const {
    return spiffe_id_ ? absl::string_view(spiffe_id_->trust_domain())
                      : absl::string_view();
  }
  const std::string& principal() const { return principal_; }
  const std::vector<Tag>& tags() const { return tags_; }

 private:
  static absl::StatusOr<CertificateMapping> Make(absl::string_view principal,
                                                 std::vector<Tag> tags);

  std::string principal_;
  std::vector<Tag> tags_;
  // Exactly one of them is set.
  std::optional<SpiffePattern> spiffe_id_;
  std::string dns_name_;  // lower case
  std::string subject_;
};

// The trust domains that the mappings name, sorted, each once.
std::vector<std::string> TrustDomainsOf(
    const std::vector<CertificateMapping>& mappings);

// The first mapping, in their order, that matches; null if none does.
const CertificateMapping* FindMapping(
    const std::vector<CertificateMapping>& mappings,
    const CertificateNames& names);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_CERTIFICATE_MAPPING_H_
