// Headers of gRPC, as lines `name: value`: what is kept is within the bound and
// is what came, and what is written can be read again.

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "service/http2/grpc_text.h"
#include "service/http2/request_head.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using rolegate::service::MetadataValues;
using rolegate::service::http2::RequestHead;

void Require(bool holds) {
  if (!holds) std::abort();
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// As a client reads `grpc-message`; nothing if no server may send it.
std::optional<std::string> PercentDecode(absl::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < 0x20 || text[i] > 0x7e) return std::nullopt;
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = DigitOf(text[i + 1]);
    const int low = DigitOf(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return decoded;
}

void TextsComeBack(absl::string_view text) {
  namespace http2 = rolegate::service::http2;
  Require(PercentDecode(http2::PercentEncode(text)) == text);
  Require(http2::DecodeBinary(http2::EncodeBinary(text)) == text);
  if (const auto bytes = http2::DecodeBinary(text)) {
    Require(http2::DecodeBinary(http2::EncodeBinary(*bytes)) == *bytes);
    Require(bytes->size() <= text.size());
  }
}

void TimeoutsAreDigitsAndAUnit(absl::string_view text) {
  const auto timeout = rolegate::service::http2::ParseTimeout(text);
  if (!timeout.has_value()) return;
  Require(*timeout >= absl::ZeroDuration());
  Require(*timeout <= absl::Hours(99'999'999));
  Require(text.size() >= 2 && text.size() <= 9);
  Require(text.find_first_not_of("0123456789") == text.size() - 1);
}

// Names of our own that are no field of gRPC's or HTTP's.
bool IsPlain(absl::string_view name) {
  return absl::StartsWith(name, "x") && !absl::EndsWith(name, "-bin");
}

void HeadersBecomeMetadata(absl::string_view lines, std::size_t max) {
  RequestHead head(max);
  std::map<std::string, MetadataValues> plain;
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    const std::size_t before = head.bytes();
    head.Add(field.first, field.second);
    Require(head.bytes() >= before + field.first.size() + field.second.size() +
                                RequestHead::kOverhead);
    if (head.too_large() || !IsPlain(field.first)) continue;
    MetadataValues& values = plain[std::string(field.first)];
    if (values.count++ == 0) values.first = field.second;
  }
  for (const auto& [name, values] : plain) {
    Require(head.Metadata(name).count == values.count);
    Require(head.Metadata(name).first == values.first);
  }
  Require(head.path().size() <= max);
  Require(head.Metadata(":path").count == 0);
  Require(head.Metadata("x-bin").first.size() <= max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  rolegate::fuzz::FuzzInput input(data, size);
  const std::size_t max = 16 * input.Byte();
  const absl::string_view text = input.Rest();
  TextsComeBack(text);
  TimeoutsAreDigitsAndAUnit(text);
  HeadersBecomeMetadata(text, max);
  static_cast<void>(rolegate::service::http2::IsGrpcContentType(text));
  return 0;
}
