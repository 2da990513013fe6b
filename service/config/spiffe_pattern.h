// Patterns of the SPIFFE IDs of client certificates.
//
//   spiffe://example.org/ns/*/sa/builder
//
// The trust domain is literal.  In the path, `*` stands for a run of
// characters within one segment, and `**`, as the whole last segment, for one
// or more segments.  A pattern covers the whole ID.

#ifndef ROLEGATE_SERVICE_CONFIG_SPIFFE_PATTERN_H_
#define ROLEGATE_SERVICE_CONFIG_SPIFFE_PATTERN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rolegate::service {

// Whether `text` is the name of a trust domain: lower-case letters, digits,
// `.`, `-` and `_`.
bool IsTrustDomain(absl::string_view text);

// The trust domain of a SPIFFE ID; empty for what is no well-formed ID with a
// path.
absl::string_view TrustDomainOf(absl::string_view spiffe_id);

// Immutable; safe to share.
class SpiffePattern {
 public:
  // kInvalidArgument, saying what was expected, for what is no pattern.
  static absl::StatusOr<SpiffePattern> Parse(absl::string_view pattern);

  // False for everything that is not a well-formed SPIFFE ID with a path.
  bool Matches(absl::string_view spiffe_id) const;

  const std::string& trust_domain() const { return trust_domain_; }

 private:
  std::string trust_domain_;
  std::vector<std::string> segments_;
  bool any_suffix_ = false;  // the pattern ended in `/**`
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONFIG_SPIFFE_PATTERN_H_
