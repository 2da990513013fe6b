#include "engine/json/json_mistakes.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/text/text.h"

namespace rolegate {
namespace {

constexpr absl::string_view kSpace = " \t\r\n";
constexpr std::size_t kMostOfWord = 40;
constexpr std::size_t kMostOfMark = 3;  // parsers read `---` as a number

// The beginning of a text, and what it shows.
struct Beginning {
  absl::string_view text;
  absl::string_view mistake;
};

constexpr Beginning kEncodings[] = {
    {"\xef\xbb\xbf",
     "begins with a byte order mark, which JSON must not have: save the file "
     "as UTF-8 without a byte order mark"},
    {"\xff\xfe",
     "begins with the byte order mark of UTF-16: save the file as UTF-8 "
     "without a byte order mark"},
    {"\xfe\xff",
     "begins with the byte order mark of UTF-16: save the file as UTF-8 "
     "without a byte order mark"},
    {"\x1f\x8b", "is compressed with gzip: decompress the file"},
    {"PK\x03\x04", "is a ZIP archive: unpack it"},
};

constexpr absl::string_view kPlaceholder =
    "this is a placeholder of a template, which nobody has filled in";

// What stands at the place where the parser gave up, before shorter beginnings
// that it includes.
constexpr Beginning kTokens[] = {
    {"//", "comments are not part of JSON: remove `//` and what follows it"},
    {"/*", "comments are not part of JSON: remove what stands in `/* */`"},
    {"<<<<<<<", "a merge conflict is not resolved here"},
    {"=======", "a merge conflict is not resolved here"},
    {">>>>>>>", "a merge conflict is not resolved here"},
    {"<", "this looks like XML or HTML and not like JSON"},
    {"{{", kPlaceholder},
    {"{%", kPlaceholder},
    {"${", kPlaceholder},
    {"'", "JSON has no single quotes: write `\"`"},
    {"`", "JSON has no backquotes: write `\"`"},
    {"\xe2\x80\x9c", "this is a typographic quotation mark: write `\"`"},
    {"\xe2\x80\x9d", "this is a typographic quotation mark: write `\"`"},
    {"\xe2\x80\x9e", "this is a typographic quotation mark: write `\"`"},
    {"\xe2\x80\x98", "this is a typographic quotation mark: write `\"`"},
    {"\xe2\x80\x99", "this is a typographic quotation mark: write `\"`"},
    {"\xc2\xa0", "this is a no-break space: write an ordinary space"},
    {"\xe2\x80\x8b", "this is a space of no width: remove it"},
    {"\xef\xbb\xbf", "this is a byte order mark: remove it"},
    {",", "a value is missing before this comma: remove the comma"},
};

// Words of other languages that stand for values.
constexpr Beginning kWords[] = {
    {"True", "JSON spells it `true`"},
    {"TRUE", "JSON spells it `true`"},
    {"False", "JSON spells it `false`"},
    {"FALSE", "JSON spells it `false`"},
    {"None", "JSON spells it `null`"},
    {"nil", "JSON spells it `null`"},
    {"NULL", "JSON spells it `null`"},
    {"undefined", "JSON spells it `null`"},
    {"NaN", "JSON has no such number"},
    {"Infinity", "JSON has no such number"},
};

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '$' || c == '-' || c == '.';
}

// Whether the second byte of each of the first few characters is NUL, or the
// first one is: UTF-16 without a mark.
bool IsUtf16(absl::string_view text) {
  if (text.size() < 4) return false;
  return (text[0] == '\0' && text[2] == '\0' && text[1] != '\0') ||
         (text[1] == '\0' && text[3] == '\0' && text[0] != '\0');
}

// The last byte before `offset` that is no space; NUL if there is none.
char Before(absl::string_view text, std::size_t offset) {
  const std::size_t at =
      text.substr(0, offset).find_last_not_of(absl::string_view(kSpace));
  return at == absl::string_view::npos ? '\0' : text[at];
}

bool LooksLikeYaml(absl::string_view text) {
  if (absl::StartsWith(text, "---")) return true;
  const absl::string_view line = text.substr(0, text.find('\n'));
  const std::size_t colon = line.find(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  const absl::string_view rest = line.substr(colon + 1);
  return std::all_of(line.begin(), line.begin() + colon, IsWordByte) &&
         (rest.find_first_not_of(kSpace) == absl::string_view::npos ||
          rest.front() == ' ');
}

bool LooksLikeTerraform(absl::string_view text) {
  for (absl::string_view word : {"resource", "data", "module", "provider",
                                 "variable", "terraform", "locals", "output"}) {
    if (!absl::StartsWith(text, word)) continue;
    const std::size_t next = text.find_first_not_of(" \t", word.size());
    if (next != absl::string_view::npos && next > word.size() &&
        (text[next] == '"' || text[next] == '{')) {
      return true;
    }
  }
  return false;
}

std::string WordMistake(absl::string_view rest, bool at_name) {
  std::size_t size = 0;
  while (size < rest.size() && size < kMostOfWord && IsWordByte(rest[size])) {
    ++size;
  }
  const absl::string_view word = rest.substr(0, size);
  if (word.empty()) return "";
  for (const Beginning& known : kWords) {
    if (word == known.text) {
      return absl::StrCat("`", word, "` is no value: ", known.mistake);
    }
  }
  if (!absl::ascii_isalpha(static_cast<unsigned char>(word[0])) &&
      word[0] != '_' && word[0] != '$') {
    return "";
  }
  return absl::StrCat(at_name ? "the name `" : "the text `", word,
                      "` must stand in double quotes");
}

}  // namespace

absl::string_view EncodingMistake(absl::string_view text) {
  for (const Beginning& encoding : kEncodings) {
    if (absl::StartsWith(text, encoding.text)) return encoding.mistake;
  }
  if (IsUtf16(text)) {
    return "is UTF-16: save the file as UTF-8 without a byte order mark";
  }
  return "";
}

std::string SyntaxMistake(absl::string_view text, std::size_t offset) {
  if (text.find_first_not_of(kSpace) == absl::string_view::npos) {
    return "the file is empty";
  }
  // Some parsers stop before the space, and some behind it.
  const std::size_t at =
      text.find_first_not_of(kSpace, std::min(offset, text.size()));
  if (at == absl::string_view::npos) {
    return "the text ends too early: a closing `}`, `]` or `\"` is missing";
  }
  const absl::string_view rest = text.substr(at);
  const char before = Before(text, at);
  if ((rest[0] == '}' || rest[0] == ']') && before == ',') {
    return absl::StrCat("a comma stands before `", rest.substr(0, 1),
                        "`, and JSON has no trailing commas: remove it");
  }
  const absl::string_view whole = text.substr(text.find_first_not_of(kSpace));
  if (whole.size() - rest.size() <= kMostOfMark) {
    if (LooksLikeTerraform(whole)) {
      return "this looks like Terraform's language and not like JSON: Rolegate "
             "reads what `aws iam get-account-authorization-details` prints "
             "once it is applied";
    }
    if (LooksLikeYaml(whole)) {
      return "this looks like YAML and not like JSON: convert the file";
    }
  }
  if (rest[0] == '#') {
    return "comments are not part of JSON: remove `#` and what follows it";
  }
  if (rest[0] == '{' && at > 0 && text[at - 1] == '{') {
    return std::string(kPlaceholder);
  }
  for (const Beginning& token : kTokens) {
    if (absl::StartsWith(rest, token.text)) return std::string(token.mistake);
  }
  return WordMistake(rest, before == '{' || before == ',');
}

}  // namespace rolegate
