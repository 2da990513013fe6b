#include "service/caller.h"

#include <grpcpp/security/auth_context.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

constexpr char kAuthorization[] = "authorization";
constexpr char kPrincipal[] = "rolegate-principal";
constexpr char kSpiffeIdProperty[] = "peer_spiffe_id";
constexpr absl::string_view kBearer = "Bearer ";
constexpr absl::string_view kDevPrincipal = "service:dev.rolegate";

StsError Refuse(std::string message) {
  return {"InvalidClientTokenId", std::move(message), {}};
}

std::vector<absl::string_view> Metadata(const grpc::ServerContextBase& context,
                                        const char* key) {
  std::vector<absl::string_view> values;
  const auto [first, last] = context.client_metadata().equal_range(key);
  for (auto it = first; it != last; ++it) {
    values.emplace_back(it->second.data(), it->second.size());
  }
  return values;
}

using Identity = std::variant<std::monostate, std::string, StsError>;

// Whom the certificate's SPIFFE ID is mapped to.
Identity CertificateIdentity(const grpc::ServerContextBase& context,
                             const ListenerConfig& listener) {
  // gRPC sets the property only if the certificate has one URI name, and that
  // a SPIFFE ID.
  const auto ids =
      context.auth_context()->FindPropertyValues(kSpiffeIdProperty);
  if (ids.size() != 1) return {};
  const SpiffeMapping* const mapping = FindMapping(
      listener.mappings, absl::string_view(ids[0].data(), ids[0].size()));
  if (mapping == nullptr) return {};
  return mapping->principal();
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
  return std::string(name);
}

Identity ConnectionIdentity(const grpc::ServerContextBase& context,
                            const ListenerConfig& listener,
                            absl::Span<const absl::string_view> named) {
  if (!named.empty()) return NamedIdentity(named[0], listener);
  if (!listener.principal.empty()) return listener.principal;
  if (listener.Accepts(Authenticator::kMtls)) {
    return CertificateIdentity(context, listener);
  }
  if (listener.Accepts(Authenticator::kDev)) return std::string(kDevPrincipal);
  return {};
}

}  // namespace

std::variant<Subject, StsError> SessionVerifier::Verify(
    absl::string_view token, const Snapshot* snapshot, absl::Time now) {
  VerifiedSubject verified = cache_.Verify(token, parties_, keys_->keys(), now);
  if (StsError* const error = std::get_if<StsError>(&verified)) {
    return std::move(*error);
  }
  if (snapshot == nullptr) {
    return StsError{"RegistryNotLoaded", "no registry is loaded", {}};
  }
  Subject subject = std::get<Subject>(std::move(verified));
  if (std::optional<StsError> error =
          RefuseUnlessAlive(*snapshot, subject, now)) {
    return *std::move(error);
  }
  return subject;
}

std::variant<Caller, StsError> Authenticate(
    const grpc::ServerContextBase& context, const ListenerConfig& listener,
    SessionVerifier* sessions, const Snapshot* snapshot, absl::Time now) {
  const auto bearers = Metadata(context, kAuthorization);
  const auto named = Metadata(context, kPrincipal);
  if (bearers.size() > 1 || named.size() > 1) {
    return Refuse("metadata names the caller more than once");
  }
  if (!bearers.empty() && !named.empty()) {
    return Refuse("metadata has both `authorization` and `rolegate-principal`");
  }
  Identity identity = ConnectionIdentity(context, listener, named);
  if (StsError* const error = std::get_if<StsError>(&identity)) {
    return std::move(*error);
  }
  const std::string* const name = std::get_if<std::string>(&identity);

  Caller caller;
  if (bearers.empty()) {
    if (name == nullptr) {
      return StsError{"MissingAuthenticationToken",
                      "the call brings nothing that says who is calling",
                      {}};
    }
    // Names were checked when the configuration was read, or just now.
    absl::StatusOr<OwnedPrincipal> principal = ParsePrincipalName(*name);
    if (!principal.ok()) {
      return Refuse(std::string(principal.status().message()));
    }
    caller.subject.principal = *std::move(principal);
    caller.dev = listener.Accepts(Authenticator::kDev);
    return caller;
  }
  if (!listener.Accepts(Authenticator::kSessionToken)) {
    return Refuse("this listener takes no sessions");
  }
  absl::string_view token = bearers[0];
  if (!absl::StartsWithIgnoreCase(token, kBearer)) {
    return Refuse("metadata `authorization` is no bearer token");
  }
  token.remove_prefix(kBearer.size());
  auto subject = sessions->Verify(token, snapshot, now);
  if (StsError* const error = std::get_if<StsError>(&subject)) {
    return std::move(*error);
  }
  caller.subject = std::get<Subject>(std::move(subject));
  if (name != nullptr) caller.presenter = *name;
  return caller;
}

std::string PeerAddress(const grpc::ServerContextBase& context) {
  // "ipv4:10.0.0.7:51442", "ipv6:%5B2001:db8::1%5D:51442", "unix:".
  const std::string peer =
      absl::StrReplaceAll(context.peer(), {{"%5B", "["}, {"%5D", "]"}});
  absl::string_view rest = peer;
  if (!absl::ConsumePrefix(&rest, "ipv4:") &&
      !absl::ConsumePrefix(&rest, "ipv6:")) {
    return "";
  }
  rest = rest.substr(0, rest.rfind(':'));
  absl::ConsumePrefix(&rest, "[");
  absl::ConsumeSuffix(&rest, "]");
  return std::string(rest.substr(0, rest.find("%25")));  // without a zone
}

}  // namespace rolegate::service
