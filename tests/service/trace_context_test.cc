// Which trace contexts of strangers are believed to be some.

#include "service/tracing/trace_context.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

constexpr char kId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSpan[] = "00f067aa0ba902b7";

std::string Parent(absl::string_view version, absl::string_view id,
                   absl::string_view span, absl::string_view flags) {
  return absl::StrCat(version, "-", id, "-", span, "-", flags);
}

TEST(Traceparent, IsTakenAsW3CDefinesIt) {
  const struct {
    const char* name;
    std::string text;
    bool sampled;
  } kCases[] = {
      {"sampled", Parent("00", kId, kSpan, "01"), true},
      {"not sampled", Parent("00", kId, kSpan, "00"), false},
      {"another flag", Parent("00", kId, kSpan, "02"), false},
      {"all flags", Parent("00", kId, kSpan, "ff"), true},
      {"a later version", Parent("01", kId, kSpan, "01"), true},
      {"a later version with more", Parent("cc", kId, kSpan, "01-what"), true},
      {"a later version with a dash", Parent("cc", kId, kSpan, "01-"), true},
  };
  for (const auto& c : kCases) {
    const auto parent = ParseTraceparent(c.text);
    ASSERT_TRUE(parent.has_value()) << c.name;
    EXPECT_EQ(ToHex(parent->trace_id), kId) << c.name;
    EXPECT_EQ(parent->span_id,
              (SpanId{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7}))
        << c.name;
    EXPECT_EQ(parent->sampled(), c.sampled) << c.name;
    EXPECT_EQ(parent->flags & ~0x03, 0) << c.name;
  }
}

TEST(Traceparent, IsIgnoredIfItIsForgedOrMalformed) {
  const std::string zero_id(32, '0');
  const std::string zero_span(16, '0');
  const struct {
    const char* name;
    std::string text;
  } kCases[] = {
      {"empty", ""},
      {"a word", "sampled"},
      {"the version ff", Parent("ff", kId, kSpan, "01")},
      {"a version that is no number", Parent("0g", kId, kSpan, "01")},
      {"a version in upper case", Parent("0A", kId, kSpan, "01")},
      {"no version", absl::StrCat(kId, "-", kSpan, "-01")},
      {"a short version", Parent("0", kId, kSpan, "01")},
      {"a trace id of zeros", Parent("00", zero_id, kSpan, "01")},
      {"a span id of zeros", Parent("00", kId, zero_span, "01")},
      {"a trace id in upper case",
       Parent("00", "4BF92F3577B34DA6A3CE929D0E0E4736", kSpan, "01")},
      {"a span id in upper case", Parent("00", kId, "00F067AA0BA902B7", "01")},
      {"a short trace id",
       Parent("00", "4bf92f3577b34da6a3ce929d0e0e473", kSpan, "01")},
      {"a long trace id",
       Parent("00", "4bf92f3577b34da6a3ce929d0e0e47361", kSpan, "01")},
      {"a trace id that is no number",
       Parent("00", "4bf92f3577b34da6a3ce929d0e0e473z", kSpan, "01")},
      {"a short span id", Parent("00", kId, "00f067aa0ba902b", "01")},
      {"flags that are no number", Parent("00", kId, kSpan, "0x")},
      {"flags in upper case", Parent("00", kId, kSpan, "FF")},
      {"one digit of flags", Parent("00", kId, kSpan, "1")},
      {"more than version 00 has", Parent("00", kId, kSpan, "01-what")},
      {"a dash at the end", Parent("00", kId, kSpan, "01-")},
      {"a later version with more and no dash",
       Parent("cc", kId, kSpan, "01what")},
      {"a later version of another form", "cc-4bf92f35-00f067aa-01"},
      {"blanks in front", absl::StrCat(" ", Parent("00", kId, kSpan, "01"))},
      {"blanks at the end", absl::StrCat(Parent("00", kId, kSpan, "01"), " ")},
      {"other dashes", absl::StrCat("00_", kId, "_", kSpan, "_01")},
      {"two of them", absl::StrCat(Parent("00", kId, kSpan, "01"), ",",
                                   Parent("00", kId, kSpan, "01"))},
      {"a NUL", Parent("00", kId, kSpan, std::string("0\0", 2))},
  };
  for (const auto& c : kCases) {
    EXPECT_FALSE(ParseTraceparent(c.text).has_value()) << c.name;
  }
}

// `n` members that fit.
std::string Members(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "k", i, "=v");
  }
  return text;
}

TEST(Tracestate, IsTakenAsW3CDefinesIt) {
  const struct {
    const char* name;
    std::string text;
    bool good;
  } kCases[] = {
      {"one member", "vendor=00f067aa0ba902b7", true},
      {"two members", "rojo=00f067aa,congo=t61rcWkgMzE", true},
      {"a tenant", "1tenant@vendor=value", true},
      {"all characters of a key", "a1_-*/@=v", true},
      {"blanks around members", "a=1 , b=2\t,c=3", true},
      {"empty members", "a=1,,b=2,", true},
      {"a value with blanks", "a=one two", true},
      {"32 members", Members(32), true},
      {"the longest",
       absl::StrCat("a=", std::string(255, 'v'), ",b=", std::string(252, 'v')),
       true},

      {"empty", "", false},
      {"commas alone", ",,", false},
      {"no value", "a=", false},
      {"no key", "=1", false},
      {"no equals sign", "a", false},
      {"two equals signs", "a=1=2", false},
      {"a key in upper case", "Vendor=1", false},
      {"a key with a blank", "a b=1", false},
      {"a key that begins with a dash", "-a=1", false},
      {"a key that is there twice", "a=1,b=2,a=3", false},
      {"33 members", Members(33), false},
      {"a value that is no ASCII", "a=\xc3\xa4", false},
      {"a control character", "a=\x01", false},
      {"a line end", "a=1\n", false},
      {"a key of 257 characters", absl::StrCat(std::string(257, 'k'), "=v"),
       false},
      {"a value of 257 characters", absl::StrCat("a=", std::string(257, 'v')),
       false},
      {"513 characters",
       absl::StrCat("a=", std::string(255, 'v'), ",b=", std::string(253, 'v')),
       false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(IsTracestate(c.text), c.good) << c.name << ": " << c.text.size();
  }
}

}  // namespace
}  // namespace rolegate::service
