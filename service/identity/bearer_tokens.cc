#include "service/identity/bearer_tokens.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/federation/jwks_file.h"
#include "service/federation/oidc_token.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxShown = 255;

bool Equals(const JsonNode& node, absl::string_view text) {
  switch (node.type()) {
    case JsonType::kString:
      return node.text() == text;
    case JsonType::kBool:
      return text == (node.bool_value() ? "true" : "false");
    default:
      return false;
  }
}

bool Has(const JsonNode& claims, absl::string_view name,
         absl::string_view text) {
  const JsonNode* const node = claims.Find(name);
  if (node == nullptr) return false;
  if (!node->is_array()) return Equals(*node, text);
  return std::any_of(
      node->elements().begin(), node->elements().end(),
      [&](const JsonNode& element) { return Equals(element, text); });
}

// Whether the token is what the rule asks for.  Says nothing of its signature
// and its times.
bool Matches(const OidcRule& rule, const OidcToken& token) {
  return token.issuer() == rule.issuer && token.IsFor(rule.audience) &&
         std::all_of(rule.claims.begin(), rule.claims.end(),
                     [&](const auto& claim) {
                       return Has(token.claims(), claim.first, claim.second);
                     });
}

std::string QuotedClaim(absl::string_view text) {
  return absl::StrCat("`", text.substr(0, kMaxShown), "`");
}

// The error about a token, which says whose it is.
ApiError About(const OidcToken& token, ApiError error) {
  error.message =
      absl::StrCat("the bearer token of issuer ", QuotedClaim(token.issuer()),
                   ": ", error.message);
  return error;
}

// Why no mapping takes the token: what of it no mapping names.  Repeats what
// the token says and nothing of the mappings.
std::string WhyUnmapped(const OidcToken& token,
                        const std::vector<OidcMapping>& mappings) {
  bool issuer = false;
  bool audience = false;
  for (const OidcMapping& mapping : mappings) {
    if (mapping.rule().issuer != token.issuer()) continue;
    issuer = true;
    if (token.IsFor(mapping.rule().audience)) audience = true;
  }
  if (!issuer) return "no mapping of this listener names that issuer";
  if (!audience) {
    return absl::StrCat("no mapping of that issuer names its audience ",
                        QuotedClaim(token.audiences().front()));
  }
  return absl::StrCat(
      "no mapping of that issuer and audience names its claims (subject ",
      QuotedClaim(token.subject()), ")");
}

}  // namespace

BearerTokens::BearerTokens(const std::vector<NamedListener>& listeners,
                           ProviderKeys* keys, std::size_t cache_bytes,
                           Workers* workers, Logger* log)
    : keys_(keys), workers_(workers), log_(log), verified_(cache_bytes) {
  for (const NamedListener& listener : listeners) {
    for (const OidcMapping& mapping : listener.config->token_mappings) {
      issuers_[mapping.rule().issuer] = mapping.rule().jwks_file;
    }
  }
  for (const auto& [issuer, path] : issuers_) {
    if (!path.empty()) {
      // What a file holds is there with the first call; faults are logged by
      // Refresh.
      ReadFile(issuer, path).IgnoreError();
      continue;
    }
    OpenIdProvider provider;
    provider.url = issuer;
    absl::MutexLock lock(&mu_);
    providers_[issuer] =
        std::make_shared<const OpenIdProvider>(std::move(provider));
  }
}

Result<const OidcMapping*> BearerTokens::Find(
    absl::string_view text, const std::vector<OidcMapping>& mappings,
    absl::Time now, SignatureGate* gate) {
  // What costs nothing comes first: a forged token is refused before any
  // signature is looked at, if it is refused by anything else.
  auto parsed = OidcToken::Parse(text);
  if (!parsed.ok()) return std::move(parsed).error();
  const auto& token = *parsed;
  const auto mapping = std::find_if(
      mappings.begin(), mappings.end(),
      [&](const OidcMapping& each) { return Matches(each.rule(), token); });
  if (mapping == mappings.end()) {
    return About(
        token,
        {ErrorCode::kInvalidClientTokenId, WhyUnmapped(token, mappings), {}});
  }
  if (Refusal error = token.CheckTimes(now)) {
    return About(token, *std::move(error));
  }
  const Provider provider = ProviderOf(token.issuer());
  const auto keys =
      provider == nullptr ? nullptr : keys_->Find(*provider, token.kid(), now);
  if (keys == nullptr) {
    if (provider != nullptr) Ask(provider, token.kid());
    return About(token, {ErrorCode::kIdpCommunicationError,
                         "the keys of the issuer are not at hand; try again",
                         {}});
  }
  if (verified_.Find(text) == keys) return &*mapping;
  if (!gate->open()) return SignatureGate::Shut();
  if (Refusal error = token.CheckSignature(*keys)) {
    gate->Failed();
    return About(token, *std::move(error));
  }
  verified_.Insert(text, keys);
  return &*mapping;
}

void BearerTokens::Refresh() {
  for (const auto& [issuer, path] : issuers_) {
    const absl::Status status =
        path.empty() ? keys_->KeepFresh(*ProviderOf(issuer), absl::Now())
                     : ReadFile(issuer, path);
    std::string& fault = faults_[issuer];
    if (!status.ok() && fault != status.message()) {
      log_->Warning("keys of an issuer of callers cannot be had",
                    {{"issuer", issuer}, {"error", status.message()}});
    } else if (status.ok() && !fault.empty()) {
      log_->Info("keys of an issuer of callers can be had again",
                 {{"issuer", issuer}});
    }
    fault = std::string(status.message());
  }
}

BearerTokens::Provider BearerTokens::ProviderOf(const std::string& issuer) {
  absl::MutexLock lock(&mu_);
  const auto found = providers_.find(issuer);
  return found == providers_.end() ? nullptr : found->second;
}

void BearerTokens::Ask(const Provider& provider, const std::string& kid) {
  {
    absl::MutexLock lock(&mu_);
    if (!asked_.insert(provider->url).second) return;
  }
  const bool asked = workers_->Run(
      Lane::kFederation, {"", provider->url}, [this, provider, kid] {
        // What comes of it, the next call finds; what fails, Refresh logs.
        keys_->FindOrFetch(*provider, kid, absl::Now()).IgnoreError();
        absl::MutexLock lock(&mu_);
        asked_.erase(provider->url);
      });
  if (asked) return;
  absl::MutexLock lock(&mu_);
  asked_.erase(provider->url);
}

absl::Status BearerTokens::ReadFile(const std::string& issuer,
                                    const std::string& path) {
  absl::StatusOr<std::string> text = ReadJwksFile(path);
  if (!text.ok()) return text.status();  // what was good stays in force
  const Provider before = ProviderOf(issuer);
  if (before != nullptr && before->jwks == *text) return absl::OkStatus();
  OpenIdProvider provider;
  provider.url = issuer;
  provider.jwks = *std::move(text);
  absl::MutexLock lock(&mu_);
  providers_[issuer] =
      std::make_shared<const OpenIdProvider>(std::move(provider));
  return absl::OkStatus();
}

}  // namespace rolegate::service
