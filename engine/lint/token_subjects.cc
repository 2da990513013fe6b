#include "engine/lint/token_subjects.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "engine/lint/statement.h"
#include "engine/policy/token_claims.h"

namespace rolegate {
namespace {

// The place of the owner in a subject: behind `marker`, which begins the text
// or follows a colon, up to one of the characters of `ends`.
struct OwnerFormat {
  absl::string_view marker;
  absl::string_view ends;
  bool may_end = false;  // the text may end with the owner
};

// GitHub appends IDs to names, `repo:acme@123/shop@456`.  The segments can be
// chosen, and their values have no colon of their own.
constexpr OwnerFormat kGitHub[] = {
    {"repo:", "/@"},
    {"job_workflow_ref:", "/@"},
    {"repository:", "/@"},
    {"repository_id:", ":", true},
    {"repository_owner:", ":", true},
    {"repository_owner_id:", ":", true},
    {"enterprise:", ":", true},
    {"enterprise_id:", ":", true},
};
constexpr OwnerFormat kGitLab[] = {{"project_path:", "/"}};
constexpr OwnerFormat kKubernetes[] = {{"system:serviceaccount:", ":"}};
constexpr OwnerFormat kOrganization[] = {{"organization:", ":"}};
constexpr OwnerFormat kAccount[] = {{"account:", ":"}, {"account/", ":/"}};
constexpr OwnerFormat kCircleCi[] = {{"org/", "/"}};
constexpr OwnerFormat kSemaphore[] = {{"org:", ":"}};
constexpr OwnerFormat kVercel[] = {{"owner:", ":"}};
constexpr OwnerFormat kAzureDevOps[] = {{"sc://", "/"}};
constexpr OwnerFormat kPulumi[] = {{"pulumi:deploy:org:", ":"},
                                   {"pulumi:environments:org:", ":"}};
constexpr OwnerFormat kSpiffeNamespace[] = {{"/ns/", "/"}};

// An issuer that has many owners' subjects, by a part of its name.
struct Issuer {
  absl::string_view part;
  absl::Span<const OwnerFormat> formats;
};
constexpr Issuer kIssuers[] = {
    {"token.actions.", kGitHub},
    {"gitlab.com", kGitLab},
    {"oidc.eks.", kKubernetes},
    {"container.googleapis.com", kKubernetes},
    {".oic.prod-aks.azure.com", kKubernetes},
    {"kubernetes.default.svc", kKubernetes},
    {"app.terraform.io", kOrganization},
    {"agent.buildkite.com", kOrganization},
    {"oidc.codefresh.io", kAccount},
    {"app.harness.io", kAccount},
    {"scalr.io", kAccount},
    {"oidc.circleci.com", kCircleCi},
    {".semaphoreci.com", kSemaphore},
    {"oidc.vercel.com", kVercel},
    {"vstoken.dev.azure.com", kAzureDevOps},
    {"api.pulumi.com", kPulumi},
};

// Issuers whose own name says who the owner is, so that only a wildcard in
// front lets in more than is meant.
constexpr absl::string_view kIssuersOfOneOwner[] = {
    "api.bitbucket.org/", ".app.spacelift.io", "sts.windows.net/",
    "login.microsoftonline.com/", "oidc.fly.io/"};

// Formats that tell by themselves whose they are.
constexpr absl::Span<const OwnerFormat> kTelling[] = {
    kGitHub, kGitLab, kKubernetes, kAzureDevOps, kPulumi};

constexpr absl::string_view kConsumerIssuers[] = {
    "accounts.google.com", "cognito-identity.amazonaws.com",
    "graph.facebook.com", "www.amazon.com"};

constexpr absl::string_view kSubjectClaims[] = {
    "sub",   "repository", "repository_id", "job_workflow_ref",
    "actor", "actor_id",   "user_id",       "id",
    "email", "project_id", "enterprise_id", "rpst_id"};

template <typename Range>
bool Contains(const Range& range, absl::string_view text) {
  return std::any_of(std::begin(range), std::end(range),
                     [&](absl::string_view known) {
                       return absl::EqualsIgnoreCase(known, text);
                     });
}

// Hosts are written in any letter case.
bool ContainsIgnoringCase(absl::string_view name, absl::string_view part) {
  return absl::StrContains(absl::AsciiStrToLower(name), part);
}

const Issuer* FindIssuer(absl::string_view name) {
  const auto* const found = std::find_if(
      std::begin(kIssuers), std::end(kIssuers), [&](const Issuer& issuer) {
        return ContainsIgnoringCase(name, issuer.part);
      });
  return found == std::end(kIssuers) ? nullptr : found;
}

// Whether the owner that begins at `owner` is given whole and without a
// wildcard.
bool IsGiven(absl::string_view owner, const OwnerFormat& format) {
  const std::size_t end =
      std::min(owner.find_first_of(format.ends), owner.find_first_of("*?"));
  if (end == absl::string_view::npos) return format.may_end && !owner.empty();
  return end > 0 && !HasWildcard(owner.substr(end, 1));
}

bool GivesOwner(absl::string_view pattern, const OwnerFormat& format) {
  for (std::size_t at = pattern.find(format.marker);
       at != absl::string_view::npos;
       at = pattern.find(format.marker, at + 1)) {
    if ((at == 0 || pattern[at - 1] == ':') &&
        IsGiven(pattern.substr(at + format.marker.size()), format)) {
      return true;
    }
  }
  return false;
}

bool GivesOwner(absl::string_view pattern,
                absl::Span<const OwnerFormat> formats) {
  return std::any_of(
      formats.begin(), formats.end(),
      [&](const OwnerFormat& format) { return GivesOwner(pattern, format); });
}

// Whether the text in front of the first wildcard begins like a subject of the
// format: it has the marker, or the wildcard may stand for the rest of it.
bool BeginsLike(absl::string_view literal, const OwnerFormat& format) {
  return absl::StartsWith(literal, format.marker) ||
         (absl::StrContains(literal, ":") &&
          absl::StartsWith(format.marker, literal));
}

// A pattern of an issuer of which nothing is known.
bool IsTooWideAnywhere(absl::string_view pattern) {
  const std::size_t wildcard = pattern.find_first_of("*?");
  const absl::string_view literal = pattern.substr(0, wildcard);
  if (literal.empty()) {
    return std::none_of(
        std::begin(kTelling), std::end(kTelling),
        [&](const auto& formats) { return GivesOwner(pattern, formats); });
  }
  for (const absl::Span<const OwnerFormat> formats : kTelling) {
    if (std::any_of(formats.begin(), formats.end(),
                    [&](const OwnerFormat& format) {
                      return BeginsLike(literal, format);
                    })) {
      return !GivesOwner(pattern, formats);
    }
  }
  absl::string_view spiffe = pattern;
  if (absl::ConsumePrefix(&spiffe, "spiffe://")) {
    const std::size_t slash = spiffe.find('/');
    if (HasWildcard(spiffe.substr(0, slash))) return true;
    const std::size_t space = spiffe.find(kSpiffeNamespace->marker);
    return space != absl::string_view::npos &&
           !IsGiven(spiffe.substr(space + kSpiffeNamespace->marker.size()),
                    *kSpiffeNamespace);
  }
  // `user:*`, where what stands in front of the colon is only a kind.
  return literal.back() == ':' &&
         std::count(literal.begin(), literal.end(), ':') == 1;
}

bool IsSubjectTooWide(absl::string_view issuer, absl::string_view pattern) {
  if (const Issuer* const known = FindIssuer(issuer)) {
    return !GivesOwner(pattern, known->formats);
  }
  const bool of_one_owner =
      std::any_of(std::begin(kIssuersOfOneOwner), std::end(kIssuersOfOneOwner),
                  [&](absl::string_view part) {
                    return ContainsIgnoringCase(issuer, part);
                  });
  return of_one_owner ? HasWildcard(pattern.substr(0, 1))
                      : IsTooWideAnywhere(pattern);
}

}  // namespace

TokenKey TokenKey::Of(absl::string_view key) {
  const std::size_t colon = key.rfind(':');
  if (colon == absl::string_view::npos) return {"", key};
  return {key.substr(0, colon), key.substr(colon + 1)};
}

bool IsKeyClaim(absl::string_view claim) {
  constexpr absl::string_view kOfEveryToken[] = {"aud", "sub", "oaud"};
  return Contains(kOfEveryToken, claim) || Contains(kKeyClaims, claim);
}

bool IsLastingClaim(absl::string_view claim) {
  return Contains(kLastingClaims, claim);
}

bool LooksLikeIssuer(absl::string_view issuer) {
  return issuer.find_first_of("./") != absl::string_view::npos;
}

bool NamesSubject(absl::string_view claim) {
  return Contains(kSubjectClaims, claim);
}

bool IsConsumerIssuer(absl::string_view issuer) {
  return Contains(kConsumerIssuers, issuer);
}

bool IsKnownIssuer(absl::string_view issuer) {
  return FindIssuer(issuer) != nullptr || IsConsumerIssuer(issuer);
}

bool IsTooWide(absl::string_view issuer, absl::string_view claim,
               absl::string_view pattern) {
  if (!HasWildcard(pattern)) return false;
  if (absl::EqualsIgnoreCase(claim, "sub")) {
    return IsSubjectTooWide(issuer, pattern);
  }
  const std::size_t wildcard = pattern.find_first_of("*?");
  // `OWNER/REPOSITORY`, `OWNER/REPOSITORY/.github/workflows/…`.
  if (absl::EqualsIgnoreCase(claim, "repository") ||
      absl::EqualsIgnoreCase(claim, "job_workflow_ref")) {
    return !absl::StrContains(pattern.substr(0, wildcard), "/");
  }
  // Names at a domain belong to who has the domain; all else is opaque.
  return !absl::EqualsIgnoreCase(claim, "email") ||
         !absl::StrContains(pattern, "@") ||
         HasWildcard(pattern.substr(pattern.find('@')));
}

}  // namespace rolegate
