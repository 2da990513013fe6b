#include "service/identity/caller.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/federation/oidc_token.h"

namespace rolegate::service {
namespace {

constexpr absl::string_view kAuthorization = "authorization";
constexpr absl::string_view kPrincipal = "rolegate-principal";
constexpr absl::string_view kBearer = "Bearer ";
constexpr absl::string_view kDevPrincipal = "service:dev.rolegate";

ApiError Refuse(std::string message) {
  return {ErrorCode::kInvalidClientTokenId, std::move(message), {}};
}

// Whom a connection speaks for; nobody if it proves nothing.
struct ConnectionIdentity {
  std::string name;       // ParsePrincipalName takes it; empty for nobody
  std::vector<Tag> tags;  // that it is known to have
  Proof proof = Proof::kNone;
};
using Identity = Result<ConnectionIdentity>;

std::shared_ptr<const PeerCertificate> CertificateOf(
    const IncomingCall& call, const ListenerConfig& listener,
    PeerCertificateCache* certificates, absl::Time now) {
  // Only where a client's certificate is asked for was one verified.
  if (!listener.tls || !listener.tls->asks_for_certificates()) return nullptr;
  const CertificateTexts texts = call.certificates();
  if (texts.leaf.empty()) return nullptr;
  return certificates->Read(&listener, texts, now);
}

// Whom the certificate is mapped to.
Identity CertificateIdentity(const PeerCertificate* certificate,
                             const ListenerConfig& listener) {
  if (certificate == nullptr) return ConnectionIdentity{};
  const CertificateMapping* const mapping =
      FindMapping(listener.mappings, *certificate);
  if (mapping == nullptr) return ConnectionIdentity{};
  return ConnectionIdentity{mapping->principal(), mapping->tags(),
                            Proof::kCertificate};
}

std::string QuotedName(absl::string_view text) {
  constexpr std::size_t kMaxName = 255;
  return absl::StrCat("`", text.substr(0, kMaxName), "`");
}

// The names in the certificate that a bundle vouches for.
std::string NamesOf(const PeerCertificate& certificate) {
  constexpr std::size_t kMaxNames = 3;
  if (!certificate.spiffe_id.empty()) return QuotedName(certificate.spiffe_id);
  std::vector<std::string> names;
  for (const std::string& name : certificate.dns_names) {
    if (names.size() < kMaxNames) names.push_back(QuotedName(name));
  }
  if (!certificate.subject.empty()) {
    names.push_back(QuotedName(certificate.subject));
  }
  return absl::StrJoin(names, ", ");
}

// Why a connection's identity is nobody's.
std::string WhyNobody(const PeerCertificate* certificate,
                      const ListenerConfig& listener) {
  if (listener.authenticators.empty()) {
    return "`operations` does not say who its callers are: set "
           "`operations.principal` on a Unix socket, or `operations.tls` and "
           "`operations.mappings`";
  }
  if (certificate == nullptr) {
    return "the call brings nothing that says who is calling: no session or "
           "token (`authorization: Bearer TOKEN`), no client certificate and "
           "no `rolegate-principal`";
  }
  const std::string names = NamesOf(*certificate);
  if (names.empty()) {
    return absl::StrCat(
        "no bundle of this listener vouches for the names in "
        "the client certificate with the SHA-256 thumbprint `",
        certificate->thumbprint, "`");
  }
  return absl::StrCat("the client certificate ", names,
                      listener.Accepts(Authenticator::kMtls)
                          ? " has no mapping on this listener"
                          : " says nothing on this listener, which takes "
                            "other proofs");
}

// Whether the connection is of who the session is bound to.
bool Proves(const PeerCertificate* certificate, const SessionBinding& binding) {
  switch (binding.kind) {
    case BindingKind::kNone:
      return true;
    case BindingKind::kSpiffe:
      return certificate != nullptr && certificate->spiffe_id == binding.value;
    case BindingKind::kCertificate:
      return certificate != nullptr && certificate->thumbprint == binding.value;
  }
  return false;
}

// Whom the caller names, where the listener lets it.
Identity NamedIdentity(absl::string_view name, const ListenerConfig& listener) {
  const bool dev = listener.Accepts(Authenticator::kDev);
  const bool patterns = !listener.principals.empty();
  if (!dev && !patterns) {
    return Refuse("this listener lets nobody name a principal");
  }
  if (const auto principal = ParsePrincipalName(name); !principal.ok()) {
    return Refuse(std::string(principal.status().message()));
  }
  const auto covers = [&](const PrincipalNamePattern& pattern) {
    return pattern.Matches(name);
  };
  if (!dev && std::none_of(listener.principals.begin(),
                           listener.principals.end(), covers)) {
    return Refuse(absl::StrCat("this listener lets nobody be `", name, "`"));
  }
  return ConnectionIdentity{
      std::string(name), {}, dev ? Proof::kName : Proof::kSocket};
}

Identity IdentityOf(const PeerCertificate* certificate,
                    const ListenerConfig& listener,
                    const MetadataValues& named) {
  if (named.count > 0) return NamedIdentity(named.first, listener);
  if (!listener.principal.empty()) {
    // Under --dev whoever connects could have said any other name.
    return ConnectionIdentity{
        listener.principal,
        {},
        listener.Accepts(Authenticator::kDev) ? Proof::kName : Proof::kSocket};
  }
  if (listener.Accepts(Authenticator::kMtls)) {
    return CertificateIdentity(certificate, listener);
  }
  if (listener.Accepts(Authenticator::kDev)) {
    return ConnectionIdentity{std::string(kDevPrincipal), {}, Proof::kName};
  }
  return ConnectionIdentity{};
}

// The caller as a principal that the configuration or the call names.
Refusal Become(absl::string_view name, std::vector<Tag> tags, Proof proof,
               Caller* caller) {
  // Names were checked when the configuration was read, or just now.
  absl::StatusOr<OwnedPrincipal> principal = ParsePrincipalName(name);
  if (!principal.ok()) return Refuse(std::string(principal.status().message()));
  caller->subject.principal = *std::move(principal);
  caller->subject.tags = std::move(tags);
  caller->proof = proof;
  return std::nullopt;
}

// Why the token is no session, if it is a token of somebody else's.  Comes
// last, because it reads the token once more.
ApiError WhyNoSession(absl::string_view token, ApiError error) {
  if (error.code != ErrorCode::kInvalidClientTokenId || IsSessionToken(token)) {
    return error;
  }
  const auto foreign = OidcToken::Parse(token);
  if (!foreign.ok()) return error;
  return Refuse(absl::StrCat("the bearer token of issuer ",
                             QuotedName(foreign->issuer()),
                             " is no session, and this listener takes no "
                             "tokens of identity providers"));
}

// What the value of `authorization` is instead of a bearer token.  A word that
// is no known scheme may be a secret that somebody forgot to put `Bearer` in
// front of, and is not repeated.
std::string WhyNoBearer(absl::string_view value) {
  constexpr absl::string_view kOtherSchemes[] = {"AWS4-HMAC-SHA256", "Basic",
                                                 "Digest", "DPoP", "Negotiate"};
  std::string message =
      "metadata `authorization` is no bearer token: expected "
      "`Bearer TOKEN`";
  const absl::string_view scheme = value.substr(0, value.find(' '));
  for (const absl::string_view other : kOtherSchemes) {
    if (absl::EqualsIgnoreCase(scheme, other)) {
      absl::StrAppend(&message, ", found the scheme `", other, "`");
    }
  }
  return message;
}

}  // namespace

Result<Subject> SessionVerifier::Verify(absl::string_view token,
                                        const Snapshot* snapshot,
                                        absl::Time now, SignatureGate* gate) {
  VerifiedSubject verified =
      cache_.Verify(token, parties_, keys_->signing(), now, gate);
  if (!verified.ok()) return std::move(verified).error();
  if (snapshot == nullptr) {
    return ApiError{ErrorCode::kRegistryNotLoaded, "no registry is loaded", {}};
  }
  Subject subject = *std::move(verified);
  if (Refusal error = RefuseUnlessAlive(*snapshot, subject, now)) {
    return *std::move(error);
  }
  return subject;
}

Refusal Authenticate(const IncomingCall& call, const ListenerConfig& listener,
                     const Verifiers& verifiers, const Snapshot* snapshot,
                     absl::Time now, Caller* caller) {
  const MetadataValues authorization = call.Metadata(kAuthorization);
  const MetadataValues principal = call.Metadata(kPrincipal);
  if (authorization.count > 1 || principal.count > 1) {
    return Refuse("metadata names the caller more than once");
  }
  if (authorization.count > 0 && principal.count > 0) {
    return Refuse("metadata has both `authorization` and `rolegate-principal`");
  }
  caller->certificate =
      CertificateOf(call, listener, verifiers.certificates, now);
  Identity identity =
      IdentityOf(caller->certificate.get(), listener, principal);
  if (!identity.ok()) return std::move(identity).error();
  ConnectionIdentity& own = *identity;

  if (authorization.count == 0) {
    if (own.proof == Proof::kNone) {
      return ApiError{ErrorCode::kMissingAuthenticationToken,
                      WhyNobody(caller->certificate.get(), listener),
                      {}};
    }
    return Become(own.name, std::move(own.tags), own.proof, caller);
  }
  absl::string_view token = authorization.first;
  caller->presenter = own.name;
  if (!absl::StartsWithIgnoreCase(token, kBearer)) {
    return Refuse(WhyNoBearer(token));
  }
  token.remove_prefix(kBearer.size());
  if (listener.Accepts(Authenticator::kOidc) && !IsSessionToken(token)) {
    auto found = verifiers.tokens->Find(token, listener.token_mappings, now,
                                        verifiers.gate);
    if (!found.ok()) return std::move(found).error();
    const auto* const mapping = *found;
    return Become(mapping->principal(), mapping->tags(), Proof::kToken, caller);
  }
  if (!listener.Accepts(Authenticator::kSessionToken)) {
    return Refuse("this listener takes no sessions");
  }
  auto subject =
      verifiers.sessions->Verify(token, snapshot, now, verifiers.gate);
  if (!subject.ok()) {
    return WhyNoSession(token, std::move(subject).error());
  }
  if (!Proves(caller->certificate.get(), subject->session->binding)) {
    return Refuse("the session is bound to another connection's certificate");
  }
  caller->subject = *std::move(subject);
  caller->proof = Proof::kSession;
  return std::nullopt;
}

}  // namespace rolegate::service
