#include "tests/support/https_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/rude_socket.h"

namespace rolegate::testing {
namespace {

struct Free {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// What ended the connection.
std::string Alert() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(error);
  absl::string_view text = reason == nullptr ? "" : reason;
  const std::size_t alert = text.find("alert ");
  if (alert == absl::string_view::npos) return "reset";
  return std::string(text.substr(alert + 6));
}

}  // namespace

HttpsAnswer HttpsAsk(const HttpsOptions& options) {
  constexpr char kBody[] = "\r\n\r\n";
  HttpsAnswer answer;
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to whatever the server has closed
  const FileDescriptor fd = ConnectFrom(options.server, "");
  const timeval time = {5, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  const std::unique_ptr<SSL_CTX, Free> context(
      SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  EXPECT_EQ(
      SSL_CTX_load_verify_locations(context.get(), options.ca.c_str(), nullptr),
      1);
  if (!options.cert.empty()) {
    EXPECT_EQ(
        SSL_CTX_use_certificate_chain_file(context.get(), options.cert.c_str()),
        1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(),
                                          SSL_FILETYPE_PEM),
              1);
  }
  const std::unique_ptr<SSL, Free> tls(SSL_new(context.get()));
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(
        tls.get(),
        reinterpret_cast<const unsigned char*>(options.protocols.data()),
        static_cast<unsigned>(options.protocols.size()));
  }
  SSL_set_fd(tls.get(), fd.get());
  std::string heard;
  char bytes[16384];
  int got = SSL_connect(tls.get());
  if (got == 1) {
    SSL_write(tls.get(), options.request.data(),
              static_cast<int>(options.request.size()));
    while ((got = SSL_read(tls.get(), bytes, sizeof(bytes))) > 0) {
      heard.append(bytes, static_cast<std::size_t>(got));
    }
  }
  if (SSL_get_error(tls.get(), got) != SSL_ERROR_ZERO_RETURN) {
    answer.alert = Alert();
  }
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls.get(), &protocol, &size);
  answer.protocol.assign(reinterpret_cast<const char*>(protocol), size);
  const std::size_t body = heard.find(kBody);
  if (!absl::StartsWith(heard, "HTTP/1.1 ") || body == std::string::npos) {
    return answer;
  }
  answer.status = std::atoi(heard.c_str() + 9);
  answer.head = heard.substr(0, body + 2);
  answer.body = heard.substr(body + sizeof(kBody) - 1);
  return answer;
}

}  // namespace rolegate::testing
