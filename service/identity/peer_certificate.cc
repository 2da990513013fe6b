#include "service/identity/peer_certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "service/base/jws.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{64} << 10;

std::string SubjectOf(const X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string ThumbprintOf(const X509* certificate) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) {
    return "";
  }
  return EncodeBase64Url(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

// A name with a zero byte would be read differently by others.
bool TextOf(const ASN1_IA5STRING* name, std::string* text) {
  *text =
      std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                  static_cast<std::size_t>(ASN1_STRING_length(name)));
  return text->find('\0') == std::string::npos;
}

void ReadNames(const X509* certificate, PeerCertificate* peer) {
  const OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
          certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    std::string text;
    if (name->type == GEN_URI) {
      // One that cannot be read is there all the same.
      if (!TextOf(name->d.uniformResourceIdentifier, &text)) text.clear();
      uris.push_back(text);
    } else if (name->type == GEN_DNS && TextOf(name->d.dNSName, &text)) {
      peer->dns_names.push_back(text);
    }
  }
  if (uris.size() == 1 && absl::StartsWith(uris[0], "spiffe://")) {
    peer->spiffe_id = uris[0];
  }
}

struct FreeChain {
  void operator()(STACK_OF(X509) * chain) const {
    sk_X509_pop_free(chain, X509_free);
  }
};
using Chain = std::unique_ptr<STACK_OF(X509), FreeChain>;

CertificatePtr ParseCertificate(absl::string_view pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  const BioPtr bio = ReadingBio(pem);
  CertificatePtr certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

// As far as it can be read: what is missing verifies nothing.
Chain ParseChain(absl::string_view pem) {
  Chain chain(sk_X509_new_null());
  if (pem.size() > kMaxPemBytes) return chain;
  const BioPtr bio = ReadingBio(pem);
  while (CertificatePtr certificate{
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (sk_X509_push(chain.get(), certificate.get()) == 0) break;
    static_cast<void>(certificate.release());  // the chain's now
  }
  ERR_clear_error();
  return chain;
}

std::shared_ptr<PeerCertificate> ReadAll(const X509* certificate) {
  if (certificate == nullptr) return nullptr;
  auto peer = std::make_shared<PeerCertificate>();
  peer->subject = SubjectOf(certificate);
  peer->thumbprint = ThumbprintOf(certificate);
  if (peer->thumbprint.empty()) return nullptr;
  ReadNames(certificate, peer.get());
  ERR_clear_error();
  return peer;
}

}  // namespace

std::shared_ptr<const PeerCertificate> ReadPeerCertificate(
    absl::string_view pem) {
  return ReadAll(ParseCertificate(pem).get());
}

std::shared_ptr<const PeerCertificate> ReadPeerCertificate(
    const CertificateTexts& texts, const TrustBundles& bundles,
    absl::Time now) {
  const CertificatePtr leaf = ParseCertificate(texts.leaf);
  std::shared_ptr<PeerCertificate> peer = ReadAll(leaf.get());
  if (peer == nullptr) return nullptr;
  bundles.Restrict(leaf.get(), ParseChain(texts.chain).get(), now, peer.get());
  return peer;
}

void PeerCertificateCache::SetBundles(
    const ListenerConfig* listener,
    std::shared_ptr<const TrustBundles> bundles) {
  absl::MutexLock lock(&mu_);
  listeners_[listener] = {std::move(bundles), {}};
}

std::shared_ptr<const PeerCertificate> PeerCertificateCache::Read(
    const ListenerConfig* listener, CertificateTexts texts, absl::Time now) {
  std::shared_ptr<const TrustBundles> bundles;
  std::size_t hash = 0;
  {
    absl::MutexLock lock(&mu_);
    const auto of_listener = listeners_.find(listener);
    if (of_listener == listeners_.end()) return nullptr;
    bundles = of_listener->second.bundles;
    // The handshake has verified the chain, and nothing more depends on it.
    if (bundles->of_handshake()) texts.chain = "";
    hash = absl::HashOf(texts.leaf, texts.chain);
    const auto found = of_listener->second.entries.find(hash);
    if (found != of_listener->second.entries.end()) {
      const Entry& entry = found->second;
      if (entry.leaf == texts.leaf && entry.chain == texts.chain &&
          now >= entry.read_at && now < entry.read_at + kHolds) {
        return entry.peer;
      }
    }
  }
  std::shared_ptr<const PeerCertificate> peer =
      ReadPeerCertificate(texts, *bundles, now);
  if (peer == nullptr) return peer;
  absl::MutexLock lock(&mu_);
  OfListener& of_listener = listeners_[listener];
  // What other bundles have verified meanwhile must not be kept.
  if (of_listener.bundles != bundles) return peer;
  // Beyond so many start anew.
  if (of_listener.entries.size() >= kMaxEntries) of_listener.entries.clear();
  of_listener.entries[hash] = {std::string(texts.leaf),
                               std::string(texts.chain), now, peer};
  return peer;
}

}  // namespace rolegate::service
