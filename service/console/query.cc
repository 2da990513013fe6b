#include "service/console/query.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace rolegate::service {
namespace {

int DigitOf(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c))
             ? c - '0'
             : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

std::string Decoded(absl::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_hex = [&](std::size_t at) {
      return at < text.size() &&
             absl::ascii_isxdigit(static_cast<unsigned char>(text[at]));
    };
    if (text[i] == '%' && is_hex(i + 1) && is_hex(i + 2)) {
      out +=
          static_cast<char>(DigitOf(text[i + 1]) * 16 + DigitOf(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::string QueryText(absl::string_view query, absl::string_view name) {
  for (const absl::string_view each : absl::StrSplit(query, '&')) {
    const std::size_t equals = each.find('=');
    if (each.substr(0, equals) != name) continue;
    return equals == absl::string_view::npos ? ""
                                             : Decoded(each.substr(equals + 1));
  }
  return "";
}

std::size_t QueryNumber(absl::string_view query, absl::string_view name,
                        std::size_t fallback, std::size_t least,
                        std::size_t most) {
  std::uint64_t number = 0;
  if (!absl::SimpleAtoi(QueryText(query, name), &number)) return fallback;
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(number, least, most));
}

}  // namespace rolegate::service
