#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "rapidjson/document.h"
#include "rolegate/client.h"
#include "rolegate/session.h"

namespace rolegate {
namespace {

constexpr absl::string_view kType = "rolegate-session+jwt";
constexpr absl::string_view kAlgorithm = "EdDSA";
constexpr absl::Duration kSkew = absl::Seconds(60);
// No server issues a longer token.
constexpr std::size_t kMaxBytes = std::size_t{6} << 10;
constexpr std::size_t kKeyBytes = 32;  // Ed25519, RFC 8032

absl::Status Refused() {
  return ErrorOf("InvalidClientTokenId", absl::StatusCode::kUnauthenticated,
                 "the session token does not hold by these keys");
}

using Json = rapidjson::Document;

// An object, or nothing.
std::optional<Json> ParseObject(absl::string_view text) {
  std::optional<Json> json(std::in_place);
  json->Parse<rapidjson::kParseIterativeFlag |
              rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  if (json->HasParseError() || !json->IsObject()) return std::nullopt;
  return json;
}

std::optional<Json> ParsePart(absl::string_view part) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(part, &text)) return std::nullopt;
  return ParseObject(text);
}

// A member that is a text; nothing if there is none of that kind.
std::optional<std::string> Text(const rapidjson::Value& object,
                                const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) {
    return std::nullopt;
  }
  return std::string(member->value.GetString(),
                     member->value.GetStringLength());
}

std::optional<absl::Time> Time(const rapidjson::Value& object,
                               const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsInt64()) {
    return std::nullopt;
  }
  return absl::FromUnixSeconds(member->value.GetInt64());
}

// The bytes of the Ed25519 key of that name; nothing if there is none.
std::optional<std::string> FindKey(const Json& jwks, const std::string& kid) {
  const auto keys = jwks.FindMember("keys");
  if (keys == jwks.MemberEnd() || !keys->value.IsArray()) return std::nullopt;
  for (const rapidjson::Value& key : keys->value.GetArray()) {
    if (!key.IsObject() || Text(key, "kid") != kid) continue;
    const std::optional<std::string> x = Text(key, "x");
    std::string bytes;
    if (Text(key, "kty") != "OKP" || Text(key, "crv") != "Ed25519" || !x ||
        !absl::WebSafeBase64Unescape(*x, &bytes) || bytes.size() != kKeyBytes) {
      return std::nullopt;
    }
    return bytes;
  }
  return std::nullopt;
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

bool SignatureHolds(const std::string& key_bytes, absl::string_view message,
                    absl::string_view signature) {
  const auto bytes = [](absl::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, bytes(key_bytes), key_bytes.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                              key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                          bytes(message), message.size()) == 1;
}

std::optional<std::map<std::string, std::string>> TagsOf(const Json& claims) {
  std::map<std::string, std::string> tags;
  const auto list = claims.FindMember("tags");
  if (list == claims.MemberEnd()) return tags;
  if (!list->value.IsArray()) return std::nullopt;
  for (const rapidjson::Value& tag : list->value.GetArray()) {
    if (!tag.IsArray() || tag.Size() != 2 || !tag[0].IsString() ||
        !tag[1].IsString()) {
      return std::nullopt;
    }
    tags[tag[0].GetString()] = tag[1].GetString();
  }
  return tags;
}

}  // namespace

absl::StatusOr<VerifiedSession> VerifySession(absl::string_view token,
                                              absl::string_view jwks,
                                              absl::string_view issuer,
                                              absl::string_view audience,
                                              absl::Time now) {
  if (token.size() > kMaxBytes) return Refused();
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return Refused();
  const std::optional<Json> header = ParsePart(parts[0]);
  const std::optional<Json> claims = ParsePart(parts[1]);
  const std::optional<Json> keys = ParseObject(jwks);
  if (!header || !claims || !keys || Text(*header, "typ") != kType ||
      Text(*header, "alg") != kAlgorithm) {
    return Refused();
  }
  const std::optional<std::string> kid = Text(*header, "kid");
  const std::optional<std::string> key =
      kid ? FindKey(*keys, *kid) : std::nullopt;
  std::string signature;
  const absl::string_view message =
      token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!key || !absl::WebSafeBase64Unescape(parts[2], &signature) ||
      !SignatureHolds(*key, message, signature)) {
    return Refused();
  }
  const std::optional<absl::Time> issued = Time(*claims, "iat");
  const std::optional<absl::Time> not_before = Time(*claims, "nbf");
  const std::optional<absl::Time> expires = Time(*claims, "exp");
  const std::optional<std::string> subject = Text(*claims, "sub");
  const std::optional<std::string> role = Text(*claims, "role");
  const std::optional<std::string> name = Text(*claims, "name");
  const std::optional<std::string> id = Text(*claims, "jti");
  std::optional<std::map<std::string, std::string>> tags = TagsOf(*claims);
  if (Text(*claims, "iss") != issuer || Text(*claims, "aud") != audience ||
      !issued || !not_before || !expires || !subject || !role || !name || !id ||
      !tags || *issued > now + kSkew || *not_before > now + kSkew) {
    return Refused();
  }
  if (*expires + kSkew <= now) {
    return ErrorOf("ExpiredToken", absl::StatusCode::kUnauthenticated,
                   "the session has ended");
  }
  return VerifiedSession{
      *subject,        *role,
      *name,           *id,
      *expires,        Text(*claims, "source_identity").value_or(""),
      *std::move(tags)};
}

}  // namespace rolegate
