// Common mistakes in JSON text: each is named, with its place and what to do.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/json/json_document.h"
#include "gtest/gtest.h"

namespace rolegate {
namespace {

using std::string_literals::operator""s;

TEST(JsonMistakes, AreNamed) {
  const struct {
    const char* description;
    std::string text;
    const char* report;  // "LINE:COLUMN what is wrong"
  } kCases[] = {
      {"an empty file", "", "1:1 the file is empty"},
      {"a file of spaces", " \n\t ", "2:3 the file is empty"},
      {"a byte order mark", "\xef\xbb\xbf{}",
       "1:1 the text begins with a byte order mark, which JSON must not have: "
       "save the file as UTF-8 without a byte order mark"},
      {"UTF-16 with a mark, little end first", "\xff\xfe{\0}\0"s,
       "1:1 the text begins with the byte order mark of UTF-16: save the file "
       "as UTF-8 without a byte order mark"},
      {"UTF-16 with a mark, big end first", "\xfe\xff\0{\0}"s,
       "1:1 the text begins with the byte order mark of UTF-16: save the file "
       "as UTF-8 without a byte order mark"},
      {"UTF-16 without a mark, little end first", "{\0}\0"s,
       "1:1 the text is UTF-16: save the file as UTF-8 without a byte order "
       "mark"},
      {"UTF-16 without a mark, big end first", "\0{\0}"s,
       "1:1 the text is UTF-16: save the file as UTF-8 without a byte order "
       "mark"},
      {"gzip", "\x1f\x8b\x08",
       "1:1 the text is compressed with gzip: decompress the file"},
      {"a comment to the end of the line", "{\n  // who may\n  \"a\": 1}",
       "2:3 comments are not part of JSON: remove `//` and what follows it"},
      {"a comment after a value", "{\"a\": 1 // one\n}",
       "1:9 comments are not part of JSON: remove `//` and what follows it"},
      {"a comment in marks", "{\"a\": /* one */ 1}",
       "1:7 comments are not part of JSON: remove what stands in `/* */`"},
      {"a comment before everything", "/* policy */ {}",
       "1:1 comments are not part of JSON: remove what stands in `/* */`"},
      {"a comment of shells", "{\n# one\n\"a\": 1}",
       "2:1 comments are not part of JSON: remove `#` and what follows it"},
      {"a comment behind the value", "{} // done",
       "1:4 comments are not part of JSON: remove `//` and what follows it"},
      {"a trailing comma in an object", "{\"a\": \"b\\n\",\n}",
       "2:1 a comma stands before `}`, and JSON has no trailing commas: remove "
       "it"},
      {"a trailing comma in a list", "[1, 2, ]",
       "1:8 a comma stands before `]`, and JSON has no trailing commas: remove "
       "it"},
      {"two commas", "[1,, 2]",
       "1:4 a value is missing before this comma: remove the comma"},
      {"single quotes", "{'a': 1}",
       "1:2 JSON has no single quotes: write `\"`"},
      {"typographic quotes",
       "{\xe2\x80\x9c"
       "a\xe2\x80\x9d: 1}",
       "1:2 this is a typographic quotation mark: write `\"`"},
      {"a name without quotes", "{Version: 1}",
       "1:2 the name `Version` must stand in double quotes"},
      {"a text without quotes", "{\"Effect\": Allow}",
       "1:12 the text `Allow` must stand in double quotes"},
      {"a word of Python", "{\"a\": True}",
       "1:7 `True` is no value: JSON spells it `true`"},
      {"no number", "{\"a\": NaN}",
       "1:7 `NaN` is no value: JSON has no such number"},
      {"a line break in a string", "{\"a\": \"b\nc\"}",
       "1:9 a string holds a line break or another control character: write "
       "`\\n`, or `\\u` and its number"},
      {"a backslash", "{\"a\": \"C:\\dir\"}",
       "1:10 a string holds a backslash that begins no escape: write `\\\\` "
       "for "
       "a backslash"},
      {"Latin 1", "{\"a\": \"\xe9t\xe9\"}",
       "1:8 a string is not UTF-8: save the file as UTF-8"},
      {"a no-break space",
       "{\"a\":\xc2\xa0"
       "1}",
       "1:6 this is a no-break space: write an ordinary space"},
      {"two values", "{}\n{}",
       "2:1 a second value begins here, and a file holds one: put all of them "
       "into one list, `[...]`"},
      {"a file that is cut", "{\"a\": [1, ",
       "1:11 the text ends too early: a closing `}`, `]` or `\"` is missing"},
      {"a string that is cut", "{\"a\": \"b",
       "1:9 the text ends too early: a closing `}`, `]` or `\"` is missing"},
      {"a merge conflict", "{\n<<<<<<< HEAD\n\"a\": 1}",
       "2:1 a merge conflict is not resolved here"},
      {"a template", "{\"a\": {{ .Values.a }}}",
       "1:8 this is a placeholder of a template, which nobody has filled in"},
      {"HTML", "<!DOCTYPE html>",
       "1:1 this looks like XML or HTML and not like JSON"},
      {"YAML", "Version: '2012-10-17'\nStatement:\n",
       "1:1 this looks like YAML and not like JSON: convert the file"},
      {"YAML with its mark", "---\na: b\n",
       "1:2 this looks like YAML and not like JSON: convert the file"},
      {"Terraform", "resource \"aws_iam_role\" \"r\" {\n}",
       "1:1 this looks like Terraform's language and not like JSON: Rolegate "
       "reads what `aws iam get-account-authorization-details` prints once it "
       "is applied"},
      {"a missing comma", "{\"a\": 1 \"b\": 2}",
       "1:9 missing a comma or '}' after an object member"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.description);
    JsonParseError error;
    EXPECT_EQ(JsonDocument::Parse(c.text, JsonLimits(), &error), nullptr);
    absl::string_view message = error.message;
    EXPECT_TRUE(absl::ConsumePrefix(&message, "not JSON: ")) << message;
    EXPECT_EQ(absl::StrCat(error.position.line, ":", error.position.column, " ",
                           message),
              c.report);
  }
}

}  // namespace
}  // namespace rolegate
