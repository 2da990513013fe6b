// Any bytes as a connection of HTTP/1.1, at once and in pieces: the same
// requests are answered, and each answer can be read.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/http1/session.h"

namespace {

namespace http1 = rolegate::service::http1;

void Require(bool holds) {
  if (!holds) std::abort();
}

// What a connection was asked, and the codes that it answered.
struct Heard {
  std::vector<std::string> asked;
  std::vector<int> codes;
};

int CodeOf(absl::string_view answer) {
  int code = 0;
  Require(absl::StartsWith(answer, "HTTP/1.1 "));
  Require(absl::SimpleAtoi(answer.substr(9, 3), &code));
  Require(absl::StrContains(answer, "\r\n\r\n"));
  return code;
}

Heard Talk(absl::string_view bytes, std::size_t piece, std::size_t max_body) {
  Heard heard;
  const http1::Handler handler = [&heard,
                                  max_body](const http1::Request& request) {
    Require(absl::StartsWith(request.path, "/"));
    Require(!absl::StrContains(request.path, "?"));
    Require(request.body.size() <= max_body);
    Require(request.is_post || request.body.empty());
    heard.asked.push_back(
        absl::StrCat(request.path, " ", request.query, " ", request.body));
    return http1::Answer{200, "ok"};
  };
  const rolegate::service::http2::Peer peer;
  http1::Session session(&handler, &peer, max_body);
  while (!bytes.empty() && !session.done()) {
    session.Receive(bytes.substr(0, piece));
    bytes.remove_prefix(bytes.size() < piece ? bytes.size() : piece);
    do {
      if (session.output().empty()) continue;
      heard.codes.push_back(CodeOf(session.output()));
      session.Sent(session.output().size());
    } while (session.GoOn());
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  const std::size_t max_body = data[0] < 128 ? 0 : 16;
  const Heard whole = Talk(bytes, http1::Session::kMaxHead, max_body);
  const Heard pieces = Talk(bytes, 1 + data[0] % 64, max_body);
  Require(whole.asked == pieces.asked);
  for (const Heard& heard : {whole, pieces}) {
    std::size_t good = 0;
    for (const int code : heard.codes) {
      Require(code == 200 || code == 400 || code == 405 || code == 411 ||
              code == 413 || code == 431);
      if (code == 200) ++good;
    }
    Require(good == heard.asked.size());
  }
  return 0;
}
