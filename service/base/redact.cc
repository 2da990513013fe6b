#include "service/base/redact.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace rolegate::service {
namespace {

// `{"` in base64url.
constexpr absl::string_view kObjectStart = "eyJ";

// A run so long is no word.
constexpr std::size_t kLongRun = 40;

// The most parts of a token: an encrypted one has five.
constexpr int kMaxParts = 5;

constexpr absl::string_view kByteOrderMark = "77u/";  // in base64

// How much of a run is decoded to see what it is, and how much of an assertion
// there must be.  What is text for so long is so by no accident.
constexpr std::size_t kDecoded = 64;

// How much of that its beginning is, white space included.
constexpr std::size_t kBeginning = 16;

// The value of a character of base64 or of base64url; kNone for any other.
constexpr std::uint8_t kNone = 64;
constexpr std::array<std::uint8_t, 256> MakeSextets() {
  std::array<std::uint8_t, 256> sextets{};
  for (std::uint8_t& sextet : sextets) sextet = kNone;
  constexpr absl::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    sextets[static_cast<std::uint8_t>(kLetters[i])] =
        static_cast<std::uint8_t>(i);
  }
  for (const char c : {'+', '-'}) sextets[static_cast<std::uint8_t>(c)] = 62;
  for (const char c : {'/', '_'}) sextets[static_cast<std::uint8_t>(c)] = 63;
  return sextets;
}
constexpr std::array<std::uint8_t, 256> kSextets = MakeSextets();

std::uint8_t Sextet(char c) { return kSextets[static_cast<std::uint8_t>(c)]; }

bool IsBase64Url(char c) { return Sextet(c) != kNone && c != '+' && c != '/'; }
bool IsBase64(char c) {
  return (Sextet(c) != kNone && c != '-' && c != '_') || c == '=';
}

template <bool (*Has)(char)>
std::size_t EndOfRun(absl::string_view text, std::size_t at) {
  while (at < text.size() && Has(text[at])) ++at;
  return at;
}

// The first bytes of what `text` encodes, up to one that is no text.  Only
// whole groups of four characters are read.
struct Decoded {
  std::array<char, kDecoded / 4 * 3> bytes;
  std::size_t size = 0;
  bool is_text = true;

  absl::string_view view() const& { return {bytes.data(), size}; }
  absl::string_view view() && = delete;  // the bytes end with this object
};
Decoded DecodeText(absl::string_view text) {
  Decoded decoded;
  const std::size_t whole = std::min(text.size(), kDecoded) / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      const std::uint8_t sextet = Sextet(text[j]);
      if (sextet == kNone) {
        decoded.is_text = false;
        return decoded;
      }
      bits = bits << 6 | sextet;
    }
    for (const int shift : {16, 8, 0}) {
      const auto byte = static_cast<unsigned char>(bits >> shift);
      if (!absl::ascii_isprint(byte) && !absl::ascii_isspace(byte)) {
        decoded.is_text = false;
        return decoded;
      }
      decoded.bytes[decoded.size++] = static_cast<char>(byte);
    }
  }
  return decoded;
}

// Whether what is encoded begins as XML does: with a tag, behind white space or
// a byte order mark.
bool IsXml(absl::string_view base64) {
  const Decoded decoded = DecodeText(base64);
  const absl::string_view xml =
      absl::StripLeadingAsciiWhitespace(decoded.view());
  return xml.size() >= 2 && xml[0] == '<' &&
         (absl::ascii_isalpha(static_cast<unsigned char>(xml[1])) ||
          xml[1] == '?' || xml[1] == '!');
}

// Returns where the assertion ends that begins at `at`; `at` if none does.
std::size_t EndOfAssertion(absl::string_view text, std::size_t at) {
  absl::string_view rest = text.substr(at);
  if (rest.size() < kDecoded) return at;
  // Asked everywhere, so the first byte by itself settles most of it.
  const unsigned first = (Sextet(rest[0]) << 2 | Sextet(rest[1]) >> 4) & 0xff;
  if (absl::ConsumePrefix(&rest, kByteOrderMark) || first == '<' ||
      absl::ascii_isspace(static_cast<unsigned char>(first))) {
    if (IsXml(rest.substr(0, kBeginning)) && DecodeText(rest).is_text) {
      return EndOfRun<IsBase64>(text, at);
    }
  }
  return at;
}

std::size_t SkipSpace(absl::string_view text, std::size_t at) {
  while (at < text.size() &&
         absl::ascii_isspace(static_cast<unsigned char>(text[at]))) {
    ++at;
  }
  return at;
}

// A run of base64url with the runs that follow it behind dots.
struct Runs {
  std::size_t first_end = 0;
  std::size_t end = 0;      // of them all
  bool like_token = false;  // what follows the first is part of a token
};

// The runs at `at`.  White space beside a dot, as wrapped lines have it, is no
// end.
Runs RunsAt(absl::string_view text, std::size_t at) {
  Runs runs;
  runs.first_end = EndOfRun<IsBase64Url>(text, at);
  runs.end = runs.first_end;
  for (int part = 1; part < kMaxParts; ++part) {
    std::size_t next = SkipSpace(text, runs.end);
    if (next == text.size() || text[next] != '.') break;
    next = SkipSpace(text, next + 1);
    const std::size_t end = EndOfRun<IsBase64Url>(text, next);
    if (end == next) break;
    runs.like_token = runs.like_token || end - next >= kLongRun ||
                      absl::StartsWith(text.substr(next), kObjectStart);
    runs.end = end;
  }
  return runs;
}

// Whether a run is the text of a JSON object, and no word.
bool IsJson(absl::string_view run) {
  return run.size() >= kLongRun && DecodeText(run).is_text;
}

// Whether a secret may begin with that character: a token with `e`, and an
// assertion with one whose bits are the first six of `<`, of white space or of
// a byte order mark.  All others are passed over quickly.
constexpr std::array<bool, 256> MakeBeginnings() {
  std::array<bool, 256> beginnings{};
  for (const char c : {'e', 'P', 'I', 'C', 'D', '7'}) {
    beginnings[static_cast<std::uint8_t>(c)] = true;
  }
  return beginnings;
}
constexpr std::array<bool, 256> kBeginnings = MakeBeginnings();

// The first secret at or behind `from`; its size is 0 if there is none.
std::size_t FindSecret(absl::string_view text, std::size_t from,
                       std::size_t* size) {
  Runs runs;  // those that `at` stands in, so that each is read once
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!kBeginnings[static_cast<std::uint8_t>(text[at])]) continue;
    *size = EndOfAssertion(text, at) - at;
    if (*size > 0) return at;
    if (!absl::StartsWith(text.substr(at), kObjectStart)) continue;
    if (at >= runs.first_end) runs = RunsAt(text, at);
    if (runs.like_token || IsJson(text.substr(at, runs.first_end - at))) {
      *size = runs.end - at;
      return at;
    }
  }
  *size = 0;
  return text.size();
}

// Nearly all texts hold neither a token's beginning nor a run that is as long
// as an assertion's; the two functions below tell without reading most of the
// text, which every member of every line of the audit log passes.

bool HoldsObjectStart(absl::string_view text) {
  // This is the rarest of the three letters.
  constexpr std::size_t kRarest = kObjectStart.size() - 1;
  for (std::size_t at = text.find(kObjectStart[kRarest]); at != text.npos;
       at = text.find(kObjectStart[kRarest], at + 1)) {
    if (at >= kRarest && absl::EndsWith(text.substr(0, at + 1), kObjectStart)) {
      return true;
    }
  }
  return false;
}

// Whether kDecoded characters of base64 or base64url follow each other.
bool HoldsLongRun(absl::string_view text) {
  // A run ends at `end` at the latest; its characters are read backwards, so
  // that the first that is none rules out every run that contains it.
  std::size_t end = kDecoded;
  while (end <= text.size()) {
    std::size_t at = end;
    while (at > end - kDecoded && Sextet(text[at - 1]) != kNone) --at;
    if (at == end - kDecoded) return true;
    end = at + kDecoded;
  }
  return false;
}

}  // namespace

bool HoldsSecret(absl::string_view text) {
  if (!HoldsObjectStart(text) && !HoldsLongRun(text)) return false;
  std::size_t size = 0;
  FindSecret(text, 0, &size);
  return size > 0;
}

std::string Redact(absl::string_view text) {
  std::string out;
  std::size_t done = 0;
  std::size_t size = 0;
  std::size_t at = FindSecret(text, done, &size);
  while (size > 0) {
    out.append(text.data() + done, at - done);
    out.append(kRedacted.data(), kRedacted.size());
    done = at + size;
    at = FindSecret(text, done, &size);
  }
  out.append(text.data() + done, text.size() - done);
  return out;
}

}  // namespace rolegate::service
