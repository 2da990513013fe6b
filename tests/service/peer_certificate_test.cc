// What a client certificate says, and what an altered one must not.

#include "service/identity/peer_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

constexpr char kSpiffeId[] = "spiffe://example.org/ns/ci/sa/builder";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeExtension {
  void operator()(X509_EXTENSION* extension) const {
    X509_EXTENSION_free(extension);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Key NewKey() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

// A certificate of these alternative names, in DER.
std::string Issue(EVP_PKEY* key, const std::string& names) {
  const Certificate certificate(X509_new());
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_NAME* const subject = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("builder"),
                             -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  X509_set_pubkey(x509, key);
  if (!names.empty()) {
    const std::unique_ptr<X509_EXTENSION, FreeExtension> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                            names.c_str()));
    EXPECT_NE(extension, nullptr) << names;
    X509_add_ext(x509, extension.get(), -1);
  }
  EXPECT_GT(X509_sign(x509, key, nullptr), 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509, &der);
  std::string bytes(reinterpret_cast<char*>(der),
                    static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string ToPem(const std::string& der) {
  std::string base64((der.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                      reinterpret_cast<const unsigned char*>(der.data()),
                      static_cast<int>(der.size()));
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (int at = 0; at < size; at += 64) {
    absl::StrAppend(&pem,
                    base64.substr(static_cast<std::size_t>(at),
                                  static_cast<std::size_t>(
                                      size - at < 64 ? size - at : 64)),
                    "\n");
  }
  return pem + "-----END CERTIFICATE-----\n";
}

bool IsSignedBy(const std::string& der, EVP_PKEY* key) {
  auto* data = reinterpret_cast<const unsigned char*>(der.data());
  const Certificate certificate(
      d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  return certificate != nullptr && X509_verify(certificate.get(), key) == 1;
}

TEST(PeerCertificate, WhoeverHasTwoUriNamesIsNobody) {
  const Key key = NewKey();
  const struct {
    const char* names;
    const char* spiffe_id;
    std::size_t dns_names;
  } kCases[] = {
      {"URI:spiffe://example.org/ns/ci/sa/builder", kSpiffeId, 0},
      {"URI:spiffe://example.org/ns/ci/sa/builder,DNS:a.example,DNS:b.example",
       kSpiffeId, 2},
      {"URI:spiffe://example.org/a,URI:spiffe://example.org/b", "", 0},
      {"URI:spiffe://example.org/a,URI:https://example.org", "", 0},
      {"URI:https://example.org", "", 0},
      {"DNS:spiffe.example", "", 1},
      {"email:a@example.org,IP:10.0.0.7", "", 0},
      {"", "", 0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.names);
    const auto peer = ReadPeerCertificate(ToPem(Issue(key.get(), c.names)));
    ASSERT_NE(peer, nullptr);
    EXPECT_EQ(peer->spiffe_id, c.spiffe_id);
    EXPECT_EQ(peer->dns_names.size(), c.dns_names);
    EXPECT_EQ(peer->subject, "CN=builder");
    EXPECT_EQ(peer->thumbprint.size(), 43u);
  }
}

// The handshake verifies certificates; what it lets pass must say what its
// issuer signed, and nothing else may have its thumbprint.
TEST(PeerCertificate, TenThousandMutationsSayNothingThatWasNotSigned) {
  const Key key = NewKey();
  const std::string der =
      Issue(key.get(), absl::StrCat("URI:", kSpiffeId, ",DNS:builder.example"));
  ASSERT_TRUE(IsSignedBy(der, key.get()));
  const auto original = ReadPeerCertificate(ToPem(der));
  ASSERT_NE(original, nullptr);
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  int readable = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string altered = der;
    const int edits = 1 + static_cast<int>(below(3));
    for (int edit = 0; edit < edits; ++edit) {
      const std::size_t at = below(altered.size());
      switch (below(4)) {
        case 0:
          altered[at] = static_cast<char>(altered[at] ^ (1 << below(8)));
          break;
        case 1:
          altered[at] = static_cast<char>(below(256));
          break;
        case 2:
          altered.insert(at, 1, static_cast<char>(below(256)));
          break;
        default:
          altered.erase(at, 1);
      }
    }
    const auto peer = ReadPeerCertificate(ToPem(altered));
    if (peer == nullptr) continue;
    ++readable;
    if (!IsSignedBy(altered, key.get()) &&
        peer->thumbprint != original->thumbprint) {
      continue;
    }
    ASSERT_EQ(peer->spiffe_id, original->spiffe_id);
    ASSERT_EQ(peer->dns_names, original->dns_names);
    ASSERT_EQ(peer->subject, original->subject);
  }
  EXPECT_GT(readable, 100) << "mutations that are worth their name";
}

TEST(PeerCertificate, WhatIsNoCertificateIsNobody) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(1 << 20, 'x'),
        std::string("-----BEGIN CERTIFICATE-----\n"
                    "-----END CERTIFICATE-----\n"),
        ToPem("x")}) {
    EXPECT_EQ(ReadPeerCertificate(text), nullptr);
  }
}

}  // namespace
}  // namespace rolegate::service
