#include "engine/program_text.h"

#include <arpa/inet.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace rolegate {
namespace {

// Beyond this, a list ends in "… and 12 more": explanations are read by people.
constexpr std::size_t kMaxListed = 4;

template <typename T, typename F>
std::string ShowList(absl::Span<const T> all, F show) {
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < kMaxListed; ++i) {
    absl::StrAppend(&out, i > 0 ? ", `" : "`", show(all[i]), "`");
  }
  if (all.size() > kMaxListed) {
    absl::StrAppend(&out, " and ", all.size() - kMaxListed, " more");
  }
  return out;
}

std::string ShowTemplate(const Program& program, TextTemplate text) {
  std::string out;
  for (const Piece& piece : program.pieces(text)) {
    switch (piece.kind) {
      case Piece::Kind::kLiteral:
        absl::StrAppend(&out, program.text(piece.text));
        break;
      case Piece::Kind::kAnyRun:
        out += '*';
        break;
      case Piece::Kind::kAnyOne:
        out += '?';
        break;
      case Piece::Kind::kVariable:
        absl::StrAppend(&out, "${", program.key(piece.key).name);
        if (piece.has_default) {
          absl::StrAppend(&out, ", '", program.text(piece.text), "'");
        }
        out += '}';
        break;
    }
  }
  return out;
}

std::string ShowDecimal(const Program& program, const DecimalLiteral& value) {
  const absl::string_view integer = program.text(value.integer);
  const absl::string_view fraction = program.text(value.fraction);
  return absl::StrCat(value.negative ? "-" : "", integer.empty() ? "0" : "",
                      integer, fraction.empty() ? "" : ".", fraction);
}

std::string ShowInstant(Instant value) {
  return absl::FormatTime(
      "%Y-%m-%dT%H:%M:%E*SZ",
      absl::FromUnixSeconds(value.seconds) + absl::Nanoseconds(value.nanos),
      absl::UTCTimeZone());
}

std::string ShowCidr(const CidrBlock& block) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(block.address.is_v6 ? AF_INET6 : AF_INET,
            block.address.bytes.data(), text, sizeof(text));
  const int whole = block.address.is_v6 ? 128 : 32;
  return block.prefix_size == whole
             ? std::string(text)
             : absl::StrCat(text, "/", int{block.prefix_size});
}

}  // namespace

std::string ShowResources(const Program& program,
                          const StatementCode& statement) {
  return ShowList(program.resources(statement.resources),
                  [&](const ResourcePattern& pattern) -> std::string {
                    switch (pattern.kind) {
                      case ResourcePattern::Kind::kAll:
                        return "*";
                      case ResourcePattern::Kind::kNothing:
                        return "an ARN of fewer than six parts";
                      case ResourcePattern::Kind::kArn:
                        break;
                    }
                    return ShowTemplate(program, pattern.arn);
                  });
}

std::string ShowPrincipals(const Program& program,
                           const StatementCode& statement) {
  return ShowList(program.principals(statement.principals),
                  [&](const PrincipalPattern& pattern) {
                    return program.text(pattern.text);
                  });
}

std::string ShowValues(const Program& program, const ConditionTest& test) {
  switch (test.op.type) {
    case OperandType::kString:
    case OperandType::kArn:
    case OperandType::kBool:
      return ShowList(program.templates(test.values), [&](TextTemplate value) {
        return ShowTemplate(program, value);
      });
    case OperandType::kNumeric:
      return ShowList(program.decimals(test.values),
                      [&](const DecimalLiteral& value) {
                        return ShowDecimal(program, value);
                      });
    case OperandType::kDate:
      return ShowList(program.instants(test.values), ShowInstant);
    case OperandType::kIpAddress:
      return ShowList(program.cidrs(test.values), ShowCidr);
    case OperandType::kBinary:
      return ShowList(program.binaries(test.values), [&](TextRef value) {
        return absl::Base64Escape(program.text(value));
      });
    case OperandType::kNull:
      break;
  }
  return ShowList(program.flags(test.values), [](std::uint8_t flag) {
    return std::string(flag != 0 ? "true" : "false");
  });
}

}  // namespace rolegate
