// The types of operands that conditions compare with.  For each type this file
// says how a policy spells a value, as what a program keeps it, what comparing
// it costs, and how people see it.  The compiler, the program's writer, the
// reckoning of costs, explanations and dumps read it.
//
// decide/condition_match.cc says how a value of a request is compared.

#ifndef ROLEGATE_ENGINE_PROGRAM_OPERANDS_H_
#define ROLEGATE_ENGINE_PROGRAM_OPERANDS_H_

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/policy/condition_operator.h"
#include "engine/program/program_views.h"
#include "engine/text/base64.h"
#include "engine/text/boolean.h"
#include "engine/text/cidr.h"
#include "engine/text/decimal.h"
#include "engine/text/instant.h"

namespace rolegate {

// Which parts of a text have a meaning of their own.
struct TemplateSyntax {
  bool wildcards = false;  // `*` and `?`
  bool variables = false;  // `${key}`, `${key, 'default'}`, `${*}`

  // Before this offset variables are plain text.
  std::size_t variables_from = 0;
};

// A text that becomes a template.
struct TemplateText {
  absl::string_view text;
  TemplateSyntax syntax;
};

// Bytes that are compared as they are.
struct Bytes {
  std::string bytes;
};

// The circumstances that decide how a value's text is read.
struct ValueSyntax {
  Comparison comparison = Comparison::kEqual;
  bool variables = false;  // whether the policy's version has them

  bool HasVariable(absl::string_view text) const {
    return variables && absl::StrContains(text, "${");
  }
};

// The cost of comparing a request's value with one of the policy's, besides
// turning to that one (policy_cost.cc).
enum class OperandCost : std::uint8_t {
  kFixed,     // nothing
  kLookUp,    // a look-up of a variable
  kLength,    // as many steps as the request's value is long
  kTemplate,  // the match with a template
};

// Each type says:
//   Value           one of the policy's values: a view of a record, or, if the
//                   program keeps it as it is, the value's own type
//   kExpected       what a value must be, for the fault of one that is not
//   kReadsByLength  whether reading the request's value takes as many steps as
//                   it is long
//   kCost           what comparing with one value costs
//   Read            reads a value's text; nothing if it is not of the type.
//                   ProgramWriter::AddValue takes what comes out.
//   Show            the value as a policy would spell it; a template is shown
//                   by those who read programs, each in a way of its own
template <OperandType kType>
struct Operand;

template <>
struct Operand<OperandType::kString> {
  using Value = TemplateView;
  static constexpr absl::string_view kExpected = "a string";
  static constexpr bool kReadsByLength = false;
  static constexpr OperandCost kCost = OperandCost::kTemplate;

  static std::optional<TemplateText> Read(absl::string_view text,
                                          const ValueSyntax& syntax) {
    return TemplateText{
        text, {syntax.comparison == Comparison::kLike, syntax.variables, 0}};
  }
};

template <>
struct Operand<OperandType::kArn> {
  using Value = TemplateView;
  static constexpr absl::string_view kExpected = "an ARN of six parts or `*`";
  static constexpr bool kReadsByLength = true;
  static constexpr OperandCost kCost = OperandCost::kTemplate;

  static std::optional<TemplateText> Read(absl::string_view text,
                                          const ValueSyntax& syntax) {
    const bool whole = text == "*" || syntax.HasVariable(text) ||
                       (absl::StartsWith(text, "arn:") &&
                        std::count(text.begin(), text.end(), ':') >= 5);
    if (!whole) return std::nullopt;
    return TemplateText{text, {/*wildcards=*/true, syntax.variables, 0}};
  }
};

template <>
struct Operand<OperandType::kBool> {
  using Value = TemplateView;
  static constexpr absl::string_view kExpected = "`true` or `false`";
  static constexpr bool kReadsByLength = false;
  static constexpr OperandCost kCost = OperandCost::kLookUp;

  static std::optional<TemplateText> Read(absl::string_view text,
                                          const ValueSyntax& syntax) {
    // A variable is only known at the request.
    if (!ParseBool(text) && !syntax.HasVariable(text)) return std::nullopt;
    return TemplateText{text, {/*wildcards=*/false, syntax.variables, 0}};
  }
};

template <>
struct Operand<OperandType::kNumeric> {
  using Value = DecimalView;
  static constexpr absl::string_view kExpected = "a number";
  static constexpr bool kReadsByLength = true;
  static constexpr OperandCost kCost = OperandCost::kFixed;

  static std::optional<Decimal> Read(absl::string_view text,
                                     const ValueSyntax&) {
    return Decimal::Parse(text);
  }
  static std::string Show(DecimalView view) {
    const Decimal value = view.value();
    return absl::StrCat(value.negative ? "-" : "",
                        value.integer.empty() ? "0" : "", value.integer,
                        value.fraction.empty() ? "" : ".", value.fraction);
  }
};

template <>
struct Operand<OperandType::kDate> {
  using Value = Instant;
  static constexpr absl::string_view kExpected =
      "a date of ISO 8601, in which a time has `Z` or an offset, or seconds "
      "since 1970";
  static constexpr bool kReadsByLength = false;
  static constexpr OperandCost kCost = OperandCost::kFixed;

  static std::optional<Instant> Read(absl::string_view text,
                                     const ValueSyntax&) {
    return Instant::Parse(text);
  }
  static std::string Show(const Instant& value) {
    return absl::FormatTime(
        "%Y-%m-%dT%H:%M:%E*SZ",
        absl::FromUnixSeconds(value.seconds) + absl::Nanoseconds(value.nanos),
        absl::UTCTimeZone());
  }
};

template <>
struct Operand<OperandType::kBinary> {
  using Value = BytesView;
  static constexpr absl::string_view kExpected = "base64";
  static constexpr bool kReadsByLength = true;
  static constexpr OperandCost kCost = OperandCost::kLength;

  static std::optional<Bytes> Read(absl::string_view text, const ValueSyntax&) {
    std::optional<std::string> bytes = DecodeBase64(text);
    if (!bytes) return std::nullopt;
    return Bytes{*std::move(bytes)};
  }
  static std::string Show(BytesView value) {
    return absl::Base64Escape(value.bytes());
  }
};

template <>
struct Operand<OperandType::kIpAddress> {
  using Value = CidrBlock;
  static constexpr absl::string_view kExpected = "an IP address or range";
  static constexpr bool kReadsByLength = false;
  static constexpr OperandCost kCost = OperandCost::kFixed;

  static std::optional<CidrBlock> Read(absl::string_view text,
                                       const ValueSyntax&) {
    return CidrBlock::Parse(text);
  }
  static std::string Show(const CidrBlock& block) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(block.address.is_v6 ? AF_INET6 : AF_INET,
              block.address.bytes.data(), text, sizeof(text));
    const int whole = block.address.is_v6 ? 128 : 32;
    return block.prefix_size == whole
               ? std::string(text)
               : absl::StrCat(text, "/", int{block.prefix_size});
  }
};

template <>
struct Operand<OperandType::kNull> {
  using Value = bool;
  static constexpr absl::string_view kExpected = "`true` or `false`";
  static constexpr bool kReadsByLength = false;
  static constexpr OperandCost kCost = OperandCost::kFixed;

  static std::optional<bool> Read(absl::string_view text, const ValueSyntax&) {
    return ParseBool(text);
  }
  static std::string Show(bool value) { return value ? "true" : "false"; }
};

// Calls `f` with the Operand of the type, an empty object.
template <typename F>
constexpr auto VisitOperand(OperandType type, F f) {
  switch (type) {
    case OperandType::kString:
      return f(Operand<OperandType::kString>());
    case OperandType::kNumeric:
      return f(Operand<OperandType::kNumeric>());
    case OperandType::kDate:
      return f(Operand<OperandType::kDate>());
    case OperandType::kBool:
      return f(Operand<OperandType::kBool>());
    case OperandType::kBinary:
      return f(Operand<OperandType::kBinary>());
    case OperandType::kIpAddress:
      return f(Operand<OperandType::kIpAddress>());
    case OperandType::kArn:
      return f(Operand<OperandType::kArn>());
    case OperandType::kNull:
      break;
  }
  return f(Operand<OperandType::kNull>());
}

// Returns whether values of the type are texts that may hold variables.
constexpr bool HasTemplates(OperandType type) {
  return VisitOperand(type, [](auto operand) {
    return std::is_same_v<typename decltype(operand)::Value, TemplateView>;
  });
}

}  // namespace rolegate

#endif  // ROLEGATE_ENGINE_PROGRAM_OPERANDS_H_
