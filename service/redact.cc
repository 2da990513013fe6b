#include "service/redact.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace rolegate::service {
namespace {

// `{"` in base64url.
constexpr absl::string_view kObjectStart = "eyJ";

std::size_t RunSize(absl::string_view text) {
  std::size_t size = 0;
  while (size < text.size() &&
         (absl::ascii_isalnum(static_cast<unsigned char>(text[size])) ||
          text[size] == '-' || text[size] == '_')) {
    ++size;
  }
  return size;
}

// Bytes of the token at the front of `text`; 0 if there is none.  A token
// whose signature was cut off counts, for its claims are still there.
std::size_t TokenSize(absl::string_view text) {
  if (text.substr(0, kObjectStart.size()) != kObjectStart) return 0;
  const std::size_t header = RunSize(text);
  if (header == text.size() || text[header] != '.') return 0;
  const std::size_t claims = RunSize(text.substr(header + 1));
  if (claims < kObjectStart.size() ||
      text.substr(header + 1, kObjectStart.size()) != kObjectStart) {
    return 0;
  }
  const std::size_t end = header + 1 + claims;
  if (end == text.size() || text[end] != '.') return end;
  return end + 1 + RunSize(text.substr(end + 1));
}

// The first token at or behind `from`; its size is 0 if there is none.
std::size_t FindToken(absl::string_view text, std::size_t from,
                      std::size_t* size) {
  *size = 0;
  while ((from = text.find(kObjectStart, from)) != absl::string_view::npos) {
    *size = TokenSize(text.substr(from));
    if (*size > 0) return from;
    // Whether a token begins here is settled by what follows the run, so no
    // other start in the same run can be one, and each run is read twice at
    // most.
    from += RunSize(text.substr(from));
  }
  return text.size();
}

}  // namespace

bool HoldsToken(absl::string_view text) {
  std::size_t size = 0;
  FindToken(text, 0, &size);
  return size > 0;
}

std::string RedactTokens(absl::string_view text) {
  std::string out;
  std::size_t done = 0;
  std::size_t size = 0;
  std::size_t at = FindToken(text, 0, &size);
  while (size > 0) {
    out.append(text.data() + done, at - done);
    out.append(kRedacted.data(), kRedacted.size());
    done = at + size;
    at = FindToken(text, done, &size);
  }
  out.append(text.data() + done, text.size() - done);
  return out;
}

}  // namespace rolegate::service
