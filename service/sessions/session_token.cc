#include "service/sessions/session_token.h"

#include <openssl/rand.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/json/json_document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "service/base/jws.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kAlgorithm = "EdDSA";
constexpr absl::string_view kAccessKeyPrefix = "RGSA";

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteString(JsonWriter& writer, absl::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void WriteMember(JsonWriter& writer, const char* key, absl::string_view text) {
  writer.Key(key);
  WriteString(writer, text);
}
void WriteList(JsonWriter& writer, const char* key,
               const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  writer.Key(key);
  writer.StartArray();
  for (const std::string& text : texts) WriteString(writer, text);
  writer.EndArray();
}

// How the confirmation claim (RFC 7800) names a binding: as RFC 8705 has it for
// certificates, and a name of our own for SPIFFE IDs.
const char* ConfirmationMember(BindingKind kind) {
  return kind == BindingKind::kCertificate ? "x5t#S256" : "spiffe_id";
}

std::string WriteHeader(const SigningKey& key) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteMember(writer, "alg", kAlgorithm);
  WriteMember(writer, "kid", key.kid());
  WriteMember(writer, "typ", kSessionTokenType);
  writer.EndObject();
  return buffer.GetString();
}

std::string WriteClaims(const RoleSession& session,
                        const TokenParties& parties) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteMember(writer, "iss", parties.issuer);
  WriteMember(writer, "aud", parties.audience);
  WriteMember(writer, "sub", session.arn());
  WriteMember(writer, "jti", session.access_key_id);
  const std::int64_t issued = absl::ToUnixSeconds(session.issued_at);
  writer.Key("iat");
  writer.Int64(issued);
  writer.Key("nbf");
  writer.Int64(issued);
  writer.Key("exp");
  writer.Int64(absl::ToUnixSeconds(session.expires_at));
  WriteMember(writer, "role", session.role_arn);
  WriteMember(writer, "rid", session.role_id);
  WriteMember(writer, "name", session.session_name);
  if (!session.tags.empty()) {
    writer.Key("tags");
    writer.StartArray();
    for (const Tag& tag : session.tags) {
      writer.StartArray();
      WriteString(writer, tag.key);
      WriteString(writer, tag.value);
      writer.EndArray();
    }
    writer.EndArray();
  }
  WriteList(writer, "transitive", session.transitive_tag_keys);
  if (!session.source_identity.empty()) {
    WriteMember(writer, "source_identity", session.source_identity);
  }
  if (!session.federated_provider.empty()) {
    WriteMember(writer, "federated_provider", session.federated_provider);
  }
  if (!session.identity_keys.empty()) {
    writer.Key("identity");
    writer.StartObject();
    for (const SessionKey& key : session.identity_keys) {
      WriteList(writer, key.name.c_str(), key.values);
    }
    writer.EndObject();
  }
  if (session.binding.bound()) {
    writer.Key("cnf");
    writer.StartObject();
    WriteMember(writer, ConfirmationMember(session.binding.kind),
                session.binding.value);
    writer.EndObject();
  }
  if (!session.policy.empty()) WriteMember(writer, "policy", session.policy);
  WriteList(writer, "policy_arns", session.policy_arns);
  WriteList(writer, "chain", session.chain);
  writer.EndObject();
  return buffer.GetString();
}

absl::StatusOr<std::string> NewAccessKeyId() {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  unsigned char random[16];
  if (RAND_bytes(random, sizeof(random)) != 1) {
    return absl::InternalError("the system gave no random numbers");
  }
  std::string id(kAccessKeyPrefix);
  for (unsigned char byte : random) id.push_back(kAlphabet[byte & 31]);
  return id;
}

// Reads the claims; every member must be known, well typed and there once.
class ClaimsReader {
 public:
  explicit ClaimsReader(const JsonNode& claims) : claims_(claims) {}

  bool Read(RoleSession* session, TokenParties* parties,
            absl::Time* not_before) {
    *not_before = Time("nbf");
    parties->issuer = Text("iss");
    parties->audience = Text("aud");
    session->access_key_id = Text("jti");
    session->issued_at = Time("iat");
    session->expires_at = Time("exp");
    session->role_arn = Text("role");
    session->role_id = Text("rid");
    session->session_name = Text("name");
    session->source_identity = OptionalText("source_identity");
    session->federated_provider = OptionalText("federated_provider");
    ReadIdentity(session);
    ReadBinding(session);
    session->policy = OptionalText("policy");
    session->transitive_tag_keys = List("transitive");
    session->policy_arns = List("policy_arns");
    session->chain = List("chain");
    ReadTags(session);
    // The subject says in one text what the other claims say.
    return valid_ && Text("sub") == session->arn() && valid_ &&
           claims_.members().size() == known_;
  }

 private:
  const JsonNode* Find(absl::string_view name) {
    const JsonNode* const node = claims_.Find(name);
    if (node != nullptr) ++known_;
    return node;
  }
  std::string TextOf(const JsonNode& node) {
    if (!node.is_string()) valid_ = false;
    return std::string(node.text());
  }
  std::string Text(absl::string_view name) {
    const JsonNode* const node = Find(name);
    if (node == nullptr || node->text().empty()) {
      valid_ = false;
      return "";
    }
    return TextOf(*node);
  }
  std::string OptionalText(absl::string_view name) {
    const JsonNode* const node = Find(name);
    return node == nullptr ? "" : TextOf(*node);
  }
  absl::Time Time(absl::string_view name) {
    const JsonNode* const node = Find(name);
    std::int64_t seconds = 0;
    if (node == nullptr || node->type() != JsonType::kNumber ||
        !absl::SimpleAtoi(node->text(), &seconds) || seconds < 0) {
      valid_ = false;
    }
    return absl::FromUnixSeconds(seconds);
  }
  std::vector<std::string> ListOf(const JsonNode& node) {
    std::vector<std::string> texts;
    if (!node.is_array()) valid_ = false;
    for (const JsonNode& element : node.elements()) {
      texts.push_back(TextOf(element));
    }
    return texts;
  }
  std::vector<std::string> List(absl::string_view name) {
    const JsonNode* const node = Find(name);
    return node == nullptr ? std::vector<std::string>() : ListOf(*node);
  }
  void ReadBinding(RoleSession* session) {
    const JsonNode* const node = Find("cnf");
    if (node == nullptr) return;
    for (BindingKind kind : {BindingKind::kSpiffe, BindingKind::kCertificate}) {
      const JsonNode* const value = node->Find(ConfirmationMember(kind));
      if (value == nullptr) continue;
      session->binding = {kind, TextOf(*value)};
    }
    // A confirmation that is not understood must not be none.
    if (node->members().size() != 1 || session->binding.value.empty()) {
      valid_ = false;
    }
  }
  void ReadIdentity(RoleSession* session) {
    const JsonNode* const node = Find("identity");
    if (node == nullptr) return;
    if (!node->is_object()) valid_ = false;
    for (const JsonMember& member : node->members()) {
      session->identity_keys.push_back(
          {std::string(member.key), ListOf(member.value)});
    }
  }
  void ReadTags(RoleSession* session) {
    const JsonNode* const node = Find("tags");
    if (node == nullptr) return;
    if (!node->is_array()) valid_ = false;
    for (const JsonNode& pair : node->elements()) {
      if (pair.elements().size() != 2) {
        valid_ = false;
        return;
      }
      session->tags.push_back(
          {TextOf(pair.elements()[0]), TextOf(pair.elements()[1])});
    }
  }

  const JsonNode& claims_;
  std::size_t known_ = 0;
  bool valid_ = true;
};

ApiError Invalid(absl::string_view fault) {
  return {ErrorCode::kInvalidClientTokenId,
          absl::StrCat("the session token is not valid: ", fault),
          {}};
}

// Sessions of a server without `session.keys_dir` end with it, and those of a
// key that was removed with the key.
ApiError UnknownKey(absl::string_view kid) {
  constexpr std::size_t kMaxShown = 64;
  return Invalid(
      absl::StrCat("the server holds no key `", kid.substr(0, kMaxShown),
                   "`, by which it is signed; assume the role again"));
}

std::unique_ptr<JsonDocument> ParseJson(std::string text) {
  JsonLimits limits;
  limits.max_bytes = kMaxTokenBytes;
  limits.max_depth = 4;
  JsonParseError error;
  return JsonDocument::Parse(std::move(text), limits, &error);
}

// The kid that the header names; empty if the header is not exactly ours.
std::string KidOfHeader(std::string header) {
  const std::unique_ptr<JsonDocument> json = ParseJson(std::move(header));
  if (json == nullptr || json->root().members().size() != 3) return "";
  const auto is = [&](absl::string_view member, absl::string_view text) {
    const JsonNode* const node = json->root().Find(member);
    return node != nullptr && node->is_string() && node->text() == text;
  };
  const JsonNode* const kid = json->root().Find("kid");
  if (!is("alg", kAlgorithm) || !is("typ", kSessionTokenType) ||
      kid == nullptr || !kid->is_string()) {
    return "";
  }
  return std::string(kid->text());
}

// `check` holds the signature against the key of the header, and says what is
// wrong with it.
template <typename Check>
VerifiedToken ReadToken(absl::string_view token, const TokenParties& parties,
                        const SigningKeys& keys, absl::Time now, Check check) {
  if (token.size() > kMaxTokenBytes) return Invalid("too large");
  const std::optional<CompactJws> jws = CompactJws::Parse(token);
  if (!jws) return Invalid("not three parts of base64url");
  const std::string kid = KidOfHeader(jws->header);
  if (kid.empty()) return Invalid("unknown type or algorithm");
  const SigningKey* const key = keys.Find(kid);
  if (key == nullptr) return UnknownKey(kid);
  const std::unique_ptr<JsonDocument> claims = ParseJson(jws->payload);
  if (claims == nullptr) return Invalid("malformed claims");

  auto session = std::make_shared<RoleSession>();
  TokenParties named;
  absl::Time not_before;
  if (!ClaimsReader(claims->root()).Read(session.get(), &named, &not_before)) {
    return Invalid("malformed claims");
  }
  if (named.issuer != parties.issuer) return Invalid("another issuer");
  if (named.audience != parties.audience) return Invalid("another audience");
  if (not_before > now + kClockSkew || session->issued_at > now + kClockSkew) {
    return Invalid("not valid yet");
  }
  // The error says that the time is over only if the token was good before.
  const bool expired = now >= session->expires_at;
  if (Refusal error = check(*key, *jws, expired)) {
    return *std::move(error);
  }
  if (expired) {
    return ApiError{ErrorCode::kExpiredToken,
                    "the session token has expired; assume the role again",
                    {}};
  }
  if (!session->policy.empty()) {
    Diagnostics faults;
    session->compiled_policy =
        Policy::CompileText(session->policy, PolicyKind::kSession,
                            {"session policy", "", ""}, &faults);
    if (session->compiled_policy == nullptr) {
      return Invalid("malformed session policy");
    }
  }
  return std::shared_ptr<const RoleSession>(std::move(session));
}

}  // namespace

bool IsSessionToken(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return false;
  std::optional<std::string> header =
      DecodeBase64Url(token.substr(0, token.find('.')));
  if (!header) return false;
  const std::unique_ptr<JsonDocument> json = ParseJson(*std::move(header));
  if (json == nullptr) return false;
  const JsonNode* const type = json->root().Find("typ");
  return type != nullptr && type->is_string() &&
         absl::EqualsIgnoreCase(type->text(), kSessionTokenType);
}

absl::StatusOr<MintedToken> MintToken(RoleSession* session,
                                      const TokenParties& parties,
                                      const SigningKey& key) {
  absl::StatusOr<std::string> id = NewAccessKeyId();
  if (!id.ok()) return id.status();
  session->access_key_id = *std::move(id);
  const std::string claims = WriteClaims(*session, parties);
  MintedToken minted;
  minted.packed_policy_size = static_cast<int>(
      (claims.size() * 100 + kMaxClaimsBytes - 1) / kMaxClaimsBytes);
  const std::string signed_bytes = absl::StrCat(
      EncodeBase64Url(WriteHeader(key)), ".", EncodeBase64Url(claims));
  const std::string signature = key.Sign(signed_bytes);
  if (signature.empty()) return absl::InternalError("cannot sign");
  minted.token = absl::StrCat(signed_bytes, ".", EncodeBase64Url(signature));
  if (claims.size() > kMaxClaimsBytes || minted.token.size() > kMaxTokenBytes) {
    return absl::InvalidArgumentError(absl::StrCat("Packed policy consumes ",
                                                   minted.packed_policy_size,
                                                   "% of allotted space"));
  }
  return minted;
}

VerifiedToken VerifyToken(absl::string_view token, const TokenParties& parties,
                          const SigningKeys& keys, absl::Time now,
                          SignatureGate* gate) {
  return ReadToken(token, parties, keys, now,
                   [gate](const SigningKey& key, const CompactJws& jws,
                          bool expired) -> Refusal {
                     if (gate != nullptr && !gate->open()) {
                       return SignatureGate::Shut();
                     }
                     const bool good =
                         key.Verify(jws.signed_bytes, jws.signature);
                     // A token that has expired costs the same, call after
                     // call.
                     if (gate != nullptr && (!good || expired)) gate->Failed();
                     if (good) return std::nullopt;
                     return Invalid("the signature does not match");
                   });
}

VerifiedToken ReadMintedToken(absl::string_view token,
                              const TokenParties& parties,
                              const SigningKeys& keys, absl::Time now) {
  return ReadToken(token, parties, keys, now,
                   [](const SigningKey&, const CompactJws&, bool) -> Refusal {
                     return std::nullopt;
                   });
}

}  // namespace rolegate::service
