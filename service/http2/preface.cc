#include "service/http2/preface.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rolegate::service::http2 {
namespace {

constexpr absl::string_view kPreface(NGHTTP2_CLIENT_MAGIC,
                                     NGHTTP2_CLIENT_MAGIC_LEN);

// The record that a ClientHello comes in (RFC 8446, 5.1).
constexpr absl::string_view kClientHello = "\x16\x03";

// Longer than any method of HTTP, and than most first lines.
constexpr std::size_t kMaxMethod = 20;
constexpr std::size_t kMaxFirstLine = 1024;

// Whether these begin a request such as "GET / HTTP/1.1", which may be cut.
bool BeginsHttp1(absl::string_view bytes) {
  const absl::string_view line = bytes.substr(0, bytes.find('\n'));
  const absl::string_view method = line.substr(0, line.find(' '));
  const bool is_whole = line.size() < bytes.size();
  return !method.empty() && method.size() <= kMaxMethod &&
         absl::c_all_of(method, absl::ascii_isupper) &&
         (!is_whole || absl::StrContains(line, " HTTP/"));
}

absl::string_view AdviceOf(Protocol sent, Expected expected) {
  if (sent == Protocol::kTls) {
    return "this port speaks gRPC without TLS; use a client of gRPC without "
           "TLS";
  }
  switch (expected) {
    case Expected::kHttp2:
      return "this port speaks gRPC, which is HTTP/2; use a client of gRPC, "
             "and `operations_listen` for HTTP/1.1";
    case Expected::kTls:
      return "this port speaks gRPC over TLS alone; use a client of gRPC with "
             "TLS";
    case Expected::kAlpn:
      return "this port speaks gRPC, which is HTTP/2 agreed upon by ALPN `h2`; "
             "use a client of gRPC, and `operations_listen` for HTTP/1.1";
  }
  return "";
}

std::string AsHttp1(absl::string_view status, absl::string_view advice) {
  return absl::StrCat("HTTP/1.1 ", status,
                      "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                      "Content-Length: ",
                      advice.size() + 1, "\r\nConnection: close\r\n\r\n",
                      advice, "\n");
}

// GOAWAY with the advice.  No settings come before it: they would have the
// client send its call, perhaps with a token that anybody could read, and then
// connect again at once.
std::string AsHttp2(absl::string_view advice) {
  const std::string payload =
      absl::StrCat(std::string(4, '\0'),  // no stream was looked at
                   std::string{0, 0, 0, NGHTTP2_INADEQUATE_SECURITY}, advice);
  return absl::StrCat(std::string{0, 0, static_cast<char>(payload.size()),
                                  NGHTTP2_GOAWAY, 0, 0, 0, 0, 0},
                      payload);
}

}  // namespace

absl::string_view ProtocolName(Protocol protocol) {
  switch (protocol) {
    case Protocol::kHttp1:
      return "HTTP/1.1";
    case Protocol::kHttp2:
      return "HTTP/2";
    case Protocol::kTls:
      return "TLS";
    case Protocol::kUnknown:
      break;
  }
  return "something else";
}

absl::string_view ExpectedName(Expected expected) {
  switch (expected) {
    case Expected::kHttp2:
      return "HTTP/2";
    case Expected::kTls:
      return "TLS";
    case Expected::kAlpn:
      break;
  }
  return "ALPN h2";
}

Protocol ProtocolOf(absl::string_view first_bytes) {
  const std::size_t known = std::min(first_bytes.size(), kPreface.size());
  if (absl::StartsWith(kPreface, first_bytes.substr(0, known))) {
    return Protocol::kHttp2;
  }
  if (absl::StartsWith(first_bytes, kClientHello)) return Protocol::kTls;
  return BeginsHttp1(first_bytes) ? Protocol::kHttp1 : Protocol::kUnknown;
}

bool Preface::Take(absl::string_view* bytes) {
  const absl::string_view rest = kPreface.substr(taken_);
  const std::size_t size = std::min(rest.size(), bytes->size());
  if (bytes->substr(0, size) != rest.substr(0, size)) {
    sent_ = ProtocolOf(absl::StrCat(kPreface.substr(0, taken_),
                                    bytes->substr(0, kMaxFirstLine)));
    return false;
  }
  bytes->remove_prefix(size);
  taken_ += size;
  return true;
}

bool Preface::whole() const { return taken_ == kPreface.size(); }

std::string RefusalOf(Protocol sent, Expected expected) {
  const absl::string_view advice = AdviceOf(sent, expected);
  switch (sent) {
    case Protocol::kHttp1:
      return AsHttp1(expected == Expected::kTls
                         ? "400 Bad Request"
                         : "505 HTTP Version Not Supported",
                     advice);
    case Protocol::kHttp2:
      return AsHttp2(advice);
    case Protocol::kTls:
      // What a server of HTTP/2 begins with: settings, here none.  A client of
      // TLS says that this is no TLS, and may look what it is.
      return absl::StrCat(std::string{0, 0, 0, NGHTTP2_SETTINGS, 0, 0, 0, 0, 0},
                          AsHttp2(advice));
    case Protocol::kUnknown:
      break;
  }
  return "";
}

}  // namespace rolegate::service::http2
