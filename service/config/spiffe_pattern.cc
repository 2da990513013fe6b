#include "service/config/spiffe_pattern.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxIdBytes = 2048;

// The SPIFFE ID specification: letters, digits, `.`, `-` and `_`; no dot
// segments.  A pattern may hold `*`, too.
bool IsSegment(absl::string_view text, bool pattern) {
  return !text.empty() && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '.' || c == '-' || c == '_' || (pattern && c == '*');
         });
}

// Trust domain and path segments; false if it is no ID or pattern.
bool Split(absl::string_view id, bool pattern, absl::string_view* domain,
           std::vector<absl::string_view>* segments) {
  if (id.size() > kMaxIdBytes || !absl::ConsumePrefix(&id, "spiffe://")) {
    return false;
  }
  const std::size_t slash = id.find('/');
  *domain = id.substr(0, slash);
  if (slash == absl::string_view::npos || !IsTrustDomain(*domain)) return false;
  *segments = absl::StrSplit(id.substr(slash + 1), '/');
  return std::all_of(
      segments->begin(), segments->end(),
      [&](absl::string_view segment) { return IsSegment(segment, pattern); });
}

// At most one `*` a segment.
bool SegmentMatches(absl::string_view pattern, absl::string_view segment) {
  const std::size_t star = pattern.find('*');
  if (star == absl::string_view::npos) return pattern == segment;
  const absl::string_view head = pattern.substr(0, star);
  const absl::string_view tail = pattern.substr(star + 1);
  return segment.size() >= head.size() + tail.size() &&
         absl::StartsWith(segment, head) && absl::EndsWith(segment, tail);
}

}  // namespace

bool IsTrustDomain(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.' ||
           c == '-' || c == '_';
  });
}

absl::string_view TrustDomainOf(absl::string_view spiffe_id) {
  absl::string_view domain;
  std::vector<absl::string_view> segments;
  return Split(spiffe_id, /*pattern=*/false, &domain, &segments)
             ? domain
             : absl::string_view();
}

absl::StatusOr<SpiffePattern> SpiffePattern::Parse(absl::string_view pattern) {
  SpiffePattern parsed;
  absl::string_view rest = pattern;
  parsed.any_suffix_ = absl::ConsumeSuffix(&rest, "/**");
  absl::string_view domain;
  std::vector<absl::string_view> segments;
  const bool whole_domain =
      parsed.any_suffix_ &&
      rest.rfind('/') <= absl::string_view("spiffe://").size();
  if (whole_domain && absl::ConsumePrefix(&rest, "spiffe://") &&
      IsTrustDomain(rest)) {
    parsed.trust_domain_ = std::string(rest);
    return parsed;
  }
  if (!Split(rest, /*pattern=*/true, &domain, &segments) ||
      std::any_of(segments.begin(), segments.end(), [](absl::string_view s) {
        return std::count(s.begin(), s.end(), '*') > 1;
      })) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", pattern.substr(0, 256),
        "` is no pattern of SPIFFE IDs: expected `spiffe://TRUST-DOMAIN/PATH` "
        "with `*` within a segment, or `/**` at the end"));
  }
  parsed.trust_domain_ = std::string(domain);
  for (const absl::string_view segment : segments) {
    parsed.segments_.emplace_back(segment);
  }
  return parsed;
}

bool SpiffePattern::Matches(absl::string_view spiffe_id) const {
  absl::string_view domain;
  std::vector<absl::string_view> segments;
  if (!Split(spiffe_id, /*pattern=*/false, &domain, &segments) ||
      domain != trust_domain_ || segments.size() < segments_.size() ||
      (segments.size() > segments_.size()) != any_suffix_) {
    return false;
  }
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!SegmentMatches(segments_[i], segments[i])) return false;
  }
  return true;
}

}  // namespace rolegate::service
