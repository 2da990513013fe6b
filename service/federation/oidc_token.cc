#include "service/federation/oidc_token.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/policy/token_claims.h"
#include "engine/text/text.h"
#include "service/sessions/session_token.h"

namespace rolegate::service {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxSubject = 255;
constexpr std::size_t kMaxAudiences = 100;
constexpr std::size_t kMaxShown = 256;

constexpr absl::string_view kTags = "https://aws.amazon.com/tags";
constexpr absl::string_view kFlatTags = "https://aws.amazon.com/tags/";
constexpr absl::string_view kFlatTag = "principal_tags/";
constexpr absl::string_view kTransitiveKeys = "transitive_tag_keys";
constexpr absl::string_view kSourceIdentity =
    "https://aws.amazon.com/source_identity";

ApiError Invalid(std::string message) {
  return {ErrorCode::kInvalidIdentityToken, std::move(message), {}};
}

ApiError NotAToken() {
  return Invalid(
      "The ID Token provided is not a valid JWT. (You may see this error if "
      "you sent an Access Token)");
}

std::unique_ptr<JsonDocument> ParseObject(std::string text) {
  JsonLimits limits;
  limits.max_bytes = kMaxIdentityTokenBytes;
  limits.max_depth = kMaxDepth;
  JsonParseError error;
  std::unique_ptr<JsonDocument> json =
      JsonDocument::Parse(std::move(text), limits, &error);
  return json != nullptr && json->root().is_object() ? std::move(json)
                                                     : nullptr;
}

// Adds a text, or every text of a list.  False for anything else.
bool AddTexts(const JsonNode& node, std::vector<std::string>* texts) {
  if (node.is_string()) {
    texts->emplace_back(node.text());
    return true;
  }
  for (const JsonNode& element : node.elements()) {
    if (!element.is_string()) return false;
    texts->emplace_back(element.text());
  }
  return node.is_array();
}

// A time in whole seconds; nothing for any other spelling of a number.
std::optional<absl::Time> ReadTime(const JsonNode& node) {
  std::int64_t seconds = 0;
  if (node.type() != JsonType::kNumber ||
      !absl::SimpleAtoi(node.text(), &seconds) || seconds < 0 ||
      seconds > std::int64_t{253'402'300'799}) {  // the year 9999
    return std::nullopt;
  }
  return absl::FromUnixSeconds(seconds);
}

// Session tags as the claims of a token say them.  A provider writes them in
// one of two forms, and a token that mixes the two is refused, for nobody could
// say which of two values of a tag holds.
//
//   "https://aws.amazon.com/tags": {
//     "principal_tags": {"Team": ["red"]}, "transitive_tag_keys": ["Team"]}
//
//   "https://aws.amazon.com/tags/principal_tags/Team": "red",
//   "https://aws.amazon.com/tags/transitive_tag_keys": ["Team"]
//
// AWS: "Pass session tags using AssumeRoleWithWebIdentity", IAM User Guide.
class TagClaims {
 public:
  explicit TagClaims(FederatedIdentity* identity) : identity_(*identity) {}

  // Refuses a claim that is meant for a tag and is none, too: a session that
  // lacks a tag could escape a Deny that asks for it.
  Refusal Read(const JsonNode& claims) {
    const JsonNode* const nested = claims.Find(kTags);
    if (nested != nullptr && !ReadNested(*nested)) return Malformed(kTags);
    for (const JsonMember& claim : claims.members()) {
      const absl::string_view name = claim.key;
      if (!absl::StartsWith(name, kFlatTags)) continue;
      if (nested != nullptr) {
        return Invalid(absl::StrCat("The token has the claims ", kTags, " and ",
                                    CutToBytes(name, kMaxShown),
                                    ", expected tags in one form"));
      }
      if (!ReadFlat(name.substr(kFlatTags.size()), claim.value)) {
        return Malformed(CutToBytes(name, kMaxShown));
      }
    }
    return std::nullopt;
  }

 private:
  static ApiError Malformed(absl::string_view name) {
    return Invalid(absl::StrCat("The token's claim ", name, " is malformed"));
  }

  bool ReadNested(const JsonNode& node) {
    if (!node.is_object()) return false;
    if (const JsonNode* const tags = node.Find("principal_tags")) {
      if (!tags->is_object()) return false;
      for (const JsonMember& tag : tags->members()) {
        if (!AddTag(tag.key, tag.value)) return false;
      }
    }
    const JsonNode* const keys = node.Find(kTransitiveKeys);
    return keys == nullptr || AddTransitiveKeys(*keys);
  }

  // `name` is the claim's without what all of them begin with.
  bool ReadFlat(absl::string_view name, const JsonNode& value) {
    if (name == kTransitiveKeys) return AddTransitiveKeys(value);
    return absl::ConsumePrefix(&name, kFlatTag) && !name.empty() &&
           AddTag(name, value);
  }

  // A tag has one value, in a list or by itself.
  bool AddTag(absl::string_view key, const JsonNode& value) {
    std::vector<std::string> values;
    if (!AddTexts(value, &values) || values.size() != 1) return false;
    identity_.tags.push_back({std::string(key), values.front()});
    return true;
  }

  bool AddTransitiveKeys(const JsonNode& keys) {
    return keys.is_array() && AddTexts(keys, &identity_.transitive_tag_keys);
  }

  FederatedIdentity& identity_;
};

}  // namespace

Result<OidcToken> OidcToken::Parse(absl::string_view text) {
  if (text.size() > kMaxIdentityTokenBytes) return NotAToken();
  std::optional<CompactJws> jws = CompactJws::Parse(text);
  if (!jws || jws->signature.empty()) return NotAToken();
  OidcToken token;
  token.jws_ = *std::move(jws);
  if (auto error = token.ReadHeader()) return *std::move(error);
  if (auto error = token.ReadClaims()) return *std::move(error);
  return token;
}

Refusal OidcToken::ReadHeader() {
  const std::unique_ptr<JsonDocument> header =
      ParseObject(std::move(jws_.header));
  if (header == nullptr) return NotAToken();
  const auto text = [&](absl::string_view member) {
    const JsonNode* const node = header->root().Find(member);
    return node != nullptr && node->is_string() ? std::string(node->text())
                                                : std::string();
  };
  algorithm_ = text("alg");
  kid_ = text("kid");
  if (!IsSignatureAlgorithm(algorithm_)) {
    return Invalid("The token's signature algorithm is not supported");
  }
  // Extensions that must be understood are not, and an unencoded payload is
  // one of them.
  if (header->root().Find("crit") != nullptr ||
      header->root().Find("b64") != nullptr) {
    return Invalid("The token's header asks for what is not supported");
  }
  if (absl::EqualsIgnoreCase(text("typ"), kSessionTokenType)) {
    return Invalid("A session is not an identity token");
  }
  if (kid_.empty()) return Invalid("The token's header names no key");
  return std::nullopt;
}

Refusal OidcToken::ReadClaims() {
  claims_ = ParseObject(std::move(jws_.payload));
  if (claims_ == nullptr) return NotAToken();
  const JsonNode& root = claims_->root();
  for (const char* name : {"iss", "sub", "aud", "exp", "iat"}) {
    if (root.Find(name) == nullptr) {
      return Invalid(absl::StrCat("Missing a required claim: ", name));
    }
  }
  const auto malformed = [](absl::string_view name) {
    return Invalid(absl::StrCat("The token's claim ", name, " is malformed"));
  };
  for (const auto& [name, text] :
       {std::pair("iss", &issuer_), std::pair("sub", &subject_),
        std::pair("azp", &authorized_party_)}) {
    const JsonNode* const node = root.Find(name);
    if (node == nullptr) continue;  // only `azp` may be absent
    if (!node->is_string() || node->text().empty()) return malformed(name);
    *text = std::string(node->text());
  }
  if (subject_.size() > kMaxSubject) return malformed("sub");
  if (!AddTexts(*root.Find("aud"), &audiences_) || audiences_.empty() ||
      audiences_.size() > kMaxAudiences) {
    return malformed("aud");
  }
  for (const auto& [name, time] :
       {std::pair("exp", &expires_at_), std::pair("iat", &issued_at_),
        std::pair("nbf", &not_before_)}) {
    const JsonNode* const node = root.Find(name);
    if (node == nullptr) {
      *time = absl::InfinitePast();  // only `nbf` may be absent
      continue;
    }
    const std::optional<absl::Time> read = ReadTime(*node);
    if (!read) return malformed(name);
    *time = *read;
  }
  return std::nullopt;
}

absl::Span<const absl::string_view> OidcToken::KeyClaims() {
  return kKeyClaims;
}

bool OidcToken::IsFor(const std::string& audience) const {
  return std::find(audiences_.begin(), audiences_.end(), audience) !=
         audiences_.end();
}

Refusal OidcToken::Check(const std::vector<std::string>& client_ids,
                         absl::Time now) {
  const auto listed = [&](const std::string& id) {
    return std::find(client_ids.begin(), client_ids.end(), id) !=
           client_ids.end();
  };
  if (!authorized_party_.empty()) {
    if (listed(authorized_party_)) audience_ = authorized_party_;
  } else if (const auto found =
                 std::find_if(audiences_.begin(), audiences_.end(), listed);
             found != audiences_.end()) {
    audience_ = *found;
  }
  if (audience_.empty()) return Invalid("Incorrect token audience");
  return CheckTimes(now);
}

Refusal OidcToken::CheckTimes(absl::Time now) const {
  if (now >= expires_at_) {
    return ApiError{ErrorCode::kExpiredTokenException,
                    absl::StrCat("Token expired: current date/time ",
                                 absl::ToUnixSeconds(now),
                                 " must be before the expiration date/time ",
                                 absl::ToUnixSeconds(expires_at_)),
                    {}};
  }
  if (not_before_ > now + kClockSkew || issued_at_ > now + kClockSkew) {
    return Invalid("The token is not valid yet");
  }
  return std::nullopt;
}

Refusal OidcToken::CheckSignature(const JsonWebKeySet& keys) const {
  const JsonWebKey* const key = keys.Find(kid_);
  if (key == nullptr) {
    return Invalid("The provider has no key of the token's `kid`");
  }
  if (!key->Verify(algorithm_, jws_.signed_bytes, jws_.signature)) {
    return Invalid("The token's signature does not match");
  }
  return std::nullopt;
}

Result<FederatedIdentity> OidcToken::ToIdentity(
    const OpenIdProvider& provider) const {
  FederatedIdentity identity;
  identity.provider = provider.arn;
  identity.action = "sts:AssumeRoleWithWebIdentity";
  const auto key_of = [&](absl::string_view claim) {
    return absl::StrCat(provider.key_prefix(), ":", claim);
  };
  identity.keys.push_back({key_of("aud"), {audience_}});
  identity.keys.push_back({key_of("sub"), {subject_}});
  if (!authorized_party_.empty()) {
    identity.keys.push_back({key_of("oaud"), audiences_});
  }
  for (const absl::string_view claim : kKeyClaims) {
    const JsonNode* const node = claims().Find(claim);
    if (node == nullptr) continue;
    SessionKey key{key_of(claim), {}};
    // One that is neither text nor list of texts is no condition key.
    if (AddTexts(*node, &key.values)) identity.keys.push_back(std::move(key));
  }
  for (const absl::string_view claim : kLastingClaims) {
    identity.lasting_keys.push_back(key_of(claim));
  }
  if (auto refusal = TagClaims(&identity).Read(claims())) {
    return *std::move(refusal);
  }
  if (const JsonNode* const source = claims().Find(kSourceIdentity)) {
    if (!source->is_string() || source->text().empty()) {
      return Invalid(
          absl::StrCat("The token's claim ", kSourceIdentity, " is malformed"));
    }
    identity.source_identity = std::string(source->text());
  }
  return identity;
}

}  // namespace rolegate::service
