#include "engine/program/program_text.h"

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

std::string ShowTemplate(const Program& program, Template text) {
  std::string out;
  for (const Piece& piece : text) {
    switch (piece.kind) {
      case Piece::Kind::kLiteral:
        absl::StrAppend(&out, piece.text);
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
          absl::StrAppend(&out, ", '", piece.text, "'");
        }
        out += '}';
        break;
    }
  }
  return out;
}

std::string ShowDecimal(const Decimal& value) {
  return absl::StrCat(value.negative ? "-" : "",
                      value.integer.empty() ? "0" : "", value.integer,
                      value.fraction.empty() ? "" : ".", value.fraction);
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
  return ShowList(program.resources(statement),
                  [&](TextRef ref) -> std::string {
                    const ResourcePattern pattern = program.resource(ref);
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
  return ShowList(program.principals(statement),
                  [&](const PrincipalPattern& pattern) {
                    return program.text(pattern.text);
                  });
}

std::string ShowValues(const Program& program, const ConditionTest& test) {
  const absl::Span<const TextRef> values = program.values(test);
  switch (test.op.type) {
    case OperandType::kString:
    case OperandType::kArn:
    case OperandType::kBool:
      return ShowList(values, [&](TextRef value) {
        return ShowTemplate(program, program.pieces(value));
      });
    case OperandType::kNumeric:
      return ShowList(values, [&](TextRef value) {
        return ShowDecimal(program.decimal(value));
      });
    case OperandType::kDate:
      return ShowList(values, [&](TextRef value) {
        return ShowInstant(program.instant(value));
      });
    case OperandType::kIpAddress:
      return ShowList(
          values, [&](TextRef value) { return ShowCidr(program.cidr(value)); });
    case OperandType::kBinary:
      return ShowList(values, [&](TextRef value) {
        return absl::Base64Escape(program.text(value));
      });
    case OperandType::kNull:
      break;
  }
  return ShowList(values, [&](TextRef value) {
    return std::string(program.flag(value) ? "true" : "false");
  });
}

}  // namespace rolegate
