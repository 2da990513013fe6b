#include "service/http2/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstddef>
#include <utility>

#include "absl/strings/string_view.h"
#include "service/base/openssl_objects.h"

namespace rolegate::service::http2 {
namespace {

CertificatePtr Next(BIO* bio) {
  return CertificatePtr(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

bool UseChain(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio = ReadingBio(pem);
  const CertificatePtr leaf = Next(bio.get());
  if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return false;
  }
  while (const CertificatePtr more = Next(bio.get())) {
    if (SSL_CTX_add1_chain_cert(context, more.get()) != 1) return false;
  }
  return true;
}

bool UseKey(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio = ReadingBio(pem);
  char none[] = "";
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, none));
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
         SSL_CTX_check_private_key(context) == 1;
}

// A client's certificate must go back to one of the roots; `demanded`: and a
// client must have one.
bool AskForCertificates(SSL_CTX* context, const std::string& roots,
                        bool demanded) {
  const BioPtr bio = ReadingBio(roots);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // An authority need not be a root: the bundles of trust domains hold
  // authorities in the middle of a chain, too.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  int count = 0;
  while (const CertificatePtr root = Next(bio.get())) {
    if (X509_STORE_add_cert(store, root.get()) != 1) return false;
    // Clients that have several certificates choose by these names.
    if (SSL_CTX_add_client_CA(context, root.get()) != 1) return false;
    ++count;
  }
  SSL_CTX_set_verify(
      context,
      SSL_VERIFY_PEER | (demanded ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
      nullptr);
  return count > 0;
}

constexpr absl::string_view kHttp2Name = "h2";
constexpr absl::string_view kHttp1Name = "http/1.1";

// The place of `wanted` in a list of names, each after its length; null if it
// is not there.
const unsigned char* FindProtocol(const unsigned char* offered,
                                  unsigned int offered_size,
                                  absl::string_view wanted) {
  const absl::string_view list(reinterpret_cast<const char*>(offered),
                               offered_size);
  for (std::size_t at = 0; at < list.size(); at += 1u + offered[at]) {
    if (list.substr(at + 1, offered[at]) == wanted) return offered + at + 1;
  }
  return nullptr;
}

int Select(absl::string_view wanted, const unsigned char* found,
           const unsigned char** out, unsigned char* out_size) {
  *out = found;
  *out_size = static_cast<unsigned char>(wanted.size());
  return SSL_TLSEXT_ERR_OK;
}

// HTTP/2, or no connection; but who offers HTTP/1.1 is let in, to be told what
// the port speaks.
int SelectHttp2(SSL*, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size,
                void*) {
  if (const auto* const found =
          FindProtocol(offered, offered_size, kHttp2Name)) {
    return Select(kHttp2Name, found, out, out_size);
  }
  return FindProtocol(offered, offered_size, kHttp1Name) != nullptr
             ? SSL_TLSEXT_ERR_NOACK
             : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int SelectHttp1(SSL*, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size,
                void*) {
  const auto* const found = FindProtocol(offered, offered_size, kHttp1Name);
  return found == nullptr ? SSL_TLSEXT_ERR_ALERT_FATAL
                          : Select(kHttp1Name, found, out, out_size);
}

absl::Status Bad(const char* what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

}  // namespace

absl::Status TlsContext::Set(const TlsTexts& texts) {
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()),
                                [](SSL_CTX* old) { SSL_CTX_free(old); });
  SSL_CTX* const context = made.get();
  if (context == nullptr ||
      SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    return Bad("OpenSSL makes no context for TLS");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  // HTTP/2 wants an exchange of keys that keeps what was said secret, and a
  // cipher that also authenticates (RFC 9113, 9.2.2).
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // An idle connection gives back its buffers, and bytes that are left to send
  // may move in memory.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
                                SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context,
                             policy_.protocol == TlsPolicy::Protocol::kHttp2
                                 ? &SelectHttp2
                                 : &SelectHttp1,
                             nullptr);
  if (!UseChain(context, texts.cert)) return Bad("the certificate is not good");
  if (!UseKey(context, texts.key)) {
    return Bad("the key is not good, or not the certificate's");
  }
  if (!texts.client_ca.empty() &&
      !AskForCertificates(context, texts.client_ca,
                          policy_.demands_certificates)) {
    return Bad("the clients' roots are not good");
  }
  ERR_clear_error();  // how each reading of certificates ends
  absl::MutexLock lock(&mu_);
  context_ = std::move(made);
  return absl::OkStatus();
}

std::shared_ptr<SSL_CTX> TlsContext::context() const {
  absl::MutexLock lock(&mu_);
  return context_;
}

}  // namespace rolegate::service::http2
