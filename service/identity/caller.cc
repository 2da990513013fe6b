#include "service/identity/caller.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

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
Result<Caller> Become(absl::string_view name, std::vector<Tag> tags,
                      Proof proof, Caller caller) {
  // Names were checked when the configuration was read, or just now.
  absl::StatusOr<OwnedPrincipal> principal = ParsePrincipalName(name);
  if (!principal.ok()) return Refuse(std::string(principal.status().message()));
  caller.subject.principal = *std::move(principal);
  caller.subject.tags = std::move(tags);
  caller.proof = proof;
  return caller;
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

Result<Caller> Authenticate(const IncomingCall& call,
                            const ListenerConfig& listener,
                            const Verifiers& verifiers,
                            const Snapshot* snapshot, absl::Time now) {
  const MetadataValues authorization = call.Metadata(kAuthorization);
  const MetadataValues principal = call.Metadata(kPrincipal);
  if (authorization.count > 1 || principal.count > 1) {
    return Refuse("metadata names the caller more than once");
  }
  if (authorization.count > 0 && principal.count > 0) {
    return Refuse("metadata has both `authorization` and `rolegate-principal`");
  }
  Caller caller;
  caller.certificate =
      CertificateOf(call, listener, verifiers.certificates, now);
  Identity identity = IdentityOf(caller.certificate.get(), listener, principal);
  if (!identity.ok()) return std::move(identity).error();
  ConnectionIdentity& own = *identity;

  if (authorization.count == 0) {
    if (own.proof == Proof::kNone) {
      return ApiError{ErrorCode::kMissingAuthenticationToken,
                      "the call brings nothing that says who is calling",
                      {}};
    }
    return Become(own.name, std::move(own.tags), own.proof, std::move(caller));
  }
  absl::string_view token = authorization.first;
  if (!absl::StartsWithIgnoreCase(token, kBearer)) {
    return Refuse("metadata `authorization` is no bearer token");
  }
  token.remove_prefix(kBearer.size());
  caller.presenter = own.name;
  if (listener.Accepts(Authenticator::kOidc) && !IsSessionToken(token)) {
    auto found = verifiers.tokens->Find(token, listener.token_mappings, now,
                                        verifiers.gate);
    if (!found.ok()) return std::move(found).error();
    const auto* const mapping = *found;
    return Become(mapping->principal(), mapping->tags(), Proof::kToken,
                  std::move(caller));
  }
  if (!listener.Accepts(Authenticator::kSessionToken)) {
    return Refuse("this listener takes no sessions");
  }
  auto subject =
      verifiers.sessions->Verify(token, snapshot, now, verifiers.gate);
  if (!subject.ok()) return std::move(subject).error();
  caller.subject = *std::move(subject);
  caller.proof = Proof::kSession;
  if (!Proves(caller.certificate.get(), caller.subject.session->binding)) {
    return Refuse("the session is bound to another connection's certificate");
  }
  return caller;
}

}  // namespace rolegate::service
