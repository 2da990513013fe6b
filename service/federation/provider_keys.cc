#include "service/federation/provider_keys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/json/json_document.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxDocumentBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxKeyBytes = std::size_t{512} << 10;
constexpr absl::Duration kTimeout = absl::Seconds(5);

// How long keys are used before they are asked for again, whatever the
// provider says.
constexpr absl::Duration kMinAge = absl::Minutes(1);
constexpr absl::Duration kUsualAge = absl::Minutes(15);
constexpr absl::Duration kMaxAge = absl::Hours(1);
constexpr absl::Duration kRenewal = absl::Seconds(30);  // before they end

// A provider that failed is left alone for a while; so is one that was just
// asked for a key that it does not have, for anybody can make up a `kid`.
constexpr absl::Duration kRetry = absl::Seconds(10);
constexpr absl::Duration kUnknownKeyRetry = absl::Seconds(30);

// Generations of key sets of the registry, which are forgotten all at once.
constexpr std::size_t kMaxParsed = 1024;

absl::StatusOr<std::string> KeysUrl(const std::string& document,
                                    const std::string& issuer) {
  JsonLimits limits;
  limits.max_bytes = kMaxDocumentBytes;
  JsonParseError error;
  const std::unique_ptr<JsonDocument> json =
      JsonDocument::Parse(document, limits, &error);
  const auto text = [&](absl::string_view member) {
    const JsonNode* const node =
        json == nullptr ? nullptr : json->root().Find(member);
    return node != nullptr && node->is_string() ? std::string(node->text())
                                                : std::string();
  };
  if (text("issuer") != issuer) {
    return absl::UnavailableError(
        "the discovery document is not of the issuer");
  }
  std::string url = text("jwks_uri");
  if (url.empty()) {
    return absl::UnavailableError("the discovery document has no `jwks_uri`");
  }
  return url;
}

}  // namespace

std::shared_ptr<const JsonWebKeySet> ProviderKeys::Known(
    const std::string& text) {
  absl::MutexLock lock(&mu_);
  if (const auto found = parsed_.find(text); found != parsed_.end()) {
    return found->second;
  }
  // The registry took no set that does not parse; one without keys verifies
  // nothing.
  absl::StatusOr<JsonWebKeySet> set = JsonWebKeySet::Parse(text);
  auto keys = std::make_shared<const JsonWebKeySet>(set.ok() ? *std::move(set)
                                                             : JsonWebKeySet());
  if (parsed_.size() >= kMaxParsed) parsed_.clear();
  parsed_.emplace(text, keys);
  return keys;
}

std::shared_ptr<const JsonWebKeySet> ProviderKeys::Find(
    const OpenIdProvider& provider, const std::string& kid, absl::Time now) {
  if (!provider.jwks.empty()) return Known(provider.jwks);
  absl::MutexLock lock(&mu_);
  const auto found = discovered_.find(provider.url);
  if (found == discovered_.end()) return nullptr;
  const Entry& entry = found->second;
  if (entry.keys == nullptr || now >= entry.fresh_until) return nullptr;
  const bool settled =
      entry.keys->Find(kid) != nullptr || now < entry.unknown_key_at;
  return settled ? entry.keys : nullptr;
}

absl::StatusOr<std::shared_ptr<const JsonWebKeySet>> ProviderKeys::FindOrFetch(
    const OpenIdProvider& provider, const std::string& kid, absl::Time now) {
  if (auto keys = Find(provider, kid, now)) return keys;
  {
    absl::MutexLock lock(&mu_);
    const Entry& entry = discovered_[provider.url];
    if (now < entry.retry_at) return entry.failure;
  }
  Store(provider.url, kid, Discover(provider.url), absl::Now());
  absl::MutexLock lock(&mu_);
  const Entry& entry = discovered_[provider.url];
  if (!entry.failure.ok()) return entry.failure;
  return entry.keys;
}

absl::Status ProviderKeys::KeepFresh(const OpenIdProvider& provider,
                                     absl::Time now) {
  {
    absl::MutexLock lock(&mu_);
    const Entry& entry = discovered_[provider.url];
    if (now < entry.fresh_until - kRenewal || now < entry.retry_at) {
      return entry.failure;
    }
  }
  Store(provider.url, /*kid=*/"", Discover(provider.url), absl::Now());
  absl::MutexLock lock(&mu_);
  return discovered_[provider.url].failure;
}

absl::StatusOr<Fetched> ProviderKeys::Discover(
    const std::string& issuer) const {
  const absl::Time deadline = absl::Now() + kTimeout;
  const bool slash = !issuer.empty() && issuer.back() == '/';
  absl::StatusOr<Fetched> document =
      Fetch(options_,
            absl::StrCat(issuer, slash ? "" : "/",
                         ".well-known/openid-configuration"),
            kMaxDocumentBytes, deadline);
  if (!document.ok()) return document.status();
  const absl::StatusOr<std::string> url = KeysUrl(document->body, issuer);
  if (!url.ok()) return url.status();
  return Fetch(options_, *url, kMaxKeyBytes, deadline);
}

void ProviderKeys::Store(const std::string& issuer, const std::string& kid,
                         const absl::StatusOr<Fetched>& fetched,
                         absl::Time now) {
  absl::StatusOr<JsonWebKeySet> set =
      fetched.ok() ? JsonWebKeySet::Parse(fetched->body)
                   : absl::StatusOr<JsonWebKeySet>(fetched.status());
  absl::MutexLock lock(&mu_);
  Entry& entry = discovered_[issuer];
  if (!set.ok()) {
    entry.failure = fetched.ok() ? absl::UnavailableError(absl::StrCat(
                                       "the key set ", set.status().message()))
                                 : fetched.status();
    entry.retry_at = now + kRetry;
    return;
  }
  entry.failure = absl::OkStatus();
  const absl::Duration age =
      fetched->max_age < absl::ZeroDuration() ? kUsualAge : fetched->max_age;
  entry.fresh_until = now + std::clamp(age, kMinAge, kMaxAge);
  const bool had_keys = entry.keys != nullptr;
  entry.keys = std::make_shared<const JsonWebKeySet>(*std::move(set));
  // A key may well be new to a set that was had before, once.
  if (!kid.empty() && (had_keys || entry.keys->Find(kid) == nullptr)) {
    entry.unknown_key_at = now + kUnknownKeyRetry;
  }
}

}  // namespace rolegate::service
