#include "service/config/certificate_mapping.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/config/principal_name.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxDnsBytes = 253;
constexpr absl::string_view kAnyLabel = "*.";

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= 63 &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_';
         });
}

bool IsDnsName(absl::string_view name) {
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  return name.size() <= kMaxDnsBytes &&
         std::all_of(labels.begin(), labels.end(), IsLabel);
}

bool DnsNameMatches(absl::string_view pattern, absl::string_view text) {
  if (!IsDnsName(text)) return false;
  const std::string folded = absl::AsciiStrToLower(text);
  absl::string_view name = folded;
  if (!absl::ConsumePrefix(&pattern, kAnyLabel)) return name == pattern;
  const std::size_t dot = name.find('.');
  return dot != absl::string_view::npos && name.substr(dot + 1) == pattern;
}

}  // namespace

absl::StatusOr<CertificateMapping> CertificateMapping::Make(
    absl::string_view principal, std::vector<Tag> tags) {
  absl::StatusOr<OwnedPrincipal> parsed = ParsePrincipalName(principal);
  if (!parsed.ok()) return parsed.status();
  CertificateMapping mapping;
  mapping.principal_ = std::string(principal);
  mapping.tags_ = std::move(tags);
  return mapping;
}

absl::StatusOr<CertificateMapping> CertificateMapping::OfSpiffeId(
    absl::string_view pattern, absl::string_view principal,
    std::vector<Tag> tags) {
  absl::StatusOr<CertificateMapping> mapping = Make(principal, std::move(tags));
  if (!mapping.ok()) return mapping;
  absl::StatusOr<SpiffePattern> spiffe_id = SpiffePattern::Parse(pattern);
  if (!spiffe_id.ok()) return spiffe_id.status();
  mapping->spiffe_id_ = *std::move(spiffe_id);
  return mapping;
}

absl::StatusOr<CertificateMapping> CertificateMapping::OfDnsName(
    absl::string_view pattern, absl::string_view principal,
    std::vector<Tag> tags) {
  absl::StatusOr<CertificateMapping> mapping = Make(principal, std::move(tags));
  if (!mapping.ok()) return mapping;
  if (!IsDnsName(absl::StripPrefix(pattern, kAnyLabel))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", pattern.substr(0, 256),
        "` is no DNS name: expected labels joined by dots, of which the first "
        "may be `*`"));
  }
  mapping->dns_name_ = absl::AsciiStrToLower(pattern);
  return mapping;
}

absl::StatusOr<CertificateMapping> CertificateMapping::OfSubject(
    absl::string_view subject, absl::string_view principal,
    std::vector<Tag> tags) {
  absl::StatusOr<CertificateMapping> mapping = Make(principal, std::move(tags));
  if (!mapping.ok()) return mapping;
  if (subject.find('=') == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", subject.substr(0, 256),
                     "` is no subject: expected one as `CN=backup,O=Acme`"));
  }
  mapping->subject_ = std::string(subject);
  return mapping;
}

bool CertificateMapping::Matches(const CertificateNames& names) const {
  if (spiffe_id_) return spiffe_id_->Matches(names.spiffe_id);
  if (!subject_.empty()) return names.subject == subject_;
  return std::any_of(
      names.dns_names.begin(), names.dns_names.end(),
      [&](const std::string& name) { return DnsNameMatches(dns_name_, name); });
}

std::vector<std::string> TrustDomainsOf(
    const std::vector<CertificateMapping>& mappings) {
  std::set<std::string> domains;
  for (const CertificateMapping& mapping : mappings) {
    if (mapping.trust_domain().empty()) continue;
    domains.emplace(mapping.trust_domain());
  }
  return {domains.begin(), domains.end()};
}

const CertificateMapping* FindMapping(
    const std::vector<CertificateMapping>& mappings,
    const CertificateNames& names) {
  for (const CertificateMapping& mapping : mappings) {
    if (mapping.Matches(names)) return &mapping;
  }
  return nullptr;
}

}  // namespace rolegate::service
