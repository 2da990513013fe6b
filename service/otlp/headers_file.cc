#include "service/otlp/headers_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rolegate::service {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} << 10;

bool IsName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' ||
           c == '_' || c == '.';
  });
}

bool IsValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~'; });
}

absl::Status Bad(std::size_t line, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", fault));
}

}  // namespace

absl::StatusOr<Headers> ParseHeaders(absl::string_view text) {
  Headers headers;
  std::size_t number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(':');
    if (colon == absl::string_view::npos) {
      return Bad(number, "expected `NAME: VALUE`");
    }
    std::string name = absl::AsciiStrToLower(
        absl::StripTrailingAsciiWhitespace(line.substr(0, colon)));
    const absl::string_view value =
        absl::StripLeadingAsciiWhitespace(line.substr(colon + 1));
    if (!IsName(name)) {
      return Bad(number,
                 "expected a name of letters, digits, `-`, `_` and `.`");
    }
    if (absl::StartsWith(name, "grpc-") || absl::EndsWith(name, "-bin")) {
      return Bad(number,
                 "expected a name that neither begins with `grpc-` nor ends "
                 "with `-bin`");
    }
    if (!IsValue(value)) {
      return Bad(number, "expected a value of printable ASCII characters");
    }
    headers.emplace_back(std::move(name), std::string(value));
  }
  return headers;
}

absl::StatusOr<Headers> ReadHeadersFile(const std::string& path) {
  struct stat st {};
  std::ifstream in(path, std::ios::binary);
  in.peek();  // a directory opens, and fails when it is read
  if (!in.is_open() || in.bad() || stat(path.c_str(), &st) != 0) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot be read: ", std::strerror(errno)));
  }
  if ((st.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        path, ": others can read the headers; make it 0600 or 0440"));
  }
  std::string text(kMaxBytes + 1, 0);
  in.clear();  // an empty file ended the look at its first character
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is larger than ", kMaxBytes, " bytes"));
  }
  absl::StatusOr<Headers> headers = ParseHeaders(text);
  if (headers.ok()) return headers;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", headers.status().message()));
}

}  // namespace rolegate::service
