// From a client certificate's SPIFFE ID to a principal.
//
//   spiffe://example.org/ns/*/sa/builder  ->  service:builder.example.org
//
// The trust domain is literal.  In the path, `*` stands for a run of
// characters within one segment, and `**`, as the whole last segment, for one
// or more segments.  A pattern covers the whole ID.  Nothing of the ID flows
// into the principal: two workloads never become one another by the choice of
// a name.

#ifndef ROLEGATE_SERVICE_CONFIG_SPIFFE_PATTERN_H_
#define ROLEGATE_SERVICE_CONFIG_SPIFFE_PATTERN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

// Whether `text` is the name of a trust domain: lower-case letters, digits,
// `.`,
// `-` and `_`.
bool IsTrustDomain(absl::string_view text);

// The trust domain of a SPIFFE ID; empty for what is no well-formed ID with a
// path.
absl::string_view TrustDomainOf(absl::string_view spiffe_id);

// Immutable; safe to share.
class SpiffeMapping {
 public:
  // kInvalidArgument, saying what is wrong, for a `pattern` that is no SPIFFE
  // ID pattern, or a `principal` that ParsePrincipalName refuses.
  static absl::StatusOr<SpiffeMapping> Parse(absl::string_view pattern,
                                             absl::string_view principal);

  // False for everything that is not a well-formed SPIFFE ID with a path.
  bool Matches(absl::string_view spiffe_id) const;

  const std::string& pattern() const { return pattern_; }
  const std::string& principal() const { return principal_; }
  const std::string& trust_domain() const { return trust_domain_; }

 private:
  std::string pattern_;
  std::string principal_;
  std::string trust_domain_;
  std::vector<std::string> segments_;
  bool any_suffix_ = false;  // the pattern ended in `/**`
};

// The first mapping, in their order, that covers `spiffe_id`; null if none.
const SpiffeMapping* FindMapping(const std::vector<SpiffeMapping>& mappings,
                                 absl::string_view spiffe_id);

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_SPIFFE_PATTERN_H_
