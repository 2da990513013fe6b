#include "service/peer_certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "absl/strings/match.h"
#include "service/jws.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxPemBytes = 64 * 1024;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

std::string SubjectOf(const X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
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
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
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

}  // namespace

std::shared_ptr<const PeerCertificate> ReadPeerCertificate(
    absl::string_view pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, FreeCertificate> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) return nullptr;
  auto peer = std::make_shared<PeerCertificate>();
  peer->subject = SubjectOf(certificate.get());
  peer->thumbprint = ThumbprintOf(certificate.get());
  if (peer->thumbprint.empty()) return nullptr;
  ReadNames(certificate.get(), peer.get());
  ERR_clear_error();
  return peer;
}

std::shared_ptr<const PeerCertificate> PeerCertificateCache::Read(
    absl::string_view pem) {
  {
    absl::MutexLock lock(&mu_);
    const auto found = entries_.find(pem);
    if (found != entries_.end()) return found->second;
  }
  std::shared_ptr<const PeerCertificate> peer = ReadPeerCertificate(pem);
  if (peer == nullptr) return peer;
  absl::MutexLock lock(&mu_);
  // All of them were verified in a handshake; beyond so many start anew.
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_.emplace(std::string(pem), peer);
  return peer;
}

}  // namespace rolegate::service
